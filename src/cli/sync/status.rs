//! `stackctl sync status`.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::cli::Outcome;
use crate::cli::failure::Failure;
use crate::cli::global::Global;
use crate::error::ExitCode;
use crate::sync::layout::Layout;
use crate::sync::report::Report;
use crate::ui::Ui;

/// Say what a sync did last, and when it is due again
#[derive(Debug, clap::Parser)]
#[command(name = "status")]
pub struct Args {
    #[command(flatten)]
    global: Global,
    /// The folder that the sync owns
    #[arg(long, value_name = "DIR", env = "GITSYNC_ROOT")]
    root: Option<PathBuf>,
}

/// What is printed for programs: the report, and how old things are.
#[derive(Serialize)]
struct Told<'a> {
    #[serde(flatten)]
    report: &'a Report,
    /// Seconds since the repository was last asked with success.
    age: Option<u64>,
}

/// Prints it.
pub fn run(args: &Args) -> Outcome {
    args.global.enter_directory()?;
    let (root, report) = read(args.root.as_deref())?;
    let now = now();
    let told = Told {
        report: &report,
        age: report.succeeded_at.map(|at| now.saturating_sub(at)),
    };
    let ui: Ui = args.global.ui();
    ui.result(&told, |told| text(&root, told.report, now));
    Ok(ExitCode::Done)
}

/// The report of a root, which the user or the variable names.
pub fn read(root: Option<&Path>) -> Result<(PathBuf, Report), Failure> {
    let former = || std::env::var_os("GIT_SYNC_ROOT").map(PathBuf::from);
    let Some(root) = root.map(Path::to_owned).or_else(former) else {
        let error = anyhow::anyhow!("--root is missing");
        return Err(Failure::usage(error).hint("name the folder that the sync owns: --root=DIR"));
    };
    let layout = Layout {
        link: root.clone(),
        root: root.clone(),
    };
    if let Some(report) = Report::read(&layout.report()) {
        return Ok((root, report));
    }
    let error = anyhow::anyhow!("no sync has worked in `{}` yet", root.display());
    Err(Failure::failed(error).hint("check --root, and the log of the sync"))
}

/// Seconds since 1970.
pub fn now() -> u64 {
    Utc::now().timestamp().unsigned_abs()
}

fn text(root: &Path, report: &Report, now: u64) -> String {
    let mut lines = vec![
        format!("root        {}", root.display()),
        format!("repository  {} {}", report.repo, report.reference),
    ];
    lines.push(match (&report.commit, report.published_at) {
        (Some(commit), Some(at)) => format!("published   {commit}, {}", moment(at, now)),
        _ => "published   nothing yet".to_owned(),
    });
    lines.push(match report.succeeded_at {
        Some(at) => format!("last good   {}", moment(at, now)),
        None => "last good   never".to_owned(),
    });
    lines.extend(
        report
            .attempted_at
            .map(|at| format!("last tried  {}", moment(at, now))),
    );
    lines.extend(
        report
            .next_at
            .map(|at| format!("next        {}", moment(at, now))),
    );
    if let Some(error) = &report.error {
        let times = if report.failures == 1 {
            "once".to_owned()
        } else {
            format!("{} times", report.failures)
        };
        lines.push(format!("failed      {times}: {error}"));
    }
    lines.extend(report.hint.iter().map(|hint| format!("hint        {hint}")));
    lines.join("\n")
}

/// A time, and how far it is from now.
fn moment(at: u64, now: u64) -> String {
    let distance = if at > now {
        format!("in {}", span(at - now))
    } else {
        format!("{} ago", span(now - at))
    };
    let time = i64::try_from(at)
        .ok()
        .and_then(|at| DateTime::from_timestamp(at, 0));
    time.map_or_else(
        || distance.clone(),
        |time| format!("{distance} ({})", time.format("%Y-%m-%d %H:%M:%S UTC")),
    )
}

/// A number of seconds in the unit that fits.
pub fn span(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds / 60),
        7200..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_reads_well() {
        let report = Report {
            repo: "https://h/x".to_owned(),
            reference: "main".to_owned(),
            commit: Some("abc".to_owned()),
            published_at: Some(1000),
            succeeded_at: Some(8000),
            attempted_at: Some(8100),
            failures: 2,
            error: Some("no answer".to_owned()),
            hint: Some("wait".to_owned()),
            next_at: Some(8130),
        };
        assert_eq!(
            text(Path::new("/r"), &report, 8110),
            "root        /r\n\
             repository  https://h/x main\n\
             published   abc, 118 min ago (1970-01-01 00:16:40 UTC)\n\
             last good   110 s ago (1970-01-01 02:13:20 UTC)\n\
             last tried  10 s ago (1970-01-01 02:15:00 UTC)\n\
             next        in 20 s (1970-01-01 02:15:30 UTC)\n\
             failed      2 times: no answer\n\
             hint        wait"
        );
    }

    #[test]
    fn spans_have_the_unit_that_fits() {
        for (seconds, shown) in [
            (0, "0 s"),
            (119, "119 s"),
            (120, "2 min"),
            (7200, "2 h"),
            (172_800, "2 days"),
        ] {
            assert_eq!(span(seconds), shown);
        }
    }
}

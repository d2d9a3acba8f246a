//! `stackctl sync health`.

use std::path::PathBuf;
use std::time::Duration;

use super::{go_value, status};
use crate::cli::Outcome;
use crate::cli::failure::Failure;
use crate::cli::global::Global;
use crate::error::ExitCode;
use crate::sync::report::Report;

/// End with 0 while something is published and the last good sync is not too old; say why if not
#[derive(Debug, clap::Parser)]
#[command(name = "health")]
pub struct Args {
    #[command(flatten)]
    global: Global,
    /// The folder that the sync owns
    #[arg(long, value_name = "DIR", env = "GITSYNC_ROOT")]
    root: Option<PathBuf>,
    /// How old the last good sync may be; 0 for any age
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = go_value::duration)]
    max_age: Duration,
}

/// Decides.
pub fn run(args: &Args) -> Outcome {
    args.global.enter_directory()?;
    let (_, report) = status::read(args.root.as_deref())?;
    match problem(&report, args.max_age, status::now()) {
        None => {
            args.global.ui().status("the sync is healthy");
            Ok(ExitCode::Done)
        }
        Some(problem) => {
            let failure = Failure::failed(anyhow::anyhow!(problem));
            let hint = report
                .hint
                .as_deref()
                .unwrap_or("`stackctl sync status` says more");
            Err(failure.hint(hint))
        }
    }
}

/// What is wrong, if anything is. A sync that has nothing more to do is well at any age.
fn problem(report: &Report, max_age: Duration, now: u64) -> Option<String> {
    let because = |text: String| match &report.error {
        Some(error) => format!("{text}: {error}"),
        None => text,
    };
    if report.commit.is_none() {
        return Some(because("nothing is published yet".to_owned()));
    }
    let age = now.saturating_sub(report.succeeded_at?);
    let is_over = report.next_at.is_none() && report.error.is_none();
    let is_old = !max_age.is_zero() && age > max_age.as_secs() && !is_over;
    is_old.then(|| because(format!("the last good sync was {} ago", status::span(age))))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(100);

    fn report() -> Report {
        Report {
            commit: Some("abc".to_owned()),
            succeeded_at: Some(1000),
            next_at: Some(1010),
            ..Report::default()
        }
    }

    #[test]
    fn what_is_published_and_fresh_is_healthy() {
        assert_eq!(problem(&report(), LIMIT, 1100), None);
        assert_eq!(problem(&report(), Duration::ZERO, 999_999), None);
        let done = Report {
            next_at: None,
            ..report()
        };
        assert_eq!(problem(&done, LIMIT, 999_999), None);
    }

    #[test]
    fn what_is_old_or_not_there_is_not() {
        let failed = Report {
            error: Some("no answer".to_owned()),
            ..report()
        };
        assert_eq!(
            problem(&failed, LIMIT, 1101).as_deref(),
            Some("the last good sync was 101 s ago: no answer")
        );
        let empty = Report {
            commit: None,
            ..failed
        };
        assert_eq!(
            problem(&empty, LIMIT, 1000).as_deref(),
            Some("nothing is published yet: no answer")
        );
    }
}

//! `stackctl jobs status`.

use super::agent_folder::AgentFolder;
use super::times::moment;
use crate::cli::Outcome;
use crate::error::ExitCode;
use crate::jobs::control::client::{ControlError, ask};
use crate::jobs::control::{Reply, Request};
use crate::jobs::report::{Report, from_files};
use crate::ui::Ui;

/// Show the commit, dependencies and schedule in use, what stands in the way of newer ones, and failed runs
///
/// Exits with 1 where something needs a person: no generation is active, a newer commit can't be used, the sync fails, or
/// the agent does not run.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    agent: AgentFolder,
}

/// Asks the agent, or reads its files where it does not run.
pub fn run(args: &Args, ui: &Ui) -> Outcome {
    let state_dir = &args.agent.state_dir;
    let (report, is_running) = match ask(state_dir, &Request::Status) {
        Ok(Reply::Status { report }) => (*report, true),
        Ok(_) => (Report::default(), true),
        Err(ControlError::NotRunning { .. }) if state_dir.is_dir() => {
            ui.warning("the agent does not run; this is what its files say");
            (from_files(state_dir)?, false)
        }
        Err(error) => return Err(error.into()),
    };
    ui.result(&report, describe);
    Ok(if is_running && is_well(&report) {
        ExitCode::Done
    } else {
        ExitCode::Failed
    })
}

fn is_well(report: &Report) -> bool {
    let has_failed = report
        .pending
        .as_ref()
        .is_some_and(|pending| pending.error.is_some());
    let sync_fails = report.sync.as_ref().is_some_and(|sync| sync.error.is_some());
    report.generation.is_some() && !has_failed && !sync_fails
}

fn describe(report: &Report) -> String {
    let mut lines = Vec::new();
    if let Some(sync) = &report.sync {
        let commit = sync.commit.as_deref().map_or("nothing yet", short);
        let asked = sync
            .succeeded_at
            .map_or_else(|| "never".to_owned(), |at| format!("at {}", moment(at)));
        lines.push(format!(
            "sync: {commit} of {} {}, last asked {asked}",
            sync.repo, sync.reference
        ));
        lines.extend(
            sync.error
                .iter()
                .map(|error| format!("  failed {} times: {error}", sync.failures)),
        );
        lines.extend(sync.hint.iter().map(|hint| format!("  hint: {hint}")));
    }
    lines.extend(generation(report));
    lines.extend(pending(report));
    if report.paused {
        lines.push("paused: no run is started until `stackctl jobs resume`".to_owned());
    }
    section(
        &mut lines,
        "running",
        report.running.iter().map(|run| {
            format!(
                "{} since {} (process {}, commit {})",
                run.job,
                moment(run.since),
                run.pid,
                short(&run.commit)
            )
        }),
    );
    section(
        &mut lines,
        "next",
        report
            .next
            .iter()
            .take(5)
            .map(|next| format!("{} {}", moment(next.at), next.job)),
    );
    section(
        &mut lines,
        "last failures",
        report.failures.iter().map(|failure| {
            let last = failure.last_line.as_deref().unwrap_or("without output");
            format!(
                "{} {}: {}: {last}",
                moment(failure.at),
                failure.job,
                failure.outcome
            )
        }),
    );
    section(&mut lines, "what helps", report.advice.iter().cloned());
    lines.join("\n")
}

fn generation(report: &Report) -> Vec<String> {
    let Some(generation) = &report.generation else {
        return vec!["generation: none is active yet".to_owned()];
    };
    let held = if report.held {
        ", held until `stackctl jobs release`"
    } else {
        ""
    };
    vec![
        format!(
            "generation {}: commit {}, active since {}{held}",
            generation.number,
            short(&generation.commit),
            moment(generation.since)
        ),
        format!(
            "  dependencies {}, schedule {} with {} jobs",
            generation.environment.as_deref().map_or("none", short),
            short(&generation.schedule),
            generation.jobs
        ),
    ]
}

fn pending(report: &Report) -> Vec<String> {
    let Some(pending) = &report.pending else {
        return Vec::new();
    };
    let commit = short(&pending.commit);
    if pending.part == "held" {
        return vec![format!(
            "  commit {commit} is published and waits for `stackctl jobs release`"
        )];
    }
    if pending.in_progress {
        return vec![format!("  commit {commit}: its {} are being built", pending.part)];
    }
    let mut lines = vec![match pending.part.as_str() {
        _ if commit.is_empty() => "  what is published can't be used:".to_owned(),
        "activation" => format!("  commit {commit} can't be activated:"),
        part => format!("  commit {commit} can't be used because of its {part}:"),
    }];
    let error = pending.error.iter().flat_map(|error| error.lines());
    lines.extend(error.map(|line| format!("    {line}")));
    lines.push(match pending.retry_at {
        Some(at) => format!("    it is tried again at {}", moment(at)),
        None => "    it is tried again with the next commit".to_owned(),
    });
    lines
}

fn section(lines: &mut Vec<String>, heading: &str, entries: impl Iterator<Item = String>) {
    let mut entries = entries.peekable();
    if entries.peek().is_some() {
        lines.push(format!("{heading}:"));
        lines.extend(entries.map(|entry| format!("  {entry}")));
    }
}

fn short(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}

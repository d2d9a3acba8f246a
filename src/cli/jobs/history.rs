//! `stackctl jobs history`.

use serde_json::{Value, json};

use super::agent_folder::AgentFolder;
use super::times::{moment, rfc3339};
use crate::cli::{Failure, Outcome};
use crate::error::ExitCode;
use crate::jobs::elapsed::Elapsed;
use crate::jobs::history::Record;
use crate::jobs::history::read::{Query, matching};
use crate::ui::{Table, Ui};

/// Show what ran and how it ended
///
/// It is read from the state folder, so the agent need not run. A run without an end goes on; where the agent was killed,
/// the next one writes `lost` for it.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only this job
    name: Option<String>,
    /// At most so many runs, the latest
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,
    /// Only runs that failed
    #[arg(long)]
    failed: bool,
    #[command(flatten)]
    agent: AgentFolder,
}

/// Prints it.
pub fn run(args: &Args, ui: &Ui) -> Outcome {
    let query = Query {
        job: args.name.clone(),
        failed: args.failed,
        limit: args.limit,
    };
    let folder = &args.agent.state_dir;
    if !folder.is_dir() {
        let error = anyhow::anyhow!("there is no folder `{}`", folder.display());
        return Err(Failure::failed(error).hint("name the agent's folder with `--state-dir`"));
    }
    let records = matching(folder, &query).map_err(|error| {
        Failure::failed(
            anyhow::Error::new(error).context(format!("can't read the history in `{}`", folder.display())),
        )
    })?;
    ui.result(&records.iter().map(value).collect::<Vec<_>>(), |_| {
        table(&records)
    });
    Ok(ExitCode::Done)
}

fn table(records: &[Record]) -> String {
    if records.is_empty() {
        return "no runs".to_owned();
    }
    let mut table = Table::new([
        "job",
        "start",
        "duration",
        "outcome",
        "commit",
        "environment",
        "run",
        "last line",
    ]);
    for record in records {
        table.row([
            record.job.clone(),
            moment(record.started_ms.unwrap_or(record.scheduled_ms) / 1000),
            record
                .duration_ms
                .map(|duration| Elapsed(duration).to_string())
                .unwrap_or_default(),
            outcome(record),
            short(&record.commit),
            record.environment.as_deref().map(short).unwrap_or_default(),
            record.run.clone(),
            record.last_line.clone().unwrap_or_default(),
        ]);
    }
    table.to_string()
}

fn outcome(record: &Record) -> String {
    let outcome = record
        .outcome
        .as_ref()
        .map_or_else(|| "runs".to_owned(), ToString::to_string);
    if record.attempt > 1 {
        format!("{outcome} (attempt {})", record.attempt)
    } else {
        outcome
    }
}

fn short(hash: &str) -> String {
    hash.chars().take(8).collect()
}

fn value(record: &Record) -> Value {
    json!({
        "run": record.run,
        "job": record.job,
        "cause": record.cause,
        "attempt": record.attempt,
        "scheduled": rfc3339(record.scheduled_ms),
        "started": record.started_ms.and_then(rfc3339),
        "ended": record.ended_ms.and_then(rfc3339),
        "duration_ms": record.duration_ms,
        "outcome": record.outcome,
        "failed": record.outcome.as_ref().is_some_and(crate::jobs::history::Outcome::is_failure),
        "commit": record.commit,
        "environment": record.environment,
        "last_line": record.last_line,
    })
}

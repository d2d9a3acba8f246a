//! What the agent tells `status`.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::advice::recognise;
use super::generation::{GenerationError, Record as GenerationRecord};
use super::history::Record;
use super::history::read::{Query, matching};
use crate::sync::report::Report as SyncReport;

/// The agent's state. Times are seconds since 1970.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Report {
    /// What the sync beside it says, where it can be read.
    pub sync: Option<SyncReport>,
    /// The generation that new runs start in; none before the first.
    pub generation: Option<Generation>,
    /// Whether it is held by `jobs rollback` until `jobs release`.
    pub held: bool,
    /// Whether no run is started until `jobs resume`.
    pub paused: bool,
    /// A newer commit that could not become the generation yet.
    pub pending: Option<Pending>,
    /// Runs that go on.
    pub running: Vec<Running>,
    /// The next run of each job, soonest first; at most twenty.
    pub next: Vec<Next>,
    /// The last failed runs, latest first; at most ten.
    pub failures: Vec<Failure>,
    /// The database that is not reached, read-only errors and the like: what was recognised in the output of failed
    /// runs, each with what to do.
    pub advice: Vec<String>,
}

/// Code, dependencies and schedule that belong together.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Generation {
    /// Counted up with each switch.
    pub number: u64,
    /// The commit.
    pub commit: String,
    /// The hash of the dependencies; none where there are no requirements.
    pub environment: Option<String>,
    /// The hash of the schedule.
    pub schedule: String,
    /// Jobs in it.
    pub jobs: usize,
    /// When it was switched to.
    pub since: u64,
}

/// A newer commit that could not become the generation yet.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Pending {
    /// The commit.
    pub commit: String,
    /// What stands in the way: `dependencies`, `schedule` or `activation`, or `held` where `jobs release` is waited for.
    pub part: String,
    /// Whether it is being worked on; else it failed.
    pub in_progress: bool,
    /// Why it failed, with the last lines of what was printed.
    pub error: Option<String>,
    /// When it is tried again by itself; none if only another commit helps.
    pub retry_at: Option<u64>,
}

/// A run that goes on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Running {
    /// The job.
    pub job: String,
    /// Its process.
    pub pid: u32,
    /// When it started.
    pub since: u64,
    /// The commit that it runs in.
    pub commit: String,
}

/// A run to come.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Next {
    /// The job.
    pub job: String,
    /// When it starts.
    pub at: u64,
}

/// A run that failed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Failure {
    /// The job.
    pub job: String,
    /// When it ended.
    pub at: u64,
    /// How it ended, such as `exit 1`, `timeout after 30s` or `signal 9`.
    pub outcome: String,
    /// Its last line of output.
    pub last_line: Option<String>,
}

impl From<&Record> for Failure {
    fn from(record: &Record) -> Self {
        Self {
            job: record.job.clone(),
            at: record.ended_ms.unwrap_or_default() / 1000,
            outcome: record
                .outcome
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
            last_line: record.last_line.clone(),
        }
    }
}

/// What the files of an agent that does not run say of it.
pub fn from_files(state_dir: &Path) -> Result<Report, GenerationError> {
    let record = GenerationRecord::read(state_dir)?;
    let query = Query {
        failed: true,
        limit: 10,
        ..Query::default()
    };
    // A history that can't be read is told by `jobs history`; the generation is worth telling all the same.
    let failed = matching(state_dir, &query).unwrap_or_default();
    let generation = record.current.as_ref().map(|current| Generation {
        number: current.number,
        commit: current.commit.clone(),
        environment: current.key.as_ref().map(ToString::to_string),
        schedule: current.schedule.clone(),
        jobs: current.jobs,
        since: current.since,
    });
    let lines: Vec<String> = failed
        .iter()
        .filter_map(|record| record.last_line.clone())
        .collect();
    Ok(Report {
        generation,
        held: record.held,
        paused: record.paused,
        failures: failed.iter().rev().map(Failure::from).collect(),
        advice: recognise(&lines).into_iter().map(str::to_owned).collect(),
        ..Report::default()
    })
}

//! One run.

use serde::{Deserialize, Serialize};

use super::Outcome;

/// A run, one attempt of it. Times are milliseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Its name, unique in the state folder.
    pub run: String,
    /// The job.
    pub job: String,
    /// Why it was started.
    pub cause: Cause,
    /// Which attempt it is, from 1.
    pub attempt: u32,
    /// When it was due; for one that was asked for, when that was.
    pub scheduled_ms: u64,
    /// When its process was started; none where it never was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_ms: Option<u64>,
    /// When it ended; none while it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_ms: Option<u64>,
    /// From start to end, by a clock that is not set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u64>,
    /// How it ended; none while it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// The commit that it ran in.
    pub commit: String,
    /// The hash of its dependencies; none where there are no requirements.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// Its last line of output that is not empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_line: Option<String>,
}

/// Why a run was started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// It was due.
    Schedule,
    /// The agent started (`@reboot`).
    Reboot,
    /// It was due while nothing could run.
    CatchUp,
    /// The attempt before it failed.
    Retry,
    /// `jobs run-now`.
    Request,
}

//! Talking to the agent: a Unix socket in the state folder, one JSON line there and one back.

pub mod client;
pub mod server;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::listing::Listed;
use super::report::Report;

/// The socket's name in the state folder.
pub const SOCKET: &str = "agent.sock";
/// What a path of a socket may have (`sun_path` of unix(7), without the zero at its end).
pub const LONGEST_PATH: usize = 107;

/// Where the socket of a state folder is.
#[must_use]
pub fn socket(state_dir: &Path) -> PathBuf {
    state_dir.join(SOCKET)
}

/// What is asked of the agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "kebab-case")]
pub enum Request {
    /// How it stands.
    Status,
    /// The jobs, each with so many next runs.
    List {
        /// Runs of each job.
        next: usize,
    },
    /// Start nothing until [`Self::Resume`].
    Pause,
    /// Start jobs again.
    Resume,
    /// Start a job now, by its overlap rule.
    RunNow {
        /// Its name.
        job: String,
    },
    /// Go back to the generation before and stay there.
    Rollback,
    /// Follow the repository again.
    Release,
    /// Whether jobs can run.
    Health,
}

/// What it answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "reply", rename_all = "kebab-case")]
pub enum Reply {
    /// It is done.
    Done {
        /// What was done, in words.
        message: String,
    },
    /// How it stands.
    Status {
        /// In full.
        report: Box<Report>,
    },
    /// The jobs.
    List {
        /// In the order of the crontab.
        jobs: Vec<Listed>,
    },
    /// It is not done.
    Refused {
        /// Why.
        error: String,
        /// What to type next.
        hint: Option<String>,
    },
}

impl Reply {
    /// It is not done, and this is why.
    pub fn refused(error: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Refused {
            error: error.into(),
            hint: Some(hint.into()),
        }
    }

    /// It is done.
    pub fn done(message: impl Into<String>) -> Self {
        Self::Done {
            message: message.into(),
        }
    }
}

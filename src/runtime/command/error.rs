//! Why a command did not do what it was run for.

use std::time::Duration;

use crate::error::{Advice, ExitCode};

/// A failed command; `command` is its line with secrets hidden.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// There is no such program.
    #[error("`{program}` is not installed, or not on PATH")]
    NotFound {
        /// Its name.
        program: String,
    },
    /// It could not be started.
    #[error("can't run `{command}`")]
    Exec {
        /// The command line.
        command: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// It ended with an error.
    #[error("`{command}` failed ({status}){}", indented(stderr))]
    Status {
        /// The command line.
        command: String,
        /// `exit status: 1`, or the signal that ended it.
        status: String,
        /// Its exit code, if it was not ended by a signal.
        code: Option<i32>,
        /// The last lines it printed on stderr.
        stderr: Vec<String>,
    },
    /// It ran for too long and was ended.
    #[error("`{command}` was not done after {}s and was ended{}", after.as_secs(), indented(stderr))]
    TimedOut {
        /// The command line.
        command: String,
        /// How long it was given.
        after: Duration,
        /// The last lines it printed on stderr.
        stderr: Vec<String>,
    },
    /// The user wanted to stop.
    #[error("interrupted")]
    Interrupted {
        /// The command line.
        command: String,
    },
}

impl CommandError {
    /// The last lines it printed on stderr.
    #[must_use]
    pub fn stderr(&self) -> &[String] {
        match self {
            Self::Status { stderr, .. } | Self::TimedOut { stderr, .. } => stderr,
            _ => &[],
        }
    }
}

impl Advice for CommandError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::NotFound { program } if program == "docker" => {
                Some("install Docker Engine: https://docs.docker.com/engine/install/".to_owned())
            }
            Self::NotFound { program } => Some(format!("install `{program}`")),
            _ => None,
        }
    }

    fn exit_code(&self) -> ExitCode {
        match self {
            Self::Interrupted { .. } => ExitCode::Interrupted,
            _ => ExitCode::Failed,
        }
    }
}

fn indented(lines: &[String]) -> String {
    lines.iter().flat_map(|line| ["\n  ", line]).collect()
}

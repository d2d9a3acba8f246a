//! Why the engine gave no answer.

use serde::de::DeserializeOwned;

use crate::error::{Advice, ExitCode};
use crate::runtime::command::CommandError;

/// A question without an answer.
#[derive(Debug, thiserror::Error)]
pub enum DockerError {
    /// The command failed.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// The command printed something that is not what its version prints elsewhere.
    #[error("`{command}` printed something that stackctl can't read")]
    Unreadable {
        /// The command line.
        command: String,
        /// Where it went wrong.
        source: serde_json::Error,
    },
}

impl Advice for DockerError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Command(error) => error.hint(),
            Self::Unreadable { .. } => Some("`stackctl doctor` says whether Docker is new enough".to_owned()),
        }
    }

    fn exit_code(&self) -> ExitCode {
        match self {
            Self::Command(error) => error.exit_code(),
            Self::Unreadable { .. } => ExitCode::Failed,
        }
    }
}

/// Reads what a command printed.
pub(super) fn parse<T: DeserializeOwned>(command: &str, text: &str) -> Result<T, DockerError> {
    serde_json::from_str(text).map_err(|source| DockerError::Unreadable {
        command: command.to_owned(),
        source,
    })
}

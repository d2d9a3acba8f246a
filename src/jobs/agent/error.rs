//! Why the agent could not start.

use std::io;
use std::path::{Path, PathBuf};

use crate::error::Advice;
use crate::jobs::control::{LONGEST_PATH, socket};
use crate::jobs::generation::GenerationError;

/// Why the agent could not start.
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    /// Another agent has the state folder.
    #[error("another agent runs on `{}`", state_dir.display())]
    Running {
        /// The folder.
        state_dir: PathBuf,
    },
    /// The state can't be read or written.
    #[error("can't use `{}`", path.display())]
    State {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The socket can't be made.
    #[error("can't listen on `{}`", path.display())]
    Socket {
        /// Its path.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The generation that was active can't be read.
    #[error(transparent)]
    Generation(#[from] GenerationError),
    /// Nothing can be answered there.
    #[error("can't answer HTTP on `{address}`")]
    Http {
        /// As it was named.
        address: String,
        /// Why.
        source: io::Error,
    },
    /// The system refuses something that always works.
    #[error("can't {what}")]
    System {
        /// What.
        what: &'static str,
        /// Why.
        source: io::Error,
    },
}

impl AgentError {
    /// For a file of the state folder.
    pub(super) fn state(path: &Path) -> impl Fn(io::Error) -> Self + '_ {
        |source| Self::State {
            path: path.to_owned(),
            source,
        }
    }

    /// For the socket in the state folder.
    pub(super) fn socket(state_dir: &Path) -> impl Fn(io::Error) -> Self + '_ {
        |source| Self::Socket {
            path: socket(state_dir),
            source,
        }
    }

    /// For a call of the system.
    pub(super) fn system<E: Into<io::Error>>(what: &'static str) -> impl Fn(E) -> Self {
        move |source| Self::System {
            what,
            source: source.into(),
        }
    }
}

impl Advice for AgentError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Running { .. } => Some(
                "give each agent a folder of its own with `--state-dir`; `stackctl jobs status` asks the one that runs"
                    .to_owned(),
            ),
            Self::State { path, source } => match source.kind() {
                io::ErrorKind::PermissionDenied => Some(format!(
                    "the user of the container must be able to write there; `ls -ld {}` shows who can",
                    path.display()
                )),
                io::ErrorKind::ReadOnlyFilesystem => {
                    Some("it is mounted read-only; the state needs a volume that can be written".to_owned())
                }
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                    Some(format!("the disk is full; `df -h {}` shows it", path.display()))
                }
                _ => None,
            },
            Self::Socket { path, .. } if path.as_os_str().len() > LONGEST_PATH => {
                Some("choose a shorter `--state-dir`".to_owned())
            }
            Self::Socket { .. } => {
                Some("the state folder must be on a filesystem that can hold sockets, such as a volume".to_owned())
            }
            Self::Generation(error) => error.hint(),
            Self::Http { .. } => Some("name an address as `:9090` or `127.0.0.1:9090` that nobody uses yet".to_owned()),
            Self::System { .. } => None,
        }
    }
}

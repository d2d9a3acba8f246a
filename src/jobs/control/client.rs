//! One request to the agent of a state folder.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{LONGEST_PATH, Reply, Request, socket};
use crate::error::Advice;

/// How long an agent may take to answer: its loop never blocks, so this is for a machine that is very busy.
const PATIENCE: Duration = Duration::from_secs(10);
/// The longest answer that is read.
const LONGEST: u64 = 64 * 1024 * 1024;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// No agent listens there.
    #[error("no agent runs on `{}`", state_dir.display())]
    NotRunning {
        /// The state folder.
        state_dir: PathBuf,
    },
    /// It is there, and the request failed on the way.
    #[error("the agent on `{}` does not answer", state_dir.display())]
    NoAnswer {
        /// The state folder.
        state_dir: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The path is too long for a socket.
    #[error("the path `{}` has {} bytes, and that of a socket may have {LONGEST_PATH}", path.display(), path.as_os_str().len())]
    PathTooLong {
        /// The socket's path.
        path: PathBuf,
    },
    /// It refused.
    #[error("{error}")]
    Refused {
        /// Why.
        error: String,
        /// What to type next.
        hint: Option<String>,
    },
}

impl Advice for ControlError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::NotRunning { .. } => Some(
                "it is started by `stackctl jobs run`; `--state-dir DIR` names another agent's folder"
                    .to_owned(),
            ),
            Self::NoAnswer { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => {
                Some("only the user whom the agent runs as may talk to it".to_owned())
            }
            Self::NoAnswer { .. } => Some("look at its log; `docker compose logs` shows it".to_owned()),
            Self::PathTooLong { .. } => Some("choose a shorter `--state-dir`".to_owned()),
            Self::Refused { hint, .. } => hint.clone(),
        }
    }
}

/// Asks the agent. A refusal is an error.
pub fn ask(state_dir: &Path, request: &Request) -> Result<Reply, ControlError> {
    let path = socket(state_dir);
    if path.as_os_str().len() > LONGEST_PATH {
        return Err(ControlError::PathTooLong { path });
    }
    let failed = |source| ControlError::NoAnswer {
        state_dir: state_dir.to_owned(),
        source,
    };
    let stream = UnixStream::connect(&path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => ControlError::NotRunning {
            state_dir: state_dir.to_owned(),
        },
        _ => failed(source),
    })?;
    match exchange(stream, request).map_err(failed)? {
        Reply::Refused { error, hint } => Err(ControlError::Refused { error, hint }),
        reply => Ok(reply),
    }
}

fn exchange(mut stream: UnixStream, request: &Request) -> io::Result<Reply> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut line = serde_json::to_vec(request)?;
    line.push(b'\n');
    stream.write_all(&line)?;
    let mut answer = Vec::new();
    stream.take(LONGEST).read_to_end(&mut answer)?;
    Ok(serde_json::from_slice(&answer)?)
}

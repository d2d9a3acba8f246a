//! Why a round, or the whole sync, failed.

use std::io;
use std::path::PathBuf;

use crate::error::Advice;

use super::companion::CredentialError;
use super::git::GitError;

/// A failure of sync. No message holds a credential.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// Credentials could not be had.
    #[error("{}", .0.message)]
    Credentials(CredentialError),
    /// The repository could not be spoken to.
    #[error(transparent)]
    Git(#[from] GitError),
    /// Something on disk could not be done.
    #[error("can't {action} `{}`", path.display())]
    Disk {
        /// What was tried.
        action: &'static str,
        /// Where.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A folder or file of somebody else stands where the link belongs.
    #[error("`{}` is not a symlink, so nothing can be published there", .0.display())]
    NotALink(PathBuf),
    /// Another process syncs the same root.
    #[error("another sync works on `{}`", .0.display())]
    Busy(PathBuf),
    /// The system's signals or threads could not be set up.
    #[error("can't listen for signals")]
    Signals(#[source] io::Error),
}

/// What to do about a disk that can't be written, by what the system says of it.
#[must_use]
pub fn disk_hint(message: &str) -> String {
    let message = message.to_lowercase();
    let may_not = ["permission denied", "not permitted", "read-only"];
    if may_not.iter().any(|text| message.contains(text)) {
        "let the sync write to its root: mount it read-write and give its user or group the right".to_owned()
    } else {
        "make room in the volume of the sync root; it goes on by itself".to_owned()
    }
}

impl SyncError {
    /// For `map_err` on an operation of the file system.
    pub fn disk(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Disk { action, path, source }
    }
}

impl Advice for SyncError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Credentials(error) => error.hint(),
            Self::Git(error) => error.hint(),
            Self::Disk { source, .. } => match source.kind() {
                io::ErrorKind::StorageFull
                | io::ErrorKind::QuotaExceeded
                | io::ErrorKind::PermissionDenied
                | io::ErrorKind::ReadOnlyFilesystem => Some(disk_hint(&source.to_string())),
                _ => None,
            },
            Self::NotALink(path) => Some(format!(
                "move `{}` away, or choose another `--link`",
                path.display()
            )),
            Self::Busy(_) => {
                Some("give each sync a root of its own; this one goes on once the other ends".to_owned())
            }
            Self::Signals(_) => None,
        }
    }
}

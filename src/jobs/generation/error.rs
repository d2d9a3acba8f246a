//! Why a generation could not be observed or activated.

use std::io;
use std::path::{Path, PathBuf};

use crate::error::Advice;

/// Why a generation could not be observed or activated.
#[derive(Debug, thiserror::Error)]
pub enum GenerationError {
    /// What stands at the link's path is not what a sync publishes.
    #[error("`{}` is not a link to a commit's files", link.display())]
    NotALink {
        /// The path.
        link: PathBuf,
    },
    /// A path of the requirements or the crontab lies outside of the repository.
    #[error("`{}` does not lie in the repository", path.display())]
    Outside {
        /// The path as it was given.
        path: PathBuf,
        /// Where it could lie.
        link: PathBuf,
    },
    /// There is no crontab, and there are no inline jobs either.
    #[error("commit {commit} has no `{}`", crontab.display())]
    NoCrontab {
        /// The commit.
        commit: String,
        /// The crontab, relative to the worktree.
        crontab: PathBuf,
    },
    /// A file of the commit or the link can't be read.
    #[error("can't read `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The state directory can't be used.
    #[error("can't use `{}`", path.display())]
    State {
        /// The file or folder in it.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The record is damaged.
    #[error("`{}` is not what stackctl writes there", path.display())]
    Record {
        /// The record.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// Something stands where the link is to be published.
    #[error("can't publish at `{}`: a folder with files, or a file, stands there", path.display())]
    InTheWay {
        /// The path.
        path: PathBuf,
    },
    /// The link can't be published.
    #[error("can't publish the link `{}`", path.display())]
    Publish {
        /// The path.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl GenerationError {
    /// For what is read.
    pub(super) fn read(path: &Path) -> impl Fn(io::Error) -> Self + '_ {
        |source| Self::Read {
            path: path.to_owned(),
            source,
        }
    }

    /// For a file of the state directory.
    pub(super) fn state(path: &Path) -> impl Fn(io::Error) -> Self + '_ {
        |source| Self::State {
            path: path.to_owned(),
            source,
        }
    }

    /// For the published link.
    pub(super) fn publish(path: &Path) -> impl Fn(io::Error) -> Self + '_ {
        |source| Self::Publish {
            path: path.to_owned(),
            source,
        }
    }
}

impl Advice for GenerationError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::NotALink { .. } => Some(
                "`--link` names the link that `stackctl sync` publishes, and the volume with it is mounted whole, without \
                 a subpath"
                    .to_owned(),
            ),
            Self::Outside { link, .. } => Some(format!(
                "write it relative to the repository, such as `app/crontab.txt`, or below `{}`",
                link.display()
            )),
            Self::NoCrontab { crontab, .. } => Some(format!(
                "commit `{}`, or name another file with `--crontab`",
                crontab.display()
            )),
            Self::State { path, source } | Self::Publish { path, source } => {
                let folder = path.ancestors().find(|folder| folder.exists()).unwrap_or(path).display();
                match source.kind() {
                    io::ErrorKind::PermissionDenied => Some(format!(
                        "the user that the jobs run as must be able to write there; `ls -ld {folder}` shows who can"
                    )),
                    io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                        Some(format!("the disk is full; make room on it, `df -h {folder}` shows it"))
                    }
                    io::ErrorKind::ReadOnlyFilesystem => {
                        Some("it is mounted read-only; mount a volume or a tmpfs there".to_owned())
                    }
                    _ => None,
                }
            }
            Self::Record { path, .. } => Some(format!(
                "remove it with `rm {}`: the published commit then becomes the first generation",
                path.display()
            )),
            Self::InTheWay { path } => Some(format!(
                "move `{}` away, or name another path with `--publish`",
                path.display()
            )),
            Self::Read { .. } => None,
        }
    }
}

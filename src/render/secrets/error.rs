//! Why secrets can't be read or written. No message holds a value.

use std::io;
use std::path::{Path, PathBuf};

use super::super::error::{disk_hint, shown};
use crate::error::Advice;

/// Why secrets can't be read or written.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// A file could not be read.
    #[error("can't read `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file could not be written.
    #[error("can't write `{}`", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A secret's file holds nothing.
    #[error("the secret `{name}` is empty")]
    Empty {
        /// The secret.
        name: String,
        /// Its file.
        path: PathBuf,
        /// Whether stackctl made it, and so could make it again.
        generated: bool,
    },
    /// A value can't be used where stack.toml puts it.
    #[error("the secret `{name}` {fault}")]
    Unfit {
        /// The secret.
        name: String,
        /// What is wrong with it there.
        fault: &'static str,
        /// What to do.
        hint: &'static str,
    },
    /// The system gave no random bytes.
    #[error("can't make up the secret `{name}`")]
    Random {
        /// The secret.
        name: String,
        /// Why.
        source: getrandom::Error,
    },
    /// The file with the package index's user and password holds something else.
    #[error("`{}` does not hold `user:password`", .0.display())]
    IndexCredentials(PathBuf),
}

impl SecretError {
    pub(super) fn read(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = shown(path);
        move |source| Self::Read { path, source }
    }

    pub(super) fn write(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = shown(path);
        move |source| Self::Write { path, source }
    }
}

impl Advice for SecretError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Read { path, source } if source.kind() == io::ErrorKind::NotFound => {
                Some(format!("write the value into `{}`", path.display()))
            }
            Self::Read { path, source } | Self::Write { path, source } => disk_hint(path, source),
            Self::Empty { path, generated, .. } => {
                let path = path.display();
                Some(if *generated {
                    format!(
                        "write the value back into `{path}`; if nothing used it yet, `rm {path}` has another made"
                    )
                } else {
                    format!("write the value into `{path}`")
                })
            }
            Self::IndexCredentials(_) => Some("write one line, the two joined by a colon".to_owned()),
            Self::Unfit { hint, .. } => Some((*hint).to_owned()),
            Self::Random { .. } => None,
        }
    }
}

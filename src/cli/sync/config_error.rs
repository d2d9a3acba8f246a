//! Why a sync was not begun: what was asked of it can't be.

use std::path::PathBuf;

use crate::error::Advice;

/// What is wrong with the options.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Something is needed.
    #[error("{flag} is missing")]
    Missing {
        /// The flag, as it is typed.
        flag: &'static str,
        /// What to do.
        hint: String,
    },
    /// A variable's value can't be read. The value is not shown: what stands in the wrong variable may be a secret.
    #[error("${name} can't be read: {reason}")]
    Variable {
        /// The variable.
        name: &'static str,
        /// How it must be written.
        reason: String,
    },
    /// A flag's value can't be.
    #[error("{flag} can't be taken: {reason}")]
    Value {
        /// The flag, as it is typed.
        flag: &'static str,
        /// Why.
        reason: String,
    },
    /// Two options don't go together.
    #[error("{first} and {second} do not go together")]
    Together {
        /// One of them.
        first: &'static str,
        /// The other.
        second: &'static str,
        /// What to do.
        hint: String,
    },
    /// An option of a former version that has no place in this one.
    #[error("--change-permissions is no longer there")]
    ChangePermissions,
    /// There is no git command.
    #[error("there is no command `{}`", command.display())]
    NoGit {
        /// The name or path.
        command: PathBuf,
        /// What it is needed for.
        why: String,
    },
    /// git2 is asked for what it can't do.
    #[error("the backend git2 can't do what {what} asks for")]
    NotGit2 {
        /// The option.
        what: &'static str,
    },
    /// A file that is needed can't be read.
    #[error("can't read `{}`", path.display())]
    File {
        /// The path.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

impl Advice for ConfigError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Missing { hint, .. } | Self::Together { hint, .. } => Some(hint.clone()),
            Self::Variable { .. } | Self::Value { .. } => {
                Some("`stackctl sync --help` lists what can be given".to_owned())
            }
            Self::ChangePermissions => Some("use --group-write instead".to_owned()),
            Self::NoGit { why, .. } => Some(format!("install git, or name it with --git: {why}")),
            Self::NotGit2 { .. } => Some("leave --backend out, or write --backend=git".to_owned()),
            Self::File { .. } => Some("check that it is mounted, and that this user may read it".to_owned()),
        }
    }
}

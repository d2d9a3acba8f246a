//! What can go wrong in a migration, with what to do about it.

use std::path::PathBuf;

use super::postgres::PostgresError;
use super::sqlite::SqliteError;
use crate::error::{Advice, ExitCode};

/// An error of `plan`, `run`, `verify` or `status`.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MigrateError {
    /// Reading a SQLite file failed.
    #[error(transparent)]
    Sqlite(#[from] SqliteError),
    /// The server failed or refused.
    #[error(transparent)]
    Postgres(#[from] PostgresError),
    /// The copy of a table stopped.
    #[error("the copy of `{table}` stopped behind row {rows}")]
    Copy {
        /// The table with its schema.
        table: String,
        /// Rows of it that are kept, so that the next run goes on behind them.
        rows: u64,
        /// Why.
        source: Box<PostgresError>,
    },
    /// A file on this machine could not be read or written.
    #[error("can't {action} `{}`", path.display())]
    File {
        /// What was tried, such as "write".
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// What was asked for does not fit what is there; nothing was changed.
    #[error("{message}")]
    Refused {
        /// What does not fit.
        message: String,
        /// What to type or change.
        hint: Option<String>,
    },
    /// A setting names a table or column that is not there; nothing was tried.
    #[error("{what}, and `{}` has none of that name", path.display())]
    Unknown {
        /// Which setting names what.
        what: String,
        /// The file.
        path: PathBuf,
        /// What may be meant.
        hint: String,
    },
    /// A thread of a run has panicked.
    #[error("stackctl has a flaw and had to stop {doing}: {said}")]
    Flaw {
        /// What it did, such as "reading `main.t`".
        doing: String,
        /// The panic's words.
        said: String,
    },
    /// Ctrl-C or SIGTERM.
    #[error("interrupted; what is finished is kept")]
    Interrupted,
    /// The same, where nothing is gone on with.
    #[error("interrupted; nothing was changed")]
    Stopped,
    /// The load of tables that were there before stopped.
    #[error("the tables were not filled, and are as they were")]
    Undone {
        /// Why.
        source: Box<MigrateError>,
    },
}

/// What hints say where a run can be gone on with.
const GOES_ON: &str = "goes on where it stopped";

impl MigrateError {
    /// Of work that leaves nothing behind: to be interrupted is then nothing to go on from.
    #[must_use]
    pub fn leaving_nothing(self) -> Self {
        match self {
            Self::Interrupted | Self::Sqlite(SqliteError::Interrupted) => Self::Stopped,
            other => other,
        }
    }
}

impl Advice for MigrateError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Sqlite(error) => error.hint(),
            Self::Postgres(error) => error.hint(),
            Self::Copy { source, .. } => Some(source.hint().unwrap_or_else(|| {
                "once that is mended, `stackctl migrate run` with the same options goes on where it stopped".to_owned()
            })),
            Self::Refused { hint, .. } => hint.clone(),
            Self::Unknown { hint, .. } => Some(hint.clone()),
            Self::Interrupted => {
                Some("`stackctl migrate run` with the same options goes on where it stopped".to_owned())
            }
            Self::Flaw { .. } => Some(
                "please report this with what is told above; what is finished is kept, and `stackctl migrate run` with the \
                 same options goes on where it stopped"
                    .to_owned(),
            ),
            Self::Undone { source } => match source.hint() {
                Some(hint) if hint.contains(GOES_ON) => Some(
                    "once that is mended, give the same command again: it begins from the start".to_owned(),
                ),
                hint => hint,
            },
            Self::File { action, path, source } => {
                let is_missing = action.ends_with("into") && source.kind() == std::io::ErrorKind::NotFound;
                is_missing.then(|| format!("make it, or name another: `mkdir -p {}`", path.display()))
            }
            Self::Stopped => None,
        }
    }

    fn exit_code(&self) -> ExitCode {
        match self {
            Self::Interrupted | Self::Stopped => ExitCode::Interrupted,
            Self::Unknown { .. } => ExitCode::Usage,
            Self::Sqlite(error) => error.exit_code(),
            Self::Undone { source } => source.exit_code(),
            _ => ExitCode::Failed,
        }
    }
}

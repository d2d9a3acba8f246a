//! What can go wrong when a SQLite file is read, with what to do about it.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

use crate::error::{Advice, ExitCode};

/// An error of reading or copying a SQLite file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SqliteError {
    /// SQLite could not do it.
    #[error("can't {action} `{}`", path.display())]
    Sqlite {
        /// What was tried, such as "read the table `users` of".
        action: String,
        /// The file.
        path: PathBuf,
        /// Why.
        source: rusqlite::Error,
    },
    /// The operating system could not do it.
    #[error("can't {action} `{}`", path.display())]
    File {
        /// What was tried, such as "write".
        action: String,
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is a folder, a device or a socket.
    #[error("`{}` is not a file", .0.display())]
    NotAFile(PathBuf),
    /// It holds no bytes at all.
    #[error("`{}` is empty: it holds no database", .0.display())]
    Empty(PathBuf),
    /// It does not begin as a SQLite file does.
    #[error("`{}` is no SQLite database, or an encrypted one", .0.display())]
    NotADatabase(PathBuf),
    /// A writer crashed and its last transaction must be rolled back first.
    #[error("`{}` was left by a crash in the middle of a transaction", .0.display())]
    HotJournal(PathBuf),
    /// The WAL or its index cannot be opened or made.
    #[error("`{}` is in WAL mode, and its `-shm` or `-wal` file can't be opened or made", .0.display())]
    Wal(PathBuf),
    /// A writer held its lock for longer than we wait.
    #[error("`{}` is locked by another program", .0.display())]
    Locked(PathBuf),
    /// The file contradicts itself.
    #[error("`{}` is damaged: {found}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where and what, such as "the table `users` can't be read behind the row 17".
        found: String,
    },
    /// The connections of one snapshot saw different states, again and again.
    #[error("`{}` is written to so often that no common snapshot was found", .0.display())]
    NoSnapshot(PathBuf),
    /// The disk has too little room for a copy.
    #[error("`{}` has too little room for a copy: {needed} bytes are needed and {free} are free", folder.display())]
    NoSpace {
        /// Where the copy was to go.
        folder: PathBuf,
        /// Bytes that are needed.
        needed: u64,
        /// Bytes that are free.
        free: u64,
    },
    /// Ctrl-C or SIGTERM.
    #[error("interrupted")]
    Interrupted,
}

impl SqliteError {
    /// What SQLite said when `action` was tried; known causes get a variant of their own.
    pub(crate) fn new(action: impl Into<String>, path: &Path, source: rusqlite::Error) -> Self {
        let path = path.to_owned();
        let (code, extended) = match &source {
            rusqlite::Error::SqliteFailure(error, _) => (error.code, error.extended_code),
            _ => (ErrorCode::Unknown, 0),
        };
        match (code, extended) {
            (_, rusqlite::ffi::SQLITE_READONLY_ROLLBACK) => Self::HotJournal(path),
            (
                _,
                rusqlite::ffi::SQLITE_READONLY_RECOVERY
                | rusqlite::ffi::SQLITE_READONLY_CANTINIT
                | rusqlite::ffi::SQLITE_READONLY_CANTLOCK
                // Where the folder of a WAL may not be written to.
                | rusqlite::ffi::SQLITE_READONLY_DIRECTORY,
            ) => Self::Wal(path),
            (ErrorCode::NotADatabase, _) => Self::NotADatabase(path),
            (ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked, _) => Self::Locked(path),
            (ErrorCode::OperationInterrupted, _) => Self::Interrupted,
            (ErrorCode::DatabaseCorrupt, _) => Self::Damaged {
                found: format!(
                    "can't {action}: {source}",
                    action = action.into().trim_end_matches(" of")
                ),
                path,
            },
            _ => Self::Sqlite {
                action: action.into(),
                path,
                source,
            },
        }
    }

    /// What the operating system said when `action` was tried.
    pub(crate) fn file(action: impl Into<String>, path: &Path, source: std::io::Error) -> Self {
        Self::File {
            action: action.into(),
            path: path.to_owned(),
            source,
        }
    }
}

/// What can be done where the operating system refuses.
fn file_hint(action: &str, source: &std::io::Error) -> Option<String> {
    let hint = match (action, source.kind()) {
        ("find", ErrorKind::NotFound) => {
            "look whether the path is right; in stack.toml it begins at the folder of that file"
        }
        (_, ErrorKind::PermissionDenied) if ["find", "read", "open"].contains(&action) => {
            "run as a user who may read it"
        }
        ("make the folder", _) => {
            "name another folder for the copies, `--backup-dir DIR`, or make none: `--no-backup`"
        }
        _ => return None,
    };
    Some(hint.to_owned())
}

/// A path as a shell takes it.
fn typed(path: &Path) -> String {
    let path = path.to_string_lossy();
    shlex::try_quote(&path).map_or_else(|_| path.to_string(), std::borrow::Cow::into_owned)
}

impl Advice for SqliteError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::File { action, source, .. } => return file_hint(action, source),
            Self::Sqlite { .. } | Self::Interrupted => return None,
            Self::NotAFile(_) | Self::Empty(_) => "name the SQLite file itself".to_owned(),
            Self::NotADatabase(path) => format!(
                "look at its first bytes with `head -c 16 {} | xxd`; an encrypted file must be decrypted by the program \
                 that keeps it",
                typed(path)
            ),
            Self::HotJournal(path) => format!(
                "start the program that writes it once, or run `sqlite3 {} 'PRAGMA schema_version'`: either rolls the \
                 transaction back",
                typed(path)
            ),
            Self::Wal(path) => format!(
                "run as a user who may write to its folder, or copy `{0}` together with `{0}-wal` to another folder and \
                 read that",
                path.display()
            ),
            Self::Locked(path) => format!(
                "see who holds it with `fuser {}`, and run this again",
                typed(path)
            ),
            Self::Damaged { path, .. } => format!(
                "see all damage with `sqlite3 {0} 'PRAGMA integrity_check'`; `sqlite3 {0} .recover | sqlite3 mended.db` \
                 saves what can be read",
                typed(path)
            ),
            Self::NoSnapshot(_) => "leave out `--no-backup`: a copy is one snapshot".to_owned(),
            Self::NoSpace { .. } => {
                "free some space, or name another folder for the copies: `--backup-dir DIR`".to_owned()
            }
        })
    }

    fn exit_code(&self) -> ExitCode {
        match self {
            Self::Interrupted => ExitCode::Interrupted,
            _ => ExitCode::Failed,
        }
    }
}

//! Whether a file has changed since it was copied.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use serde::{Deserialize, Serialize};

use crate::migrate::sqlite::SqliteError;

/// Tells whether somebody has committed to a file since it was copied. It holds a connection that is in no transaction,
/// so writers and checkpoints go on.
#[derive(Debug)]
pub struct Watch {
    connection: Connection,
    path: PathBuf,
    version: i64,
}

impl Watch {
    /// Watches from the state of that `data_version`, which is one of this connection.
    pub(super) fn new(connection: Connection, path: &Path, version: i64) -> Self {
        Self {
            connection,
            path: path.to_owned(),
            version,
        }
    }

    /// Whether something was committed since; a checkpoint alone is no change.
    pub fn has_changed(&self) -> Result<bool, SqliteError> {
        Ok(self.ask()? != self.version)
    }

    fn ask(&self) -> Result<i64, SqliteError> {
        self.connection
            .query_row("PRAGMA main.data_version", [], |row| row.get(0))
            .map_err(|error| SqliteError::new("watch", &self.path, error))
    }
}

/// What a file and its WAL look like from outside, to be compared by a later process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint {
    main: Stamp,
    wal: Option<Stamp>,
}

/// Length, time of the last change, and identity of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Stamp {
    bytes: u64,
    changed_s: i64,
    changed_ns: i64,
    inode: u64,
}

impl Fingerprint {
    /// Of a file as it is now. An empty WAL is as none.
    pub fn of(path: &Path) -> Result<Self, SqliteError> {
        let failed = |error| SqliteError::file("look at", path, error);
        let path = path.canonicalize().map_err(failed)?;
        let mut wal = path.clone().into_os_string();
        wal.push("-wal");
        Ok(Self {
            main: Stamp::of(&path).map_err(failed)?,
            wal: Stamp::of(Path::new(&wal)).ok().filter(|stamp| stamp.bytes > 0),
        })
    }

    /// Whether the file may hold something else than when this was taken. `false` is sure; `true` may also come from a
    /// checkpoint, which changes the file and nothing in it.
    pub fn may_have_changed(&self, path: &Path) -> Result<bool, SqliteError> {
        Ok(Self::of(path)? != *self)
    }
}

impl Stamp {
    fn of(path: &Path) -> std::io::Result<Self> {
        let meta = std::fs::metadata(path)?;
        Ok(Self {
            bytes: meta.len(),
            changed_s: meta.mtime(),
            changed_ns: meta.mtime_nsec(),
            inode: meta.ino(),
        })
    }
}

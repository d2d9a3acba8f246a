//! A file on its way: its plan, its place in the ledger, and the connections that read it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rusqlite::Connection;

use super::ledger::Kept;
use super::save::Since;
use crate::migrate::identifier::shortened;
use crate::migrate::observe::Observation;
use crate::migrate::plan::FilePlan;
use crate::migrate::report::Backup;
use crate::migrate::settings::{Simpler, Source};
use crate::migrate::sqlite::{self, SqliteError};

/// A file on its way.
#[derive(Debug)]
pub struct File<'a> {
    /// What is to become of it.
    pub source: &'a Source,
    /// Its plan.
    pub plan: FilePlan,
    /// Its number in the ledger.
    pub migration: i64,
    /// The schema in which its tables are made and filled.
    pub staging: String,
    /// The copy that is read.
    pub backup: Option<Backup>,
    /// How it is known whether the file was written to since.
    pub since: Mutex<Since>,
    /// How far its tables were when this run began, in the order of the plan.
    pub kept: Vec<Kept>,
    /// What is read, and by what.
    pub readers: Readers,
    /// Seconds spent before the copy, by phase.
    pub phases: Vec<(&'static str, f64)>,
    /// What was seen in it, where this run has looked.
    pub observation: Option<Observation>,
    /// What is left out of tables, by their names in SQLite, because the server refused them otherwise.
    pub simpler: BTreeMap<String, Simpler>,
}

impl File<'_> {
    /// Whether the file was written to after its copy was made, or after it was looked at.
    #[must_use]
    pub fn changed_since(&self) -> bool {
        self.since
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .has_changed(&self.source.path)
    }
}

/// Connections to one file; a thread takes one and gives it back.
#[derive(Debug)]
pub struct Readers {
    path: PathBuf,
    /// Whether others may write to the file: then no connection can be made that sees what the first ones do.
    is_live: bool,
    free: Mutex<Vec<Connection>>,
}

impl Readers {
    /// To a copy that nobody writes to; they are made as they are wanted.
    #[must_use]
    pub fn of_copy(path: PathBuf) -> Self {
        Self {
            path,
            is_live: false,
            free: Mutex::default(),
        }
    }

    /// Those that see one snapshot of a file; as many as there are threads.
    #[must_use]
    pub fn of_snapshot(path: PathBuf, connections: Vec<Connection>) -> Self {
        Self {
            path,
            is_live: true,
            free: Mutex::new(connections),
        }
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether that is a copy that nobody writes to.
    #[must_use]
    pub fn is_copy(&self) -> bool {
        !self.is_live
    }

    /// Takes a connection.
    pub fn take(&self) -> Result<Connection, SqliteError> {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner).pop();
        match free {
            Some(connection) => Ok(connection),
            None if self.is_live => Err(SqliteError::NoSnapshot(self.path.clone())),
            None => sqlite::open_copy(&self.path),
        }
    }

    /// Takes several.
    pub fn several(&self, count: usize) -> Result<Vec<Connection>, SqliteError> {
        (0..count).map(|_| self.take()).collect()
    }

    /// Gives several back.
    pub fn give_all_back(&self, connections: Vec<Connection>) {
        for connection in connections {
            self.give_back(connection);
        }
    }

    /// Gives it back.
    pub fn give_back(&self, connection: Connection) {
        self.free
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(connection);
    }
}

/// What the names of schemas begin with in which tables are made and filled.
pub const STAGING: &str = "stackctl_";

/// The schema beside the final one.
#[must_use]
pub fn staging(schema: &str) -> String {
    shortened(&format!("{STAGING}{schema}"), schema)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_is_not_mixed_with_a_later_state_of_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        Connection::open(&path)
            .unwrap()
            .execute_batch("create table t (a)")
            .unwrap();
        let readers = Readers::of_snapshot(path.clone(), sqlite::snapshot(&path, 1).unwrap());
        let first = readers.take().unwrap();
        assert!(matches!(readers.take(), Err(SqliteError::NoSnapshot(_))));
        readers.give_back(first);
        assert!(readers.take().is_ok());
        // A copy is the same whenever it is opened.
        assert_eq!(Readers::of_copy(path).several(3).unwrap().len(), 3);
    }

    #[test]
    fn staging_schemas_have_names_of_their_own() {
        assert_eq!(staging("main"), "stackctl_main");
        let long = "ä".repeat(31);
        let longer = format!("{}é", "ä".repeat(30));
        assert!(staging(&long).len() <= 63);
        assert_ne!(staging(&long), staging(&longer));
    }
}

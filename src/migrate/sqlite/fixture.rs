//! Files for tests.

use std::path::PathBuf;

use rusqlite::Connection;
use tempfile::TempDir;

/// A folder with one database in it.
pub(super) struct Fixture {
    pub folder: TempDir,
    pub path: PathBuf,
}

impl Fixture {
    /// A database made by these statements.
    pub(super) fn new(sql: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app.db");
        let fixture = Self { folder, path };
        fixture.write().execute_batch(sql).unwrap();
        fixture
    }

    /// A connection as a program has it.
    pub(super) fn write(&self) -> Connection {
        let connection = Connection::open(&self.path).unwrap();
        connection.pragma_update(None, "foreign_keys", false).unwrap();
        connection
    }
}

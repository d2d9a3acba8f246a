//! Files for tests.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use tempfile::TempDir;

use crate::migrate::sqlite::{Scan, SqliteError, open, read_catalog, row_key, scan};

/// A folder with one database in it.
pub(in crate::migrate::sqlite) struct Fixture {
    pub folder: TempDir,
    pub path: PathBuf,
}

impl Fixture {
    /// A database made by these statements.
    pub(in crate::migrate::sqlite) fn new(sql: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app.db");
        let fixture = Self { folder, path };
        fixture.write().execute_batch(sql).unwrap();
        fixture
    }

    /// A database in WAL mode, and the program that has it open.
    pub(in crate::migrate::sqlite) fn wal(sql: &str) -> (Self, Connection) {
        let fixture = Self::new("PRAGMA journal_mode = WAL");
        let writer = fixture.write();
        writer.execute_batch(sql).unwrap();
        (fixture, writer)
    }

    /// A connection as a program has it.
    pub(in crate::migrate::sqlite) fn write(&self) -> Connection {
        let connection = Connection::open(&self.path).unwrap();
        connection.pragma_update(None, "foreign_keys", false).unwrap();
        connection
    }

    /// The name of a file beside the database, such as `app.db-wal`.
    pub(in crate::migrate::sqlite) fn beside(&self, end: &str) -> PathBuf {
        self.folder.path().join(format!("app.db{end}"))
    }
}

/// Reads everything of a file; how many cells.
pub(in crate::migrate::sqlite) fn read_all(path: &Path) -> Result<u64, SqliteError> {
    let connection = open(path)?;
    let catalog = read_catalog(&connection, path)?;
    let mut cells = 0;
    for table in &catalog.tables {
        let columns: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
        let key_columns: Vec<&str> = table.primary_key.iter().map(|&place| columns[place]).collect();
        let what = Scan {
            path,
            table: &table.name,
            columns: &columns,
            long: &[],
            key: &row_key(table),
            key_columns: &key_columns,
            after: None,
            until: None,
            is_copy: false,
        };
        scan::<SqliteError>(&connection, &what, &mut |row| {
            cells += row.cells.len() as u64;
            Ok(ControlFlow::Continue(()))
        })?;
    }
    Ok(cells)
}

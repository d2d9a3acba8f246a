//! Reading SQLite files: opening, what they declare, their rows, copies of them.

pub mod catalog;

use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::cell::Cell;
use super::plan::RowKey;
use crate::error::Advice;
use catalog::Catalog;

/// An error of reading a SQLite file.
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
}

impl Advice for SqliteError {}

/// Opens a file for reading only; its WAL is read too and never checkpointed.
pub fn open(path: &Path) -> Result<Connection, SqliteError> {
    unimplemented!("{path:?}")
}

/// Opens a copy that nobody writes to.
pub fn open_copy(path: &Path) -> Result<Connection, SqliteError> {
    unimplemented!("{path:?}")
}

/// Reads what a file declares.
pub fn read_catalog(connection: &Connection, path: &Path) -> Result<Catalog, SqliteError> {
    unimplemented!("{connection:?} {path:?}")
}

/// What to read of a table.
#[derive(Debug, Clone, Copy)]
pub struct Scan<'a> {
    /// The file, for errors.
    pub path: &'a Path,
    /// The table's name.
    pub table: &'a str,
    /// The names of the columns to read, in the order in which they are wanted.
    pub columns: &'a [&'a str],
    /// Places in `columns` of those with cells longer than `LONG_CELL`: such cells come as `ScannedRow::long`.
    pub long: &'a [usize],
    /// How rows are told apart and ordered.
    pub key: &'a RowKey,
    /// For `RowKey::PrimaryKey`, the names of its columns.
    pub key_columns: &'a [&'a str],
    /// Only rows behind this key.
    pub after: Option<&'a KeyValue>,
    /// For rowids: only up to this one, itself included.
    pub until: Option<i64>,
}

/// Cells longer than this many bytes are read in pieces.
pub const LONG_CELL: u64 = 1 << 20;

/// The key of a row, to go on behind it.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyValue {
    /// A rowid.
    Rowid(i64),
    /// The cells of a primary key, each as storage class and value; blobs and text in hexadecimal.
    Cells(Vec<(super::cell::StorageClass, String)>),
}

/// A row that was read.
#[derive(Debug)]
pub struct ScannedRow<'a> {
    /// The rowid, for tables that have one.
    pub rowid: Option<i64>,
    /// The wanted cells.
    pub cells: &'a [Cell<'a>],
    /// Cells that are too long to be held: place, how they are stored, bytes. Their place in `cells` holds NULL.
    pub long: &'a [(usize, super::cell::StorageClass, u64)],
}

/// Reads rows in the order of their keys and gives each to `visit`, until it breaks off.
pub fn scan<E: From<SqliteError>>(
    connection: &Connection,
    scan: &Scan<'_>,
    visit: &mut dyn FnMut(&ScannedRow<'_>) -> Result<std::ops::ControlFlow<()>, E>,
) -> Result<(), E> {
    let _ = (connection, scan, visit);
    unimplemented!()
}

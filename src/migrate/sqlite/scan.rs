//! A table -> its rows one by one, in the order of their keys, without an allocation for each.
//!
//! While rows are read, SQLite refuses cells of more than `LONG_CELL` bytes before it loads them. Where one is met, its
//! column is read through a CASE from there on, which tells such a cell's length and leaves it where it is.

mod cells;
mod direct;
mod key;
mod limit;
mod query;

use std::ops::ControlFlow;
use std::path::Path;

use rusqlite::{Connection, ErrorCode};

use super::SqliteError;
use super::long_cell::{LongCell, read_long};
use super::utf16::Encoding;
use crate::migrate::cell::{Cell, StorageClass};
use crate::migrate::plan::RowKey;
use cells::Reader;
use direct::End;
use query::Query;

pub(super) use cells::cell;
pub use key::KeyValue;
pub(super) use key::{KeyPart, bound, same};
pub(super) use limit::LengthLimit;

/// What to read of a table.
#[derive(Debug, Clone, Copy)]
pub struct Scan<'a> {
    /// The file, for errors.
    pub path: &'a Path,
    /// The table's name.
    pub table: &'a str,
    /// The names of the columns to read, in the order in which they are wanted.
    pub columns: &'a [&'a str],
    /// Places in `columns` of those known to hold cells longer than `LONG_CELL`; others are found out on the way, each
    /// at the cost of beginning a query anew.
    pub long: &'a [usize],
    /// How rows are told apart and ordered.
    pub key: &'a RowKey,
    /// For `RowKey::PrimaryKey`, the names of its columns.
    pub key_columns: &'a [&'a str],
    /// Only rows behind this key.
    pub after: Option<&'a KeyValue>,
    /// For rowids: only up to this one, itself included.
    pub until: Option<i64>,
    /// Whether the file is a copy that nobody writes to, and whose pages can be read without SQLite.
    pub is_copy: bool,
}

/// Cells longer than this many bytes are read in pieces.
pub const LONG_CELL: u64 = 1 << 20;

/// A cell that is too long to be held: its place, how it is stored, and the bytes that `read_long` gives.
pub type Long = (usize, StorageClass, u64);

/// A row that was read.
#[derive(Debug, Clone, Copy)]
pub struct ScannedRow<'a> {
    /// The rowid, for tables that have one; where no name reaches it, the row's number from 1 on.
    pub rowid: Option<i64>,
    /// The wanted cells.
    pub cells: &'a [Cell<'a>],
    /// Cells that are too long to be held. Their place in `cells` holds NULL.
    pub long: &'a [Long],
    /// The cells of the primary key, for tables without a rowid.
    pub key_cells: &'a [Cell<'a>],
}

impl ScannedRow<'_> {
    /// Its key, to go on behind it.
    #[must_use]
    pub fn key(&self) -> KeyValue {
        match self.rowid {
            Some(rowid) => KeyValue::Rowid(rowid),
            None => KeyValue::of(self.key_cells),
        }
    }
}

/// How far a query came.
enum Pass {
    Done,
    /// The next row holds a cell that is too long to be loaded.
    TooLong,
}

/// What became of a row.
enum Met {
    /// It is not behind the key yet; whether it is the key's own.
    Before(bool),
    /// It was given to the visitor; its rowid.
    Visited(ControlFlow<()>, Option<i64>),
}

/// What was read so far, over all queries of a scan.
#[derive(Default)]
pub(super) struct Reached {
    /// Rows given to `visit`.
    rows: u64,
    /// The last one's rowid.
    rowid: Option<i64>,
    /// Rows passed over to come behind the key, where SQLite cannot look for it.
    before: u64,
    /// Whether that key has been met, or there is none.
    begun: bool,
}

/// Reads rows in the order of their keys and gives each to `visit`, until it breaks off.
///
/// Text comes as UTF-8, whatever the file's encoding. In UTF-16 files, halves of surrogate pairs come as three bytes each,
/// which are no valid UTF-8, so that they are not taken for characters.
pub fn scan<E: From<SqliteError>>(
    connection: &Connection,
    scan: &Scan<'_>,
    visit: &mut dyn FnMut(&ScannedRow<'_>) -> Result<ControlFlow<()>, E>,
) -> Result<(), E> {
    let mut query = Query::new(connection, scan)?;
    let mut reached = Reached {
        begun: scan.after.is_none() || query.is_ordered(),
        ..Reached::default()
    };
    if scan.is_copy
        && let End::Done = direct::direct(connection, scan, &query, &mut reached, visit)?
    {
        return Ok(());
    }
    let mut limit = Some(LengthLimit::set(connection, LONG_CELL));
    while let Pass::TooLong = pass(connection, scan, &query, &mut reached, visit)? {
        if limit.is_none() {
            return Err(damaged(scan, &reached, "a cell is longer than SQLite can hold").into());
        }
        if !query.find_long(connection, scan, &reached)? {
            limit = None;
        }
    }
    drop(limit);
    Ok(())
}

fn pass<E: From<SqliteError>>(
    connection: &Connection,
    scan: &Scan<'_>,
    query: &Query,
    reached: &mut Reached,
    visit: &mut dyn FnMut(&ScannedRow<'_>) -> Result<ControlFlow<()>, E>,
) -> Result<Pass, E> {
    let failed = |reached: &Reached, error| Err(failure(scan, reached, error).into());
    let mut statement = match query.prepare(connection, scan, reached) {
        Ok(statement) => statement,
        Err(error) => return failed(reached, error),
    };
    let mut rows = statement.raw_query();
    let mut reader = Reader::new(query);
    loop {
        let row = match rows.next() {
            Ok(Some(row)) => row,
            Ok(None) => return Ok(Pass::Done),
            Err(error) if is_too_big(&error) => return Ok(Pass::TooLong),
            Err(error) => return failed(reached, error),
        };
        let number = query.first_row + reached.rows;
        let begun = reached.begun;
        let flow = match reader.read(row, number, |row| {
            if !begun {
                return Ok(Met::Before(scan.after == Some(&row.key())));
            }
            let lengths = utf8_lengths(connection, scan, query, row)?;
            let row = ScannedRow {
                long: lengths.as_deref().unwrap_or(row.long),
                ..*row
            };
            visit(&row).map(|flow| Met::Visited(flow, row.rowid))
        }) {
            Ok(flow) => flow,
            Err(error) if is_too_big(&error) => return Ok(Pass::TooLong),
            Err(error) => return failed(reached, error),
        };
        match flow? {
            Met::Before(is_key) => {
                reached.before += 1;
                reached.begun = is_key;
            }
            Met::Visited(flow, rowid) => {
                // A tree that is tied into a loop would give the same rows for ever.
                if query.rowid && reached.rowid.is_some() && rowid <= reached.rowid {
                    return Err(damaged(scan, reached, "its rows are not in order").into());
                }
                reached.rows += 1;
                reached.rowid = rowid;
                if flow.is_break() {
                    return Ok(Pass::Done);
                }
            }
        }
    }
}

/// Long cells with the lengths that `read_long` will give, where those are not the lengths that are stored.
fn utf8_lengths(
    connection: &Connection,
    scan: &Scan<'_>,
    query: &Query,
    row: &ScannedRow<'_>,
) -> Result<Option<Vec<Long>>, SqliteError> {
    if query.encoding == Encoding::Utf8 || row.long.is_empty() {
        return Ok(None);
    }
    let mut long = row.long.to_vec();
    for (place, class, bytes) in &mut long {
        let cell = LongCell {
            path: scan.path,
            table: scan.table,
            column: scan.columns[*place],
            class: *class,
            key: scan.key,
            key_columns: scan.key_columns,
            row: &row.key(),
        };
        *bytes = 0;
        read_long::<SqliteError>(connection, &cell, &mut |piece| {
            *bytes += piece.len() as u64;
            Ok(())
        })?;
    }
    Ok(Some(long))
}

fn is_too_big(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::TooBig)
}

fn failure(scan: &Scan<'_>, reached: &Reached, error: rusqlite::Error) -> SqliteError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt) => damaged(scan, reached, &error.to_string()),
        _ => SqliteError::new(format!("read the table `{}` of", scan.table), scan.path, error),
    }
}

fn damaged(scan: &Scan<'_>, reached: &Reached, what: &str) -> SqliteError {
    let place = match (reached.rowid, scan.after) {
        (Some(rowid), _) | (None, Some(&KeyValue::Rowid(rowid))) => format!("behind the row {rowid}"),
        (None, _) if reached.rows > 0 => format!("behind its first {} rows", reached.rows),
        _ => "from its first row on".to_owned(),
    };
    SqliteError::Damaged {
        path: scan.path.to_owned(),
        found: format!("the table `{}` can't be read {place}: {what}", scan.table),
    }
}

#[cfg(test)]
mod tests;

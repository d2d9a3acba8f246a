//! A cell too long to be held -> its bytes in pieces.
//!
//! SQLite reads a piece of a cell without the rest only through a rowid, and only in tables without generated columns.
//! Elsewhere the cell is loaded whole, once, and given in pieces: it then takes its own length in memory, and at most
//! the 1,000,000,000 bytes that SQLite allows.

use std::path::Path;

use rusqlite::{Connection, MAIN_DB};

use super::SqliteError;
use super::name::{quoted, table};
use super::scan::{KeyPart, KeyValue, LengthLimit, bound, same};
use super::utf16::{Decoder, Encoding};
use crate::migrate::cell::StorageClass;
use crate::migrate::plan::RowKey;

/// How many bytes are read at once.
const PIECE: usize = 64 << 10;

/// One cell.
#[derive(Debug, Clone, Copy)]
pub struct LongCell<'a> {
    /// The file, for errors.
    pub path: &'a Path,
    /// The table's name.
    pub table: &'a str,
    /// The column's name.
    pub column: &'a str,
    /// How it is stored: text comes as UTF-8, whatever the file's encoding.
    pub class: StorageClass,
    /// How rows are told apart.
    pub key: &'a RowKey,
    /// For `RowKey::PrimaryKey`, the names of its columns.
    pub key_columns: &'a [&'a str],
    /// The row's key, as `ScannedRow::key` gives it.
    pub row: &'a KeyValue,
}

/// Reads a cell and gives it to `take`, piece by piece.
pub fn read_long<E: From<SqliteError>>(
    connection: &Connection,
    cell: &LongCell<'_>,
    take: &mut dyn FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let failed = |error| {
        let action = format!(
            "read the column `{}` of the table `{}` of",
            cell.column, cell.table
        );
        SqliteError::new(action, cell.path, error)
    };
    let encoding = Encoding::of(connection).map_err(failed)?;
    let mut decoder =
        (cell.class == StorageClass::Text && encoding != Encoding::Utf8).then(|| Decoder::new(encoding));
    let mut text = Vec::new();
    let mut stored = |piece: &[u8]| match &mut decoder {
        None => take(piece),
        Some(decoder) => {
            text.clear();
            decoder.push(piece, &mut text);
            take(&text)
        }
    };
    match by_rowid(connection, cell) {
        Some(blob) => {
            let mut piece = vec![0; PIECE.min(blob.len())];
            let mut at = 0;
            while at < blob.len() {
                let bytes = piece.len().min(blob.len() - at);
                blob.read_at_exact(&mut piece[..bytes], at).map_err(failed)?;
                stored(&piece[..bytes])?;
                at += bytes;
            }
        }
        None => whole(connection, cell, encoding, &mut stored, &failed)?,
    }
    if let Some(decoder) = &mut decoder {
        text.clear();
        decoder.finish(&mut text);
        if !text.is_empty() {
            take(&text)?;
        }
    }
    Ok(())
}

fn by_rowid<'c>(connection: &'c Connection, cell: &LongCell<'_>) -> Option<rusqlite::blob::Blob<'c>> {
    match (cell.key, cell.row) {
        (RowKey::Rowid(name), KeyValue::Rowid(rowid)) if !name.is_empty() => connection
            .blob_open(MAIN_DB, cell.table, cell.column, *rowid, true)
            .ok(),
        _ => None,
    }
}

fn whole<E: From<SqliteError>>(
    connection: &Connection,
    cell: &LongCell<'_>,
    encoding: Encoding,
    stored: &mut dyn FnMut(&[u8]) -> Result<(), E>,
    failed: &dyn Fn(rusqlite::Error) -> SqliteError,
) -> Result<(), E> {
    let _any = LengthLimit::set(connection, u64::MAX);
    let (place, values) = match (cell.key, cell.row) {
        (RowKey::Rowid(name), KeyValue::Rowid(rowid)) if name.is_empty() => {
            (format!("LIMIT 1 OFFSET {}", rowid.saturating_sub(1)), Vec::new())
        }
        (RowKey::Rowid(name), KeyValue::Rowid(rowid)) => {
            (format!("WHERE {} = {rowid}", quoted(name)), Vec::new())
        }
        (_, KeyValue::Cells(cells)) => {
            let parts = KeyPart::all(connection, cell.table, cell.key_columns).map_err(failed)?;
            let values = bound(cells, encoding).ok_or_else(|| failed(rusqlite::Error::InvalidQuery))?;
            (format!("WHERE {}", same(&parts, cells)), values)
        }
        _ => return Err(failed(rusqlite::Error::InvalidQuery).into()),
    };
    let sql = format!(
        "SELECT CAST({} AS BLOB) FROM {} NOT INDEXED {place}",
        quoted(cell.column),
        table(cell.table)
    );
    let mut statement = connection.prepare(&sql).map_err(failed)?;
    let mut rows = statement
        .query(rusqlite::params_from_iter(values))
        .map_err(failed)?;
    let row = rows.next().map_err(failed)?;
    let row = row.ok_or_else(|| failed(rusqlite::Error::QueryReturnedNoRows))?;
    if let rusqlite::types::ValueRef::Blob(bytes) = row.get_ref(0).map_err(failed)? {
        for piece in bytes.chunks(PIECE) {
            stored(piece)?;
        }
    }
    Ok(())
}

//! A row of the SELECT -> its cells, in memory that the next row uses again.

use rusqlite::Row;
use rusqlite::types::ValueRef;

use super::ScannedRow;
use super::query::Query;
use crate::migrate::cell::{Cell, StorageClass};
use crate::migrate::sqlite::utf16::{Decoder, Encoding};

/// Reads one row after another.
pub(super) struct Reader<'q> {
    query: &'q Query,
    cells: Vec<Cell<'static>>,
    key_cells: Vec<Cell<'static>>,
    long: Vec<(usize, StorageClass, u64)>,
    decoder: Option<Decoder>,
    /// For UTF-16: the row's text, and where each cell's ends.
    text: Vec<u8>,
    ends: Vec<usize>,
}

impl<'q> Reader<'q> {
    pub(super) fn new(query: &'q Query) -> Self {
        Self {
            query,
            cells: Vec::new(),
            key_cells: Vec::new(),
            long: Vec::new(),
            decoder: (query.encoding != Encoding::Utf8).then(|| Decoder::new(query.encoding)),
            text: Vec::new(),
            ends: Vec::new(),
        }
    }

    /// Reads a row and gives it to `visit`; `number` is its number, where rows are counted.
    pub(super) fn read<T>(
        &mut self,
        row: &Row<'_>,
        number: u64,
        visit: impl FnOnce(&ScannedRow<'_>) -> T,
    ) -> rusqlite::Result<T> {
        let query = self.query;
        let count = query.columns.len();
        let first = usize::from(query.rowid);
        self.decode(row, first, count)?;
        self.read_long(row, first, count)?;
        let mut cells: Vec<Cell<'_>> = std::mem::take(&mut self.cells);
        for at in 0..count {
            let value = row.get_ref(first + at)?;
            cells.push(match value {
                ValueRef::Blob(bytes) => {
                    decoded(&self.text, &self.ends, at).map_or(Cell::Blob(bytes), Cell::Text)
                }
                value => cell(value),
            });
        }
        let mut key_cells: Vec<Cell<'_>> = std::mem::take(&mut self.key_cells);
        key_cells.extend(query.key.iter().map(|&at| cells[at]));
        let rowid = if query.rowid {
            Some(row.get(0)?)
        } else {
            query.counted.then(|| i64::try_from(number).unwrap_or(i64::MAX))
        };
        let told = visit(&ScannedRow {
            rowid,
            cells: &cells[..query.wanted],
            long: &self.long,
            key_cells: &key_cells,
        });
        self.cells = emptied(cells);
        self.key_cells = emptied(key_cells);
        Ok(told)
    }

    fn decode(&mut self, row: &Row<'_>, first: usize, count: usize) -> rusqlite::Result<()> {
        let Some(decoder) = &mut self.decoder else {
            return Ok(());
        };
        self.text.clear();
        self.ends.clear();
        for at in 0..count {
            let is_text: bool = row.get(first + count + at)?;
            if let (true, ValueRef::Blob(stored)) = (is_text, row.get_ref(first + at)?) {
                decoder.push(stored, &mut self.text);
                decoder.finish(&mut self.text);
                self.ends.push(self.text.len());
            } else {
                // No text ends before it begins: this marks a cell that is none.
                self.ends.push(usize::MAX);
            }
        }
        Ok(())
    }

    fn read_long(&mut self, row: &Row<'_>, first: usize, count: usize) -> rusqlite::Result<()> {
        self.long.clear();
        let mut next = first + count * if self.decoder.is_some() { 2 } else { 1 };
        for &at in &self.query.long {
            if let Some(bytes) = row.get::<_, Option<i64>>(next)?
                && at < self.query.wanted
            {
                let class = if row.get(next + 1)? {
                    StorageClass::Text
                } else {
                    StorageClass::Blob
                };
                self.long.push((at, class, bytes.unsigned_abs()));
            }
            next += 2;
        }
        Ok(())
    }
}

/// A value as SQLite gives it.
#[inline]
pub(in crate::migrate::sqlite) fn cell(value: ValueRef<'_>) -> Cell<'_> {
    match value {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(number) => Cell::Integer(number),
        ValueRef::Real(number) => Cell::Real(number),
        ValueRef::Text(bytes) => Cell::Text(bytes),
        ValueRef::Blob(bytes) => Cell::Blob(bytes),
    }
}

/// The text of a cell, where it is one.
fn decoded<'t>(text: &'t [u8], ends: &[usize], at: usize) -> Option<&'t [u8]> {
    let end = *ends.get(at)?;
    let start = ends[..at].iter().rev().find(|end| **end != usize::MAX);
    (end != usize::MAX).then(|| &text[start.copied().unwrap_or(0)..end])
}

/// The same memory without the cells, for others that live elsewhere.
pub(super) fn emptied(mut cells: Vec<Cell<'_>>) -> Vec<Cell<'static>> {
    cells.clear();
    cells.into_iter().map_while(|_| None).collect()
}

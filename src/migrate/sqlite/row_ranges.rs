//! A table with a rowid -> ranges of about as many rows each, without reading the table.
//!
//! The upper levels of a table's tree hold rowids that divide its pages evenly. They are read from the bytes of a copy,
//! which nobody writes to: a few hundred pages even for a large table. What cannot be read so is one range.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

use rusqlite::Connection;

/// Rows behind `after` and up to `until`, itself included; without one, there is no bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowRange {
    /// The rowid that comes before.
    pub after: Option<i64>,
    /// The last rowid.
    pub until: Option<i64>,
}

/// How many pages of a tree are looked at.
const PAGES: usize = 600;

/// The kind of a page that holds rowids and pages below.
const INTERIOR: u8 = 5;

/// Divides a table of a copy into at most `count` ranges; together they are the whole table, in order.
///
/// `copy` must be the file that `connection` has opened with `open_copy`: others might have it locked.
#[must_use]
pub fn row_ranges(connection: &Connection, copy: &Path, table: &str, count: usize) -> Vec<RowRange> {
    let keys = dividers(connection, copy, table, count).unwrap_or_default();
    let count = count.clamp(1, keys.len() + 1);
    let bounds: Vec<i64> = (1..count)
        .map(|part| keys[part * (keys.len() + 1) / count - 1])
        .collect();
    let after = std::iter::once(None).chain(bounds.iter().copied().map(Some));
    let until = bounds.iter().copied().map(Some).chain(std::iter::once(None));
    after
        .zip(until)
        .map(|(after, until)| RowRange { after, until })
        .collect()
}

/// Rowids that divide the table evenly, in order.
fn dividers(connection: &Connection, copy: &Path, table: &str, count: usize) -> Option<Vec<i64>> {
    if count < 2 {
        return None;
    }
    let sql = "SELECT rootpage, (SELECT page_size FROM pragma_page_size) FROM main.sqlite_schema \
               WHERE type = 'table' AND name = ?1 COLLATE NOCASE";
    let (root, size): (u32, u32) = connection
        .query_row(sql, [table], |row| Ok((row.get(0)?, row.get(1)?)))
        .ok()?;
    let mut tree = Tree {
        file: File::open(copy).ok()?,
        page: vec![0; usize::try_from(size).ok()?],
    };
    let (mut keys, mut pages) = tree.interior(root)?;
    // Level after level, as long as the keys are too few to divide by and each level is one of interior pages.
    while keys.len() < count * 16 && pages.len() <= PAGES {
        let Some((finer, below)) = tree.level(&pages, &keys) else {
            break;
        };
        (keys, pages) = (finer, below);
    }
    keys.is_sorted_by(|one, next| one < next).then_some(keys)
}

struct Tree {
    file: File,
    page: Vec<u8>,
}

impl Tree {
    /// The keys of the next level, with those between its pages, and the pages below.
    fn level(&mut self, pages: &[u32], between: &[i64]) -> Option<(Vec<i64>, Vec<u32>)> {
        let (mut keys, mut below) = (Vec::new(), Vec::new());
        for (at, &page) in pages.iter().enumerate() {
            let (more, children) = self.interior(page)?;
            keys.extend(more);
            below.extend(children);
            keys.extend(between.get(at));
        }
        Some((keys, below))
    }

    /// The keys and the pages below of an interior page of a table; `None` where it is none.
    fn interior(&mut self, number: u32) -> Option<(Vec<i64>, Vec<u32>)> {
        let start = u64::from(number.checked_sub(1)?) * self.page.len() as u64;
        self.file.read_exact_at(&mut self.page, start).ok()?;
        let page = &self.page[..];
        // The first page begins with the header of the file.
        let head = page.get(if number == 1 { 100 } else { 0 }..)?;
        if *head.first()? != INTERIOR {
            return None;
        }
        let cells = usize::from(short(head.get(3..)?)?);
        let mut keys = Vec::with_capacity(cells);
        let mut pages = Vec::with_capacity(cells + 1);
        for cell in 0..cells {
            let at = usize::from(short(head.get(12 + 2 * cell..)?)?);
            pages.push(long(page.get(at..)?)?);
            keys.push(varint(page.get(at + 4..)?)?);
        }
        pages.push(long(head.get(8..)?)?);
        Some((keys, pages))
    }
}

fn short(bytes: &[u8]) -> Option<u16> {
    Some(u16::from_be_bytes(*bytes.first_chunk()?))
}

fn long(bytes: &[u8]) -> Option<u32> {
    Some(u32::from_be_bytes(*bytes.first_chunk()?))
}

/// A number of one to nine bytes: seven bits in each but the ninth, which has eight.
fn varint(bytes: &[u8]) -> Option<i64> {
    let mut number = 0_u64;
    for (at, &byte) in bytes.iter().take(9).enumerate() {
        if at == 8 {
            return Some((number << 8 | u64::from(byte)).cast_signed());
        }
        number = number << 7 | u64::from(byte & 0x7f);
        if byte < 0x80 {
            return Some(number.cast_signed());
        }
    }
    None
}

#[cfg(test)]
mod tests;

//! The pages of a file that nobody writes to, as its format lays them out (<https://sqlite.org/fileformat2.html>).
//!
//! Rows of copies are read from here, in a fifth of the time that SQLite itself takes to step over them, and indexes
//! without their tables. Whatever is not as it is in nearly all files gives `None`, and is then left to SQLite: damage,
//! records above 1 MiB.

mod record;
mod table_cursor;

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::LONG_CELL;

pub(super) use record::{Field, fields, values};
pub(super) use table_cursor::TableCursor;

/// Longer records are left to SQLite; a shorter one holds no long cell.
pub(super) const LONGEST: u64 = LONG_CELL;

/// The length of the header before the first page's own.
const FILE_HEADER: usize = 100;

/// A file of pages.
#[derive(Debug)]
pub(super) struct Pages {
    file: File,
    size: usize,
    usable: usize,
    count: u32,
}

impl Pages {
    /// Opens a file that is written in full; `None` for what does not begin as a database does.
    pub(super) fn open(path: &Path) -> std::io::Result<Option<Self>> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        let mut header = [0; FILE_HEADER];
        if length < FILE_HEADER as u64 {
            return Ok(None);
        }
        file.read_exact_at(&mut header, 0)?;
        let size = match u16::from_be_bytes([header[16], header[17]]) {
            1 => 65_536,
            size => usize::from(size),
        };
        let reserved = usize::from(header[20]);
        let is_database = header.starts_with(b"SQLite format 3\0")
            && size.is_power_of_two()
            && (512..=65_536).contains(&size)
            && size - reserved >= 480;
        let count = u32::try_from(length / size.max(1) as u64).unwrap_or(u32::MAX);
        Ok(is_database.then_some(Self {
            file,
            size,
            usable: size - reserved.min(size),
            count,
        }))
    }

    /// How many pages there are.
    pub(super) fn count(&self) -> u32 {
        self.count
    }

    /// The bytes of a page that hold something.
    pub(super) fn usable(&self) -> usize {
        self.usable
    }

    /// Reads a page into `page`, which gets the page's length. `None` where there is no such page.
    pub(super) fn read(&self, number: u32, page: &mut Vec<u8>) -> std::io::Result<Option<()>> {
        if number == 0 || number > self.count {
            return Ok(None);
        }
        page.resize(self.size, 0);
        let at = u64::from(number - 1) * self.size as u64;
        self.file.read_exact_at(page, at)?;
        Ok(Some(()))
    }

    /// Appends what follows of a payload on overflow pages, of which `first` is the first: `length` bytes. `page` is
    /// written over.
    pub(super) fn read_overflow(
        &self,
        first: u32,
        length: usize,
        page: &mut Vec<u8>,
        payload: &mut Vec<u8>,
    ) -> std::io::Result<Option<()>> {
        let (mut next, mut left) = (first, length);
        while left > 0 {
            if self.read(next, page)?.is_none() {
                return Ok(None);
            }
            let bytes = left.min(self.usable - 4);
            payload.extend_from_slice(&page[4..4 + bytes]);
            next = u32::from_be_bytes([page[0], page[1], page[2], page[3]]);
            left -= bytes;
        }
        Ok(Some(()))
    }
}

/// A number of one to nine bytes, and how many they are.
#[inline]
pub(super) fn varint(bytes: &[u8]) -> Option<(u64, usize)> {
    let first = *bytes.first()?;
    if first < 0x80 {
        return Some((u64::from(first), 1));
    }
    long_varint(bytes)
}

/// The same where more than one byte is likely.
fn long_varint(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut number = 0;
    for at in 0..8 {
        let byte = *bytes.get(at)?;
        number = number << 7 | u64::from(byte & 0x7f);
        if byte < 0x80 {
            return Some((number, at + 1));
        }
    }
    Some((number << 8 | u64::from(*bytes.get(8)?), 9))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_all_lengths_are_read() {
        assert_eq!(varint(&[0x7f]), Some((127, 1)));
        assert_eq!(varint(&[0x81, 0x00, 9]), Some((128, 2)));
        assert_eq!(varint(&[0xff; 9]), Some((u64::MAX, 9)));
        assert_eq!(
            varint(&[0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 5]),
            Some((5, 9))
        );
        assert_eq!(varint(&[0xff; 8]), None);
        assert_eq!(varint(&[]), None);
    }
}

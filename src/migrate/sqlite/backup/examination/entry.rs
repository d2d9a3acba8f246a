//! The values of an index entry -> bytes that are equal where SQLite takes the values for equal, and sums over them.

use std::hash::{BuildHasher, RandomState};

use crate::migrate::cell::Cell;

/// An entry: for each value a byte for its class, then eight bytes of a number, or the length and the bytes of text or
/// a BLOB.
#[derive(Debug, Default)]
pub(super) struct Entry(pub Vec<u8>);

const NULL: u8 = 0;
const INTEGER: u8 = 1;
const REAL: u8 = 2;
const TEXT: u8 = 3;
const BLOB: u8 = 4;

impl Entry {
    /// Adds a value.
    #[inline]
    pub(super) fn push(&mut self, value: Cell<'_>) {
        match value {
            Cell::Null => self.0.push(NULL),
            Cell::Integer(number) => self.number(INTEGER, number.to_le_bytes()),
            Cell::Real(number) => match whole(number) {
                // A table may hold 1 where an index holds 1.0, and the other way round.
                Some(whole) => self.number(INTEGER, whole.to_le_bytes()),
                None => self.number(REAL, number.to_le_bytes()),
            },
            Cell::Text(bytes) => self.bytes(TEXT, bytes),
            Cell::Blob(bytes) => self.bytes(BLOB, bytes),
        }
    }

    #[inline]
    fn number(&mut self, class: u8, bytes: [u8; 8]) {
        self.0.push(class);
        self.0.extend_from_slice(&bytes);
    }

    #[inline]
    fn bytes(&mut self, class: u8, bytes: &[u8]) {
        self.number(class, (bytes.len() as u64).to_le_bytes());
        self.0.extend_from_slice(bytes);
    }

    /// Its values one after the other.
    pub(super) fn values(&self) -> Values<'_> {
        Values(&self.0)
    }
}

/// The values of an entry.
pub(super) struct Values<'a>(&'a [u8]);

impl<'a> Iterator for Values<'a> {
    type Item = Cell<'a>;

    #[inline]
    fn next(&mut self) -> Option<Cell<'a>> {
        let (class, rest) = self.0.split_first()?;
        if *class == NULL {
            self.0 = rest;
            return Some(Cell::Null);
        }
        let (number, rest) = rest.split_first_chunk::<8>()?;
        self.0 = rest;
        Some(match *class {
            INTEGER => Cell::Integer(i64::from_le_bytes(*number)),
            REAL => Cell::Real(f64::from_le_bytes(*number)),
            class => {
                let length = usize::try_from(u64::from_le_bytes(*number)).ok()?;
                let (bytes, rest) = rest.split_at_checked(length)?;
                self.0 = rest;
                if class == TEXT {
                    Cell::Text(bytes)
                } else {
                    Cell::Blob(bytes)
                }
            }
        })
    }
}

/// The whole number that a real number is, if it is one.
#[expect(clippy::cast_possible_truncation, reason = "only where the number fits")]
fn whole(number: f64) -> Option<i64> {
    const EDGE: f64 = 9_223_372_036_854_775_808.0;
    ((-EDGE..EDGE).contains(&number) && number.fract() == 0.0).then_some(number as i64)
}

/// A sum over entries, the same in whatever order they come.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sum {
    count: u64,
    sum: u64,
}

impl Sum {
    /// Adds an entry. Sums can be compared that were made with the same key.
    #[inline]
    pub(super) fn add(&mut self, key: &RandomState, entry: &Entry) {
        self.count += 1;
        self.sum = self.sum.wrapping_add(key.hash_one(entry.0.as_slice()));
    }
}

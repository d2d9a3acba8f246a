//! Reading SQLite files: opening, what they declare, their rows, copies of them. Nothing here writes to a source.

pub mod catalog;

mod error;
mod name;
mod open;
mod parse;
mod read_catalog;
mod scan;
mod utf16;

pub use error::SqliteError;
pub use open::{open, open_copy};
pub use read_catalog::{read_catalog, row_key};
pub use scan::{KeyValue, LONG_CELL, Scan, ScannedRow, scan};

#[cfg(test)]
mod fixture;

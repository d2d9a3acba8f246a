//! Reading SQLite files: opening, what they declare, their rows, copies of them. Nothing here writes to a source.

pub mod catalog;

mod backup;
mod collation;
mod error;
mod key_json;
mod long_cell;
mod name;
mod open;
mod orphans;
mod pages;
pub(in crate::migrate) mod parse;
mod read_catalog;
mod scan;
mod snapshot;
mod utf16;

pub use backup::{Backup, Check, Checked, Copied, Unchecked, copy};
pub use backup::{Breaker, Examination, Fingerprint, Watch};
pub use error::SqliteError;
pub use key_json::key_json;
pub use long_cell::{LongCell, read_long};
pub use open::{open, open_copy};
pub use orphans::{Orphaned, orphans};
pub use read_catalog::{read_catalog, row_key};
pub use scan::{KeyValue, LONG_CELL, Long, Scan, ScannedRow, scan};
pub use snapshot::snapshot;

#[cfg(test)]
mod tests;

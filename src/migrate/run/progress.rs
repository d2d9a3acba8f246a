//! How far the copy of a table is.

use serde::{Deserialize, Serialize};

use crate::migrate::digest::TableDigest;
use crate::migrate::sqlite::KeyValue;

/// What was read of a table and where it went.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// Rows read from SQLite.
    pub rows_read: u64,
    /// Rows in quarantine as a whole.
    pub rows_quarantined: u64,
    /// Cells in quarantine whose rows were kept.
    pub cells_quarantined: u64,
    /// Bytes sent.
    pub bytes: u64,
    /// Time spent, seconds.
    pub seconds: f64,
    /// The last row that was read; the next one is behind it.
    pub last: Option<KeyValue>,
    /// The digest of the rows that were sent.
    pub digest: TableDigest,
}

impl Progress {
    /// Nothing yet of a table with so many carried columns.
    #[must_use]
    pub fn new(columns: usize) -> Self {
        Self {
            rows_read: 0,
            rows_quarantined: 0,
            cells_quarantined: 0,
            bytes: 0,
            seconds: 0.0,
            last: None,
            digest: TableDigest::new(columns),
        }
    }
}

//! How long a cell may be that SQLite loads, for as long as this lives.

use rusqlite::Connection;
use rusqlite::limits::Limit;

/// Puts the old limit back when it is dropped.
pub(in crate::migrate::sqlite) struct LengthLimit<'a> {
    connection: &'a Connection,
    before: Option<i32>,
}

impl<'a> LengthLimit<'a> {
    /// Sets it; SQLite keeps to the greatest that it was built for.
    pub(in crate::migrate::sqlite) fn set(connection: &'a Connection, bytes: u64) -> Self {
        let bytes = i32::try_from(bytes).unwrap_or(i32::MAX);
        Self {
            connection,
            before: connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, bytes).ok(),
        }
    }
}

impl Drop for LengthLimit<'_> {
    fn drop(&mut self) {
        if let Some(before) = self.before {
            let _ = self.connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, before);
        }
    }
}

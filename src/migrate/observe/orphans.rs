//! Rows without the parent that they refer to.

use std::path::Path;

use rusqlite::Connection;

use crate::migrate::plan::Orphans;
use crate::migrate::sqlite::catalog::Table;
use crate::migrate::sqlite::{self, SqliteError};

/// For each foreign key of the table: rows that break it. The plan names the key.
pub(super) fn orphans(
    connection: &Connection,
    path: &Path,
    table: &Table,
) -> Result<Vec<Option<Orphans>>, SqliteError> {
    let found = sqlite::orphans(connection, path, table)?.into_iter();
    let found = found.map(|found| {
        (found.rows > 0).then(|| Orphans {
            foreign_key: String::new(),
            rows: found.rows,
            examples: found.examples,
        })
    });
    Ok(found.collect())
}

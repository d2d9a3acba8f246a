//! Rows that break the CHECKs of their table, which SQLite lets in where `ignore_check_constraints` is on.

use std::path::Path;

use rusqlite::Connection;

use crate::migrate::ddl::quoted;
use crate::migrate::sqlite::SqliteError;
use crate::migrate::sqlite::catalog::Table;

/// How many rows break each CHECK. One whose expression SQLite does not take back counts as kept: the server looks at it
/// once more when the rows are copied.
pub(super) fn broken_checks(
    connection: &Connection,
    path: &Path,
    table: &Table,
) -> Result<Vec<u64>, SqliteError> {
    let mut counts = Vec::with_capacity(table.checks.len());
    for check in &table.checks {
        let query = format!(
            "select count(*) from main.{} where not ({})",
            quoted(&table.name),
            check.expression
        );
        let Ok(mut statement) = connection.prepare(&query) else {
            counts.push(0);
            continue;
        };
        let count: i64 = statement.query_row([], |row| row.get(0)).map_err(|error| {
            SqliteError::new(
                format!("look at the CHECKs of the table `{}` of", table.name),
                path,
                error,
            )
        })?;
        counts.push(count.unsigned_abs());
    }
    Ok(counts)
}

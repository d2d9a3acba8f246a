//! Rows that break the CHECKs of their table, which SQLite lets in where `ignore_check_constraints` is on.

use std::path::Path;

use rusqlite::Connection;

use crate::migrate::ddl::quoted;
use crate::migrate::sqlite::SqliteError;
use crate::migrate::sqlite::catalog::Table;

/// How many rows break each CHECK. One whose expression SQLite does not take back, or can't compute for some row, counts as
/// kept: the server looks at it once more when the rows are copied.
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
        match statement.query_row([], |row| row.get::<_, i64>(0)) {
            Ok(count) => counts.push(count.unsigned_abs()),
            Err(error) if is_of_the_row(&error) => counts.push(0),
            Err(error) => {
                let action = format!("look at the CHECKs of the table `{}` of", table.name);
                return Err(SqliteError::new(action, path, error));
            }
        }
    }
    Ok(counts)
}

/// Whether a function could not take what stands in a row, such as malformed JSON, rather than that the file can't be read.
fn is_of_the_row(error: &rusqlite::Error) -> bool {
    error.sqlite_error().is_some_and(|error| {
        let code = error.extended_code;
        code == rusqlite::ffi::SQLITE_ERROR || code == rusqlite::ffi::SQLITE_TOOBIG
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migrate::sqlite::read_catalog;

    #[test]
    fn a_check_that_can_not_be_computed_for_a_row_does_not_keep_the_file_back() {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch(
                "pragma ignore_check_constraints = 1;
                 create table t (a check (json_extract(a, '$.x') > 0), b int check (abs(b) > 1));
                 insert into t values ('{\"x\": 1}', 1), ('no JSON', 2);",
            )
            .unwrap();
        let path = Path::new("/nowhere");
        let catalog = read_catalog(&connection, path).unwrap();
        assert_eq!(
            broken_checks(&connection, path, &catalog.tables[0]).unwrap(),
            [0, 1]
        );
    }
}

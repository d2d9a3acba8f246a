//! `PRAGMA quick_check` or `integrity_check` -> the lines of it that tell of damage.

use std::collections::BTreeSet;
use std::path::Path;

use rusqlite::Connection;

use super::check::of_source;
use crate::migrate::sqlite::SqliteError;
use crate::migrate::sqlite::collation::unchecked;

/// How many findings are told.
pub(super) const TOLD: usize = 5;

/// Pages, cells and the order of rows, of all tables and indexes.
pub(super) const LOOK_THROUGH: &str = "PRAGMA main.quick_check(100000)";
/// The same, and whether indexes hold what their tables hold.
pub(super) const ALL: &str = "PRAGMA main.integrity_check(100000)";

/// Refuses a copy in which something was found: the error holds the first findings.
pub(super) fn refuse(found: &[String], source: &Path) -> Result<(), SqliteError> {
    if found.is_empty() {
        return Ok(());
    }
    Err(SqliteError::Damaged {
        path: source.to_owned(),
        found: found.join("; "),
    })
}

/// Asks SQLite about a copy.
pub(super) struct Checker<'a> {
    connection: &'a Connection,
    source: &'a Path,
    /// Tables and indexes whose order only the application knows.
    unchecked: BTreeSet<String>,
}

impl<'a> Checker<'a> {
    /// Of a copy of that source.
    pub(super) fn new(connection: &'a Connection, source: &'a Path) -> Result<Self, SqliteError> {
        Ok(Self {
            connection,
            source,
            unchecked: unchecked(connection).map_err(|error| failed(error, source))?,
        })
    }

    /// The first findings of a check that are damage.
    pub(super) fn findings(&self, check: &str) -> Result<Vec<String>, SqliteError> {
        self.read(check).map_err(|error| failed(error, self.source))
    }

    fn read(&self, check: &str) -> rusqlite::Result<Vec<String>> {
        let mut statement = self.connection.prepare(check)?;
        let mut rows = statement.query([])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let line: String = row.get(0)?;
            found.extend(
                line.lines()
                    .filter(|line| is_damage(line) && !is_order(line, &self.unchecked))
                    .map(str::to_owned),
            );
            if found.len() >= TOLD {
                found.truncate(TOLD);
                break;
            }
        }
        Ok(found)
    }
}

/// What SQLite says when a copy can't be checked, told of the source: the one is as the other.
pub(super) fn failed(error: rusqlite::Error, source: &Path) -> SqliteError {
    of_source(SqliteError::new("check the copy of", source, error), source)
}

/// Whether it tells of the order in an index whose collation only the application has.
fn is_order(line: &str, unchecked: &BTreeSet<String>) -> bool {
    let of_order = [
        "row not in PRIMARY KEY order for ",
        "non-unique entry in index ",
        "row ",
    ];
    of_order.iter().any(|start| line.starts_with(start))
        && unchecked.iter().any(|name| line.ends_with(&format!(" {name}")))
}

/// Rows that break a NOT NULL, a CHECK or the type of their column are data like any other: the plan deals with them.
fn is_damage(line: &str) -> bool {
    let of_data = [
        "NULL value in ",
        "NUMERIC value in ",
        "TEXT value in ",
        "CHECK constraint failed in ",
        "non-",
    ];
    let is_index = line.starts_with("non-unique ");
    line != "ok"
        && !line.starts_with("*** in database")
        && (is_index || !of_data.iter().any(|start| line.starts_with(start)))
}

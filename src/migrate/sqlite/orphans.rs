//! A table -> its rows that refer to a parent which is not there, by SQLite's own rules.

mod whole_numbers;

use std::path::Path;

use rusqlite::{Connection, Row};
use serde_json::Value;

use super::SqliteError;
use super::catalog::{ForeignKey, Table};
use super::name::{quoted, table as table_name};
use super::read_catalog::row_key;
use super::scan::cell;
use crate::migrate::cell_json::cell_json;
use crate::migrate::plan::RowKey;

/// How many rows are named.
const EXAMPLES: usize = 20;

/// Rows of one foreign key without a parent.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Orphaned {
    /// How many.
    pub rows: u64,
    /// The first of them: columns of the primary key, or the rowid, with their values; blobs as `{"blob": "hex"}`.
    pub examples: Vec<Vec<(String, Value)>>,
}

/// Finds the orphans of a table: one for each of its foreign keys, in their order.
///
/// A foreign key whose parent columns are not unique, or not there, SQLite does not check; it is then compared value by
/// value where its parent columns are known, and has no orphans where they are not.
pub fn orphans(connection: &Connection, path: &Path, table: &Table) -> Result<Vec<Orphaned>, SqliteError> {
    if table.foreign_keys.is_empty() {
        return Ok(Vec::new());
    }
    // Where the columns are not what the catalog says, SQLite's own check tells.
    if whole_numbers::all_have_parents(connection, table).unwrap_or(false) {
        return Ok(vec![Orphaned::default(); table.foreign_keys.len()]);
    }
    let found = match checked(connection, table) {
        Err(rusqlite::Error::SqliteFailure(error, _))
            if matches!(
                error.extended_code,
                rusqlite::ffi::SQLITE_ERROR | rusqlite::ffi::SQLITE_ERROR_MISSING_COLLSEQ
            ) =>
        {
            compared(connection, table)
        }
        found => found,
    };
    found.map_err(|error| {
        SqliteError::new(
            format!("check the foreign keys of `{}` in", table.name),
            path,
            error,
        )
    })
}

fn checked(connection: &Connection, table: &Table) -> rusqlite::Result<Vec<Orphaned>> {
    let mut found = vec![Orphaned::default(); table.foreign_keys.len()];
    let mut statement = connection.prepare("SELECT rowid, fkid FROM pragma_foreign_key_check(?1, 'main')")?;
    let mut rows = statement.query([&table.name])?;
    let mut named: Vec<(usize, i64)> = Vec::new();
    while let Some(row) = rows.next()? {
        // SQLite numbers them from the last one written.
        let id: i64 = row.get(1)?;
        let Some(place) = usize::try_from(id)
            .ok()
            .and_then(|id| found.len().checked_sub(id + 1))
        else {
            continue;
        };
        let orphaned = &mut found[place];
        orphaned.rows += 1;
        if let (true, Some(rowid)) = (orphaned.rows <= EXAMPLES as u64, row.get::<_, Option<i64>>(0)?) {
            named.push((place, rowid));
        }
    }
    for (place, rowid) in named {
        found[place].examples.extend(key_of(connection, table, rowid)?);
    }
    for (orphaned, key) in found.iter_mut().zip(&table.foreign_keys) {
        if orphaned.rows > 0 && orphaned.examples.is_empty() {
            orphaned.examples = examples(connection, table, key)?;
        }
    }
    Ok(found)
}

fn compared(connection: &Connection, table: &Table) -> rusqlite::Result<Vec<Orphaned>> {
    let one = |key: &ForeignKey| {
        if key.parent_columns.len() != key.columns.len() {
            return Ok(Orphaned::default());
        }
        let sql = format!("SELECT count(*) {}", without_parent(table, key));
        let rows: i64 = connection.query_row(&sql, [], |row| row.get(0))?;
        Ok(Orphaned {
            rows: rows.unsigned_abs(),
            examples: examples(connection, table, key)?,
        })
    };
    table
        .foreign_keys
        .iter()
        .map(|key| one(key).or_else(|error: rusqlite::Error| unknown_column(error)))
        .collect()
}

/// The parent may lack the column that is referred to: then there is nothing to compare with.
fn unknown_column(error: rusqlite::Error) -> rusqlite::Result<Orphaned> {
    match &error {
        rusqlite::Error::SqlInputError { .. } => Ok(Orphaned::default()),
        // The parent's column has a collation that only the application has.
        rusqlite::Error::SqliteFailure(error, _)
            if error.extended_code == rusqlite::ffi::SQLITE_ERROR_MISSING_COLLSEQ =>
        {
            Ok(Orphaned::default())
        }
        _ => Err(error),
    }
}

fn examples(
    connection: &Connection,
    table: &Table,
    key: &ForeignKey,
) -> rusqlite::Result<Vec<Vec<(String, Value)>>> {
    let names = key_names(table);
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let listed: Vec<String> = names
        .iter()
        .map(|name| format!("child.{}", quoted(name)))
        .collect();
    let sql = format!(
        "SELECT {} {} LIMIT {EXAMPLES}",
        listed.join(", "),
        without_parent(table, key)
    );
    let mut statement = connection.prepare(&sql)?;
    statement.query_map([], |row| key_values(&names, row))?.collect()
}

fn without_parent(table: &Table, key: &ForeignKey) -> String {
    let column = |place: &usize| format!("child.{}", quoted(&table.columns[*place].name));
    let filled: Vec<String> = key
        .columns
        .iter()
        .map(|place| format!("{} IS NOT NULL", column(place)))
        .collect();
    let equal: Vec<String> = key
        .parent_columns
        .iter()
        .zip(&key.columns)
        .map(|(parent, place)| format!("parent.{} = {}", quoted(parent), column(place)))
        .collect();
    let missing = if equal.is_empty() {
        String::new()
    } else {
        format!(
            " AND NOT EXISTS (SELECT 1 FROM {} AS parent WHERE {})",
            table_name(&key.parent),
            equal.join(" AND ")
        )
    };
    format!(
        "FROM {} AS child WHERE {}{missing}",
        table_name(&table.name),
        filled.join(" AND ")
    )
}

/// What a person knows a row by: its primary key, or else its rowid.
fn key_names(table: &Table) -> Vec<String> {
    if !table.primary_key.is_empty() {
        return table
            .primary_key
            .iter()
            .map(|&place| table.columns[place].name.clone())
            .collect();
    }
    match row_key(table) {
        RowKey::Rowid(name) if !name.is_empty() => vec![name],
        _ => Vec::new(),
    }
}

fn key_of(
    connection: &Connection,
    table: &Table,
    rowid: i64,
) -> rusqlite::Result<Option<Vec<(String, Value)>>> {
    let names = key_names(table);
    let (false, RowKey::Rowid(rowid_name)) = (names.is_empty(), row_key(table)) else {
        return Ok(None);
    };
    if rowid_name.is_empty() {
        return Ok(None);
    }
    let listed: Vec<String> = names.iter().map(|name| quoted(name)).collect();
    let sql = format!(
        "SELECT {} FROM {} WHERE {} = ?1",
        listed.join(", "),
        table_name(&table.name),
        quoted(&rowid_name)
    );
    connection
        .query_row(&sql, [rowid], |row| key_values(&names, row))
        .map(Some)
}

fn key_values(names: &[String], row: &Row<'_>) -> rusqlite::Result<Vec<(String, Value)>> {
    names
        .iter()
        .enumerate()
        .map(|(at, name)| Ok((name.clone(), cell_json(cell(row.get_ref(at)?)))))
        .collect()
}

#[cfg(test)]
mod tests;

//! A connection -> what its file declares. SQLite's pragmas are the truth; the text of statements is parsed only for what
//! they do not tell: expressions, names of constraints, deferral.

mod declared;
mod foreign_keys;
mod indexes;
mod key_names;
mod schema;
mod table;
mod virtual_table;

use std::collections::BTreeSet;
use std::path::Path;

use rusqlite::Connection;

use super::SqliteError;
use super::catalog::{Catalog, Skipped, Table, Trigger, View};
use super::parse;
use crate::migrate::plan::RowKey;
use schema::{Entry, Schema};

/// Reads what a file declares.
pub fn read_catalog(connection: &Connection, path: &Path) -> Result<Catalog, SqliteError> {
    let failed = |error| SqliteError::new("read the schema of", path, error);
    let schema = Schema::read(connection).map_err(failed)?;
    let mut catalog = Catalog::default();
    let (mut shadows, mut users) = (BTreeSet::new(), BTreeSet::new());
    for entry in schema.tables().filter(|entry| schema.is_virtual(&entry.name)) {
        let found = virtual_table::read(connection, entry, &schema);
        shadows.extend(
            found
                .shadows
                .iter()
                .map(|shadow| shadow.name.to_ascii_lowercase()),
        );
        users.extend(found.users);
        catalog.skipped.push(found.table);
        catalog.skipped.extend(found.shadows);
    }
    for entry in &schema.entries {
        match entry.kind.as_str() {
            "table"
                if schema.is_virtual(&entry.name) || shadows.contains(&entry.name.to_ascii_lowercase()) => {}
            "table" => match skipped(entry, &schema, &users) {
                Some(skipped) => catalog.skipped.push(skipped),
                None => match table::read(connection, entry, &schema) {
                    Ok(table) => catalog.tables.push(table),
                    Err(error) if table::is_fatal(&error) => return Err(failed(error)),
                    Err(error) => catalog.skipped.push(broken(entry, &error.to_string())),
                },
            },
            "view" => catalog.views.push(View {
                name: entry.name.clone(),
                sql: entry.sql.clone(),
                statement: parse::statement(&entry.sql).map(Box::new),
            }),
            "trigger" => catalog.triggers.push(Trigger {
                name: entry.name.clone(),
                table: entry.table.clone(),
                statement: parse::statement(&entry.sql).map(Box::new),
            }),
            "index" => {}
            kind => catalog.skipped.push(Skipped {
                name: entry.name.clone(),
                kind: "unknown entry".to_owned(),
                reason: format!("the schema calls it a `{kind}`"),
            }),
        }
    }
    catalog.skipped.extend(schema.unreadable);
    foreign_keys::find_parents(&mut catalog.tables);
    Ok(catalog)
}

/// How the rows of a table are told apart when it is read.
///
/// `RowKey::Rowid` with an empty name means that columns take all names of the rowid: rows are then told apart by their
/// number.
#[must_use]
pub fn row_key(table: &Table) -> RowKey {
    if table.without_rowid {
        return RowKey::PrimaryKey(table.primary_key.clone());
    }
    if let Some(alias) = table.rowid_alias {
        return RowKey::Rowid(table.columns[alias].name.clone());
    }
    let free = ["rowid", "_rowid_", "oid"]
        .into_iter()
        .find(|name| table.column(name).is_none());
    RowKey::Rowid(free.unwrap_or_default().to_owned())
}
/// What SQLite keeps for itself, and what it cannot read.
fn skipped(entry: &Entry, schema: &Schema, users: &BTreeSet<String>) -> Option<Skipped> {
    let name = entry.name.to_ascii_lowercase();
    let internal = |kind: &str, reason: &str| Skipped {
        name: entry.name.clone(),
        kind: kind.to_owned(),
        reason: reason.to_owned(),
    };
    if name.starts_with("sqlite_stat") {
        return Some(internal(
            "statistics",
            "holds what `ANALYZE` found; PostgreSQL gathers its own",
        ));
    }
    if name == "sqlite_sequence" {
        return Some(internal(
            "sequences",
            "its numbers are carried with the tables they belong to",
        ));
    }
    if name.starts_with("sqlite_") {
        return Some(internal("internal table", "belongs to SQLite itself"));
    }
    match schema.kind(&entry.name) {
        Some("shadow") if !users.contains(&entry.name.to_ascii_lowercase()) => {
            Some(internal("shadow table", "belongs to a virtual table"))
        }
        None => Some(broken(entry, "SQLite does not take its definition")),
        Some(_) => None,
    }
}

fn broken(entry: &Entry, why: &str) -> Skipped {
    Skipped {
        name: entry.name.clone(),
        kind: "unreadable table".to_owned(),
        reason: format!("its rows are not read: {why}"),
    }
}

#[cfg(test)]
mod tests;

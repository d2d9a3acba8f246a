//! One entry of the schema -> a table.

use std::collections::BTreeMap;

use rusqlite::{Connection, ErrorCode};

use super::schema::{Entry, Schema};
use super::{declared, foreign_keys, indexes};
use crate::migrate::sqlite::catalog::{Column, Generated, Table};

/// Reads a table.
pub(super) fn read(connection: &Connection, entry: &Entry, schema: &Schema) -> rusqlite::Result<Table> {
    let mut table = Table {
        name: entry.name.clone(),
        sql: entry.sql.clone(),
        unparsed: None,
        columns: Vec::new(),
        primary_key: Vec::new(),
        key_name: None,
        key_collations: BTreeMap::new(),
        rowid_alias: None,
        autoincrement: false,
        sequence: schema.sequence(&entry.name),
        without_rowid: schema.without_rowid(&entry.name),
        conflict_clauses: Vec::new(),
        strict: schema.strict(&entry.name),
        checks: Vec::new(),
        indexes: Vec::new(),
        foreign_keys: Vec::new(),
    };
    read_columns(connection, &mut table)?;
    let key_has_index = indexes::read(connection, &mut table, schema)?;
    if let (&[only], false, false) = (table.primary_key.as_slice(), table.without_rowid, key_has_index) {
        // A key without an index of its own is the rowid itself, whatever the declaration looks like.
        table.rowid_alias = Some(only);
        table.columns[only].not_null = true;
    }
    table.foreign_keys = foreign_keys::read(connection, &table)?;
    declared::add(&mut table);
    Ok(table)
}

/// Whether an error is one of the whole file rather than of one table.
pub(super) fn is_fatal(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(
            ErrorCode::DatabaseCorrupt
                | ErrorCode::SystemIoFailure
                | ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                | ErrorCode::OutOfMemory
                | ErrorCode::OperationInterrupted
        )
    )
}

fn read_columns(connection: &Connection, table: &mut Table) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(
        "SELECT name, type, \"notnull\", dflt_value, pk, hidden FROM pragma_table_xinfo(?1, 'main') ORDER BY cid",
    )?;
    let mut rows = statement.query([&table.name])?;
    let mut key = Vec::new();
    while let Some(row) = rows.next()? {
        let hidden: i64 = row.get(5)?;
        let name: String = row.get(0)?;
        let place: i64 = row.get(4)?;
        let in_key = place > 0;
        if in_key {
            key.push((place, table.columns.len()));
        }
        let (_, collation, _, _, autoincrement) =
            connection.column_metadata(Some("main"), table.name.as_str(), name.as_str())?;
        let collation = collation
            .map(|name| name.to_string_lossy().to_uppercase())
            .filter(|name| name != "BINARY");
        table.autoincrement |= autoincrement;
        table.columns.push(Column {
            declared: row.get::<_, Option<String>>(1)?.unwrap_or_default(),
            not_null: row.get(2)? || in_key && (table.without_rowid || table.strict),
            default: row.get(3)?,
            collation,
            generated: (hidden >= 2).then_some(Generated {
                expression: None,
                stored: hidden == 3,
            }),
            name,
        });
    }
    key.sort_unstable();
    table.primary_key = key.into_iter().map(|(_, column)| column).collect();
    Ok(())
}

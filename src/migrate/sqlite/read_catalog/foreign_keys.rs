//! A table's foreign keys.

use std::collections::BTreeMap;

use rusqlite::Connection;

use crate::migrate::sqlite::catalog::{ForeignKey, Table};

/// Reads them in the order in which they are written; `find_parents` then fills in what is left out.
pub(super) fn read(connection: &Connection, table: &Table) -> rusqlite::Result<Vec<ForeignKey>> {
    let mut statement = connection.prepare(
        "SELECT id, \"table\", \"from\", \"to\", on_update, on_delete FROM pragma_foreign_key_list(?1, 'main') \
         ORDER BY id DESC, seq",
    )?;
    let mut rows = statement.query([&table.name])?;
    let mut keys: Vec<(i64, ForeignKey)> = Vec::new();
    while let Some(row) = rows.next()? {
        let id = row.get(0)?;
        if keys.last().is_none_or(|(last, _)| *last != id) {
            let key = ForeignKey {
                name: None,
                columns: Vec::new(),
                parent: row.get(1)?,
                parent_columns: Vec::new(),
                on_delete: row.get(5)?,
                on_update: row.get(4)?,
                deferred: false,
            };
            keys.push((id, key));
        }
        let (Some((_, key)), from) = (keys.last_mut(), row.get::<_, String>(2)?) else {
            continue;
        };
        key.columns.extend(table.column(&from));
        key.parent_columns.extend(row.get::<_, Option<String>>(3)?);
    }
    Ok(keys.into_iter().map(|(_, key)| key).collect())
}

/// Puts the parent's primary key where no columns are written, and nothing where the parent is not there or its key has
/// another number of columns.
pub(super) fn find_parents(tables: &mut [Table]) {
    let parents: BTreeMap<String, Vec<String>> = tables
        .iter()
        .map(|table| {
            let key = table
                .primary_key
                .iter()
                .map(|&place| table.columns[place].name.clone());
            (table.name.to_ascii_lowercase(), key.collect())
        })
        .collect();
    for key in tables.iter_mut().flat_map(|table| &mut table.foreign_keys) {
        match parents.get(&key.parent.to_ascii_lowercase()) {
            None => key.parent_columns.clear(),
            Some(primary) if key.parent_columns.is_empty() && primary.len() == key.columns.len() => {
                key.parent_columns.clone_from(primary);
            }
            Some(_) => {}
        }
    }
}

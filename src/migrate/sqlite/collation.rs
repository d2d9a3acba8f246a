//! Collations that only the application has: SQLite refuses to touch what is ordered by them.
//!
//! They get a stand-in that compares bytes, so that such tables can be read and checked. Their order is not that of the
//! indexes in the file, so nothing may be looked up there: `is_known` tells.

use std::collections::BTreeSet;

use rusqlite::Connection;

/// Whether SQLite itself has a collation.
pub(super) fn is_known(name: &str) -> bool {
    ["BINARY", "NOCASE", "RTRIM"]
        .iter()
        .any(|known| known.eq_ignore_ascii_case(name))
}

/// Makes a stand-in for each that an index of the file uses.
pub(super) fn stand_in(connection: &Connection) -> rusqlite::Result<()> {
    for (_, _, collation) in unknown(connection)? {
        connection.create_collation(collation.as_str(), str::cmp)?;
    }
    Ok(())
}

/// The tables and indexes whose order cannot be checked.
pub(super) fn unchecked(connection: &Connection) -> rusqlite::Result<BTreeSet<String>> {
    let unknown = unknown(connection)?.into_iter();
    Ok(unknown.flat_map(|(table, index, _)| [table, index]).collect())
}

/// Table, index and collation, for each part of an index with a collation that SQLite does not have.
fn unknown(connection: &Connection) -> rusqlite::Result<Vec<(String, String, String)>> {
    let mut statement = connection.prepare(
        "SELECT t.name, l.name, x.coll FROM pragma_table_list AS t, pragma_index_list(t.name, 'main') AS l, \
         pragma_index_xinfo(l.name, 'main') AS x WHERE t.schema = 'main' AND t.type IN ('table', 'shadow') AND x.key = 1",
    )?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        // Names that are no text belong to tables that cannot be read in any case.
        if let (Ok(table), Ok(index), Ok(collation)) = (row.get(0), row.get(1), row.get::<_, String>(2))
            && !is_known(&collation)
        {
            found.push((table, index, collation));
        }
    }
    Ok(found)
}

//! A table's indexes and UNIQUE constraints.

use rusqlite::Connection;
use turso_parser::ast::{Expr, Stmt};

use super::schema::Schema;
use crate::migrate::sqlite::catalog::{Index, IndexOn, IndexPart, Table};
use crate::migrate::sqlite::parse;

/// Reads them into the table, in the order of their making; whether the primary key has an index of its own.
pub(super) fn read(connection: &Connection, table: &mut Table, schema: &Schema) -> rusqlite::Result<bool> {
    let mut statement = connection
        .prepare("SELECT name, \"unique\", origin FROM pragma_index_list(?1, 'main') ORDER BY seq DESC")?;
    let listed = statement
        .query_map([&table.name], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<rusqlite::Result<Vec<(String, bool, String)>>>()?;
    let mut key_has_index = false;
    for (name, unique, origin) in listed {
        let mut index = Index {
            unique,
            is_constraint: origin == "u",
            constraint_name: None,
            parts: Vec::new(),
            filter: None,
            unparsed: None,
            name,
        };
        if origin == "pk" {
            key_has_index = true;
            read_parts(connection, table, &mut index, None)?;
            for part in index.parts {
                if let IndexOn::Column(column) = part.on {
                    table.key_collations.insert(column, part.collation);
                }
            }
            continue;
        }
        let written = match schema.index_sql(&index.name) {
            Some(sql) if !sql.is_empty() => written(sql).map_err(|why| index.unparsed = Some(why)).ok(),
            _ => None,
        };
        read_parts(connection, table, &mut index, written.as_ref())?;
        index.filter = written.and_then(|written| written.filter);
        table.indexes.push(index);
    }
    Ok(key_has_index)
}

/// What the statement tells.
struct Written {
    parts: Vec<Expr>,
    filter: Option<Box<Expr>>,
}

fn written(sql: &str) -> Result<Written, String> {
    match parse::statement(sql)? {
        Stmt::CreateIndex {
            columns,
            where_clause,
            ..
        } => Ok(Written {
            parts: columns.into_iter().map(|column| *column.expr).collect(),
            filter: where_clause,
        }),
        _ => Err("it is no CREATE INDEX".to_owned()),
    }
}

fn read_parts(
    connection: &Connection,
    table: &Table,
    index: &mut Index,
    written: Option<&Written>,
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(
        "SELECT cid, name, desc, coll FROM pragma_index_xinfo(?1, 'main') WHERE key = 1 ORDER BY seqno",
    )?;
    let mut rows = statement.query([&index.name])?;
    while let Some(row) = rows.next()? {
        let cid: i64 = row.get(0)?;
        let on = match usize::try_from(cid) {
            Ok(column) if column < table.columns.len() => IndexOn::Column(column),
            _ if cid == -1 => match table.rowid_alias {
                Some(alias) => IndexOn::Column(alias),
                None => IndexOn::Rowid,
            },
            _ => {
                let Some(expression) = written.and_then(|written| written.parts.get(index.parts.len()))
                else {
                    index
                        .unparsed
                        .get_or_insert_with(|| "its expression is not in its statement".to_owned());
                    continue;
                };
                IndexOn::Expression(Box::new(uncollated(expression.clone())))
            }
        };
        let collation: Option<String> = row.get(3)?;
        index.parts.push(IndexPart {
            on,
            descending: row.get(2)?,
            collation: collation
                .map(|name| name.to_uppercase())
                .filter(|name| name != "BINARY"),
        });
    }
    Ok(())
}

/// `lower(name) COLLATE NOCASE` -> `lower(name)`: the collation is told beside it.
fn uncollated(expression: Expr) -> Expr {
    match expression {
        Expr::Collate(inner, _) => *inner,
        other => other,
    }
}

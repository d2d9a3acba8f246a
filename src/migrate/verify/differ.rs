//! Rows that differ, by key and with both values.

use std::collections::{HashMap, HashSet};

use postgres::GenericClient;
use serde_json::Value;

use super::buckets::{self, RowId, id_sql};
use super::query::{self, hash, reference, typed};
use super::source_table::SourceTable;
use crate::migrate::MigrateError;
use crate::migrate::observe::shown::shown;
use crate::migrate::plan::TablePlan;
use crate::migrate::postgres::PostgresError;
use crate::migrate::report::{RowDifference, RowDifferenceKind};
use crate::migrate::sqlite::{ScannedRow, key_json};
use crate::migrate::target_type::TargetType;

/// At most so many values of a row that has no key are shown.
const SHOWN: usize = 8;

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Differences {
    /// The first rows that differ.
    pub rows: Vec<RowDifference>,
    /// How many differ, where all were counted.
    pub count: Option<u64>,
}

/// A row of PostgreSQL.
struct TargetRow {
    /// Hashes of the carried columns; `None` for NULL.
    hashes: Vec<Option<i64>>,
    /// The columns' beginnings as text.
    texts: Vec<Option<String>>,
}

/// Finds and names at most `limit` rows.
pub fn differ(
    source: &SourceTable<'_>,
    client: &mut impl GenericClient,
    schema: &str,
    limit: usize,
) -> Result<Differences, MigrateError> {
    let mut found = buckets::different(source, client, schema, limit)?;
    found.missing.truncate(limit.saturating_sub(found.changed.len()));
    found
        .extra
        .truncate(limit.saturating_sub(found.changed.len() + found.missing.len()));
    let wanted: Vec<i64> = found.changed.iter().chain(&found.extra).copied().collect();
    let mut target = target_rows(client, schema, source.table, &wanted)?;
    let mut rows = source_rows(source, &found.changed, &found.missing, &target)?;
    for id in &found.extra {
        if let Some(row) = target.remove(id) {
            rows.push(extra(source.table, &row));
        }
    }
    Ok(Differences {
        rows,
        count: found.count,
    })
}

fn target_rows(
    client: &mut impl GenericClient,
    schema: &str,
    table: &TablePlan,
    ids: &[i64],
) -> Result<HashMap<i64, TargetRow>, MigrateError> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let seed = query::seed(table);
    let hashes: Vec<String> = typed(table)
        .map(|(column, target)| format!("({})::bigint", hash(target, &reference(column), &seed)))
        .collect();
    let texts: Vec<String> = typed(table)
        .map(|(column, target)| text_sql(&reference(column), target))
        .collect();
    let id = id_sql(table);
    let sql = format!(
        "select {id}, array[{}]::bigint[], array[{}]::text[] from {} where {id} = any($1)",
        hashes.join(", "),
        texts.join(", "),
        query::from(schema, table)
    );
    let action = format!("read rows of `{schema}.{}` that differ", table.name);
    let rows = client
        .query(&sql, &[&ids])
        .map_err(PostgresError::statement(action))?;
    Ok(rows
        .iter()
        .map(|row| {
            let found = TargetRow {
                hashes: row.get(1),
                texts: row.get(2),
            };
            (row.get(0), found)
        })
        .collect())
}

/// The beginning of a value; of bytes before they are written as text, which doubles them.
fn text_sql(value: &str, target: &TargetType) -> String {
    match target {
        TargetType::Bytea => format!("substr({value}, 1, 100)::text"),
        _ => format!("left({value}::text, 200)"),
    }
}

/// Reads the source once more for rows that are only there, and those that are not the same.
fn source_rows(
    source: &SourceTable<'_>,
    changed: &[i64],
    missing: &[i64],
    target: &HashMap<i64, TargetRow>,
) -> Result<Vec<RowDifference>, MigrateError> {
    let changed: HashSet<i64> = changed.iter().copied().collect();
    let mut missing: HashSet<i64> = missing.iter().copied().collect();
    let mut rows = Vec::new();
    if changed.is_empty() && missing.is_empty() {
        return Ok(rows);
    }
    source.each(&mut |scanned, hasher, kept| {
        if !kept {
            return Ok(());
        }
        let row = RowId::new(source.table, hasher)?;
        if missing.remove(&row.id) {
            rows.push(RowDifference {
                key: key_json(&source.table.key, &source.table.key_columns(), scanned),
                kind: RowDifferenceKind::Missing,
                columns: Vec::new(),
            });
            return Ok(());
        }
        let Some(there) = target.get(&row.id).filter(|_| changed.contains(&row.id)) else {
            return Ok(());
        };
        let seed = hasher.seed()?;
        let mut columns = Vec::new();
        for (place, (column, _)) in typed(source.table).enumerate() {
            let here = hasher.hash(place, seed)?.map(u64::cast_signed);
            if here != there.hashes[place] {
                columns.push((
                    column.name.clone(),
                    source_text(scanned, place),
                    target_text(there.texts[place].as_deref()),
                ));
            }
        }
        rows.push(RowDifference {
            key: key_json(&source.table.key, &source.table.key_columns(), scanned),
            kind: RowDifferenceKind::Changed,
            columns,
        });
        Ok(())
    })?;
    Ok(rows)
}

fn source_text(row: &ScannedRow<'_>, place: usize) -> String {
    match row.long.iter().find(|(long, ..)| *long == place) {
        Some((_, class, length)) => format!("{} of {length} bytes", class.as_str()),
        None => shown(row.cells[place]),
    }
}

fn target_text(text: Option<&str>) -> String {
    text.unwrap_or("NULL").to_owned()
}

/// A row that SQLite does not have: by its key in PostgreSQL, or by what it holds.
fn extra(table: &TablePlan, row: &TargetRow) -> RowDifference {
    let mut named = Vec::new();
    let mut columns = Vec::new();
    for (place, (column, target)) in typed(table).enumerate() {
        let text = row.texts[place].as_deref();
        let in_key = table
            .digest_key
            .iter()
            .any(|&key| std::ptr::eq(&raw const table.columns[key], column));
        if in_key {
            named.push((column.name.clone(), key_value(text, target)));
        } else if table.digest_key.is_empty() && columns.len() < SHOWN {
            columns.push((column.name.clone(), String::new(), target_text(text)));
        }
    }
    RowDifference {
        key: named,
        kind: RowDifferenceKind::Extra,
        columns,
    }
}

fn key_value(text: Option<&str>, target: &TargetType) -> Value {
    let number = || match target {
        TargetType::SmallInt | TargetType::Integer | TargetType::BigInt => text?.parse::<i64>().ok(),
        _ => None,
    };
    number().map_or_else(|| Value::from(text), Value::from)
}

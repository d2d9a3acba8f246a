//! Where a scan stands: the key of a row, and how SQLite is asked for what is behind it.

use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use rusqlite::{Connection, ToSql};

use crate::migrate::cell::{Cell, StorageClass};
use crate::migrate::hexadecimal::hexadecimal;
use crate::migrate::sqlite::collation::is_known;
use crate::migrate::sqlite::name::quoted;
use crate::migrate::sqlite::utf16::Encoding;

/// The key of a row, to go on behind it.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyValue {
    /// A rowid; where no name reaches the rowid, the number of the row from 1 on.
    Rowid(i64),
    /// The cells of a primary key, each as storage class and value; blobs and text in hexadecimal.
    Cells(Vec<(StorageClass, String)>),
}

impl KeyValue {
    /// Of the cells of a primary key.
    pub(super) fn of(cells: &[Cell<'_>]) -> Self {
        let value = |cell: &Cell<'_>| match cell {
            Cell::Null => String::new(),
            Cell::Integer(number) => number.to_string(),
            Cell::Real(number) => format!("{number:e}"),
            Cell::Text(bytes) | Cell::Blob(bytes) => hexadecimal(bytes),
        };
        Self::Cells(cells.iter().map(|cell| (cell.class(), value(cell))).collect())
    }
}

/// A column of a primary key, and how the key is ordered by it.
pub(in crate::migrate::sqlite) struct KeyPart {
    pub name: String,
    descending: bool,
    collation: String,
}

impl KeyPart {
    /// The parts of a table's primary key by these names.
    pub(in crate::migrate::sqlite) fn all(
        connection: &Connection,
        table: &str,
        names: &[&str],
    ) -> rusqlite::Result<Vec<Self>> {
        let mut statement = connection.prepare(
            "SELECT x.name, x.desc, x.coll FROM pragma_index_list(?1, 'main') AS l, pragma_index_xinfo(l.name, 'main') AS x \
             WHERE l.origin = 'pk' AND x.key = 1",
        )?;
        let found = statement
            .query_map([table], |row| {
                Ok(Self {
                    name: row.get(0)?,
                    descending: row.get(1)?,
                    collation: row.get(2)?,
                })
            })?
            .collect::<rusqlite::Result<Vec<_>>>()?;
        Ok(names
            .iter()
            .map(|name| {
                let part = found.iter().find(|part| part.name.eq_ignore_ascii_case(name));
                Self {
                    name: (*name).to_owned(),
                    descending: part.is_some_and(|part| part.descending),
                    collation: part.map_or_else(|| "BINARY".to_owned(), |part| part.collation.clone()),
                }
            })
            .collect())
    }

    /// Whether SQLite can compare as the key is ordered.
    pub(super) fn is_ordered(&self) -> bool {
        is_known(&self.collation)
    }

    fn sql(&self) -> String {
        format!("{} COLLATE {}", quoted(&self.name), quoted(&self.collation))
    }

    pub(super) fn order(&self) -> String {
        format!("{} {}", self.sql(), if self.descending { "DESC" } else { "ASC" })
    }
}

/// The condition for rows behind a key, with its values from `?1` on.
///
/// Rows compare as in the key itself: part by part, each with its own direction. Where all have one direction, SQLite
/// seeks the place; else it passes over what is before.
pub(super) fn behind(parts: &[KeyPart], value: &[(StorageClass, String)]) -> String {
    let list = |texts: Vec<String>| texts.join(", ");
    let Some(leading) = parts.first() else {
        return "0".to_owned();
    };
    if parts.len() > 1 && parts.iter().all(|part| part.descending == leading.descending) {
        return format!(
            "({}) {} ({})",
            list(parts.iter().map(KeyPart::sql).collect()),
            if leading.descending { "<" } else { ">" },
            list((0..parts.len()).map(|at| placeholder(value, at)).collect()),
        );
    }
    let beyond = |at: usize, equal: &str| {
        let sign = if parts[at].descending { "<" } else { ">" };
        format!("{} {sign}{equal} {}", parts[at].sql(), placeholder(value, at))
    };
    let cases: Vec<String> = (0..parts.len())
        .map(|last| {
            let mut all: Vec<String> = (0..last)
                .map(|at| format!("{} = {}", parts[at].sql(), placeholder(value, at)))
                .collect();
            all.push(beyond(last, ""));
            all.join(" AND ")
        })
        .collect();
    format!("{} AND ({})", beyond(0, "="), cases.join(" OR "))
}

/// The condition for the row with a key, with its values from `?1` on.
pub(in crate::migrate::sqlite) fn same(parts: &[KeyPart], value: &[(StorageClass, String)]) -> String {
    let equal: Vec<String> = parts
        .iter()
        .enumerate()
        .map(|(at, part)| {
            // The order of an unknown collation must not be used to look for it.
            let place = if part.is_ordered() {
                part.sql()
            } else {
                format!("{} COLLATE BINARY", quoted(&part.name))
            };
            format!("{place} = {}", placeholder(value, at))
        })
        .collect();
    equal.join(" AND ")
}

/// Where a value of a key goes, and as what.
fn placeholder(value: &[(StorageClass, String)], at: usize) -> String {
    match value.get(at) {
        // The plus takes away the affinity that CAST gives: the column's cells must compare as they are.
        Some((StorageClass::Text, _)) => format!("+CAST(?{} AS TEXT)", at + 1),
        _ => format!("?{}", at + 1),
    }
}

/// A key's values as SQLite takes them; `None` where they were not written by `KeyValue::of`.
pub(in crate::migrate::sqlite) fn bound(
    value: &[(StorageClass, String)],
    encoding: Encoding,
) -> Option<Vec<Value>> {
    value
        .iter()
        .map(|(class, text)| {
            Some(match class {
                StorageClass::Null => Value::Null,
                StorageClass::Integer => Value::Integer(text.parse().ok()?),
                StorageClass::Real => Value::Real(text.parse().ok()?),
                StorageClass::Text => Value::Blob(encoding.encode(&unhex(text)?)),
                StorageClass::Blob => Value::Blob(unhex(text)?),
            })
        })
        .collect()
}

/// A value by reference, for `raw_bind_parameter`.
pub(super) struct Bound<'a>(pub &'a Value);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(ValueRef::from(self.0)))
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    (0..text.len() / 2)
        .map(|at| u8::from_str_radix(&text[at * 2..at * 2 + 2], 16).ok())
        .collect()
}

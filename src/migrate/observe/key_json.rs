//! The key of a row as JSON, for people and programs.

use serde_json::{Value, json};

use crate::migrate::cell::Cell;
use crate::migrate::plan::RowKey;
use crate::migrate::sqlite::ScannedRow;
use crate::migrate::sqlite::catalog::Table;

/// Names and values of the key; `row` is the number of a row that has no key that can be read.
pub(super) fn key_json(table: &Table, key: &RowKey, row: &ScannedRow<'_>) -> Vec<(String, Value)> {
    match key {
        RowKey::Rowid(name) => {
            let name = if name.is_empty() { "row" } else { name };
            vec![(name.to_owned(), json!(row.rowid))]
        }
        RowKey::PrimaryKey(places) => {
            let names = places.iter().map(|&place| table.columns[place].name.clone());
            names.zip(row.key_cells.iter().map(|cell| value(*cell))).collect()
        }
    }
}

fn value(cell: Cell<'_>) -> Value {
    match cell {
        Cell::Null => Value::Null,
        Cell::Integer(number) => json!(number),
        Cell::Real(number) if number.is_finite() => json!(number),
        Cell::Real(number) => json!(number.to_string()),
        Cell::Text(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => json!(text),
            Err(_) => json!({ "text": hexadecimal(bytes) }),
        },
        Cell::Blob(bytes) => json!({ "blob": hexadecimal(bytes) }),
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

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

/// Two digits for each byte.
pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    let digit = |digit: u8| char::from(b"0123456789abcdef"[usize::from(digit)]);
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_tell_text_from_bytes_and_keep_numbers_exact() {
        assert_eq!(
            value(Cell::Integer(i64::MAX)),
            json!(9_223_372_036_854_775_807_i64)
        );
        assert_eq!(value(Cell::Real(f64::INFINITY)), json!("inf"));
        assert_eq!(value(Cell::Text(b"ab")), json!("ab"));
        assert_eq!(value(Cell::Text(b"\xff\x0a")), json!({ "text": "ff0a" }));
        assert_eq!(value(Cell::Blob(b"\x00\x9f")), json!({ "blob": "009f" }));
        assert_eq!(value(Cell::Null), Value::Null);
    }
}

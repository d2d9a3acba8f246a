//! The key of a row as JSON, for people and programs.

use serde_json::Value;

use super::ScannedRow;
use crate::migrate::cell_json::cell_json;
use crate::migrate::plan::RowKey;

/// Names and values of the key, whose columns have the names `columns`. `row` is the number of a row that has no key which
/// can be read.
#[must_use]
pub fn key_json(key: &RowKey, columns: &[&str], row: &ScannedRow<'_>) -> Vec<(String, Value)> {
    match key {
        RowKey::Rowid(name) => {
            let name = if name.is_empty() { "row" } else { name };
            vec![(name.to_owned(), Value::from(row.rowid))]
        }
        RowKey::PrimaryKey(_) => {
            let values = row.key_cells.iter().map(|cell| cell_json(*cell));
            columns.iter().map(|&name| name.to_owned()).zip(values).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::migrate::cell::Cell;

    #[test]
    fn a_row_is_known_by_its_key_its_rowid_or_its_number() {
        let row = ScannedRow {
            rowid: Some(7),
            cells: &[],
            long: &[],
            key_cells: &[Cell::Integer(1), Cell::Text(b"b")],
        };
        let named = |key: &RowKey| key_json(key, &["a", "b"], &row);
        let of = |name: &str, value: Value| (name.to_owned(), value);
        assert_eq!(
            named(&RowKey::PrimaryKey(vec![0, 1])),
            [of("a", json!(1)), of("b", json!("b"))]
        );
        assert_eq!(named(&RowKey::Rowid("id".to_owned())), [of("id", json!(7))]);
        assert_eq!(named(&RowKey::Rowid(String::new())), [of("row", json!(7))]);
    }
}

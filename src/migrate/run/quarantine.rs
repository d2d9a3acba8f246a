//! What did not fit -> rows of `stackctl.quarantine`, in the form of a binary COPY.

use serde_json::{Map, Value, json};

use crate::migrate::cell::{Cell, StorageClass};
use crate::migrate::cell_json::cell_json;
use crate::migrate::misfit::Misfit;
use crate::migrate::sqlite::Long;

/// The columns that a row of the quarantine is written to.
pub const COLUMNS: &str = r#"migration, source, "table", key, "column", class, raw, reason, "row""#;

/// Cells of a row that are longer than this are kept beside the row instead of within its JSON.
pub const LARGEST_WITHIN_ROW: usize = 64 << 10;

/// What is kept of one cell or row.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// The run.
    pub migration: i64,
    /// The file's name in stack.toml.
    pub source: &'a str,
    /// The table's name in SQLite.
    pub table: &'a str,
    /// The row's key.
    pub key: &'a Value,
    /// The column's name in SQLite; `None` for a whole row.
    pub column: Option<&'a str>,
    /// How the cell is stored.
    pub class: Option<StorageClass>,
    /// Why.
    pub reason: Misfit,
    /// The whole row.
    pub row: Option<&'a Value>,
}

/// Appends an entry with what its cell holds.
pub fn entry(entry: &Entry<'_>, cell: Option<Cell<'_>>, out: &mut Vec<u8>) {
    before_raw(entry, out);
    match cell {
        None | Some(Cell::Null) => out.extend_from_slice(&(-1i32).to_be_bytes()),
        Some(Cell::Integer(number)) => field(number.to_string().as_bytes(), out),
        Some(Cell::Real(number)) => field(number.to_string().as_bytes(), out),
        Some(Cell::Text(bytes) | Cell::Blob(bytes)) => field(bytes, out),
    }
    after_raw(entry, out);
}

/// Appends what stands before the contents of a long cell: its bytes follow, and then `after_raw`.
pub fn before_long(entry: &Entry<'_>, bytes: u32, out: &mut Vec<u8>) {
    before_raw(entry, out);
    out.extend_from_slice(&bytes.to_be_bytes());
}

/// Appends what stands behind the contents of a cell.
pub fn after_raw(entry: &Entry<'_>, out: &mut Vec<u8>) {
    text(Some(&entry.reason.to_string()), out);
    jsonb(entry.row, out);
}

fn before_raw(entry: &Entry<'_>, out: &mut Vec<u8>) {
    out.extend_from_slice(&9u16.to_be_bytes());
    field(&entry.migration.to_be_bytes(), out);
    text(Some(entry.source), out);
    text(Some(entry.table), out);
    jsonb(Some(entry.key), out);
    text(entry.column, out);
    text(entry.class.map(StorageClass::as_str), out);
}

fn field(bytes: &[u8], out: &mut Vec<u8>) {
    let length = i32::try_from(bytes.len()).expect("longer cells than 1 MiB come in pieces");
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(bytes);
}

fn text(text: Option<&str>, out: &mut Vec<u8>) {
    match text {
        Some(text) => field(text.as_bytes(), out),
        None => out.extend_from_slice(&(-1i32).to_be_bytes()),
    }
}

fn jsonb(value: Option<&Value>, out: &mut Vec<u8>) {
    let Some(value) = value else {
        return text(None, out);
    };
    let mut bytes = vec![1];
    serde_json::to_writer(&mut bytes, value).expect("writing to memory does not fail");
    field(&bytes, out);
}

/// A row as JSON, by the names of its columns; cells that are kept beside it, such as those that are too long to be held,
/// are told by their bytes.
#[must_use]
pub fn row<'a>(cells: impl Iterator<Item = (&'a str, Cell<'a>)>, long: &[Long]) -> Value {
    let mut map = Map::new();
    for (place, (name, cell)) in cells.enumerate() {
        let not_held = long.iter().find(|long| long.0 == place);
        let value = match cell {
            _ if let Some((_, _, bytes)) = not_held => json!({ "bytes": bytes }),
            Cell::Text(bytes) | Cell::Blob(bytes) if bytes.len() > LARGEST_WITHIN_ROW => {
                json!({ "bytes": bytes.len() })
            }
            cell => cell_json(cell),
        };
        map.insert(name.replace('\0', "\u{fffd}"), value);
    }
    Value::Object(map)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_has_nine_fields() {
        let key = json!({ "rowid": 7 });
        let wanted = Entry {
            migration: 1,
            source: "main",
            table: "t",
            key: &key,
            column: Some("c"),
            class: Some(StorageClass::Text),
            reason: Misfit::NotAValue,
            row: None,
        };
        let mut out = Vec::new();
        entry(&wanted, Some(Cell::Text(b"x")), &mut out);
        let mut whole = Vec::new();
        before_long(&wanted, 1, &mut whole);
        whole.push(b'x');
        after_raw(&wanted, &mut whole);
        assert_eq!(out, whole);
        let mut rest = &out[2..];
        let mut fields = Vec::new();
        while let Some((length, behind)) = rest.split_first_chunk::<4>() {
            let length = usize::try_from(i32::from_be_bytes(*length)).unwrap_or(0);
            fields.push(&behind[..length]);
            rest = &behind[length..];
        }
        assert_eq!(fields.len(), 9);
        assert_eq!(fields[3], b"\x01{\"rowid\":7}");
        assert_eq!(fields[6], b"x");
    }
}

//! A cell -> JSON that people, programs and PostgreSQL's `jsonb` can take.

use serde_json::{Value, json};

use super::cell::Cell;
use super::hexadecimal::hexadecimal;

/// What JSON has a value for as that value. The rest is told apart by an object: `{"blob": "00ff"}`, `{"real": "inf"}`,
/// and `{"text": "6100"}` for text with NUL characters or that is not UTF-8.
#[must_use]
pub fn cell_json(cell: Cell<'_>) -> Value {
    match cell {
        Cell::Null => Value::Null,
        Cell::Integer(number) => json!(number),
        Cell::Real(number) if number.is_finite() => json!(number),
        Cell::Real(number) => json!({ "real": number.to_string() }),
        Cell::Text(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) if !text.contains('\0') => json!(text),
            _ => json!({ "text": hexadecimal(bytes) }),
        },
        Cell::Blob(bytes) => json!({ "blob": hexadecimal(bytes) }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_told_from_bytes_and_numbers_stay_exact() {
        assert_eq!(
            cell_json(Cell::Integer(i64::MAX)).to_string(),
            "9223372036854775807"
        );
        assert_eq!(cell_json(Cell::Text(b"ab")), json!("ab"));
        assert_eq!(cell_json(Cell::Blob(b"\x00\x9f")), json!({ "blob": "009f" }));
        assert_eq!(cell_json(Cell::Blob(b"")), json!({ "blob": "" }));
        assert_eq!(cell_json(Cell::Null), Value::Null);
    }

    #[test]
    fn doubles_are_the_same_when_they_are_read_again() {
        for number in [
            9.999_997_430_310_831e299,
            0.1 + 0.2,
            f64::MIN_POSITIVE,
            -1.797_693e308,
        ] {
            let written = cell_json(Cell::Real(number)).to_string();
            let read: Value = serde_json::from_str(&written).unwrap();
            assert_eq!(
                read.as_f64().map(f64::to_bits),
                Some(number.to_bits()),
                "{written}"
            );
        }
    }

    #[test]
    fn what_jsonb_or_json_refuses_is_spelled_out() {
        assert_eq!(cell_json(Cell::Text(b"a\0")), json!({ "text": "6100" }));
        assert_eq!(cell_json(Cell::Text(b"\xff\x0a")), json!({ "text": "ff0a" }));
        assert_eq!(
            cell_json(Cell::Real(f64::NEG_INFINITY)),
            json!({ "real": "-inf" })
        );
    }
}

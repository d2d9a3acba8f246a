//! A cell's value for people, short.

use crate::migrate::cell::Cell;
use crate::migrate::hexadecimal::hexadecimal;

/// The most characters that are shown.
const MOST: usize = 200;

/// The value's beginning: text with what is no UTF-8 replaced, bytes as `\x…`.
pub fn shown(cell: Cell<'_>) -> String {
    match cell {
        Cell::Null => "NULL".to_owned(),
        Cell::Integer(number) => number.to_string(),
        Cell::Real(number) => format!("{number:?}"),
        Cell::Text(bytes) => text(bytes),
        Cell::Blob(bytes) => blob(bytes),
    }
}

fn text(bytes: &[u8]) -> String {
    // A character has at most four bytes.
    let start = &bytes[..bytes.len().min(4 * MOST)];
    let text = String::from_utf8_lossy(start);
    let short: String = text.chars().take(MOST).collect();
    if short.len() < text.len() || start.len() < bytes.len() {
        let mut short: String = short.chars().take(MOST - 1).collect();
        short.push('…');
        short
    } else {
        short
    }
}

fn blob(bytes: &[u8]) -> String {
    let fits = MOST / 2 - 1;
    let start = if bytes.len() > fits {
        &bytes[..fits - 1]
    } else {
        bytes
    };
    let mut shown = format!("\\x{}", hexadecimal(start));
    if start.len() < bytes.len() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_shown_short_and_lossless_where_they_are_short() {
        assert_eq!(shown(Cell::Text(b"a\0b")), "a\0b");
        assert_eq!(shown(Cell::Text(b"\xff!")), "\u{fffd}!");
        assert_eq!(shown(Cell::Blob(b"\x00\xab")), "\\x00ab");
        assert_eq!(shown(Cell::Real(1.0)), "1.0");
        assert_eq!(shown(Cell::Real(f64::INFINITY)), "inf");
        assert_eq!(shown(Cell::Integer(-7)), "-7");
    }

    #[test]
    fn long_values_are_cut_at_a_character() {
        for cell in [
            Cell::Text("ж".repeat(500).as_bytes()),
            Cell::Blob(&[7; 500]),
            Cell::Text(&[0xff; 900]),
        ] {
            let shown = shown(cell);
            assert!(shown.chars().count() <= MOST, "{}", shown.chars().count());
            assert!(shown.ends_with('…'), "{shown}");
        }
        assert_eq!(shown(Cell::Text("ж".repeat(200).as_bytes())), "ж".repeat(200));
    }
}

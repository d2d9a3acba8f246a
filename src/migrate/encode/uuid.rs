//! `uuid`: 16 bytes, or 32 hexadecimal digits with or without the four hyphens, in any case.

use crate::migrate::cell::Cell;
use crate::migrate::misfit::Misfit;

/// The 16 bytes of a cell.
pub fn parse(cell: Cell<'_>) -> Result<[u8; 16], Misfit> {
    match cell {
        Cell::Blob(bytes) => bytes.try_into().map_err(|_| Misfit::NotAValue),
        Cell::Text(text) => parse_text(text).ok_or(Misfit::NotAValue),
        _ => Err(Misfit::WrongClass),
    }
}

fn parse_text(text: &[u8]) -> Option<[u8; 16]> {
    let hyphens = match text.len() {
        32 => false,
        36 => true,
        _ => return None,
    };
    let mut value = [0; 16];
    let mut at = 0;
    for (place, byte) in value.iter_mut().enumerate() {
        if hyphens && matches!(place, 4 | 6 | 8 | 10) {
            if text[at] != b'-' {
                return None;
            }
            at += 1;
        }
        *byte = digit(text[at])? << 4 | digit(text[at + 1])?;
        at += 2;
    }
    Some(value)
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

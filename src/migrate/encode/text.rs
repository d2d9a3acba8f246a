//! Text and bytes: what PostgreSQL's text can hold, and how numbers are written where they become text.

use super::limit::{MAX_FIELD, put};
use super::number::integer_text;
use crate::migrate::cell::Cell;
use crate::migrate::misfit::Misfit;

/// Appends a field of `text`, `varchar(n)`, `char(n)` or a type that reads its text. `char(n)` ignores spaces at its end,
/// here and there.
pub(super) fn text_field(
    cell: Cell<'_>,
    longest: Option<u32>,
    takes_other_class: bool,
    out: &mut Vec<u8>,
) -> Result<(), Misfit> {
    match cell {
        Cell::Text(bytes) => {
            fits(bytes, longest)?;
            put(bytes, out)
        }
        Cell::Blob(bytes) if takes_other_class => {
            fits(bytes, longest)?;
            put(bytes, out)
        }
        Cell::Integer(number) if takes_other_class => {
            let mut space = [0; 24];
            let written = integer_text(number, &mut space);
            fits(written, longest)?;
            put(written, out)
        }
        Cell::Real(number) if takes_other_class => {
            let written = real_text(number);
            fits(written.as_bytes(), longest)?;
            put(written.as_bytes(), out)
        }
        _ => Err(Misfit::WrongClass),
    }
}

/// Appends a field of `bytea`.
pub(super) fn bytes_field(cell: Cell<'_>, takes_other_class: bool, out: &mut Vec<u8>) -> Result<(), Misfit> {
    match cell {
        Cell::Blob(bytes) => put(bytes, out),
        Cell::Text(bytes) if takes_other_class => put(bytes, out),
        _ => Err(Misfit::WrongClass),
    }
}

/// Whether PostgreSQL's text can hold these bytes: UTF-8 without NUL.
pub fn check(bytes: &[u8]) -> Result<(), Misfit> {
    if bytes.len() as u64 > MAX_FIELD {
        return Err(Misfit::TooLarge);
    }
    if is_plain(bytes) {
        return Ok(());
    }
    if std::str::from_utf8(bytes).is_err() {
        return Err(Misfit::InvalidUtf8);
    }
    if bytes.contains(&0) {
        return Err(Misfit::NulCharacter);
    }
    Ok(())
}

/// The number of characters of valid UTF-8.
#[must_use]
pub fn characters(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|byte| (**byte & 0xc0) != 0x80).count() as u64
}

fn fits(bytes: &[u8], longest: Option<u32>) -> Result<(), Misfit> {
    check(bytes)?;
    match longest {
        Some(longest)
            if bytes.len() as u64 > u64::from(longest) && characters(bytes) > u64::from(longest) =>
        {
            Err(Misfit::TooLong)
        }
        _ => Ok(()),
    }
}

/// Whether all bytes are ASCII and none is NUL; eight at a time, as this is asked for each text.
fn is_plain(bytes: &[u8]) -> bool {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let (words, rest) = bytes.as_chunks::<8>();
    words.iter().all(|word| {
        let word = u64::from_le_bytes(*word);
        (word | (word.wrapping_sub(ONES) & !word)) & HIGH == 0
    }) && rest.iter().all(|byte| (1..128).contains(byte))
}

/// A double as text that reads back as the same double: as SQLite writes it, with as many digits as that takes.
#[must_use]
pub fn real_text(number: f64) -> String {
    if number.is_infinite() {
        return if number > 0.0 { "Inf" } else { "-Inf" }.to_owned();
    }
    let size = number.abs();
    if number == 0.0 || (1e-4..1e15).contains(&size) {
        format!("{number:?}")
    } else {
        let written = format!("{number:e}");
        let (digits, exponent) = written.split_once('e').expect("`e` stands in it");
        let point = if digits.contains('.') { "" } else { ".0" };
        let exponent: i32 = exponent.parse().expect("it is a whole number");
        format!("{digits}{point}e{exponent:+03}")
    }
}

/// Checks text that comes in pieces.
#[derive(Debug, Clone, Default)]
pub struct TextPieces {
    held: [u8; 4],
    count: usize,
    characters: u64,
    longest: Option<u32>,
}

impl TextPieces {
    /// With at most so many characters.
    #[must_use]
    pub fn new(longest: Option<u32>) -> Self {
        Self {
            longest,
            ..Self::default()
        }
    }

    /// Takes the next bytes, wherever a character is cut.
    pub fn piece(&mut self, mut bytes: &[u8]) -> Result<(), Misfit> {
        if bytes.contains(&0) {
            return Err(Misfit::NulCharacter);
        }
        self.characters += characters(bytes);
        if self
            .longest
            .is_some_and(|longest| self.characters > u64::from(longest))
        {
            return Err(Misfit::TooLong);
        }
        while self.count > 0 {
            let Some((first, rest)) = bytes.split_first() else {
                return Ok(());
            };
            self.held[self.count] = *first;
            self.count += 1;
            bytes = rest;
            match std::str::from_utf8(&self.held[..self.count]) {
                Ok(_) => self.count = 0,
                Err(error) if error.error_len().is_some() || self.count == 4 => {
                    return Err(Misfit::InvalidUtf8);
                }
                Err(_) => {}
            }
        }
        if let Err(error) = std::str::from_utf8(bytes) {
            if error.error_len().is_some() {
                return Err(Misfit::InvalidUtf8);
            }
            let tail = &bytes[error.valid_up_to()..];
            self.held[..tail.len()].copy_from_slice(tail);
            self.count = tail.len();
        }
        Ok(())
    }

    /// Whether the text may end here.
    pub fn finish(self) -> Result<(), Misfit> {
        if self.count == 0 {
            Ok(())
        } else {
            Err(Misfit::InvalidUtf8)
        }
    }
}

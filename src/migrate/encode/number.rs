//! Whole numbers, doubles and booleans. Minus zero becomes zero where the type has only one.

use std::io::Write;

use super::decimal::{Decimal, shortest};
use crate::migrate::cell::Cell;
use crate::migrate::misfit::Misfit;

/// The whole number that a cell holds: integers, doubles without a fraction, and text of decimal digits.
pub(super) fn integer(cell: Cell<'_>) -> Result<i64, Misfit> {
    match cell {
        Cell::Integer(number) => Ok(number),
        Cell::Real(number) => whole(number),
        Cell::Text(text) => integer_from(text),
        Cell::Null | Cell::Blob(_) => Err(Misfit::WrongClass),
    }
}

/// The whole number that a double is.
#[expect(clippy::cast_possible_truncation, reason = "the range is checked before")]
pub fn whole(number: f64) -> Result<i64, Misfit> {
    const END: f64 = 9_223_372_036_854_775_808.0;
    if number.is_infinite() {
        Err(Misfit::Infinite)
    } else if number.fract() != 0.0 {
        Err(Misfit::TooPrecise)
    } else if (-END..END).contains(&number) {
        Ok(number as i64)
    } else {
        Err(Misfit::OutOfRange)
    }
}

fn integer_from(text: &[u8]) -> Result<i64, Misfit> {
    let digits = text
        .strip_prefix(b"-")
        .or(text.strip_prefix(b"+"))
        .unwrap_or(text);
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(Misfit::NotAValue);
    }
    std::str::from_utf8(text)
        .ok()
        .and_then(|text| text.parse().ok())
        .ok_or(Misfit::OutOfRange)
}

/// The double that a cell holds; whole numbers and text only where the double is exactly that number.
pub(super) fn double(cell: Cell<'_>) -> Result<f64, Misfit> {
    match cell {
        Cell::Real(number) => Ok(number),
        Cell::Integer(number) => exact_double(number).ok_or(Misfit::TooPrecise),
        Cell::Text(text) => {
            let decimal = Decimal::parse(text)?;
            let number: f64 = std::str::from_utf8(text)
                .ok()
                .and_then(|text| text.parse().ok())
                .ok_or(Misfit::NotAValue)?;
            if number.is_infinite() {
                return Err(Misfit::OutOfRange);
            }
            let mut space = [0; 32];
            if shortest(number, &mut space).equals(&decimal) {
                Ok(number)
            } else {
                Err(Misfit::TooPrecise)
            }
        }
        Cell::Null | Cell::Blob(_) => Err(Misfit::WrongClass),
    }
}

/// A whole number as a double, where that is exact.
#[must_use]
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "whether anything is lost is what is looked for"
)]
pub fn exact_double(number: i64) -> Option<f64> {
    let double = number as f64;
    (double as i128 == i128::from(number)).then_some(double)
}

/// The `real` that a cell holds; anything only where it is exactly that number.
#[expect(
    clippy::cast_possible_truncation,
    clippy::float_cmp,
    reason = "whether anything is lost is what is looked for"
)]
pub(super) fn single(cell: Cell<'_>) -> Result<f32, Misfit> {
    let double = double(cell)?;
    let single = double as f32;
    if f64::from(single) == double {
        Ok(single)
    } else if single.is_infinite() {
        Err(Misfit::OutOfRange)
    } else {
        Err(Misfit::TooPrecise)
    }
}

/// The boolean that a cell holds: 0 and 1, and the words that programs write, in any case.
pub(super) fn boolean(cell: Cell<'_>) -> Result<bool, Misfit> {
    const WORDS: [(&[u8], bool); 10] = [
        (b"t", true),
        (b"f", false),
        (b"true", true),
        (b"false", false),
        (b"1", true),
        (b"0", false),
        (b"yes", true),
        (b"no", false),
        (b"on", true),
        (b"off", false),
    ];
    match cell {
        Cell::Integer(0) | Cell::Real(0.0) => Ok(false),
        Cell::Integer(1) | Cell::Real(1.0) => Ok(true),
        Cell::Integer(_) | Cell::Real(_) => Err(Misfit::OutOfRange),
        Cell::Text(text) => WORDS
            .iter()
            .find(|(word, _)| word.eq_ignore_ascii_case(text))
            .map(|(_, value)| *value)
            .ok_or(Misfit::NotAValue),
        Cell::Null | Cell::Blob(_) => Err(Misfit::WrongClass),
    }
}

/// A whole number in decimal digits, written into `space`.
pub(super) fn integer_text(number: i64, space: &mut [u8; 24]) -> &[u8] {
    let mut rest = &mut space[..];
    write!(rest, "{number}").expect("20 characters at most");
    let unused = rest.len();
    &space[..24 - unused]
}

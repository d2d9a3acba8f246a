//! A number in decimal notation, taken apart without being computed.

use std::io::Write;

use crate::migrate::misfit::Misfit;

/// A number as it is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Decimal<'a> {
    /// Whether a minus stands before it.
    pub negative: bool,
    whole: &'a [u8],
    fraction: &'a [u8],
    exponent: i64,
}

/// The largest exponent that is read; PostgreSQL's numeric ends long before.
const MAX_EXPONENT: i64 = 1_000_000;

impl<'a> Decimal<'a> {
    /// Reads `-12.50`, `.5`, `5.`, `1e-7`; nothing may stand around it.
    pub(super) fn parse(text: &'a [u8]) -> Result<Self, Misfit> {
        let (negative, rest) = match text {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            _ => (false, text),
        };
        let (whole, rest) = digits(rest);
        let (fraction, rest) = match rest {
            [b'.', rest @ ..] => digits(rest),
            _ => (&rest[..0], rest),
        };
        if whole.is_empty() && fraction.is_empty() {
            return Err(Misfit::NotAValue);
        }
        let exponent = match rest {
            [] => 0,
            [b'e' | b'E', rest @ ..] => exponent(rest)?,
            _ => return Err(Misfit::NotAValue),
        };
        Ok(Self {
            negative,
            whole,
            fraction,
            exponent,
        })
    }

    /// Digits that are written behind the point, once the exponent is resolved.
    pub(super) fn scale(&self) -> i64 {
        (length(self.fraction) - self.exponent).max(0)
    }

    /// The powers of ten of the first and the last digit that is not zero; `None` for zero.
    pub(super) fn powers(&self) -> Option<(i64, i64)> {
        let mut places = (0..length(self.whole) + length(self.fraction)).filter(|at| self.at(*at) != 0);
        let first = places.next()?;
        let last = places.next_back().unwrap_or(first);
        let highest = self.highest();
        Some((highest - first, highest - last))
    }

    /// The digit at a power of ten.
    pub(super) fn digit(&self, power: i64) -> u8 {
        self.at(self.highest() - power)
    }

    /// Whether both are the same number.
    pub(super) fn equals(&self, other: &Self) -> bool {
        match (self.powers(), other.powers()) {
            (None, None) => true,
            (Some(mine), Some(theirs)) => {
                mine == theirs
                    && self.negative == other.negative
                    && (mine.1..=mine.0).all(|power| self.digit(power) == other.digit(power))
            }
            _ => false,
        }
    }

    fn highest(&self) -> i64 {
        length(self.whole) + self.exponent - 1
    }

    fn at(&self, place: i64) -> u8 {
        let Ok(place) = usize::try_from(place) else {
            return 0;
        };
        let digit = self.whole.get(place).or_else(|| {
            place
                .checked_sub(self.whole.len())
                .and_then(|place| self.fraction.get(place))
        });
        digit.map_or(0, |digit| digit - b'0')
    }
}

/// The shortest decimal that reads back as the same double, written into `space`.
pub(super) fn shortest(number: f64, space: &mut [u8; 32]) -> Decimal<'_> {
    let mut rest = &mut space[..];
    write!(rest, "{number:e}").expect("25 characters at most");
    let unused = rest.len();
    Decimal::parse(&space[..32 - unused]).expect("a finite number is written as one")
}

fn digits(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text
        .iter()
        .position(|byte| !byte.is_ascii_digit())
        .unwrap_or(text.len());
    text.split_at(end)
}

fn exponent(text: &[u8]) -> Result<i64, Misfit> {
    let (negative, written) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    let (number, rest) = digits(written);
    if number.is_empty() || !rest.is_empty() {
        return Err(Misfit::NotAValue);
    }
    let size = number.iter().try_fold(0_i64, |sum, digit| {
        let sum = sum * 10 + i64::from(digit - b'0');
        if sum > MAX_EXPONENT {
            Err(Misfit::OutOfRange)
        } else {
            Ok(sum)
        }
    })?;
    Ok(if negative { -size } else { size })
}

fn length(bytes: &[u8]) -> i64 {
    i64::try_from(bytes.len()).expect("a slice is shorter than 2^63")
}

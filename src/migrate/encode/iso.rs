//! Moments, dates and times as SQLite's functions and the usual programs write them (ISO 8601).
//!
//! Read: `2024-01-31`, `2024-01-31 10:20`, `2024-01-31T10:20:30.123456`, and any of the latter with `Z`, ` UTC`, `+03`,
//! `+0300`, `+03:00` or ` +0300 MSK`, as Go's `time.String()` writes it. Years are 0001 to 9999. Refused: `infinity`, the
//! year 0000, BC, 24:00, the second 60, `01/02/2024`, spaces around, the empty text. Digits behind the microsecond must be
//! zeros.

use crate::migrate::misfit::Misfit;

/// Microseconds of a second.
pub(super) const SECOND: i64 = 1_000_000;
/// Microseconds of a day.
pub(super) const DAY: i64 = 86_400 * SECOND;

/// What a text says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Iso {
    /// Days since 2000-01-01; `None` for a time alone.
    pub date: Option<i64>,
    /// Microseconds since midnight; `None` for a date alone.
    pub time: Option<i64>,
    /// Seconds east of UTC; `None` where no zone stands there.
    pub offset: Option<i64>,
}

impl Iso {
    /// Microseconds since 2000-01-01 by the clock that was read, midnight for a date alone; `None` for a time alone.
    #[must_use]
    pub fn clock(&self) -> Option<i64> {
        Some(self.date? * DAY + self.time.unwrap_or(0))
    }
}

/// Reads a text, all of it.
pub fn parse(text: &[u8]) -> Result<Iso, Misfit> {
    parse_with(text, false)
}

/// Reads a text; `cuts` leaves out what is behind the microsecond, and Go's reading of its monotonic clock.
pub fn parse_with(text: &[u8], cuts: bool) -> Result<Iso, Misfit> {
    let mut reader = Reader { rest: text, cuts };
    if text.get(2) == Some(&b':') {
        let time = reader.time()?;
        reader.end()?;
        return Ok(Iso {
            date: None,
            time: Some(time),
            offset: None,
        });
    }
    let date = reader.date()?;
    if reader.rest.is_empty() {
        return Ok(Iso {
            date: Some(date),
            time: None,
            offset: None,
        });
    }
    if !reader.take(b' ') && !reader.take(b'T') {
        return Err(Misfit::NotAValue);
    }
    let time = reader.time()?;
    let offset = reader.offset()?;
    reader.end()?;
    Ok(Iso {
        date: Some(date),
        time: Some(time),
        offset,
    })
}

/// Days from 2000-01-01 to a day of the Gregorian calendar (after Howard Hinnant's `days_from_civil`).
#[must_use]
pub fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 730_425
}

struct Reader<'a> {
    rest: &'a [u8],
    cuts: bool,
}

impl Reader<'_> {
    fn date(&mut self) -> Result<i64, Misfit> {
        let year = self.number(4)?;
        self.expect(b'-')?;
        let month = self.number(2)?;
        self.expect(b'-')?;
        let day = self.number(2)?;
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let length = match month {
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            _ => 31,
        };
        if year == 0 || !(1..=12).contains(&month) || !(1..=length).contains(&day) {
            return Err(Misfit::NotAValue);
        }
        Ok(days(year, month, day))
    }

    fn time(&mut self) -> Result<i64, Misfit> {
        let hour = self.number(2)?;
        self.expect(b':')?;
        let minute = self.number(2)?;
        // `12:34.5` are minutes and seconds to some, so a fraction stands behind seconds only.
        let (second, fraction) = if self.take(b':') {
            let second = self.number(2)?;
            (second, if self.take(b'.') { self.fraction()? } else { 0 })
        } else {
            (0, 0)
        };
        if hour > 23 || minute > 59 || second > 59 {
            return Err(Misfit::NotAValue);
        }
        Ok((hour * 3600 + minute * 60 + second) * SECOND + fraction)
    }

    fn fraction(&mut self) -> Result<i64, Misfit> {
        let end = self
            .rest
            .iter()
            .position(|byte| !byte.is_ascii_digit())
            .unwrap_or(self.rest.len());
        let (digits, rest) = self.rest.split_at(end);
        if digits.is_empty() {
            return Err(Misfit::NotAValue);
        }
        self.rest = rest;
        if !self.cuts && digits.iter().skip(6).any(|digit| *digit != b'0') {
            return Err(Misfit::TooPrecise);
        }
        let digit = |at: usize| digits.get(at).map_or(0, |digit| i64::from(digit - b'0'));
        Ok((0..6).fold(0, |sum, at| sum * 10 + digit(at)))
    }

    fn offset(&mut self) -> Result<Option<i64>, Misfit> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        self.take(b' ');
        if self.rest == b"Z" || self.rest == b"UTC" {
            self.rest = &[];
            return Ok(Some(0));
        }
        let sign = if self.take(b'+') {
            1
        } else {
            self.expect(b'-')?;
            -1
        };
        let hours = self.number(2)?;
        let minutes = if self.rest.is_empty() {
            0
        } else {
            self.take(b':');
            self.number(2)?
        };
        if hours > 15 || minutes > 59 {
            return Err(Misfit::NotAValue);
        }
        self.words_of_go()?;
        Ok(Some(sign * (hours * 3600 + minutes * 60)))
    }

    /// Go's `time.String()` writes the zone's name behind its offset, or the offset again, and then what its monotonic clock
    /// showed: ` MSK m=+0.012345`.
    fn words_of_go(&mut self) -> Result<(), Misfit> {
        let Some((b' ', word)) = self.rest.split_first() else {
            return Ok(());
        };
        let end = word.iter().position(|byte| *byte == b' ').unwrap_or(word.len());
        let (name, rest) = word.split_at(end);
        let is_name = match name {
            [b'+' | b'-', digits @ ..] => {
                matches!(digits.len(), 2 | 4) && digits.iter().all(u8::is_ascii_digit)
            }
            // The shortest of the time zone database have three letters; `BC` and `PM`, which change the moment, have two.
            _ => (3..=6).contains(&name.len()) && name.iter().all(u8::is_ascii_alphabetic),
        };
        if !is_name {
            return Err(Misfit::NotAValue);
        }
        self.rest = rest;
        let Some(clock) = self.rest.strip_prefix(b" m=") else {
            return Ok(());
        };
        let digits = clock.strip_prefix(b"+").or(clock.strip_prefix(b"-"));
        let is_clock = digits.is_some_and(|digits| {
            !digits.is_empty() && digits.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'.'))
        });
        if !is_clock {
            return Err(Misfit::NotAValue);
        }
        if !self.cuts {
            return Err(Misfit::TooPrecise);
        }
        self.rest = &[];
        Ok(())
    }

    fn number(&mut self, length: usize) -> Result<i64, Misfit> {
        let (digits, rest) = self
            .rest
            .split_at_checked(length)
            .filter(|(digits, _)| digits.iter().all(u8::is_ascii_digit))
            .ok_or(Misfit::NotAValue)?;
        self.rest = rest;
        Ok(digits
            .iter()
            .fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0')))
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.rest.first() == Some(&byte);
        if found {
            self.rest = &self.rest[1..];
        }
        found
    }

    fn expect(&mut self, byte: u8) -> Result<(), Misfit> {
        if self.take(byte) {
            Ok(())
        } else {
            Err(Misfit::NotAValue)
        }
    }

    fn end(&self) -> Result<(), Misfit> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(Misfit::NotAValue)
        }
    }
}

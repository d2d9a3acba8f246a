//! Cells -> microseconds since 2000-01-01, days since then, or microseconds of a day.
//!
//! Doubles are rounded to the nearest microsecond, ties to even, since they seldom hold one exactly; days of Julius are
//! rounded to the millisecond, as SQLite itself reads them.

use chrono::{DateTime, MappedLocalTime, TimeZone};
use chrono_tz::Tz;

use super::iso::{self, DAY, Iso, SECOND};
use super::number;
use crate::migrate::cell::Cell;
use crate::migrate::encoding::{Encoding, Moments};
use crate::migrate::misfit::Misfit;

/// 0001-01-01, days from 2000-01-01.
const FIRST_DAY: i64 = -730_119;
/// 10000-01-01, likewise.
const END_DAY: i64 = 2_921_940;
/// 1970-01-01, seconds from 2000-01-01.
const EPOCH: i64 = -946_684_800;
/// 2001-01-01, likewise.
const CORE_DATA: i64 = 31_622_400;
/// Noon of 24 November 4714 BC, days from 2000-01-01, times two.
const JULIAN_HALVES: i64 = -4_903_089;

/// A `timestamp` without zone. Text with a zone other than UTC does not fit: its zone would be lost.
pub(super) fn timestamp(cell: Cell<'_>, encoding: &Encoding) -> Result<i64, Misfit> {
    match cell {
        Cell::Text(text) => {
            let iso = iso::parse_with(text, encoding.cuts)?;
            if iso.offset.is_some_and(|offset| offset != 0) {
                return Err(Misfit::WrongClass);
            }
            iso.clock().ok_or(Misfit::NotAValue)
        }
        _ => counted(cell, encoding.moments),
    }
}

/// A `timestamptz`, in UTC. Text without a zone is in the encoding's: where its clock shows a moment twice, the first of
/// them (summer time still); where it skips one, no value.
pub(super) fn timestamptz(cell: Cell<'_>, encoding: &Encoding) -> Result<i64, Misfit> {
    match cell {
        Cell::Text(text) => {
            let iso = iso::parse_with(text, encoding.cuts)?;
            let clock = iso.clock().ok_or(Misfit::NotAValue)?;
            match iso.offset {
                Some(offset) => Ok(clock - offset * SECOND),
                None if encoding.zone == Tz::UTC => Ok(clock),
                None => to_utc(clock, encoding.zone),
            }
        }
        _ => counted(cell, encoding.moments),
    }
}

/// A `date`: days since 2000-01-01. A moment fits only at midnight (UTC, if a zone stands there), or where it may be cut to
/// the day that is written.
pub(super) fn date(cell: Cell<'_>, encoding: &Encoding) -> Result<i32, Misfit> {
    let clock = match cell {
        Cell::Text(text) => {
            let iso = iso::parse_with(text, encoding.cuts)?;
            match iso.date {
                Some(day) if encoding.cuts => day * DAY,
                _ if iso.offset.is_some_and(|offset| offset != 0) => return Err(Misfit::WrongClass),
                _ => iso.clock().ok_or(Misfit::NotAValue)?,
            }
        }
        _ => counted(cell, encoding.moments)?,
    };
    if clock.rem_euclid(DAY) != 0 {
        return Err(Misfit::TooPrecise);
    }
    Ok(i32::try_from(clock.div_euclid(DAY)).expect("four digits of a year are some million days"))
}

/// A `time`: microseconds since midnight. Of text with a date only that of 2000-01-01, which Rails writes before times;
/// numbers count from midnight.
pub(super) fn time(cell: Cell<'_>, encoding: &Encoding) -> Result<i64, Misfit> {
    match cell {
        Cell::Text(text) => match iso::parse_with(text, encoding.cuts)? {
            Iso {
                date: None | Some(0),
                time: Some(time),
                offset: None | Some(0),
            } => Ok(time),
            _ => Err(Misfit::NotAValue),
        },
        _ => match micros(cell, encoding.moments)? {
            time @ 0..86_400_000_000 => Ok(i64::try_from(time).expect("it is within a day")),
            _ => Err(Misfit::OutOfRange),
        },
    }
}

/// Microseconds since 2000-01-01 of a number, in the years that text can name too.
fn counted(cell: Cell<'_>, moments: Moments) -> Result<i64, Misfit> {
    let far = |misfit| match misfit {
        Misfit::OutOfRange => Misfit::FarMoment,
        other => other,
    };
    let clock = since_2000(cell, moments).map_err(far)?;
    i64::try_from(clock)
        .ok()
        .filter(|clock| (FIRST_DAY * DAY..END_DAY * DAY).contains(clock))
        .ok_or(Misfit::FarMoment)
}

fn since_2000(cell: Cell<'_>, moments: Moments) -> Result<i128, Misfit> {
    if moments == Moments::JulianDay {
        let (Cell::Integer(_) | Cell::Real(_)) = cell else {
            return Err(Misfit::WrongClass);
        };
        let millis = scaled(cell, 86_400_000)?;
        return Ok(millis * 1000 + i128::from(JULIAN_HALVES) * i128::from(DAY / 2));
    }
    let start = if moments == Moments::CoreData {
        CORE_DATA
    } else {
        EPOCH
    };
    Ok(micros(cell, moments)? + i128::from(start) * i128::from(SECOND))
}

/// A number of the unit as microseconds.
pub(super) fn micros(cell: Cell<'_>, moments: Moments) -> Result<i128, Misfit> {
    match moments {
        Moments::Iso => Err(Misfit::WrongClass),
        Moments::EpochS | Moments::CoreData => scaled(cell, 1_000_000),
        Moments::EpochMs => scaled(cell, 1000),
        Moments::EpochUs => scaled(cell, 1),
        Moments::JulianDay => Ok(scaled(cell, 86_400_000)? * 1000),
    }
}

/// The number times a factor, to the nearest whole number, ties to even.
fn scaled(cell: Cell<'_>, factor: i128) -> Result<i128, Misfit> {
    match cell {
        Cell::Integer(number) => Ok(i128::from(number) * factor),
        Cell::Real(number) if number.is_infinite() => Err(Misfit::Infinite),
        Cell::Real(number) => scaled_real(number, factor),
        _ => Err(Misfit::WrongClass),
    }
}

/// Exact in 128 bits: a double is a whole number of 53 bits times a power of two.
fn scaled_real(number: f64, factor: i128) -> Result<i128, Misfit> {
    let bits = number.to_bits();
    let power = i32::try_from((bits >> 52) & 0x7ff).expect("11 bits");
    let fraction = i128::from(bits & ((1 << 52) - 1));
    let (size, exponent) = if power == 0 {
        (fraction, -1074)
    } else {
        (fraction | (1 << 52), power - 1075)
    };
    let product = size * factor;
    let whole = match exponent {
        // Beyond this the value is outside any type by far.
        11.. => return Err(Misfit::OutOfRange),
        0..=10 => product << exponent,
        -120..0 => {
            let shift = exponent.unsigned_abs();
            let (down, rest, half) = (product >> shift, product & ((1 << shift) - 1), 1 << (shift - 1));
            let up = rest > half || (rest == half && down & 1 == 1);
            down + i128::from(up)
        }
        _ => 0,
    };
    Ok(if number < 0.0 { -whole } else { whole })
}

fn to_utc(clock: i64, zone: Tz) -> Result<i64, Misfit> {
    let naive = DateTime::from_timestamp(
        clock.div_euclid(SECOND) - EPOCH,
        u32::try_from(clock.rem_euclid(SECOND) * 1000).expect("below a thousand million"),
    )
    .expect("four digits of a year are in chrono's range")
    .naive_utc();
    let moment = match zone.from_local_datetime(&naive) {
        MappedLocalTime::Single(moment) | MappedLocalTime::Ambiguous(moment, _) => moment,
        MappedLocalTime::None => return Err(Misfit::NotAValue),
    };
    Ok(clock - (naive.and_utc().timestamp() - moment.timestamp()) * SECOND)
}

/// An `interval`: microseconds of a number (those of the encoding, microseconds by default), or text as Python writes a
/// `timedelta`: `[-]H:MM:SS[.ffffff]`, with `D day[s], ` before it; or a moment, which `SQLAlchemy` writes for the time
/// from 1970-01-01 until then. Gives microseconds and days.
pub(super) fn interval(cell: Cell<'_>, encoding: &Encoding) -> Result<(i64, i32), Misfit> {
    let moments = match encoding.moments {
        Moments::Iso => Moments::EpochUs,
        other => other,
    };
    match cell {
        // Nobody counts parts of a microsecond: it is a number of seconds or days.
        Cell::Real(number) if moments == Moments::EpochUs && number.is_finite() && number.fract() != 0.0 => {
            Err(Misfit::TooPrecise)
        }
        Cell::Integer(_) | Cell::Real(_) => i64::try_from(micros(cell, moments)?)
            .map(|micros| (micros, 0))
            .map_err(|_| Misfit::OutOfRange),
        Cell::Text(text) => match iso::parse(text) {
            Ok(iso) if iso.date.is_some() => since_epoch(&iso),
            _ => std::str::from_utf8(text)
                .ok()
                .ok_or(Misfit::NotAValue)
                .and_then(timedelta),
        },
        Cell::Null | Cell::Blob(_) => Err(Misfit::WrongClass),
    }
}

fn since_epoch(iso: &Iso) -> Result<(i64, i32), Misfit> {
    let clock = iso.clock().filter(|_| iso.offset.is_none());
    let clock = clock.ok_or(Misfit::NotAValue)?;
    Ok((clock - EPOCH * SECOND, 0))
}

fn timedelta(text: &str) -> Result<(i64, i32), Misfit> {
    let (days, clock) = match text.split_once(", ") {
        Some((days, clock)) => {
            let number = days
                .strip_suffix(" days")
                .or(days.strip_suffix(" day"))
                .ok_or(Misfit::NotAValue)?;
            let days = number::integer(Cell::Text(number.as_bytes()))?;
            (i32::try_from(days).map_err(|_| Misfit::OutOfRange)?, clock)
        }
        None => (0, text),
    };
    let (negative, clock) = clock
        .strip_prefix('-')
        .map_or((false, clock), |clock| (true, clock));
    let (hours, rest) = clock.split_once(':').ok_or(Misfit::NotAValue)?;
    if hours.is_empty() || hours.len() > 6 || !hours.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Misfit::NotAValue);
    }
    let hours = number::integer(Cell::Text(hours.as_bytes()))?;
    let below = iso::parse(format!("00:{rest}").as_bytes())?;
    let (None, Some(time)) = (below.date, below.time) else {
        return Err(Misfit::NotAValue);
    };
    if rest.len() < 5 {
        return Err(Misfit::NotAValue);
    }
    let micros = hours * 3600 * SECOND + time;
    Ok((if negative { -micros } else { micros }, days))
}

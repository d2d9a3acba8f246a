//! `numeric`: decimal notation -> groups of four digits, and back to the text that PostgreSQL writes.

use super::decimal::{Decimal, shortest};
use crate::migrate::cell::Cell;
use crate::migrate::misfit::Misfit;

const MINUS: u16 = 0x4000;
const PLUS_INFINITY: u16 = 0xd000;
const MINUS_INFINITY: u16 = 0xf000;
/// The most digits behind the point.
const MAX_SCALE: i64 = 16_383;
/// The most groups of four digits before it.
const MAX_WEIGHT: i64 = 32_767;

/// Appends a field of `numeric`. A double becomes the shortest decimal that reads back as the same double.
pub(super) fn field(cell: Cell<'_>, bound: Option<(u16, u16)>, out: &mut Vec<u8>) -> Result<(), Misfit> {
    let mut space = [0; 32];
    match cell {
        Cell::Integer(number) => {
            let mut text = [0; 24];
            let written = super::number::integer_text(number, &mut text);
            put(&Decimal::parse(written)?, bound, out)
        }
        Cell::Real(number) if number.is_infinite() => {
            if bound.is_some() {
                return Err(Misfit::Infinite);
            }
            let sign = if number > 0.0 {
                PLUS_INFINITY
            } else {
                MINUS_INFINITY
            };
            // The server's own binary form of infinity has this scale.
            header(0, 0, sign, 0x20, out);
            Ok(())
        }
        Cell::Real(number) => put(&shortest(number, &mut space), bound, out),
        Cell::Text(text) => put(&Decimal::parse(text)?, bound, out),
        Cell::Null | Cell::Blob(_) => Err(Misfit::WrongClass),
    }
}

/// Whether PostgreSQL's `numeric` without bounds holds it.
pub(super) fn check(decimal: &Decimal<'_>) -> Result<(), Misfit> {
    let in_range = decimal.scale() <= MAX_SCALE
        && decimal
            .powers()
            .is_none_or(|(first, _)| first.div_euclid(4) <= MAX_WEIGHT);
    if in_range { Ok(()) } else { Err(Misfit::OutOfRange) }
}

pub(super) fn put(decimal: &Decimal<'_>, bound: Option<(u16, u16)>, out: &mut Vec<u8>) -> Result<(), Misfit> {
    check(decimal)?;
    let scale = match bound {
        None => u16::try_from(decimal.scale()).expect("it was checked"),
        Some((precision, scale)) => {
            if let Some((first, last)) = decimal.powers() {
                if last < -i64::from(scale) {
                    return Err(Misfit::TooPrecise);
                }
                if first + 1 + i64::from(scale) > i64::from(precision) {
                    return Err(Misfit::OutOfRange);
                }
            }
            scale
        }
    };
    let Some((first, last)) = decimal.powers() else {
        header(0, 0, 0, scale, out);
        return Ok(());
    };
    let (weight, lowest) = (first.div_euclid(4), last.div_euclid(4));
    let groups = u16::try_from(weight - lowest + 1).expect("weight and scale were checked");
    let sign = if decimal.negative { MINUS } else { 0 };
    let weight16 = i16::try_from(weight).expect("it was checked");
    header(groups, weight16, sign, scale, out);
    for group in (lowest..=weight).rev() {
        let value = (0..4).rev().fold(0_u16, |sum, at| {
            sum * 10 + u16::from(decimal.digit(group * 4 + at))
        });
        out.extend_from_slice(&value.to_be_bytes());
    }
    Ok(())
}

fn header(groups: u16, weight: i16, sign: u16, scale: u16, out: &mut Vec<u8>) {
    out.extend_from_slice(&(8 + 2 * i32::from(groups)).to_be_bytes());
    out.extend_from_slice(&groups.to_be_bytes());
    out.extend_from_slice(&weight.to_be_bytes());
    out.extend_from_slice(&sign.to_be_bytes());
    out.extend_from_slice(&scale.to_be_bytes());
}

/// The text that `numeric_out` writes for a binary form that `field` made.
pub(super) fn text(value: &[u8]) -> String {
    let part = |at: usize| u16::from_be_bytes([value[at], value[at + 1]]);
    let (groups, sign, scale) = (usize::from(part(0)), part(4), usize::from(part(6)));
    let weight = i32::from(part(2).cast_signed());
    match sign {
        PLUS_INFINITY => return "Infinity".to_owned(),
        MINUS_INFINITY => return "-Infinity".to_owned(),
        _ => {}
    }
    let group = |at: i32| {
        usize::try_from(at)
            .ok()
            .filter(|at| *at < groups)
            .map_or(0, |at| part(8 + 2 * at))
    };
    let mut written = String::with_capacity(groups * 4 + scale + 3);
    if sign == MINUS {
        written.push('-');
    }
    if weight < 0 {
        written.push('0');
    } else {
        for at in 0..=weight {
            let digits = group(at);
            if at == 0 {
                written.push_str(&digits.to_string());
            } else {
                push_group(digits, &mut written);
            }
        }
    }
    if scale > 0 {
        written.push('.');
        let end = written.len() + scale;
        // The first group behind the point has the weight -1; where the value begins lower, zeros stand before it.
        let mut at = weight + 1;
        while written.len() < end {
            push_group(group(at), &mut written);
            at += 1;
        }
        written.truncate(end);
    }
    written
}

fn push_group(digits: u16, written: &mut String) {
    for unit in [1000, 100, 10, 1] {
        written.push(char::from(
            b'0' + u8::try_from(digits / unit % 10).expect("one digit"),
        ));
    }
}

/// The digits of a binary form that `field` made that are not zeros at an end: before the point (negative where zeros
/// follow it) and behind it.
pub(super) fn digits(value: &[u8]) -> (i64, i64) {
    let part = |at: usize| u16::from_be_bytes([value[at], value[at + 1]]);
    let groups = usize::from(part(0));
    if groups == 0 {
        return (0, 0);
    }
    let weight = i64::from(part(2).cast_signed());
    let (first, last) = (part(8), part(6 + 2 * groups));
    let whole = weight * 4 + i64::from(first.checked_ilog10().unwrap_or(0)) + 1;
    let zeros = (0..4).take_while(|at| last % 10_u16.pow(at + 1) == 0).count();
    let lowest = (weight - i64::from(part(0)) + 1) * 4 + i64::try_from(zeros).expect("four at most");
    (whole, (-lowest).max(0))
}

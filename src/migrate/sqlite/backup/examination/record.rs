//! A record of a SQLite file -> its values.

use rusqlite::types::ValueRef;

/// Gives each value of a record to `value`; `None` where it is no record, or holds more or fewer bytes than it says.
pub(super) fn values<'r>(record: &'r [u8], value: &mut dyn FnMut(ValueRef<'r>)) -> Option<()> {
    let (length, begin) = varint(record)?;
    let length = usize::try_from(length).ok()?;
    let (header, mut body) = record.split_at_checked(length)?;
    let mut header = header.get(begin..)?;
    while !header.is_empty() {
        let (kind, bytes) = varint(header)?;
        header = &header[bytes..];
        let (stored, rest) = body.split_at_checked(size(kind)?)?;
        body = rest;
        value(match kind {
            0 => ValueRef::Null,
            1..=6 => ValueRef::Integer(integer(stored)),
            7 => real(stored)?,
            8 => ValueRef::Integer(0),
            9 => ValueRef::Integer(1),
            _ if kind % 2 == 0 => ValueRef::Blob(stored),
            _ => ValueRef::Text(stored),
        });
    }
    body.is_empty().then_some(())
}

/// A number in one to nine bytes, and how many they are.
#[inline]
pub(super) fn varint(bytes: &[u8]) -> Option<(u64, usize)> {
    let first = *bytes.first()?;
    if first < 0x80 {
        return Some((u64::from(first), 1));
    }
    let mut number = 0;
    for (at, byte) in bytes.iter().enumerate().take(8) {
        number = number << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some((number, at + 1));
        }
    }
    Some((number << 8 | u64::from(*bytes.get(8)?), 9))
}

/// How many bytes a value of this kind takes.
fn size(kind: u64) -> Option<usize> {
    Some(match kind {
        0 | 8 | 9 => 0,
        1..=4 => usize::try_from(kind).ok()?,
        5 => 6,
        6 | 7 => 8,
        10 | 11 => return None,
        _ => usize::try_from((kind - 12) / 2).ok()?,
    })
}

fn integer(stored: &[u8]) -> i64 {
    let negative = stored.first().is_some_and(|byte| byte & 0x80 != 0);
    let begin = if negative { -1 } else { 0 };
    stored
        .iter()
        .fold(begin, |number, byte| number << 8 | i64::from(*byte))
}

/// What is no number is NULL to SQLite.
fn real(stored: &[u8]) -> Option<ValueRef<'static>> {
    let number = f64::from_be_bytes(stored.try_into().ok()?);
    Some(if number.is_nan() {
        ValueRef::Null
    } else {
        ValueRef::Real(number)
    })
}

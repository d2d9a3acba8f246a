//! A cell -> a field of PostgreSQL's binary COPY, and its hash.
//!
//! What does not fit exactly is a misfit: nothing is rounded, wrapped or cut off. The one exception are doubles that count
//! moments (see `moment`). The digits of text that becomes a number may have zeros before them.

pub mod hash_bytes;
pub mod iso;
pub mod json;
mod json_pieces;
pub mod limit;
pub mod long;
pub mod number;
pub mod text;
pub mod uuid;

#[cfg(test)]
mod tests;

mod decimal;
pub mod inet;
mod moment;
mod numeric;

use super::cell::Cell;
use super::encoding::Encoding;
use super::misfit::Misfit;
use super::target_type::TargetType;
use limit::{fixed, put};

/// Appends the field: four bytes of length (-1 for NULL), then the value in the type's binary form. Where it does not
/// fit, `out` stays as it was.
pub fn field(cell: Cell<'_>, encoding: &Encoding, out: &mut Vec<u8>) -> Result<(), Misfit> {
    match (&encoding.target, cell) {
        (_, Cell::Null) => out.extend_from_slice(&(-1_i32).to_be_bytes()),
        (TargetType::BigInt, _) => fixed(number::integer(cell)?.to_be_bytes(), out),
        (TargetType::Text | TargetType::TextLike(_), _) => {
            return text::text_field(cell, None, encoding.takes_other_class, out);
        }
        (TargetType::VarChar(longest) | TargetType::Char(longest), _) => {
            return text::text_field(cell, Some(*longest), encoding.takes_other_class, out);
        }
        (TargetType::Bytea, _) => return text::bytes_field(cell, encoding.takes_other_class, out),
        (TargetType::DoublePrecision, _) => fixed(number::double(cell)?.to_be_bytes(), out),
        (TargetType::Real, _) => fixed(number::single(cell)?.to_be_bytes(), out),
        (TargetType::Boolean, _) => fixed([u8::from(number::boolean(cell)?)], out),
        (TargetType::SmallInt, _) => {
            let number = i16::try_from(number::integer(cell)?).map_err(|_| Misfit::OutOfRange)?;
            fixed(number.to_be_bytes(), out);
        }
        (TargetType::Integer, _) => {
            let number = i32::try_from(number::integer(cell)?).map_err(|_| Misfit::OutOfRange)?;
            fixed(number.to_be_bytes(), out);
        }
        (TargetType::Numeric(bound), _) => return numeric::field(cell, *bound, out),
        (TargetType::Timestamp, _) => fixed(moment::timestamp(cell, encoding)?.to_be_bytes(), out),
        (TargetType::TimestampTz, _) => fixed(moment::timestamptz(cell, encoding)?.to_be_bytes(), out),
        (TargetType::Date, _) => fixed(moment::date(cell, encoding)?.to_be_bytes(), out),
        (TargetType::Time, _) => fixed(moment::time(cell, encoding)?.to_be_bytes(), out),
        (TargetType::Interval, _) => {
            let (micros, days) = moment::interval(cell, encoding)?;
            let mut value = [0; 16];
            value[..8].copy_from_slice(&micros.to_be_bytes());
            value[8..12].copy_from_slice(&days.to_be_bytes());
            fixed(value, out);
        }
        (TargetType::Uuid, _) => fixed(uuid::parse(cell)?, out),
        (TargetType::Json | TargetType::JsonB, _) => return json_field(cell, encoding, out),
        (TargetType::Inet, Cell::Text(text)) => return inet::put(text, out),
        (TargetType::Inet, _) => return Err(Misfit::WrongClass),
    }
    Ok(())
}

/// Numbers are JSON of their own: a column declared JSON turns text such as `12` into them.
fn json_field(cell: Cell<'_>, encoding: &Encoding, out: &mut Vec<u8>) -> Result<(), Misfit> {
    let mut space = [0; 24];
    let real;
    let text = match cell {
        Cell::Text(text) => text,
        Cell::Blob(bytes) if encoding.takes_other_class => bytes,
        Cell::Integer(number) => number::integer_text(number, &mut space),
        Cell::Real(number) if number.is_infinite() => return Err(Misfit::Infinite),
        Cell::Real(number) => {
            real = text::real_text(number);
            real.as_bytes()
        }
        Cell::Null | Cell::Blob(_) => return Err(Misfit::WrongClass),
    };
    if encoding.target == TargetType::Json {
        json::check(text)?;
        return put(text, out);
    }
    json::check_binary(text)?;
    let start = out.len();
    put(text, out)?;
    // The form has a version before its text.
    let length = i32::try_from(text.len() + 1).expect("it is below 2^30");
    out[start..start + 4].copy_from_slice(&length.to_be_bytes());
    out.insert(start + 4, 1);
    Ok(())
}

/// The hash of a value in its binary form, as `digest` says; equal to what the server computes.
#[must_use]
pub fn hash(target: &TargetType, value: &[u8], seed: u64) -> u64 {
    match target {
        TargetType::BigInt | TargetType::Timestamp | TargetType::TimestampTz | TargetType::Time => {
            hash_bytes::int8(i64::from_be_bytes(part(value, 0)), seed)
        }
        TargetType::Text
        | TargetType::VarChar(_)
        | TargetType::TextLike(_)
        | TargetType::Json
        | TargetType::Bytea
        | TargetType::Uuid => hash_bytes::bytes(value, seed),
        TargetType::DoublePrecision => hash_bytes::float8(f64::from_be_bytes(part(value, 0)), seed),
        TargetType::Real => hash_bytes::float8(f32::from_be_bytes(part(value, 0)).into(), seed),
        TargetType::Integer | TargetType::Date => {
            hash_bytes::int8(i32::from_be_bytes(part(value, 0)).into(), seed)
        }
        TargetType::SmallInt => hash_bytes::int8(i16::from_be_bytes(part(value, 0)).into(), seed),
        TargetType::Boolean => hash_bytes::int8(i64::from(value[0]), seed),
        TargetType::Numeric(_) => hash_bytes::bytes(numeric::text(value).as_bytes(), seed),
        TargetType::Char(_) => {
            let end = value
                .iter()
                .rposition(|byte| *byte != b' ')
                .map_or(0, |last| last + 1);
            hash_bytes::bytes(&value[..end], seed)
        }
        TargetType::Interval => {
            let days = i64::from(i32::from_be_bytes(part(value, 8)))
                + i64::from(i32::from_be_bytes(part(value, 12))) * 30;
            let micros = i64::from_be_bytes(part(value, 0));
            // The server cuts the span to 64 bits as well.
            hash_bytes::int8(micros.wrapping_add(days.wrapping_mul(iso::DAY)), seed)
        }
        TargetType::JsonB => hash_bytes::bytes(&json::canonical(&value[1..]), seed),
        TargetType::Inet => hash_bytes::bytes(inet::text(value).as_bytes(), seed),
    }
}

/// A whole number in its binary form, sign-extended; `None` for other types.
#[must_use]
pub fn whole_number(target: &TargetType, value: &[u8]) -> Option<u64> {
    let number = match target {
        TargetType::SmallInt => i16::from_be_bytes(part(value, 0)).into(),
        TargetType::Integer => i32::from_be_bytes(part(value, 0)).into(),
        TargetType::BigInt => i64::from_be_bytes(part(value, 0)),
        _ => return None,
    };
    Some(number.cast_unsigned())
}

/// The digits of a `numeric` in its binary form that are not zeros at an end: before the point and behind it.
pub(super) fn numeric_digits(value: &[u8]) -> (i64, i64) {
    numeric::digits(value)
}

fn part<const N: usize>(value: &[u8], at: usize) -> [u8; N] {
    value[at..at + N]
        .try_into()
        .expect("`field` made the value, which has this length")
}

//! The bytes of a record -> its fields, without a copy.

use super::varint;
use crate::migrate::cell::Cell;

/// A field of a record: its serial type, and where its value begins.
#[derive(Debug, Clone, Copy)]
pub(in crate::migrate::sqlite) struct Field {
    serial: u64,
    begin: usize,
}

/// Finds the first fields of a record, at most `most`, and gives where the last of them ends; `None` for a record that is
/// not whole.
pub(in crate::migrate::sqlite) fn fields(
    payload: &[u8],
    most: usize,
    fields: &mut Vec<Field>,
) -> Option<usize> {
    fields.clear();
    let (header, mut at) = varint(payload)?;
    let header = usize::try_from(header)
        .ok()
        .filter(|header| *header <= payload.len())?;
    let mut begin = header;
    while at < header && fields.len() < most {
        let (serial, bytes) = varint(&payload[at..header])?;
        at += bytes;
        fields.push(Field { serial, begin });
        begin = begin.checked_add(length(serial)?)?;
    }
    (begin <= payload.len()).then_some(begin)
}

/// Gives each value of a record to `value`; `None` where it is no record, or holds more or fewer bytes than it says.
pub(in crate::migrate::sqlite) fn values<'r>(
    payload: &'r [u8],
    space: &mut Vec<Field>,
    value: &mut dyn FnMut(Cell<'r>),
) -> Option<()> {
    let end = fields(payload, usize::MAX, space)?;
    for field in space {
        value(field.cell(payload, false)?);
    }
    (end == payload.len()).then_some(())
}

/// The bytes that a value of this serial type takes; `None` for the two that are not used.
#[inline]
fn length(serial: u64) -> Option<usize> {
    const SHORT: [usize; 10] = [0, 1, 2, 3, 4, 6, 8, 8, 0, 0];
    match serial {
        0..=9 => Some(SHORT[usize::try_from(serial).ok()?]),
        10 | 11 => None,
        _ => usize::try_from((serial - 12) / 2).ok(),
    }
}

impl Field {
    /// The value; `payload` is that of the record, and `is_real` whether the column holds doubles, of which whole ones are
    /// stored as whole numbers.
    #[inline]
    #[expect(
        clippy::cast_precision_loss,
        reason = "only numbers that are exact are stored so"
    )]
    pub(in crate::migrate::sqlite) fn cell(self, payload: &[u8], is_real: bool) -> Option<Cell<'_>> {
        let bytes = &payload[self.begin..];
        let number = match self.serial {
            0 => return Some(Cell::Null),
            1 => i64::from(i8::from_be_bytes(*bytes.first_chunk()?)),
            2 => i64::from(i16::from_be_bytes(*bytes.first_chunk()?)),
            3 => wide(bytes.first_chunk::<3>()?),
            4 => i64::from(i32::from_be_bytes(*bytes.first_chunk()?)),
            5 => wide(bytes.first_chunk::<6>()?),
            6 => i64::from_be_bytes(*bytes.first_chunk()?),
            7 => {
                let real = f64::from_be_bytes(*bytes.first_chunk()?);
                // As SQLite reads it.
                return Some(if real.is_nan() {
                    Cell::Null
                } else {
                    Cell::Real(real)
                });
            }
            8 => 0,
            9 => 1,
            serial => {
                let bytes = bytes.get(..length(serial)?)?;
                return Some(if serial % 2 == 0 {
                    Cell::Blob(bytes)
                } else {
                    Cell::Text(bytes)
                });
            }
        };
        Some(if is_real {
            Cell::Real(number as f64)
        } else {
            Cell::Integer(number)
        })
    }
}

/// A whole number of three or six bytes, with its sign.
fn wide<const N: usize>(bytes: &[u8; N]) -> i64 {
    let begin = if bytes[0] < 0x80 { 0 } else { -1 };
    bytes
        .iter()
        .fold(begin, |number, byte| number << 8 | i64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_that_is_cut_off_is_none() {
        let whole = [
            4, 1, 23, 7, 200, b'a', b'b', b'c', b'd', b'e', 63, 248, 0, 0, 0, 0, 0, 0,
        ];
        let mut found = Vec::new();
        assert!(fields(&whole, 9, &mut found).is_some());
        let cells: Vec<_> = found.iter().map(|field| field.cell(&whole, false)).collect();
        assert_eq!(
            cells,
            [
                Some(Cell::Integer(-56)),
                Some(Cell::Text(b"abcde")),
                Some(Cell::Real(1.5))
            ]
        );
        for end in 0..whole.len() {
            assert!(fields(&whole[..end], 9, &mut found).is_none(), "{end}");
        }
        assert!(fields(&[2, 10], 9, &mut found).is_none());
        assert_eq!(wide(&[255, 255, 254]), -2);
    }
}

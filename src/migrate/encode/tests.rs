//! Cells become the same values, or misfits with the right reason; hashes are the server's.

mod hashes;
mod moments;
mod numbers;
mod round_trip;
mod texts;

use super::{Misfit, field};
use crate::migrate::cell::Cell;
use crate::migrate::encoding::{Encoding, Moments};
use crate::migrate::target_type::TargetType;

/// The value's bytes without the length, which must be right; `out` must be as it was where nothing fits.
fn value(cell: Cell<'_>, encoding: &Encoding) -> Result<Vec<u8>, Misfit> {
    let mut out = b"before".to_vec();
    let outcome = field(cell, encoding, &mut out);
    if let Err(misfit) = outcome {
        assert_eq!(out, b"before", "a misfit left bytes behind: {cell:?}");
        return Err(misfit);
    }
    assert_eq!(&out[..6], b"before");
    let length = i32::from_be_bytes(out[6..10].try_into().unwrap());
    assert_eq!(usize::try_from(length).unwrap(), out.len() - 10, "{cell:?}");
    Ok(out.split_off(10))
}

fn plain(target: TargetType) -> Encoding {
    Encoding::plain(target)
}

fn taking(target: TargetType) -> Encoding {
    Encoding {
        takes_other_class: true,
        ..plain(target)
    }
}

fn counting(target: TargetType, moments: Moments) -> Encoding {
    Encoding {
        moments,
        ..plain(target)
    }
}

fn text(text: &str) -> Cell<'_> {
    Cell::Text(text.as_bytes())
}

#[test]
fn null_is_a_length_of_minus_one_for_every_type() {
    for target in [
        TargetType::BigInt,
        TargetType::Text,
        TargetType::JsonB,
        TargetType::Inet,
        TargetType::Uuid,
        TargetType::Numeric(Some((5, 2))),
    ] {
        let mut out = Vec::new();
        field(Cell::Null, &plain(target), &mut out).unwrap();
        assert_eq!(out, [0xff; 4]);
    }
}

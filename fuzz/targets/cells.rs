//! Bytes as a cell and its encoding: the field must be one of the type, whole and in pieces alike.

#![no_main]

use libfuzzer_sys::arbitrary::{Arbitrary, Error, Unstructured};
use libfuzzer_sys::fuzz_target;
use stackctl::migrate::cell::Cell;
use stackctl::migrate::encode::long::{HashPieces, LongCheck, streams};
use stackctl::migrate::encode::{self, hash_bytes};
use stackctl::migrate::encoding::{Encoding, Moments};
use stackctl::migrate::settings::Profile;
use stackctl::migrate::target_type::TargetType;
use stackctl::migrate::typing::{Evidence, all_fit};
use stackctl_fuzz::{panics, whole_file};

const MOMENTS: [Moments; 6] = [
    Moments::Iso,
    Moments::EpochS,
    Moments::EpochMs,
    Moments::EpochUs,
    Moments::CoreData,
    Moments::JulianDay,
];
const ZONES: [&str; 5] = [
    "UTC",
    "Europe/Amsterdam",
    "America/New_York",
    "Africa/Monrovia",
    "Pacific/Apia",
];
const DECLARED: [&str; 10] = [
    "",
    "BOOLEAN",
    "DATETIME",
    "DATE",
    "TIME",
    "VARCHAR(5)",
    "DECIMAL(10,2)",
    "UUID",
    "JSON",
    "INTEGER",
];

#[derive(Debug)]
struct Input<'a> {
    encoding: Encoding,
    declared: &'static str,
    /// Where a long cell would be cut.
    cut: usize,
    cell: Cell<'a>,
}

impl<'a> Arbitrary<'a> for Input<'a> {
    fn arbitrary(bytes: &mut Unstructured<'a>) -> Result<Self, Error> {
        let encoding = Encoding {
            target: target(bytes)?,
            moments: *bytes.choose(&MOMENTS)?,
            zone: bytes.choose(&ZONES)?.parse().expect("it is a zone"),
            takes_other_class: bytes.arbitrary()?,
            // What is cut does not come back.
            cuts: false,
        };
        let declared = bytes.choose(&DECLARED)?;
        let cut = usize::from(u8::arbitrary(bytes)?);
        let cell = match bytes.int_in_range(0..=4)? {
            0 => Cell::Integer(bytes.arbitrary()?),
            1 => Cell::Real(
                Some(bytes.arbitrary::<f64>()?)
                    .filter(|real| !real.is_nan())
                    .unwrap_or_default(),
            ),
            2 => Cell::Blob(bytes.bytes(bytes.len())?),
            _ => Cell::Text(bytes.bytes(bytes.len())?),
        };
        Ok(Self {
            encoding,
            declared,
            cut,
            cell,
        })
    }
}

fn target(bytes: &mut Unstructured<'_>) -> Result<TargetType, Error> {
    Ok(match bytes.int_in_range(0..=21)? {
        0 => TargetType::Boolean,
        1 => TargetType::SmallInt,
        2 => TargetType::Integer,
        3 => TargetType::BigInt,
        4 => TargetType::Real,
        5 => TargetType::DoublePrecision,
        6 => TargetType::Numeric(None),
        7 => {
            let precision = bytes.int_in_range(1..=1000)?;
            TargetType::Numeric(Some((precision, bytes.int_in_range(0..=precision)?)))
        }
        8 => TargetType::Text,
        9 => TargetType::VarChar(bytes.int_in_range(1..=20)?),
        10 => TargetType::Char(bytes.int_in_range(1..=20)?),
        11 => TargetType::Bytea,
        12 => TargetType::Date,
        13 => TargetType::Time,
        14 => TargetType::Timestamp,
        15 => TargetType::TimestampTz,
        16 => TargetType::Interval,
        17 => TargetType::Uuid,
        18 => TargetType::Json,
        19 => TargetType::JsonB,
        20 => TargetType::Inet,
        _ => TargetType::TextLike("citext".to_owned()),
    })
}

fuzz_target!(init: panics::abort_at_ours(), |input: Input<'_>| {
    let Input { encoding, declared, cell, .. } = &input;
    let before = b"what stood there";
    let mut out = before.to_vec();
    let answer = encode::field(*cell, encoding, &mut out);
    let (kept, field) = out.split_at(before.len());
    assert_eq!(kept, before);
    match answer {
        Ok(()) => {
            whole_file::is_a_field(field);
            is_of_the_type(&encoding.target, *cell, &field[4..]);
            let _hash = encode::hash(&encoding.target, &field[4..], 7);
            let _number = encode::whole_number(&encoding.target, &field[4..]);
        }
        Err(_) => assert!(field.is_empty(), "a misfit left {field:?}"),
    }
    in_pieces(&input, answer.is_ok());
    for profile in [Profile::Native, Profile::Affinity] {
        let mut evidence = Evidence::new(declared, profile);
        evidence.note(*cell);
        assert!(answer.is_ok() || !all_fit(&evidence, encoding), "{evidence:?}");
    }
});

/// What can be read back is what went in.
fn is_of_the_type(target: &TargetType, cell: Cell<'_>, value: &[u8]) {
    match (target, cell) {
        (TargetType::BigInt, Cell::Integer(number)) => assert_eq!(value, number.to_be_bytes()),
        (TargetType::DoublePrecision, Cell::Real(number)) => assert_eq!(value, number.to_be_bytes()),
        (TargetType::Text | TargetType::Json | TargetType::Bytea, Cell::Text(bytes) | Cell::Blob(bytes)) => {
            assert_eq!(value, bytes);
        }
        (TargetType::VarChar(most) | TargetType::Char(most), Cell::Text(_)) => {
            let text = std::str::from_utf8(value).expect("PostgreSQL takes no other text");
            assert!(text.trim_end_matches(' ').chars().count() <= *most as usize);
        }
        _ => {}
    }
    let width = match target {
        TargetType::Boolean => 1,
        TargetType::SmallInt => 2,
        TargetType::Integer | TargetType::Real | TargetType::Date => 4,
        TargetType::BigInt
        | TargetType::DoublePrecision
        | TargetType::Time
        | TargetType::Timestamp
        | TargetType::TimestampTz => 8,
        TargetType::Interval | TargetType::Uuid => 16,
        _ => return,
    };
    assert_eq!(value.len(), width);
}

/// A long cell is checked and hashed piece by piece, with the same outcome.
fn in_pieces(input: &Input<'_>, fits: bool) {
    let (Cell::Text(bytes) | Cell::Blob(bytes)) = input.cell else {
        return;
    };
    let (first, second) = bytes.split_at(input.cut.min(bytes.len()));
    let mut pieces = HashPieces::new(bytes.len() as u64, 7);
    pieces.update(first);
    pieces.update(second);
    assert_eq!(pieces.finish(), hash_bytes::bytes(bytes, 7));
    if !streams(&input.encoding.target) {
        return;
    }
    let checked =
        LongCheck::new(input.cell.class(), &input.encoding, bytes.len() as u64).and_then(|mut check| {
            check.piece(first)?;
            check.piece(second)?;
            check.finish()
        });
    assert_eq!(checked.is_ok(), fits, "{checked:?}");
}

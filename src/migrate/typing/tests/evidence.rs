//! Gathering in parts is the same as gathering at once, and what is held for certain is true.

use proptest::prelude::*;

use super::*;
use crate::migrate::encoding::Encoding;
use crate::migrate::target_type::TargetType as T;

const DECLARED: [&str; 19] = [
    "BOOLEAN",
    "TINYINT(1)",
    "INTEGER",
    "REAL",
    "NUMERIC",
    "NUMERIC(6,2)",
    "VARCHAR(4)",
    "CHAR(36)",
    "TEXT",
    "BLOB",
    "DATETIME",
    "TIMESTAMPTZ",
    "DATE",
    "TIME",
    "UUID",
    "JSON",
    "JSONB",
    "",
    "STRING",
];

#[derive(Debug, Clone)]
enum Owned {
    Null,
    Integer(i64),
    Real(f64),
    Text(Vec<u8>),
    Blob(Vec<u8>),
}

impl Owned {
    fn cell(&self) -> Cell<'_> {
        match self {
            Self::Null => Cell::Null,
            Self::Integer(number) => Cell::Integer(*number),
            Self::Real(number) => Cell::Real(*number),
            Self::Text(bytes) => Cell::Text(bytes),
            Self::Blob(bytes) => Cell::Blob(bytes),
        }
    }
}

fn cells() -> impl Strategy<Value = Vec<Owned>> {
    let texts = prop::sample::select(vec![
        "t",
        "no",
        "12",
        "-7",
        "007",
        "1.5",
        "1e3",
        "abc",
        "äöüß€",
        "",
        "2024-01-31",
        "2024-01-31 10:20:30",
        "2024-01-31T10:20Z",
        "2024-01-31 10:20+03",
        "2024-01-31 10:20:30.1234567",
        "10:20",
        "{\"a\":1}",
        "[1e200000]",
        "\"\\u0000\"",
        "a\0b",
        "123e4567-e89b-12d3-a456-426614174000",
    ]);
    let integers = prop::sample::select(vec![
        0,
        1,
        2,
        -1,
        946_684_800,
        1_700_000_000,
        1_700_000_000_000,
        1_700_000_000_000_000,
        1 << 53,
        (1 << 53) + 1,
        i64::MAX,
        i64::MIN,
        99_999,
        2_460_311,
    ]);
    let reals = prop::sample::select(vec![
        0.0,
        -0.0,
        1.0,
        0.5,
        0.125,
        3.98,
        12_345.67,
        1e19,
        1e300,
        f64::INFINITY,
        f64::NEG_INFINITY,
        2_460_310.5,
        1_700_000_000.25,
    ]);
    let cell = prop_oneof![
        1 => Just(Owned::Null),
        4 => integers.prop_map(Owned::Integer),
        3 => reals.prop_map(Owned::Real),
        6 => texts.prop_map(|text| Owned::Text(text.into())),
        1 => Just(Owned::Text(vec![b'a', 0xff])),
        1 => prop::sample::select(vec![vec![], b"text".to_vec(), b"{}".to_vec(), vec![0xff; 16], vec![0, 1]])
            .prop_map(Owned::Blob),
    ];
    prop_oneof![
        prop::collection::vec(cell.clone(), 0..3),
        prop::collection::vec(cell, 0..12),
    ]
}

fn targets() -> Vec<T> {
    vec![
        T::Boolean,
        T::SmallInt,
        T::Integer,
        T::BigInt,
        T::Real,
        T::DoublePrecision,
        T::Numeric(None),
        T::Numeric(Some((6, 2))),
        T::Numeric(Some((3, 1))),
        T::Text,
        T::VarChar(4),
        T::VarChar(12),
        T::Char(4),
        T::Bytea,
        T::Date,
        T::Time,
        T::Timestamp,
        T::TimestampTz,
        T::Interval,
        T::Uuid,
        T::Json,
        T::JsonB,
        T::Inet,
    ]
}

fn noted(declared: &str, profile: Profile, cells: &[Owned]) -> Evidence {
    let cells: Vec<Cell<'_>> = cells.iter().map(Owned::cell).collect();
    evidence(declared, profile, &cells)
}

fn profiles() -> impl Strategy<Value = Profile> {
    prop::sample::select(vec![Profile::Native, Profile::Affinity])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn parts_add_up(
        declared in prop::sample::select(&DECLARED[..]),
        profile in profiles(),
        one in cells(),
        other in cells(),
    ) {
        let mut merged = noted(declared, profile, &one);
        merged.merge(&noted(declared, profile, &other));
        prop_assert_eq!(merged, noted(declared, profile, &[one, other].concat()));
    }

    /// What `all_fit` holds for certain is true of every cell, for every declared type and every target.
    #[test]
    fn what_is_certain_is_true(
        declared in prop::sample::select(&DECLARED[..]),
        profile in profiles(),
        cells in cells(),
        takes_other_class: bool,
        moments in 0_usize..6,
        zoned: bool,
    ) {
        use crate::migrate::encoding::Moments as M;
        let evidence = noted(declared, profile, &cells);
        for target in targets() {
            let encoding = Encoding {
                takes_other_class,
                moments: [M::Iso, M::EpochS, M::EpochMs, M::EpochUs, M::CoreData, M::JulianDay][moments],
                zone: if zoned { chrono_tz::Europe::Moscow } else { chrono_tz::UTC },
                ..Encoding::plain(target)
            };
            if all_fit(&evidence, &encoding) {
                for cell in &cells {
                    let fits = encode::field(cell.cell(), &encoding, &mut Vec::new());
                    prop_assert_eq!(fits, Ok(()), "{:?} as {:?}, declared `{}`", cell, encoding, declared);
                }
            }
        }
    }

    #[test]
    fn misfits_are_never_left_unsaid(
        declared in prop::sample::select(&DECLARED[..]),
        profile in profiles(),
        cells in cells(),
    ) {
        let borrowed: Vec<Cell<'_>> = cells.iter().map(Owned::cell).collect();
        let decision = decided_by(declared, &borrowed, |question| question.profile = profile);
        let misfits = borrowed
            .iter()
            .filter(|cell| encode::field(**cell, &decision.encoding, &mut Vec::new()).is_err())
            .count();
        if misfits > 0 {
            prop_assert!(!decision.notes.is_empty(), "nothing is said of {} misfits: {:?}", misfits, decision);
        }
    }
}

#[test]
fn long_cells_are_certain_only_as_bytes() {
    let mut evidence = Evidence::new("BLOB", Profile::Native);
    evidence.note_long(crate::migrate::cell::StorageClass::Blob, 5_000_000_000);
    assert!(all_fit(&evidence, &Encoding::plain(T::Bytea)));
    assert_eq!(evidence.longest, 5_000_000_000);
    let mut evidence = Evidence::new("TEXT", Profile::Native);
    evidence.note_long(crate::migrate::cell::StorageClass::Text, 2_000_000);
    assert!(!all_fit(&evidence, &Encoding::plain(T::Text)));
    let table = table("t", &[("c", "TEXT")]);
    let decision = decide(question(&table, 0), &evidence);
    assert_eq!((decision.encoding.target, decision.notes.len()), (T::Text, 0));
}

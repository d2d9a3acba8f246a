//! For any cell and type, either a misfit or a binary form that means exactly the same.

use proptest::prelude::*;

use super::*;
use crate::migrate::cell::StorageClass;

/// A cell that owns its bytes.
#[derive(Debug, Clone)]
enum Owned {
    Integer(i64),
    Real(f64),
    Text(Vec<u8>),
    Blob(Vec<u8>),
}

impl Owned {
    fn cell(&self) -> Cell<'_> {
        match self {
            Self::Integer(number) => Cell::Integer(*number),
            Self::Real(number) => Cell::Real(*number),
            Self::Text(bytes) => Cell::Text(bytes),
            Self::Blob(bytes) => Cell::Blob(bytes),
        }
    }
}

fn cells() -> impl Strategy<Value = Owned> {
    let decimal = "[+-]?[0-9]{1,24}(\\.[0-9]{0,24})?(e-?[0-9]{1,2})?";
    let moment = "[0-9]{4}-[01][0-9]-[0-3][0-9]([ T][0-2][0-9]:[0-5][0-9](:[0-5][0-9](\\.[0-9]{1,8})?)?(Z|[+-]0[0-9]:?30)?)?";
    let uuid = "[0-9a-fA-F]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
    prop_oneof![
        any::<i64>().prop_map(Owned::Integer),
        (-3_i64..3).prop_map(Owned::Integer),
        (0_i64..5_000_000_000).prop_map(Owned::Integer),
        any::<f64>()
            .prop_filter("never NaN", |number| !number.is_nan())
            .prop_map(Owned::Real),
        (-5_000_000_i32..5_000_000).prop_map(|cents| Owned::Real(f64::from(cents) / 100.0)),
        prop::sample::select(vec![
            "t",
            "false",
            "",
            "infinity",
            "{\"a\": [1]}",
            "10.0.0.1",
            "null",
            "a\0b",
            "1:02:03"
        ])
        .prop_map(|text| Owned::Text(text.into())),
        decimal.prop_map(|text| Owned::Text(text.into())),
        moment.prop_map(|text| Owned::Text(text.into())),
        uuid.prop_map(|text| Owned::Text(text.into())),
        any::<String>().prop_map(|text| Owned::Text(text.into())),
        prop::collection::vec(any::<u8>(), 0..40).prop_map(Owned::Text),
        prop::collection::vec(any::<u8>(), 0..40).prop_map(Owned::Blob),
        prop::collection::vec(any::<u8>(), 16).prop_map(Owned::Blob),
    ]
}

fn encodings() -> impl Strategy<Value = Encoding> {
    use TargetType as T;
    let target = prop::sample::select(vec![
        T::Boolean,
        T::SmallInt,
        T::Integer,
        T::BigInt,
        T::Real,
        T::DoublePrecision,
        T::Numeric(None),
        T::Numeric(Some((8, 2))),
        T::Text,
        T::VarChar(12),
        T::Char(12),
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
        T::TextLike("mood".to_owned()),
    ]);
    let moments = prop::sample::select(vec![
        Moments::Iso,
        Moments::EpochS,
        Moments::EpochMs,
        Moments::EpochUs,
        Moments::CoreData,
        Moments::JulianDay,
    ]);
    (target, moments, any::<bool>()).prop_map(|(target, moments, takes_other_class)| Encoding {
        target,
        moments,
        zone: chrono_tz::UTC,
        takes_other_class,
        cuts: false,
    })
}

/// A number in digits without zeros at its ends, and a power of ten: made apart from the code under test.
fn decimal(text: &str) -> (bool, String, i64) {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let negative = mantissa.starts_with('-');
    let mantissa = mantissa.trim_start_matches(['-', '+']);
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let trimmed = digits.trim_end_matches('0');
    let power = exponent.parse::<i64>().unwrap() - i64::try_from(fraction.len()).unwrap()
        + i64::try_from(digits.len() - trimmed.len()).unwrap();
    let trimmed = trimmed.trim_start_matches('0');
    if trimmed.is_empty() {
        (false, String::new(), 0)
    } else {
        (negative, trimmed.to_owned(), power)
    }
}

/// The number that a cell is, as decimal digits.
fn number(cell: Cell<'_>) -> (bool, String, i64) {
    match cell {
        Cell::Integer(number) => decimal(&number.to_string()),
        Cell::Real(number) => decimal(&format!("{number:e}")),
        Cell::Text(text) => decimal(std::str::from_utf8(text).unwrap()),
        other => panic!("{other:?} became a number"),
    }
}

/// Decodes `numeric` by its groups.
fn numeric(value: &[u8]) -> (bool, String, i64) {
    let part = |at: usize| u16::from_be_bytes([value[at], value[at + 1]]);
    let groups = usize::from(part(0));
    assert_eq!(value.len(), 8 + 2 * groups);
    let digits: String = (0..groups).fold(String::new(), |digits, at| {
        format!("{digits}{:04}", part(8 + 2 * at))
    });
    let power = 4 * (i64::from(part(2).cast_signed()) + 1 - i64::try_from(groups).unwrap());
    let sign = if part(4) == 0x4000 { "-" } else { "" };
    decimal(&format!("{sign}{digits}0e{}", power - 1))
}

/// A moment by the clock of UTC, read by chrono.
fn clock(text: &str) -> chrono::NaiveDateTime {
    let text = text.replace('T', " ");
    if let Ok(date) = chrono::NaiveDate::parse_from_str(&text, "%Y-%m-%d") {
        return date.and_hms_opt(0, 0, 0).unwrap();
    }
    let text = text.replace('Z', "+00:00");
    for form in ["%Y-%m-%d %H:%M:%S%.f%#z", "%Y-%m-%d %H:%M%#z"] {
        if let Ok(moment) = chrono::DateTime::parse_from_str(&text, form) {
            return moment.naive_utc();
        }
    }
    for form in ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M"] {
        if let Ok(moment) = chrono::NaiveDateTime::parse_from_str(&text, form) {
            return moment;
        }
    }
    panic!("chrono can't read `{text}`")
}

fn since_2000(text: &str) -> i64 {
    let start = chrono::NaiveDate::from_ymd_opt(2000, 1, 1)
        .unwrap()
        .and_hms_opt(0, 0, 0)
        .unwrap();
    (clock(text) - start).num_microseconds().unwrap()
}

/// Microseconds since 2000 of a number, to the nearest representable in doubles.
#[expect(clippy::cast_precision_loss, reason = "the reckoning is in doubles")]
fn counted(cell: Cell<'_>, moments: Moments) -> f64 {
    let number = match cell {
        Cell::Integer(number) => number as f64,
        Cell::Real(number) => number,
        other => panic!("{other:?} became a moment"),
    };
    match moments {
        Moments::Iso => panic!("a number became a moment"),
        Moments::EpochS => (number - 946_684_800.0) * 1e6,
        Moments::EpochMs => number * 1e3 - 946_684_800e6,
        Moments::EpochUs => number - 946_684_800e6,
        Moments::CoreData => (number + 31_622_400.0) * 1e6,
        Moments::JulianDay => (number - 2_451_544.5) * 86_400e6,
    }
}

#[expect(clippy::cast_precision_loss, reason = "the reckoning is in doubles")]
fn same_moment(cell: Cell<'_>, encoding: &Encoding, micros: i64) {
    if let Cell::Text(text) = cell {
        assert_eq!(since_2000(std::str::from_utf8(text).unwrap()), micros);
    } else {
        let expected = counted(cell, encoding.moments);
        // The reckoning here is in doubles; that of days of Julius also keeps milliseconds only.
        let slack = expected.abs() * 1e-9
            + if encoding.moments == Moments::JulianDay {
                501.0
            } else {
                1.0
            };
        assert!(
            (expected - micros as f64).abs() <= slack,
            "{cell:?} {expected} {micros}"
        );
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "128 bits hold any that a whole number became"
)]
fn check(cell: Cell<'_>, encoding: &Encoding, value: &[u8]) {
    use TargetType as T;
    let eight = || i64::from_be_bytes(value.try_into().unwrap());
    match &encoding.target {
        T::Boolean => assert!(matches!(value, [0 | 1])),
        T::SmallInt => assert_eq!(
            number(cell),
            decimal(&i16::from_be_bytes(value.try_into().unwrap()).to_string())
        ),
        T::Integer => assert_eq!(
            number(cell),
            decimal(&i32::from_be_bytes(value.try_into().unwrap()).to_string())
        ),
        // All digits of a double: the shortest that are read back as it have zeros in their place above 2^53.
        T::BigInt => match cell {
            Cell::Real(real) => assert_eq!(decimal(&format!("{real:.0}")), decimal(&eight().to_string())),
            _ => assert_eq!(number(cell), decimal(&eight().to_string())),
        },
        T::Real | T::DoublePrecision => {
            let double = if value.len() == 4 {
                f64::from(f32::from_be_bytes(value.try_into().unwrap()))
            } else {
                f64::from_be_bytes(value.try_into().unwrap())
            };
            match cell {
                Cell::Real(real) => assert_eq!(real.to_bits(), double.to_bits()),
                Cell::Integer(integer) => assert_eq!(i128::from(integer), double as i128),
                _ => assert_eq!(number(cell), decimal(&format!("{double:e}"))),
            }
        }
        T::Numeric(_) if !matches!(cell, Cell::Real(real) if real.is_infinite()) => {
            assert_eq!(number(cell), numeric(value));
        }
        T::Numeric(bound) => assert_eq!((*bound, value.len()), (None, 8)),
        T::Text | T::VarChar(_) | T::Char(_) | T::TextLike(_) | T::Bytea => match cell {
            Cell::Text(bytes) | Cell::Blob(bytes) => assert_eq!(bytes, value),
            Cell::Integer(number) => assert_eq!(number.to_string().as_bytes(), value),
            Cell::Real(number) => {
                let read: f64 = std::str::from_utf8(value)
                    .unwrap()
                    .to_lowercase()
                    .parse()
                    .unwrap();
                assert_eq!(read.to_bits(), number.to_bits());
            }
            Cell::Null => panic!("NULL has no value"),
        },
        T::Date => same_moment(
            cell,
            encoding,
            i64::from(i32::from_be_bytes(value.try_into().unwrap())) * 86_400_000_000,
        ),
        T::Timestamp | T::TimestampTz => same_moment(cell, encoding, eight()),
        T::Time => assert!((0..86_400_000_000).contains(&eight())),
        T::Interval => assert_eq!(value.len(), 16),
        T::Uuid => match cell {
            Cell::Blob(bytes) => assert_eq!(bytes, value),
            Cell::Text(text) => {
                let hex: String = value
                    .iter()
                    .fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
                let text = std::str::from_utf8(text).unwrap().replace('-', "").to_lowercase();
                assert_eq!(text, hex);
            }
            other => panic!("{other:?} became a UUID"),
        },
        T::Json | T::JsonB => {
            let value = if encoding.target == T::JsonB {
                &value[1..]
            } else {
                value
            };
            let _: serde_json::Value = serde_json::from_slice(value).expect("serde agrees that it is JSON");
            match cell {
                Cell::Text(bytes) | Cell::Blob(bytes) => assert_eq!(bytes, value),
                _ => assert_eq!(number(cell), decimal(std::str::from_utf8(value).unwrap())),
            }
        }
        T::Inet => assert_eq!(cell.class(), StorageClass::Text),
    }
}

#[test]
fn a_large_double_becomes_the_whole_number_that_it_is() {
    let cell = Cell::Real(-1.212_502_645_629_058_7e17);
    let encoding = Encoding::plain(TargetType::BigInt);
    let value = value(cell, &encoding).unwrap();
    assert_eq!(value, (-121_250_264_562_905_872_i64).to_be_bytes());
    check(cell, &encoding, &value);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]
    #[test]
    fn a_cell_is_the_same_value_or_a_misfit(cell in cells(), encoding in encodings()) {
        if let Ok(value) = value(cell.cell(), &encoding) {
            check(cell.cell(), &encoding, &value);
            // It must not fail on anything that `field` makes.
            let _ = crate::migrate::encode::hash(&encoding.target, &value, 1);
        }
    }
}

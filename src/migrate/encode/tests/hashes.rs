//! Hashes of a PostgreSQL 15 server, asked for with the functions that `digest` names.

use proptest::prelude::*;

use super::*;
use crate::migrate::encode::hash;
use crate::migrate::encode::long::HashPieces;

#[test]
#[expect(clippy::too_many_lines, reason = "a table of vectors")]
fn are_those_of_the_server() {
    use TargetType as T;
    let day = "2024-02-29";
    let uuid = "123e4567-e89b-12d3-a456-426614174000";
    let jsonb = r#"{"bb": 1.50e1,"a" :[-0.00, "\u00e9\u0001\/", {}], "bb": null, "c":1E3}"#;
    let vectors: Vec<(T, Cell<'_>, i64, i64)> = vec![
        (T::Boolean, Cell::Integer(1), 0, -3_670_598_878_359_251_130),
        (T::Boolean, text("f"), 7, -191_184_349_168_900_292),
        (T::SmallInt, Cell::Integer(-5), 3, 4_566_310_048_417_840_633),
        (
            T::Integer,
            Cell::Integer(2_147_483_647),
            0,
            -9_109_110_466_470_504_941,
        ),
        (T::BigInt, Cell::Integer(i64::MIN), -1, 8_384_907_054_876_656_385),
        (
            T::BigInt,
            Cell::Integer(i64::MAX),
            1_234_567_890_123,
            7_960_623_213_544_748_692,
        ),
        (T::BigInt, Cell::Integer(1 << 62), 0, -6_787_912_164_633_304_138),
        (T::Real, Cell::Real(1.5), 9, 420_245_996_409_940_593),
        (T::DoublePrecision, Cell::Real(-0.0), 42, 42),
        (T::DoublePrecision, Cell::Real(0.1), 0, -4_179_333_574_236_083_663),
        (
            T::DoublePrecision,
            Cell::Real(f64::NEG_INFINITY),
            1,
            -596_918_538_226_457_560,
        ),
        (
            T::Numeric(None),
            text("-1234567.0890"),
            5,
            -5_989_069_640_779_712_114,
        ),
        (
            T::Numeric(Some((10, 2))),
            Cell::Integer(12),
            5,
            6_182_662_669_419_636_219,
        ),
        (
            T::Numeric(None),
            Cell::Real(f64::INFINITY),
            5,
            3_978_250_098_572_272_628,
        ),
        (T::Numeric(None), Cell::Real(1e-7), 0, -3_700_139_585_113_291_318),
        (T::Text, text(""), 0, -6_939_563_903_564_495_251),
        (T::Text, text(""), 1, -150_071_773_020_461_347),
        (T::Text, text("abc"), 0, -6_747_756_470_228_489_321),
        (
            T::VarChar(40),
            text("Zoë Müller!!"),
            -9,
            -4_165_757_221_619_187_830,
        ),
        (
            T::Text,
            text("abcdefghijklmnopqrstuvwxy"),
            77,
            4_612_804_330_701_427_322,
        ),
        (T::Text, text("abcdefghijk"), 77, -3_680_539_016_956_367_595),
        (T::Char(5), text("ab "), 6, 3_688_786_081_088_865_711),
        (
            T::Bytea,
            Cell::Blob(&[0, 0xff, 0x10]),
            3,
            -4_591_547_218_190_430_019,
        ),
        (T::Date, text(day), 8, -3_798_018_077_995_375_481),
        (T::Date, text("1999-12-31"), 0, -1_888_257_769_727_981_238),
        (T::Time, text("23:59:59.999999"), 2, 7_570_787_227_253_672_292),
        (
            T::Timestamp,
            text("2024-01-31 10:20:30.5"),
            2,
            -4_193_862_479_469_066_739,
        ),
        (T::Timestamp, text("1960-01-01"), 0, -35_992_055_005_783_738),
        (
            T::TimestampTz,
            text("2024-01-31T10:20:30+03"),
            2,
            -8_635_364_570_962_000_037,
        ),
        (
            T::Interval,
            text("-3 days, 1:02:03.000004"),
            2,
            -2_058_057_290_606_712_438,
        ),
        (T::Uuid, text(uuid), 2, 5_576_569_279_862_371_910),
        (
            T::Json,
            text(r#"{"b": 1.0,"a" :[]}"#),
            2,
            7_585_515_632_497_188_622,
        ),
        (T::JsonB, text(jsonb), 2, -1_219_660_142_825_136_232),
        (T::Inet, text("10.0.0.1"), 2, -7_949_427_214_087_776_512),
        (T::Inet, text("2001:db8::1/64"), 2, 2_831_511_622_119_688_690),
    ];
    for (target, cell, seed, expected) in vectors {
        let value = value(cell, &plain(target.clone())).unwrap();
        let hash = hash(&target, &value, seed.cast_unsigned()).cast_signed();
        assert_eq!(hash, expected, "{target} {cell:?} with the seed {seed}");
    }
}

proptest! {
    #[test]
    fn of_pieces_are_those_of_the_whole(
        pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..6),
        seed: u64,
    ) {
        let whole = pieces.concat();
        let mut hasher = HashPieces::new(whole.len() as u64, seed);
        for piece in &pieces {
            hasher.update(piece);
        }
        prop_assert_eq!(hasher.finish(), hash(&TargetType::Bytea, &whole, seed));
    }
}

//! Whole numbers, doubles, numerics and booleans.

use super::*;
use crate::migrate::encode::numeric;

fn of(cell: Cell<'_>, target: TargetType) -> Result<Vec<u8>, Misfit> {
    value(cell, &plain(target))
}

#[test]
fn whole_numbers_are_exact_or_refused() {
    use Misfit::{Infinite, NotAValue, OutOfRange, TooPrecise, WrongClass};
    let big = |cell| of(cell, TargetType::BigInt).map(|value| i64::from_be_bytes(value.try_into().unwrap()));
    for (cell, expected) in [
        (Cell::Integer(i64::MAX), Ok(i64::MAX)),
        (Cell::Integer(1 << 62), Ok(1 << 62)),
        (Cell::Real(1.0), Ok(1)),
        (Cell::Real(-9_223_372_036_854_775_808.0), Ok(i64::MIN)),
        (Cell::Real(9_223_372_036_854_775_808.0), Err(OutOfRange)),
        (Cell::Real(1.5), Err(TooPrecise)),
        (Cell::Real(f64::INFINITY), Err(Infinite)),
        (text("-12"), Ok(-12)),
        (text("9223372036854775808"), Err(OutOfRange)),
        (text("lots-of-it"), Err(NotAValue)),
        (text(""), Err(NotAValue)),
        (text(" 1"), Err(NotAValue)),
        (text("0x10"), Err(NotAValue)),
        (text("1.0"), Err(NotAValue)),
        (Cell::Blob(b"1"), Err(WrongClass)),
    ] {
        assert_eq!(big(cell), expected, "{cell:?}");
    }
    assert_eq!(of(Cell::Integer(32_768), TargetType::SmallInt), Err(OutOfRange));
    assert_eq!(
        of(Cell::Integer(-32_768), TargetType::SmallInt),
        Ok(vec![0x80, 0])
    );
    assert_eq!(of(Cell::Integer(1 << 31), TargetType::Integer), Err(OutOfRange));
}

#[test]
fn doubles_are_exact_or_refused() {
    use Misfit::{NotAValue, OutOfRange, TooPrecise};
    let double = |cell| {
        of(cell, TargetType::DoublePrecision).map(|value| f64::from_be_bytes(value.try_into().unwrap()))
    };
    for (cell, expected) in [
        (Cell::Real(0.1), Ok(0.1)),
        (Cell::Real(f64::NEG_INFINITY), Ok(f64::NEG_INFINITY)),
        (Cell::Integer(1 << 53), Ok(9_007_199_254_740_992.0)),
        (Cell::Integer((1 << 53) + 1), Err(TooPrecise)),
        (Cell::Integer(i64::MAX), Err(TooPrecise)),
        (Cell::Integer(i64::MIN), Ok(-9_223_372_036_854_775_808.0)),
        (text("0.10"), Ok(0.1)),
        (text("1e3"), Ok(1000.0)),
        (text("0.1000000000000000055"), Err(TooPrecise)),
        (text("1e400"), Err(OutOfRange)),
        (text("inf"), Err(NotAValue)),
        (text("nan"), Err(NotAValue)),
    ] {
        assert_eq!(double(cell), expected, "{cell:?}");
    }
    let zero = double(Cell::Real(-0.0)).unwrap();
    assert!(zero.is_sign_negative(), "the sign of zero is kept");
    assert_eq!(of(Cell::Real(0.1), TargetType::Real), Err(TooPrecise));
    assert_eq!(of(Cell::Real(1e39), TargetType::Real), Err(OutOfRange));
    assert_eq!(
        of(Cell::Real(0.5), TargetType::Real),
        Ok(0.5_f32.to_be_bytes().to_vec())
    );
}

#[test]
fn numerics_are_as_the_server_writes_them() {
    for (cell, bound, expected) in [
        (text("12.50"), None, Ok("12.50")),
        (text("-0.00"), None, Ok("0.00")),
        (text("007"), None, Ok("7")),
        (text(".5"), None, Ok("0.5")),
        (text("5."), None, Ok("5")),
        (text("1.5e3"), None, Ok("1500")),
        (
            text("12345678901234567890.0001"),
            None,
            Ok("12345678901234567890.0001"),
        ),
        (text("1e-9"), None, Ok("0.000000001")),
        (Cell::Integer(i64::MIN), None, Ok("-9223372036854775808")),
        (Cell::Real(0.1), None, Ok("0.1")),
        (Cell::Real(1.0 / 3.0), None, Ok("0.3333333333333333")),
        (Cell::Real(1e21), None, Ok("1000000000000000000000")),
        (Cell::Real(f64::INFINITY), None, Ok("Infinity")),
        (Cell::Real(f64::NEG_INFINITY), None, Ok("-Infinity")),
        (Cell::Real(f64::INFINITY), Some((5, 2)), Err(Misfit::Infinite)),
        (Cell::Real(3.98), Some((10, 2)), Ok("3.98")),
        (Cell::Integer(7), Some((3, 2)), Ok("7.00")),
        (text("1.500"), Some((3, 1)), Ok("1.5")),
        (text("1.55"), Some((3, 1)), Err(Misfit::TooPrecise)),
        (Cell::Integer(100), Some((3, 1)), Err(Misfit::OutOfRange)),
        (
            Cell::Real(0.300_000_000_000_000_04),
            Some((10, 2)),
            Err(Misfit::TooPrecise),
        ),
        (text("1e131072"), None, Err(Misfit::OutOfRange)),
        (text("1e-16384"), None, Err(Misfit::OutOfRange)),
        (text("1e99999999999999999999"), None, Err(Misfit::OutOfRange)),
        (text("NaN"), None, Err(Misfit::NotAValue)),
        (text("0x1F"), None, Err(Misfit::NotAValue)),
        (text("1_000"), None, Err(Misfit::NotAValue)),
        (text("1,5"), None, Err(Misfit::NotAValue)),
        (text("."), None, Err(Misfit::NotAValue)),
        (text("1e"), None, Err(Misfit::NotAValue)),
        (text(""), None, Err(Misfit::NotAValue)),
        (Cell::Blob(b"1"), None, Err(Misfit::WrongClass)),
    ] {
        let written = of(cell, TargetType::Numeric(bound)).map(|value| numeric::text(&value));
        assert_eq!(written.as_deref().map_err(|misfit| *misfit), expected, "{cell:?}");
    }
    let furthest = of(text("-1e131071"), TargetType::Numeric(None)).unwrap();
    assert_eq!(numeric::text(&furthest).len(), 131_073);
}

#[test]
fn booleans_are_numbers_and_words() {
    for cell in [
        Cell::Integer(1),
        Cell::Real(1.0),
        text("t"),
        text("TRUE"),
        text("yes"),
        text("On"),
        text("1"),
    ] {
        assert_eq!(of(cell, TargetType::Boolean), Ok(vec![1]), "{cell:?}");
    }
    for cell in [
        Cell::Integer(0),
        Cell::Real(-0.0),
        text("F"),
        text("false"),
        text("NO"),
        text("off"),
        text("0"),
    ] {
        assert_eq!(of(cell, TargetType::Boolean), Ok(vec![0]), "{cell:?}");
    }
    assert_eq!(of(Cell::Integer(2), TargetType::Boolean), Err(Misfit::OutOfRange));
    assert_eq!(of(Cell::Real(0.5), TargetType::Boolean), Err(Misfit::OutOfRange));
    assert_eq!(of(text(""), TargetType::Boolean), Err(Misfit::NotAValue));
    assert_eq!(of(text("truth"), TargetType::Boolean), Err(Misfit::NotAValue));
    assert_eq!(of(Cell::Blob(&[1]), TargetType::Boolean), Err(Misfit::WrongClass));
}

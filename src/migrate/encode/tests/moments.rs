//! Text and numbers as moments, dates, times and intervals.

use super::*;

const DAY: i64 = 86_400_000_000;
const HOUR: i64 = 3_600_000_000;

fn moment(cell: Cell<'_>, encoding: &Encoding) -> Result<i64, Misfit> {
    value(cell, encoding).map(|value| i64::from_be_bytes(value.try_into().unwrap()))
}

fn day(cell: Cell<'_>, encoding: &Encoding) -> Result<i32, Misfit> {
    value(cell, encoding).map(|value| i32::from_be_bytes(value.try_into().unwrap()))
}

#[test]
fn iso_text_is_read_in_all_the_usual_forms() {
    let (zoned, naive) = (plain(TargetType::TimestampTz), plain(TargetType::Timestamp));
    for (written, expected) in [
        ("2000-01-02", DAY),
        ("2000-01-02 03:04", DAY + 3 * HOUR + 240_000_000),
        ("2000-01-02T03:04:05", DAY + 3 * HOUR + 245_000_000),
        ("2000-01-02 03:04:05.5", DAY + 3 * HOUR + 245_500_000),
        ("2000-01-02 03:04:05.123456", DAY + 3 * HOUR + 245_123_456),
        ("2000-01-02 03:04:05.123456000", DAY + 3 * HOUR + 245_123_456),
        ("2000-01-02T03:00:00Z", DAY + 3 * HOUR),
        ("2000-01-02 03:00:00 UTC", DAY + 3 * HOUR),
        ("2000-01-02 03:00:00+00:00", DAY + 3 * HOUR),
        ("2000-02-29", 59 * DAY),
        ("0001-01-01", -730_119 * DAY),
        ("9999-12-31 23:59:59.999999", 2_921_940 * DAY - 1),
    ] {
        assert_eq!(moment(text(written), &naive), Ok(expected), "{written}");
        assert_eq!(moment(text(written), &zoned), Ok(expected), "{written}");
    }
    for (written, expected) in [
        ("2000-01-02 03:00+03", DAY),
        ("2000-01-02T03:00:00+0300", DAY),
        ("2000-01-01 21:30:00.000-02:30", DAY),
        ("2000-01-02 03:00:00 +03:00", DAY),
        ("2000-01-02 03:00:00 +0300 MSK", DAY),
        ("2000-01-02 03:00:00.5 +0300 +03", DAY + 500_000),
    ] {
        assert_eq!(moment(text(written), &zoned), Ok(expected), "{written}");
        assert_eq!(
            moment(text(written), &naive),
            Err(Misfit::WrongClass),
            "{written}: a zone must not be lost"
        );
    }
}

#[test]
fn what_a_type_does_not_keep_is_cut_only_where_a_person_says_so() {
    let cutting = |target| Encoding {
        cuts: true,
        ..plain(target)
    };
    for (written, expected) in [
        ("2000-01-02 03:00:00.123456789+03:00", DAY + 123_456),
        ("2000-01-01 23:59:59.999999999Z", DAY - 1),
        (
            "2000-01-02 03:00:00.1234567 +0300 MSK m=+0.012345678",
            DAY + 123_456,
        ),
        ("2000-01-02 00:00:00 +0000 UTC m=-1.5", DAY),
    ] {
        let encoding = plain(TargetType::TimestampTz);
        assert_eq!(
            moment(text(written), &encoding),
            Err(Misfit::TooPrecise),
            "{written}"
        );
        let encoding = cutting(TargetType::TimestampTz);
        assert_eq!(moment(text(written), &encoding), Ok(expected), "{written}");
    }
    let naive = cutting(TargetType::Timestamp);
    assert_eq!(moment(text("2000-01-02 00:00:00.0000009"), &naive), Ok(DAY));
    let shifted = "2000-01-02 00:00:00.0000009+03:00";
    assert_eq!(moment(text(shifted), &naive), Err(Misfit::WrongClass));
    // The day that is written, whatever day it is elsewhere then.
    for written in [
        "2000-01-02 00:00:00+03:00",
        "2000-01-02 23:59:59.999999999",
        "2000-01-02",
    ] {
        assert_eq!(day(text(written), &cutting(TargetType::Date)), Ok(1), "{written}");
    }
    for written in [
        "2000-01-02 00:00:00 MSK",
        "2000-01-02 00:00:00 +0300 M m=+1",
        "12:00:00 m=+1",
    ] {
        let encoding = cutting(TargetType::TimestampTz);
        assert_eq!(
            moment(text(written), &encoding),
            Err(Misfit::NotAValue),
            "{written}"
        );
    }
}

#[test]
fn what_is_no_moment_is_refused_and_never_guessed() {
    for target in [TargetType::Timestamp, TargetType::TimestampTz, TargetType::Date] {
        for written in [
            "",
            " ",
            "infinity",
            "-infinity",
            "now",
            "0000-01-01",
            "0000-00-00",
            "2024-02-30",
            "2023-02-29",
            "1900-02-29",
            "2024-13-01",
            "2024-00-10",
            "01/02/2024",
            "2024-1-2",
            "20240102",
            "2024-01-02 24:00",
            "2024-01-02 23:59:60",
            "2024-01-02 3:04",
            "2024-01-02 03:04.5",
            "2024-01-02 03:04:05.",
            "2024-01-02 03:04:05,5",
            " 2024-01-02",
            "2024-01-02 ",
            "2024-01-02\0",
            "2024-01-02 03:04+1",
            "2024-01-02 03:04+24:00",
            "2024-01-02Z",
            "-2024-01-02",
            "44 BC",
            "0044-03-15 12:00:00+05:30 BC",
            "2024-01-02 03:04:05 +0000 PM",
            "10:20",
            "1700000000",
            "2024-01-02T03:04:05 Europe/Paris",
        ] {
            let refused = value(text(written), &plain(target.clone()));
            assert_eq!(refused, Err(Misfit::NotAValue), "{written:?} as {target}");
        }
        let precise = value(text("2024-01-02 03:04:05.1234567"), &plain(target.clone()));
        assert_eq!(precise, Err(Misfit::TooPrecise));
        let blob = value(Cell::Blob(b"2024-01-02"), &plain(target));
        assert_eq!(blob, Err(Misfit::WrongClass));
    }
}

#[test]
fn a_date_takes_no_time_of_the_day() {
    let date = plain(TargetType::Date);
    assert_eq!(day(text("2000-01-31"), &date), Ok(30));
    assert_eq!(day(text("1999-12-31 00:00:00.000"), &date), Ok(-1));
    assert_eq!(day(text("2000-01-31T00:00:00Z"), &date), Ok(30));
    assert_eq!(day(text("2000-01-31 00:00:01"), &date), Err(Misfit::TooPrecise));
    assert_eq!(
        day(text("2000-01-31T00:00:00+01:00"), &date),
        Err(Misfit::WrongClass)
    );
    let seconds = counting(TargetType::Date, Moments::EpochS);
    assert_eq!(day(Cell::Integer(946_684_800 + 86_400), &seconds), Ok(1));
    assert_eq!(day(Cell::Integer(946_684_801), &seconds), Err(Misfit::TooPrecise));
    assert_eq!(
        day(Cell::Integer(i64::MAX / 86_400 * 86_400), &seconds),
        Err(Misfit::FarMoment)
    );
}

#[test]
fn a_time_takes_no_date_but_the_one_of_rails() {
    let time = plain(TargetType::Time);
    assert_eq!(moment(text("23:59:59.999999"), &time), Ok(DAY - 1));
    assert_eq!(moment(text("01:00"), &time), Ok(HOUR));
    assert_eq!(moment(text("2000-01-01 01:00:00"), &time), Ok(HOUR));
    for written in [
        "2000-01-02 01:00:00",
        "2000-01-01",
        "24:00:00",
        "1:00",
        "12:34.5",
        "01:00+03",
        "",
    ] {
        assert_eq!(moment(text(written), &time), Err(Misfit::NotAValue), "{written}");
    }
    let seconds = counting(TargetType::Time, Moments::EpochS);
    assert_eq!(moment(Cell::Integer(3600), &seconds), Ok(HOUR));
    assert_eq!(moment(Cell::Integer(86_400), &seconds), Err(Misfit::OutOfRange));
    assert_eq!(moment(Cell::Integer(-1), &seconds), Err(Misfit::OutOfRange));
}

#[test]
fn numbers_count_in_the_unit_that_is_told() {
    for (moments, cell, expected) in [
        (Moments::EpochS, Cell::Integer(946_684_801), 1_000_000),
        (Moments::EpochS, Cell::Integer(0), -946_684_800_000_000),
        (
            Moments::EpochS,
            Cell::Real(1_700_000_000.123_456),
            753_315_200_123_456,
        ),
        (Moments::EpochS, Cell::Real(-0.000_001_5), -946_684_800_000_002),
        // Exactly half a microsecond goes to the even one.
        (Moments::EpochS, Cell::Real(0.007_812_5), -946_684_799_992_188),
        (Moments::EpochMs, Cell::Integer(946_684_800_001), 1000),
        (Moments::EpochMs, Cell::Real(946_684_800_000.25), 250),
        (Moments::EpochUs, Cell::Integer(946_684_800_000_001), 1),
        (Moments::CoreData, Cell::Real(0.5), 366 * DAY + 500_000),
        (Moments::CoreData, Cell::Integer(-31_622_400), 0),
        (Moments::JulianDay, Cell::Real(2_451_544.5), 0),
        (Moments::JulianDay, Cell::Integer(2_451_545), DAY / 2),
        // julianday('2024-01-01 10:20:30')
        (
            Moments::JulianDay,
            Cell::Real(2_460_310.930_902_778),
            8766 * DAY + 10 * HOUR + 1_230_000_000,
        ),
    ] {
        for target in [TargetType::Timestamp, TargetType::TimestampTz] {
            let encoding = counting(target, moments);
            assert_eq!(moment(cell, &encoding), Ok(expected), "{moments:?} {cell:?}");
        }
    }
    let iso = plain(TargetType::Timestamp);
    assert_eq!(moment(Cell::Integer(1), &iso), Err(Misfit::WrongClass));
}

#[test]
fn numbers_count_to_the_years_1_to_9999_as_text_does() {
    let micros = counting(TargetType::Timestamp, Moments::EpochUs);
    let first = -62_135_596_800_000_000;
    let naive = plain(TargetType::Timestamp);
    assert_eq!(
        moment(Cell::Integer(first), &micros),
        moment(text("0001-01-01"), &naive)
    );
    assert_eq!(moment(Cell::Integer(first - 1), &micros), Err(Misfit::FarMoment));
    let seconds = counting(TargetType::Timestamp, Moments::EpochS);
    assert_eq!(
        moment(Cell::Integer(253_402_300_799), &seconds),
        moment(text("9999-12-31 23:59:59"), &naive)
    );
    for cell in [
        Cell::Integer(253_402_300_800),
        // Milliseconds among seconds.
        Cell::Integer(1_627_303_906_122),
        Cell::Integer(i64::MAX),
        Cell::Integer(i64::MIN),
        Cell::Real(1e300),
        Cell::Real(-1e19),
    ] {
        assert_eq!(moment(cell, &seconds), Err(Misfit::FarMoment), "{cell:?}");
    }
    let days = counting(TargetType::Date, Moments::EpochS);
    assert_eq!(
        day(Cell::Integer(253_402_214_400), &days),
        day(text("9999-12-31"), &plain(TargetType::Date))
    );
    assert_eq!(day(Cell::Integer(253_402_300_800), &days), Err(Misfit::FarMoment));
    assert_eq!(moment(Cell::Real(f64::INFINITY), &seconds), Err(Misfit::Infinite));
    assert_eq!(moment(Cell::Real(5e-324), &seconds), Ok(-946_684_800_000_000));
}

#[test]
fn clocks_of_a_zone_are_read_once_and_gaps_refused() {
    let new_york = Encoding {
        zone: chrono_tz::America::New_York,
        ..plain(TargetType::TimestampTz)
    };
    let utc = plain(TargetType::TimestampTz);
    let is = |written: &str, expected: &str| {
        assert_eq!(
            moment(text(written), &new_york),
            moment(text(expected), &utc),
            "{written}"
        );
    };
    is("2009-01-01 00:00", "2009-01-01 05:00");
    is("2009-07-01 00:00:00.000001", "2009-07-01 04:00:00.000001");
    // The clock shows 01:30 twice on this day: the first is meant.
    is("2024-11-03 01:30", "2024-11-03 05:30");
    is("2024-11-03 02:30", "2024-11-03 07:30");
    is("2009-07-01 00:00Z", "2009-07-01 00:00");
    is("0001-01-01 00:00", "0001-01-01 04:56:02");
    let skipped = moment(text("2024-03-10 02:30"), &new_york);
    assert_eq!(skipped, Err(Misfit::NotAValue), "the clock never shows it");
    let moscow = Encoding {
        zone: chrono_tz::Europe::Moscow,
        moments: Moments::EpochMs,
        ..plain(TargetType::TimestampTz)
    };
    assert_eq!(
        moment(Cell::Integer(946_684_800_000), &moscow),
        Ok(0),
        "numbers are in UTC whatever the zone"
    );
}

#[test]
fn intervals_are_microseconds_or_what_python_and_sqlalchemy_write() {
    let of = |cell, moments| {
        value(cell, &counting(TargetType::Interval, moments)).map(|value| {
            let micros = i64::from_be_bytes(value[..8].try_into().unwrap());
            let days = i32::from_be_bytes(value[8..12].try_into().unwrap());
            assert_eq!(value[12..], [0; 4], "months are never made");
            (micros, days)
        })
    };
    assert_eq!(of(Cell::Integer(-5), Moments::Iso), Ok((-5, 0)));
    assert_eq!(of(Cell::Real(1.5), Moments::EpochS), Ok((1_500_000, 0)));
    assert_eq!(of(Cell::Real(0.25), Moments::JulianDay), Ok((6 * HOUR, 0)));
    assert_eq!(of(Cell::Real(7.0), Moments::Iso), Ok((7, 0)));
    for days in [0.25, 1.000_057, -0.5] {
        assert_eq!(of(Cell::Real(days), Moments::Iso), Err(Misfit::TooPrecise));
    }
    assert_eq!(of(text("1:02:03"), Moments::Iso), Ok((HOUR + 123_000_000, 0)));
    assert_eq!(of(text("1 day, 0:00:00.000007"), Moments::Iso), Ok((7, 1)));
    assert_eq!(
        of(text("-2 days, 23:59:59"), Moments::Iso),
        Ok((DAY - 1_000_000, -2))
    );
    assert_eq!(of(text("-100:00:00"), Moments::Iso), Ok((-100 * HOUR, 0)));
    // As SQLAlchemy writes one: the moment that is so long after 1970 began.
    assert_eq!(
        of(text("1970-01-02 01:00:00.000007"), Moments::Iso),
        Ok((DAY + HOUR + 7, 0))
    );
    assert_eq!(of(text("1969-12-31 23:00:00"), Moments::Iso), Ok((-HOUR, 0)));
    for written in [
        "",
        "1",
        "1970-01-02 00:00:00+01:00",
        "1:2:3",
        "1:02",
        "1 week, 1:00:00",
        "P1D",
        "1:60:00",
        "x days, 1:00:00",
        "1:12.500",
    ] {
        assert_eq!(
            of(text(written), Moments::Iso),
            Err(Misfit::NotAValue),
            "{written}"
        );
    }
    assert_eq!(
        of(Cell::Integer(i64::MAX), Moments::EpochS),
        Err(Misfit::OutOfRange)
    );
}

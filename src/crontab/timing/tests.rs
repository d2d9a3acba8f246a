//! When jobs are due: the calendar, the clocks of several countries, and a plain matcher to compare with.

use std::sync::LazyLock;

use chrono::{DateTime, Datelike, TimeDelta, Timelike, Utc};
use proptest::prelude::*;
use proptest::sample::Index;

use super::*;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn timing(schedule: &str, zone: &str) -> Timing {
    Timing::parse(schedule, zone.parse().unwrap()).unwrap_or_else(|faults| panic!("{schedule}: {faults:?}"))
}

/// The runs after one moment up to another, on the clock of the zone.
fn runs(schedule: &str, zone: &str, from: &str, to: &str) -> Vec<String> {
    let timing = timing(schedule, zone);
    let to = at(to);
    std::iter::successors(timing.next_after(at(from)), |run| timing.next_after(*run))
        .take_while(|run| *run <= to)
        .map(|run| {
            run.with_timezone(&timing.zone().get())
                .format("%d %R %Z")
                .to_string()
        })
        .collect()
}

fn next(schedule: &str, from: &str) -> String {
    let next = timing(schedule, "UTC").next_after(at(from));
    next.map_or_else(|| "never".to_owned(), |next| next.format("%F %T").to_string())
}

#[test]
fn each_field_is_met() {
    for (schedule, from, expected) in [
        ("* * * * *", "2026-03-01T00:00:00Z", "2026-03-01 00:01:00"),
        ("* * * * *", "2026-03-01T00:00:59.999Z", "2026-03-01 00:01:00"),
        ("*/15 * * * *", "2026-03-01T00:50:00Z", "2026-03-01 01:00:00"),
        ("5-59/20 * * * *", "2026-03-01T00:26:00Z", "2026-03-01 00:45:00"),
        ("0 3 * * *", "2026-03-01T03:00:00Z", "2026-03-02 03:00:00"),
        ("59 23 31 12 *", "2026-12-31T23:58:59Z", "2026-12-31 23:59:00"),
        ("0 0 1 1 *", "2026-12-31T23:59:59Z", "2027-01-01 00:00:00"),
        ("0 0 31 * *", "2026-03-31T00:00:00Z", "2026-05-31 00:00:00"),
        ("0 0 * * SUN", "2026-03-01T00:00:00Z", "2026-03-08 00:00:00"),
        ("0 0 * * 7", "2026-03-01T00:00:00Z", "2026-03-08 00:00:00"),
        ("0 0 * * fri-sun", "2026-03-01T00:00:00Z", "2026-03-06 00:00:00"),
        ("0 0 * jan,JULY *", "2026-02-01T00:00:00Z", "2026-07-01 00:00:00"),
        ("0 12 1-7 * *", "2026-03-07T12:00:00Z", "2026-04-01 12:00:00"),
        ("@hourly", "2026-03-01T00:00:00Z", "2026-03-01 01:00:00"),
        ("@daily", "2026-03-01T00:00:00Z", "2026-03-02 00:00:00"),
        ("@Midnight", "2026-03-01T00:00:00Z", "2026-03-02 00:00:00"),
        ("@weekly", "2026-03-01T00:00:00Z", "2026-03-08 00:00:00"),
        ("@monthly", "2026-03-01T00:00:00Z", "2026-04-01 00:00:00"),
        ("@yearly", "2026-03-01T00:00:00Z", "2027-01-01 00:00:00"),
        ("@annually", "2026-03-01T00:00:00Z", "2027-01-01 00:00:00"),
        ("@reboot", "2026-03-01T00:00:00Z", "never"),
    ] {
        assert_eq!(next(schedule, from), expected, "{schedule} after {from}");
    }
}

#[test]
fn a_leap_day_is_found_however_far() {
    assert_eq!(next("0 0 29 2 *", "2026-03-01T00:00:00Z"), "2028-02-29 00:00:00");
    // 2100 is no leap year.
    assert_eq!(next("0 0 29 2 *", "2096-02-29T00:00:00Z"), "2104-02-29 00:00:00");
    // On a Sunday only: a day of week that begins with a star must match as well.
    assert_eq!(
        next("0 0 29 2 */7", "2004-02-29T00:00:00Z"),
        "2032-02-29 00:00:00"
    );
    assert_eq!(
        next("0 0 29 2 */7", "2088-02-29T00:00:00Z"),
        "2128-02-29 00:00:00"
    );
}

#[test]
fn two_restricted_days_are_met_by_either() {
    let from = "2026-03-01T00:00:00Z";
    // 2026-03-13 is a Friday, 2026-03-06 is the one before.
    assert_eq!(next("0 0 13 * fri", from), "2026-03-06 00:00:00");
    assert_eq!(next("0 0 5 * fri", from), "2026-03-05 00:00:00");
    // A star with a step is no restriction, so both must match: the odd days that are Fridays.
    assert_eq!(next("0 0 */2 * fri", from), "2026-03-13 00:00:00");
    assert_eq!(next("0 0 2-8 * */6", from), "2026-03-07 00:00:00");
    // As a list without a star it is one.
    assert_eq!(next("0 0 1-31/2 * fri", from), "2026-03-03 00:00:00");
}

#[test]
fn an_interval_counts_from_1970() {
    assert_eq!(next("@every 90s", "1970-01-01T00:00:00Z"), "1970-01-01 00:01:30");
    assert_eq!(
        next("@every 90s", "1970-01-01T00:01:29.5Z"),
        "1970-01-01 00:01:30"
    );
    assert_eq!(
        next("@EVERY 1h30m", "2026-03-01T00:00:00Z"),
        "2026-03-01 01:30:00"
    );
    assert_eq!(next("@every 1s", "1969-12-31T23:59:59Z"), "1970-01-01 00:00:00");
}

#[test]
fn a_time_that_is_left_out_runs_once_right_after() {
    // 2026-03-29, 02:00 becomes 03:00 in Amsterdam.
    let spring = |schedule| {
        runs(
            schedule,
            "Europe/Amsterdam",
            "2026-03-28T23:00:00Z",
            "2026-03-29T04:00:00Z",
        )
    };
    assert_eq!(spring("30 2 * * *"), ["29 03:00 CEST"]);
    assert_eq!(spring("0,15,30 2 * * *"), ["29 03:00 CEST"]);
    assert_eq!(spring("0 2,3 * * *"), ["29 03:00 CEST"]);
    assert_eq!(spring("30 2,3 * * *"), ["29 03:00 CEST", "29 03:30 CEST"]);
    assert_eq!(spring("59 1 * * *"), ["29 01:59 CET"]);
    // What follows the clock leaves it out.
    assert_eq!(spring("*/20 2 * * *"), Vec::<String>::new());
    assert_eq!(
        spring("30 */1 * * *"),
        [
            "29 00:30 CET",
            "29 01:30 CET",
            "29 03:30 CEST",
            "29 04:30 CEST",
            "29 05:30 CEST"
        ]
    );
    assert_eq!(
        runs(
            "*/30 * * * *",
            "Europe/Amsterdam",
            "2026-03-29T00:00:00Z",
            "2026-03-29T02:00:00Z"
        ),
        ["29 01:30 CET", "29 03:00 CEST", "29 03:30 CEST", "29 04:00 CEST"]
    );
}

#[test]
fn a_time_that_comes_twice_runs_once() {
    // 2026-11-01, 02:00 becomes 01:00 in New York.
    let autumn = |schedule| {
        runs(
            schedule,
            "America/New_York",
            "2026-11-01T04:00:00Z",
            "2026-11-01T08:00:00Z",
        )
    };
    assert_eq!(autumn("30 1 * * *"), ["01 01:30 EDT"]);
    assert_eq!(autumn("0 1,2 * * *"), ["01 01:00 EDT", "01 02:00 EST"]);
    assert_eq!(autumn("0 2 * * *"), ["01 02:00 EST"]);
    // What follows the clock keeps its interval.
    assert_eq!(
        autumn("30 * * * *"),
        ["01 00:30 EDT", "01 01:30 EDT", "01 01:30 EST", "01 02:30 EST"]
    );
    assert_eq!(
        autumn("*/30 1 * * *"),
        ["01 01:00 EDT", "01 01:30 EDT", "01 01:00 EST", "01 01:30 EST"]
    );
    // Asked in the middle of the second hour, the first is over.
    assert_eq!(
        runs(
            "30 1 * * *",
            "America/New_York",
            "2026-11-01T06:10:00Z",
            "2026-11-02T07:00:00Z"
        ),
        ["02 01:30 EST"]
    );
}

#[test]
fn half_an_hour_and_odd_offsets_are_no_special_case() {
    // Lord Howe: 2026-04-05 02:00 +11 becomes 01:30 +10:30; 2026-10-04 02:00 becomes 02:30.
    assert_eq!(
        runs(
            "45 1 * * *",
            "Australia/Lord_Howe",
            "2026-04-04T13:00:00Z",
            "2026-04-05T14:00:00Z"
        ),
        ["05 01:45 +11"]
    );
    assert_eq!(
        runs(
            "*/15 1 * * *",
            "Australia/Lord_Howe",
            "2026-04-04T13:00:00Z",
            "2026-04-05T00:00:00Z"
        ),
        [
            "05 01:00 +11",
            "05 01:15 +11",
            "05 01:30 +11",
            "05 01:45 +11",
            "05 01:30 +1030",
            "05 01:45 +1030"
        ]
    );
    assert_eq!(
        runs(
            "15 2 * * *",
            "Australia/Lord_Howe",
            "2026-10-03T13:00:00Z",
            "2026-10-04T13:00:00Z"
        ),
        ["04 02:30 +11"]
    );
    // Kathmandu: UTC+05:45, all year.
    assert_eq!(
        runs(
            "0 9 * * *",
            "Asia/Kathmandu",
            "2026-03-01T00:00:00Z",
            "2026-03-02T04:00:00Z"
        ),
        ["01 09:00 +0545", "02 09:00 +0545"]
    );
    // Beirut: midnight itself is left out on 2026-03-29.
    assert_eq!(
        runs(
            "@daily",
            "Asia/Beirut",
            "2026-03-28T12:00:00Z",
            "2026-03-29T22:00:00Z"
        ),
        ["29 01:00 EEST", "30 00:00 EEST"]
    );
    // Samoa left out the whole of 2011-12-30, which is no summer time: nothing is made up for.
    assert_eq!(
        runs(
            "0 12 * * *",
            "Pacific/Apia",
            "2011-12-29T12:00:00Z",
            "2011-12-31T12:00:00Z"
        ),
        ["29 12:00 -10", "31 12:00 +14"]
    );
}

#[test]
fn the_last_missed_run_is_found() {
    let daily = timing("0 3 * * *", "UTC");
    let missed = |from, to| daily.missed(at(from), at(to));
    assert_eq!(
        missed("2026-03-01T04:00:00Z", "2026-03-05T02:59:59Z"),
        Some(at("2026-03-04T03:00:00Z"))
    );
    assert_eq!(
        missed("2026-03-01T04:00:00Z", "2026-03-05T03:00:00Z"),
        Some(at("2026-03-05T03:00:00Z"))
    );
    assert_eq!(missed("2026-03-01T03:00:00Z", "2026-03-02T02:00:00Z"), None);
    // A clock that was set back misses nothing.
    assert_eq!(missed("2026-03-05T04:00:00Z", "2026-03-01T04:00:00Z"), None);
    let seconds = timing("@every 7s", "UTC");
    assert_eq!(
        seconds.missed(at("1970-01-01T00:00:00Z"), at("1970-01-01T00:00:20.5Z")),
        Some(at("1970-01-01T00:00:14Z"))
    );
    assert_eq!(
        seconds.missed(at("1970-01-01T00:00:13.9Z"), at("1970-01-01T00:00:14.1Z")),
        Some(at("1970-01-01T00:00:14Z"))
    );
    assert_eq!(
        timing("@reboot", "UTC").missed(at("2026-03-01T03:00:00Z"), at("2027-03-01T03:00:00Z")),
        None
    );
    // Years of downtime take no longer.
    let often = timing("* * * * *", "Europe/Amsterdam");
    assert_eq!(
        often.missed(at("1990-01-01T00:00:00Z"), at("2026-03-01T00:00:30Z")),
        Some(at("2026-03-01T00:00:00Z"))
    );
}

#[test]
fn the_ends_of_time_are_no_panic() {
    for schedule in ["* * * * *", "0 0 29 2 *", "@every 366d"] {
        let timing = timing(schedule, "Europe/Amsterdam");
        assert_eq!(timing.next_after(DateTime::<Utc>::MAX_UTC), None);
        assert_eq!(timing.next_after(DateTime::<Utc>::MIN_UTC), None);
        assert_eq!(
            timing.missed(DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC),
            None
        );
    }
}

/// A field as text, and the values that it names.
type Field = (String, Vec<u32>);

fn field(low: u32, high: u32) -> impl Strategy<Value = Field> {
    let whole = Just(("*".to_owned(), (low..=high).collect()));
    let step = (1..=high).prop_map(move |step| {
        let values = (low..=high).step_by(step as usize).collect();
        (format!("*/{step}"), values)
    });
    let range = (low..=high, low..=high, 1..=high).prop_map(|(a, b, step)| {
        let (first, last) = (a.min(b), a.max(b));
        (
            format!("{first}-{last}/{step}"),
            (first..=last).step_by(step as usize).collect(),
        )
    });
    let list = proptest::collection::vec(low..=high, 1..4).prop_map(|values| {
        let text: Vec<String> = values.iter().map(ToString::to_string).collect();
        (text.join(","), values)
    });
    prop_oneof![2 => whole, 1 => step, 1 => range, 3 => list]
}

/// Whether a time of the clock is named, said once more in the plainest way.
fn is_named(fields: &[Field; 5], time: NaiveDateTime) -> bool {
    let [minute, hour, day, month, weekday] = fields;
    let by_day = day.1.contains(&time.day());
    let number = time.weekday().num_days_from_sunday();
    let by_weekday = weekday.1.contains(&number) || (number == 0 && weekday.1.contains(&7));
    let is_day = if day.0.starts_with('*') || weekday.0.starts_with('*') {
        by_day && by_weekday
    } else {
        by_day || by_weekday
    };
    minute.1.contains(&time.minute())
        && hour.1.contains(&time.hour())
        && month.1.contains(&time.month())
        && is_day
}

/// The runs from `start` on, minute by minute.
fn plain(fields: &[Field; 5], zone: Tz, start: DateTime<Utc>, minutes: i64) -> Vec<DateTime<Utc>> {
    let is_wild = fields[0].0.starts_with('*') || fields[1].0.starts_with('*');
    // Three hours before the start are needed to know what comes a second time.
    let walls: Vec<NaiveDateTime> = (-180..=minutes)
        .map(|minute| start + TimeDelta::minutes(minute))
        .map(|moment| moment.with_timezone(&zone).naive_local())
        .collect();
    let wall = |minute: i64| walls[usize::try_from(minute + 180).unwrap()];
    let mut found = Vec::new();
    for minute in 1..=minutes {
        let (before, now) = (wall(minute - 1), wall(minute));
        let gap = (now - before).num_minutes() - 1;
        let made_up = !is_wild
            && (1..=180).contains(&gap)
            && (1..=gap).any(|left_out| is_named(fields, before + TimeDelta::minutes(left_out)));
        // The clock showed this time before, less than three hours ago.
        let is_second = !is_wild && (1..=180).any(|ago| wall(minute - ago) == now);
        if made_up || (is_named(fields, now) && !is_second) {
            found.push(start + TimeDelta::minutes(minute));
        }
    }
    found
}

const ZONES: [Tz; 12] = [
    Tz::UTC,
    Tz::Europe__Amsterdam,
    Tz::America__New_York,
    Tz::Australia__Lord_Howe,
    Tz::Asia__Kathmandu,
    Tz::Asia__Beirut,
    Tz::America__Sao_Paulo,
    Tz::Africa__Casablanca,
    Tz::Pacific__Apia,
    Tz::Antarctica__Troll,
    Tz::Asia__Tehran,
    Tz::America__Havana,
];

/// For each zone the days from 2005 to 2030 on which its offset changes.
static CHANGES: LazyLock<Vec<Vec<DateTime<Utc>>>> = LazyLock::new(|| ZONES.map(changes).to_vec());

fn changes(zone: Tz) -> Vec<DateTime<Utc>> {
    let first = at("2005-01-01T00:00:00Z");
    let offset = |day: i64| {
        let moment = first + TimeDelta::days(day);
        moment.with_timezone(&zone).naive_local() - moment.naive_utc()
    };
    let days = (0..25 * 365).filter(|day| offset(*day) != offset(day + 1));
    days.map(|day| first + TimeDelta::days(day)).collect()
}

fn window() -> impl Strategy<Value = (Tz, DateTime<Utc>)> {
    let zone = 0..ZONES.len();
    (zone, any::<Index>(), 0..2880_i64, 0..4).prop_map(|(zone, index, minutes, kind)| {
        let changes = &CHANGES[zone];
        let near = if changes.is_empty() || kind == 0 {
            at("2005-01-01T00:00:00Z") + TimeDelta::days(i64::try_from(index.index(9000)).unwrap())
        } else {
            changes[index.index(changes.len())] - TimeDelta::days(1)
        };
        (ZONES[zone], near + TimeDelta::minutes(minutes))
    })
}

proptest! {
    #[test]
    fn runs_are_those_of_a_plain_matcher(
        (zone, start) in window(),
        fields in [field(0, 59).boxed(), field(0, 23).boxed(), field(1, 31).boxed(), field(1, 12).boxed(), field(0, 7).boxed()],
        any_day in 0..4,
    ) {
        // Without this most schedules would name no day of the window.
        let star = || ("*".to_owned(), (0..=31).collect::<Vec<u32>>());
        let mut fields = fields;
        if any_day > 0 {
            fields[2] = star();
            fields[3] = star();
            fields[4] = star();
        }
        let text: Vec<&str> = fields.iter().map(|(text, _)| text.as_str()).collect();
        let text = text.join(" ");
        let Ok(timing) = Timing::parse(&text, zone.name().parse().unwrap()) else {
            // Only a day that no month has is refused.
            prop_assert!(fields[2].1.iter().all(|day| *day > 28));
            return Ok(());
        };
        let minutes = 2 * 24 * 60;
        let end = start + TimeDelta::minutes(minutes);
        let expected = plain(&fields, zone, start, minutes);
        let found: Vec<_> = std::iter::successors(timing.next_after(start), |run| timing.next_after(*run))
            .take_while(|run| *run <= end)
            .collect();
        prop_assert_eq!(&found, &expected, "{} in {} from {}", text, zone, start);
        prop_assert_eq!(timing.missed(start, end), expected.last().copied());
    }

    #[test]
    fn the_next_run_is_later(
        (zone, start) in window(),
        milliseconds in 0..60_000_i64,
        schedule in proptest::sample::select(vec!["* * * * *", "30 1 * * *", "*/7 2 * * 1-5", "0 0 29 2 *", "@every 77s", "0 */3 1,15 * sun"]),
    ) {
        let timing = timing(schedule, zone.name());
        let start = start + TimeDelta::milliseconds(milliseconds);
        let next = timing.next_after(start).unwrap();
        prop_assert!(next > start);
        prop_assert_eq!(timing.missed(start, next), Some(next));
        prop_assert_eq!(timing.missed(start, next - TimeDelta::milliseconds(1)), None);
    }
}

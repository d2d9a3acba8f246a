//! When a job is due: its schedule on the clock of a time zone.

use chrono::{DateTime, Datelike, MappedLocalTime, NaiveDateTime, TimeDelta, TimeZone as _, Timelike, Utc};
use chrono_tz::{GapInfo, Tz};

use super::calendar::{Calendar, HORIZON};
use super::fault::Fault;
use super::schedule::{self, Schedule};
use super::word::{Word, words};
use crate::model::TimeZone;

/// A clock that is set by more than this is not set for summer time, and nothing is made up for; cron draws the line
/// at three hours as well. The date line is crossed with 24.
const LONGEST_CHANGE: TimeDelta = TimeDelta::hours(3);

/// A schedule on the clock of a time zone.
///
/// When the clocks go forward, the times in between do not exist: a job of a fixed time that is due then runs once,
/// at the first moment after. When they go back, an hour comes twice: a job of a fixed time runs the first time
/// only. A job whose minute or hour begins with `*` follows the clock instead, which keeps its interval: it leaves
/// out what does not exist, and runs both times. That is how Vixie cron and cronie have it (cron(8), on local time
/// changes of less than three hours).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    schedule: Schedule,
    zone: TimeZone,
}

impl Timing {
    /// Reads a schedule alone, such as `*/5 * * * *`, `@daily` or `@every 90s`.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it; spans count the bytes of `text`.
    pub fn parse(text: &str, zone: TimeZone) -> Result<Self, Vec<Fault>> {
        let words: Vec<Word> = words(text).collect();
        let mut faults = Vec::new();
        let schedule = match words.first() {
            None => {
                faults.push(
                    Fault::schedule(0..text.len(), "the schedule is empty")
                        .help("write five fields, such as `0 3 * * *`"),
                );
                None
            }
            Some(first) => {
                let (schedule, rest) = words.split_at(schedule::length(first).min(words.len()));
                if let (Some(from), Some(to)) = (rest.first(), rest.last()) {
                    faults.push(
                        Fault::schedule(from.start..to.end, "there is more than a schedule")
                            .help("a schedule is five fields, without seconds, years or a command"),
                    );
                }
                schedule::parse(schedule, &mut faults)
            }
        };
        schedule
            .filter(|_| faults.is_empty())
            .map(|schedule| Self::new(schedule, zone))
            .ok_or(faults)
    }

    pub(super) fn new(schedule: Schedule, zone: TimeZone) -> Self {
        Self { schedule, zone }
    }

    /// The time zone of its clock.
    #[must_use]
    pub fn zone(&self) -> TimeZone {
        self.zone
    }

    /// Whether it is `@reboot`: due once when the agent starts, and never by the clock.
    #[must_use]
    pub fn is_at_start(&self) -> bool {
        self.schedule == Schedule::AtStart
    }

    /// The first moment later than `instant` at which it is due; none for `@reboot`, and where no such day comes
    /// within sixty years.
    #[must_use]
    pub fn next_after(&self, instant: DateTime<Utc>) -> Option<DateTime<Utc>> {
        // Beyond these years a calendar with summer time is fiction, and far beyond chrono's types end.
        if !(1..9000).contains(&instant.year()) {
            return None;
        }
        match self.schedule {
            Schedule::AtStart => None,
            Schedule::Every(seconds) => {
                let seconds = i64::from(seconds);
                let passed = instant.timestamp().div_euclid(seconds);
                DateTime::from_timestamp((passed + 1) * seconds, 0)
            }
            Schedule::Calendar(calendar) => self.next_by_clock(calendar, instant),
        }
    }

    /// The last moment at which it was due after `from`, up to and with `to`: what a catch-up makes up for, once
    /// however many runs were missed.
    #[must_use]
    pub fn missed(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let is_due_after = |second: i64| {
            let instant = DateTime::from_timestamp(second, 0)?;
            self.next_after(instant).filter(|due| *due <= to)
        };
        let (mut before, mut after) = (from.timestamp(), to.timestamp());
        // Each is due on a whole second. `before` always has a run behind it and `after` has none.
        let mut last = self.next_after(from).filter(|due| *due <= to)?;
        while after - before > 1 {
            let middle = before + (after - before) / 2;
            match is_due_after(middle) {
                Some(due) => (before, last) = (middle, due),
                None => after = middle,
            }
        }
        Some(last)
    }

    fn next_by_clock(&self, calendar: Calendar, instant: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let zone = self.zone.get();
        let wall = instant.with_timezone(&zone).naive_local();
        let minute = wall.with_second(0)?.with_nanosecond(0)?;
        // In the first of two equal hours, what the second brings lies at earlier times of the clock.
        let repeated = match zone.from_local_datetime(&wall) {
            MappedLocalTime::Ambiguous(first, second) if instant < second => {
                let start = minute.checked_sub_signed(second - first)?;
                moments_from(calendar, zone, start)
                    .take_while(|(time, _)| *time <= minute)
                    .find_map(|(_, moments)| moments.second)
            }
            _ => None,
        };
        let next = moments_from(calendar, zone, minute).find_map(|(_, moments)| {
            [moments.first, moments.second]
                .into_iter()
                .flatten()
                .find(|due| *due > instant)
        });
        repeated.into_iter().chain(next).min()
    }

    /// What tells it from every other timing.
    pub(super) fn identity(&self) -> Vec<u8> {
        let mut bytes = match self.schedule {
            Schedule::Calendar(calendar) => calendar.to_bytes().to_vec(),
            Schedule::Every(seconds) => [&b"every"[..], &seconds.to_be_bytes()].concat(),
            Schedule::AtStart => b"start".to_vec(),
        };
        bytes.push(0);
        bytes.extend_from_slice(self.zone.to_string().as_bytes());
        bytes
    }
}

/// The moments at which a time of the clock is due.
#[derive(Debug, Default, PartialEq, Eq)]
struct Moments {
    first: Option<DateTime<Utc>>,
    /// Only where the clock shows the time twice and both count.
    second: Option<DateTime<Utc>>,
}

/// The times after `time` that a calendar names, with their moments.
fn moments_from(
    calendar: Calendar,
    zone: Tz,
    time: NaiveDateTime,
) -> impl Iterator<Item = (NaiveDateTime, Moments)> {
    let last_year = time.year() + HORIZON;
    std::iter::successors(calendar.next(time), move |time| calendar.next(*time))
        .take_while(move |time| time.year() <= last_year)
        .map(move |time| (time, moments(calendar.is_wild(), zone, time)))
}

fn moments(is_wild: bool, zone: Tz, time: NaiveDateTime) -> Moments {
    match zone.from_local_datetime(&time) {
        MappedLocalTime::Single(moment) => Moments {
            first: Some(moment.to_utc()),
            second: None,
        },
        MappedLocalTime::Ambiguous(first, second) => {
            let is_twice = is_wild || second.signed_duration_since(first) > LONGEST_CHANGE;
            Moments {
                first: Some(first.to_utc()),
                second: is_twice.then(|| second.to_utc()),
            }
        }
        MappedLocalTime::None if is_wild => Moments::default(),
        MappedLocalTime::None => Moments {
            first: end_of_gap(zone, time),
            second: None,
        },
    }
}

/// The first moment after a gap of the clock, unless the gap is more than summer time makes.
fn end_of_gap(zone: Tz, time: NaiveDateTime) -> Option<DateTime<Utc>> {
    let GapInfo { begin, end } = GapInfo::new(&time, &zone)?;
    let ((begin, _), end) = begin.zip(end)?;
    let length = end.naive_local() - begin;
    (length <= LONGEST_CHANGE).then(|| end.to_utc())
}

#[cfg(test)]
mod tests;

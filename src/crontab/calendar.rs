//! The five fields together: which minutes of the calendar they name, on a clock without a time zone.

use chrono::{Datelike, NaiveDate, NaiveDateTime, Timelike};

use super::field::Field;

/// Years that are searched: 29 February falls on a given weekday at least every 40.
pub(super) const HORIZON: i32 = 60;

/// The minutes that match, as bit sets.
///
/// Day of month and day of week follow cron: where either begins with `*` (also `*/2`), a day must match both;
/// where both are restricted, either is enough. That a step leaves a star a star is the rule of Vixie cron, which
/// cronie keeps (`DOM_STAR` and `DOW_STAR` in src/entry.c) and which POSIX, having no steps, does not speak of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Calendar {
    minutes: u64,
    hours: u32,
    days: u32,
    months: u16,
    weekdays: u8,
    either_day: bool,
    is_wild: bool,
}

impl Calendar {
    /// The fields in their order.
    pub(super) fn new([minute, hour, day, month, weekday]: [Field; 5]) -> Self {
        // Sunday is 0 and 7.
        let weekdays = (weekday.values | weekday.values >> 7) & 0x7f;
        Self {
            minutes: minute.values,
            hours: narrow(hour.values),
            days: narrow(day.values),
            months: narrow(month.values),
            weekdays: narrow(weekdays),
            either_day: !day.is_star && !weekday.is_star,
            is_wild: minute.is_star || hour.is_star,
        }
    }

    /// Whether the minute or the hour begins with `*`: such a job keeps its interval when the clocks change, and one
    /// of a fixed time keeps its run.
    pub(super) fn is_wild(&self) -> bool {
        self.is_wild
    }

    /// Whether there is a day that it names, in any year.
    pub(super) fn is_possible(&self) -> bool {
        const LONGEST: [u32; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        let first = self.days.trailing_zeros();
        let mut months = (1..=12_u16).zip(LONGEST);
        self.either_day || months.any(|(month, days)| self.months & 1 << month != 0 && first <= days)
    }

    /// What tells it from every other calendar.
    pub(super) fn to_bytes(self) -> [u8; 21] {
        let mut bytes = [0; 21];
        bytes[..8].copy_from_slice(&self.minutes.to_be_bytes());
        bytes[8..12].copy_from_slice(&self.hours.to_be_bytes());
        bytes[12..16].copy_from_slice(&self.days.to_be_bytes());
        bytes[16..18].copy_from_slice(&self.months.to_be_bytes());
        bytes[18] = self.weekdays;
        bytes[19] = u8::from(self.either_day);
        bytes[20] = u8::from(self.is_wild);
        bytes
    }

    /// The first minute after `time` that it names.
    pub(super) fn next(&self, time: NaiveDateTime) -> Option<NaiveDateTime> {
        let after = time.checked_add_signed(chrono::TimeDelta::minutes(1))?;
        let mut date = after.date();
        let mut hour = after.hour();
        let mut minute = after.minute();
        let last_year = date.year() + HORIZON;
        loop {
            let (found, is_same_day) = self.day_from(date, last_year)?;
            if !is_same_day {
                (hour, minute) = (0, 0);
            }
            if let Some((hour, minute)) = self.time_from(hour, minute) {
                return found.and_hms_opt(hour, minute, 0);
            }
            date = found.succ_opt()?;
            (hour, minute) = (0, 0);
        }
    }

    /// The first day from `date` on that it names, and whether that is `date` itself.
    fn day_from(&self, date: NaiveDate, last_year: i32) -> Option<(NaiveDate, bool)> {
        let (mut year, mut month, mut day) = (date.year(), date.month(), date.day());
        while year <= last_year {
            if self.months & 1 << month != 0 {
                let first = NaiveDate::from_ymd_opt(year, month, 1)?;
                let later = self.days_of(first) >> day;
                if later != 0 {
                    let found = first.with_day(day + later.trailing_zeros())?;
                    return Some((found, found == date));
                }
            }
            (month, day) = (month + 1, 1);
            if month > 12 {
                (year, month) = (year + 1, 1);
            }
        }
        None
    }

    /// The days of a month that it names.
    fn days_of(&self, first: NaiveDate) -> u32 {
        let length = u32::from(first.num_days_in_month());
        let offset = first.weekday().num_days_from_sunday();
        let by_weekday = (1..=length)
            .filter(|day| self.weekdays & 1 << ((offset + day - 1) % 7) != 0)
            .fold(0_u32, |days, day| days | 1 << day);
        // Bits 1 to the length of the month, in 64 bits because a shift by 32 would overflow.
        let all: u32 = narrow((1_u64 << (length + 1)) - 2);
        if self.either_day {
            (self.days | by_weekday) & all
        } else {
            self.days & by_weekday & all
        }
    }

    /// The first time of a day from this one on that it names.
    fn time_from(&self, hour: u32, minute: u32) -> Option<(u32, u32)> {
        let minutes = self.minutes >> minute;
        if self.hours & 1 << hour != 0 && minutes != 0 {
            return Some((hour, minute + minutes.trailing_zeros()));
        }
        let later = self.hours >> (hour + 1);
        (later != 0).then(|| (hour + 1 + later.trailing_zeros(), self.minutes.trailing_zeros()))
    }
}

/// A bit set of a field in the size that its values need.
fn narrow<T: TryFrom<u64>>(bits: u64) -> T {
    T::try_from(bits)
        .ok()
        .expect("a field holds no value above its highest")
}

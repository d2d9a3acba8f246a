//! The jobs of the present schedule, and when each is due next.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use crate::crontab::{Job, JobId};

/// A run that starts later than this was missed: the machine slept, or the clock was set.
const LATE: TimeDelta = TimeDelta::seconds(60);
/// Where cron draws the line between a correction and another time.
const SET_BACK: TimeDelta = TimeDelta::hours(3);

/// The jobs and their next times.
#[derive(Debug, Default)]
pub struct Roster(Vec<Entry>);

#[derive(Debug)]
struct Entry {
    job: Arc<Job>,
    next: Option<DateTime<Utc>>,
}

/// A run that is due.
#[derive(Debug, Clone)]
pub struct Due {
    /// The job.
    pub job: Arc<Job>,
    /// The moment that it was due at.
    pub at: DateTime<Utc>,
    /// Whether that is long past.
    pub is_missed: bool,
    /// The times before it that passed as well, if any did.
    pub earlier: Option<Earlier>,
}

/// Times of a job that passed without a run of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Earlier {
    /// The first one.
    pub first: DateTime<Utc>,
    /// How many; [`Earlier::MOST`] stands for that and more.
    pub count: usize,
}

impl Earlier {
    /// Counting ends here: after a long sleep nobody needs to know it better.
    pub const MOST: usize = 1000;

    fn between(job: &Job, first: DateTime<Utc>, at: DateTime<Utc>) -> Option<Self> {
        let times = std::iter::successors(Some(first), |time| job.timing.next_after(*time));
        let count = times.take(Self::MOST).take_while(|time| *time < at).count();
        (count > 0).then_some(Self { first, count })
    }
}

impl Roster {
    /// Takes a new schedule. A job that was in the old one keeps its timer.
    pub fn replace(&mut self, jobs: &[Arc<Job>], now: DateTime<Utc>) {
        let before: HashMap<JobId, Option<DateTime<Utc>>> =
            self.0.iter().map(|entry| (entry.job.id(), entry.next)).collect();
        self.0 = jobs
            .iter()
            .map(|job| Entry {
                job: Arc::clone(job),
                next: before
                    .get(&job.id())
                    .copied()
                    .unwrap_or_else(|| job.timing.next_after(now)),
            })
            .collect();
    }

    /// The next moment at which something is due.
    #[must_use]
    pub fn next(&self) -> Option<DateTime<Utc>> {
        self.0.iter().filter_map(|entry| entry.next).min()
    }

    /// What is due, once for each job however many of its times have passed.
    pub fn due(&mut self, now: DateTime<Utc>) -> Vec<Due> {
        let mut found = Vec::new();
        for entry in &mut self.0 {
            let Some(next) = entry.next.filter(|next| *next <= now) else {
                continue;
            };
            let timing = &entry.job.timing;
            let at = timing.missed(next, now).unwrap_or(next);
            entry.next = timing.next_after(now);
            found.push(Due {
                job: Arc::clone(&entry.job),
                at,
                is_missed: now - at > LATE,
                earlier: Earlier::between(&entry.job, next, at),
            });
        }
        found
    }

    /// Works the times out again after the clock was set by `step`. Set forward, the next [`Self::due`] finds what was
    /// passed. Set back by three hours at most, as cron(8) has it, a job that has run at a fixed time is not run again,
    /// and one that runs all day goes on at once; set back by more, the clock was wrong before.
    pub fn clock_was_set(&mut self, now: DateTime<Utc>, step: TimeDelta) {
        for entry in &mut self.0 {
            let timing = &entry.job.timing;
            let Some(sooner) = timing.next_after(now) else {
                continue;
            };
            if entry.next.is_none_or(|next| next <= sooner) {
                continue;
            }
            let is_frequent = timing
                .next_after(sooner)
                .is_some_and(|second| second - sooner < SET_BACK);
            if is_frequent || step < -SET_BACK {
                entry.next = Some(sooner);
            }
        }
    }

    /// Each job with its next runs, at most so many.
    pub fn upcoming(&self, most: usize) -> impl Iterator<Item = (&Arc<Job>, Vec<DateTime<Utc>>)> {
        self.0.iter().map(move |entry| {
            let times = std::iter::successors(entry.next, |time| entry.job.timing.next_after(*time));
            (&entry.job, times.take(most).collect())
        })
    }

    /// The job of this name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&Arc<Job>> {
        self.0.iter().map(|entry| &entry.job).find(|job| job.name == name)
    }

    /// The job of this id.
    #[must_use]
    pub fn with_id(&self, id: JobId) -> Option<&Arc<Job>> {
        self.0.iter().map(|entry| &entry.job).find(|job| job.id() == id)
    }

    /// All of them.
    pub fn jobs(&self) -> impl Iterator<Item = &Arc<Job>> {
        self.0.iter().map(|entry| &entry.job)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crontab::{self, Defaults};

    fn roster(text: &str, now: DateTime<Utc>) -> Roster {
        let mut roster = Roster::default();
        roster.replace(&jobs(text), now);
        roster
    }

    fn jobs(text: &str) -> Vec<Arc<Job>> {
        let jobs = crontab::parse(text.as_bytes(), "crontab", &Defaults::default()).unwrap();
        jobs.into_iter().map(Arc::new).collect()
    }

    fn at(text: &str) -> DateTime<Utc> {
        format!("2026-03-01T{text}Z").parse().unwrap()
    }

    #[test]
    fn what_passed_is_due_once_at_its_latest_time() {
        let mut roster = roster("* * * * * minutely\n0 12 * * * daily\n", at("11:58:30"));
        assert_eq!(roster.next(), Some(at("11:59:00")));
        assert!(roster.due(at("11:58:59")).is_empty());
        let due = roster.due(at("12:00:10"));
        let found: Vec<_> = due
            .iter()
            .map(|due| (due.job.name.as_str(), due.at, due.is_missed))
            .collect();
        assert_eq!(
            found,
            [
                ("minutely", at("12:00:00"), false),
                ("daily", at("12:00:00"), false)
            ]
        );
        let earlier = Earlier {
            first: at("11:59:00"),
            count: 1,
        };
        assert_eq!((due[0].earlier, due[1].earlier), (Some(earlier), None));
        assert_eq!(roster.next(), Some(at("12:01:00")));
        let due = roster.due(at("12:01:00") + TimeDelta::days(2));
        assert_eq!(due[0].earlier.unwrap().count, Earlier::MOST);
    }

    #[test]
    fn what_was_slept_through_is_missed() {
        let mut roster = roster("0 12 * * * daily\n", at("11:00:00"));
        let due = roster.due(at("15:00:00"));
        assert_eq!((due.len(), due[0].is_missed), (1, true));
    }

    #[test]
    fn a_job_that_stays_keeps_its_timer() {
        let mut roster = roster("0 12 * * * a\n0 13 * * * b\n", at("11:00:00"));
        roster.replace(&jobs("0 14 * * * c\n0 12 * * * a\n"), at("12:30:00"));
        let due = roster.due(at("12:30:00"));
        assert_eq!(due.len(), 1);
        assert_eq!(due[0].job.name, "a");
        assert!(roster.named("b").is_none());
    }

    #[test]
    fn a_clock_that_is_set_back_runs_no_fixed_time_twice() {
        let text = "0 2 * * * daily\n0 2 * * 0 weekly\n* * * * * minutely\n";
        let mut roster = roster(text, at("01:59:30"));
        assert_eq!(roster.due(at("02:30:00")).len(), 3);
        roster.clock_was_set(at("01:30:00"), TimeDelta::hours(-1));
        let due = roster.due(at("02:15:00"));
        assert_eq!(due.len(), 1);
        assert_eq!(due[0].job.name, "minutely");
        roster.clock_was_set(at("01:30:00") - TimeDelta::days(1), TimeDelta::days(-1));
        assert_eq!(roster.due(at("02:15:00") - TimeDelta::days(1)).len(), 2);
    }
}

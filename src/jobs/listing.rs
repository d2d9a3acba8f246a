//! The jobs of the schedule, as `jobs list` shows them.

use std::collections::HashMap;
use std::io;
use std::path::Path;

use chrono::Utc;
use serde::{Deserialize, Serialize};

use super::history::{Record, read};
use crate::crontab::{self, Defaults, Job, Policy};

/// A job and how it stands. Times are seconds since 1970.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Listed {
    /// Its name.
    pub job: String,
    /// Its schedule as it is written.
    pub schedule: String,
    /// The zone of its clock.
    pub zone: String,
    /// Its next runs, soonest first.
    pub next: Vec<u64>,
    /// Its policy where it differs from the default, such as `overlap=allow timeout=10m`.
    pub policy: String,
    /// Runs that go on.
    pub running: usize,
    /// How its last run ended; none where none has.
    pub last_outcome: Option<String>,
    /// When that was.
    pub last_end: Option<u64>,
}

impl Listed {
    /// What the crontab says of a job.
    #[must_use]
    pub fn of(job: &Job) -> Self {
        let usual = Policy::default();
        let policy = &job.policy;
        let mut parts = Vec::new();
        if policy.overlap != usual.overlap {
            parts.push(format!("overlap={}", policy.overlap));
        }
        if let Some(timeout) = policy.timeout {
            parts.push(format!("timeout={timeout}"));
        }
        if policy.retries > 0 {
            parts.push(format!(
                "retries={} retry-delay={}",
                policy.retries, policy.retry_delay
            ));
        }
        if policy.catch_up {
            parts.push("catch-up".to_owned());
        }
        Self {
            job: job.name.clone(),
            schedule: job.schedule.clone(),
            zone: job.zone().to_string(),
            policy: parts.join(" "),
            ..Self::default()
        }
    }
}

/// The jobs that an agent ran last, by what it left in its state folder.
pub fn from_files(state_dir: &Path, next: usize) -> io::Result<Vec<Listed>> {
    let text = std::fs::read(state_dir.join("crontab.runtime.txt"))?;
    let jobs =
        crontab::parse(&text, "crontab.runtime.txt", &Defaults::default()).map_err(io::Error::other)?;
    let mut latest: HashMap<String, Record> = HashMap::new();
    for record in read::all(state_dir)? {
        latest.insert(record.job.clone(), record);
    }
    let now = Utc::now();
    let listed = |job: &Job| {
        let last = latest.get(&job.name);
        let times = std::iter::successors(job.timing.next_after(now), |time| job.timing.next_after(*time));
        Listed {
            next: times
                .take(next)
                .filter_map(|time| u64::try_from(time.timestamp()).ok())
                .collect(),
            last_outcome: last.and_then(|record| Some(record.outcome.as_ref()?.to_string())),
            last_end: last.and_then(|record| Some(record.ended_ms? / 1000)),
            ..Listed::of(job)
        }
    };
    Ok(jobs.iter().map(listed).collect())
}

//! The jobs of the schedule, as `jobs list` shows them.

use serde::{Deserialize, Serialize};

use crate::crontab::{Job, Policy};

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
            parts.push(format!("retries={} retry-delay={}", policy.retries, policy.retry_delay));
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

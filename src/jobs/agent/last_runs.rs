//! When jobs with `catch-up` were due last, kept over a restart.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta, Utc};

use crate::crontab::JobId;
use crate::jobs::atomic_file;

const FILE_NAME: &str = "last-runs.json";
/// Jobs that the schedule names no more are remembered this long, as a rollback may bring them back.
const REMEMBERED: TimeDelta = TimeDelta::days(40);

/// The last time that each job was due, in seconds since 1970.
#[derive(Debug)]
pub struct LastRuns {
    path: PathBuf,
    times: BTreeMap<JobId, i64>,
    is_changed: bool,
}

impl LastRuns {
    /// Reads them. A file that can't be understood counts as none: the only loss is a run that is not made up for.
    pub fn read(state_dir: &Path) -> io::Result<Self> {
        let path = state_dir.join(FILE_NAME);
        let bytes = atomic_file::read(&path)?;
        let times = bytes
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default();
        Ok(Self {
            path,
            times,
            is_changed: false,
        })
    }

    /// When the job was due last.
    #[must_use]
    pub fn get(&self, job: JobId) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp(*self.times.get(&job)?, 0)
    }

    /// Notes that it was due, and is handled.
    pub fn set(&mut self, job: JobId, at: DateTime<Utc>) {
        self.times.insert(job, at.timestamp());
        self.is_changed = true;
    }

    /// Forgets jobs that were due long ago.
    pub fn forget(&mut self, is_scheduled: impl Fn(JobId) -> bool, now: DateTime<Utc>) {
        let oldest = (now - REMEMBERED).timestamp();
        let before = self.times.len();
        self.times.retain(|job, at| *at >= oldest || is_scheduled(*job));
        self.is_changed |= self.times.len() != before;
    }

    /// Writes them if they have changed.
    pub fn save(&mut self) -> io::Result<()> {
        if !std::mem::take(&mut self.is_changed) {
            return Ok(());
        }
        let bytes = serde_json::to_vec(&self.times).expect("keys are text and times whole numbers");
        atomic_file::replace(&self.path, &bytes)
    }
}

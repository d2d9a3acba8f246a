//! Failed builds, kept on disk so that a restart does not hammer an index that is down.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Key;
use super::error::EnvironmentError;
use crate::jobs::atomic_file;

/// The wait behind the first failure; it doubles with each further one.
const FIRST: Duration = Duration::from_secs(30);
/// The longest wait.
const LONGEST: Duration = Duration::from_secs(600);
/// Failures that are remembered.
const REMEMBERED: usize = 20;

/// The failed builds of a state directory.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempts {
    failures: BTreeMap<Key, Failure>,
}

/// A build that failed, once or more often in a row. Times are seconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// How often in a row.
    pub attempts: u32,
    /// What went wrong at last, in a line.
    pub error: String,
    /// The last lines that the installer printed then.
    pub lines: Vec<String>,
    /// What to do about it.
    pub hint: Option<String>,
    /// When that was.
    pub at: u64,
    /// When it is tried again.
    pub retry_at: u64,
}

impl Failure {
    /// When it is tried again, seen from `now`: a clock that was set back does not make the wait any longer.
    #[must_use]
    pub fn due(&self, now: u64) -> u64 {
        self.retry_at.min(now.saturating_add(LONGEST.as_secs()))
    }
}

impl Attempts {
    const FILE_NAME: &str = "builds.json";

    /// Reads them. A file that can't be understood counts as none: the only loss is a wait.
    pub fn read(state_dir: &Path) -> Result<Self, EnvironmentError> {
        let path = Self::path(state_dir);
        let bytes = atomic_file::read(&path).map_err(EnvironmentError::state(&path))?;
        Ok(bytes
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default())
    }

    /// Writes them.
    pub fn write(&self, state_dir: &Path) -> Result<(), EnvironmentError> {
        let path = Self::path(state_dir);
        let bytes = serde_json::to_vec_pretty(self).expect("keys are text and numbers are whole");
        atomic_file::replace(&path, &bytes).map_err(EnvironmentError::state(&path))
    }

    /// The failure of one environment, if its last build failed.
    #[must_use]
    pub fn failure(&self, key: &Key) -> Option<&Failure> {
        self.failures.get(key)
    }

    /// Notes that a build failed.
    pub fn failed(&mut self, key: &Key, error: String, lines: Vec<String>, hint: Option<String>, now: u64) {
        let attempts = self.failures.get(key).map_or(0, |failure| failure.attempts) + 1;
        let failure = Failure {
            attempts,
            error,
            lines,
            hint,
            at: now,
            retry_at: now + wait(attempts).as_secs(),
        };
        self.failures.insert(key.clone(), failure);
        while self.failures.len() > REMEMBERED {
            let oldest = self.failures.iter().min_by_key(|(_, failure)| failure.at);
            let Some(oldest) = oldest.map(|(key, _)| key.clone()) else {
                break;
            };
            self.failures.remove(&oldest);
        }
    }

    /// Notes that a build succeeded; whether there was a failure before.
    pub fn succeeded(&mut self, key: &Key) -> bool {
        self.failures.remove(key).is_some()
    }

    fn path(state_dir: &Path) -> PathBuf {
        state_dir.join(Self::FILE_NAME)
    }
}

fn wait(attempts: u32) -> Duration {
    let doublings = attempts.saturating_sub(1).min(10);
    (FIRST * 2_u32.pow(doublings)).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> Key {
        Key::of([text.as_bytes()])
    }

    #[test]
    fn the_wait_doubles_up_to_ten_minutes() {
        let seconds: Vec<u64> = (1..=8).map(|attempts| wait(attempts).as_secs()).collect();
        assert_eq!(seconds, [30, 60, 120, 240, 480, 600, 600, 600]);
        assert_eq!(wait(u32::MAX), LONGEST);
    }

    #[test]
    fn failures_are_counted_per_environment_and_kept_over_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let mut attempts = Attempts::read(folder.path()).unwrap();
        attempts.failed(&key("a"), "no network".to_owned(), Vec::new(), None, 1000);
        attempts.failed(&key("a"), "no network".to_owned(), Vec::new(), None, 1030);
        attempts.write(folder.path()).unwrap();
        let mut again = Attempts::read(folder.path()).unwrap();
        assert_eq!(again, attempts);
        let failure = again.failure(&key("a")).unwrap();
        assert_eq!((failure.attempts, failure.retry_at), (2, 1090));
        assert_eq!(again.failure(&key("b")), None);
        assert!(again.succeeded(&key("a")));
        assert!(!again.succeeded(&key("a")));
    }

    #[test]
    fn a_clock_that_was_set_back_does_not_stop_the_retries() {
        let mut attempts = Attempts::default();
        attempts.failed(&key("a"), String::new(), Vec::new(), None, 1_000_000);
        assert_eq!(attempts.failure(&key("a")).unwrap().due(10), 610);
    }

    #[test]
    fn only_the_latest_failures_are_remembered() {
        let mut attempts = Attempts::default();
        for number in 0..50 {
            attempts.failed(&key(&number.to_string()), String::new(), Vec::new(), None, number);
        }
        assert_eq!(attempts.failures.len(), REMEMBERED);
        assert!(attempts.failure(&key("49")).is_some());
        assert!(attempts.failure(&key("0")).is_none());
    }
}

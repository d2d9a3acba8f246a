//! What the agent remembers over a restart.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::error::GenerationError;
use super::plan::Part;
use crate::jobs::atomic_file;
use crate::jobs::environment::Key;

/// Commits that can't become a generation and are remembered with the reason.
const REMEMBERED: usize = 10;

/// The record in `STATE_DIR/generation.json`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Record {
    /// The generation that new runs start in; none before the first.
    pub current: Option<Generation>,
    /// The one before, which `jobs rollback` goes back to.
    pub previous: Option<Generation>,
    /// The number of the latest generation; counted up with each switch.
    pub number: u64,
    /// Whether the current one stays until `jobs release`.
    pub held: bool,
    /// Whether no run is started until `jobs resume`.
    pub paused: bool,
    /// Commits that can't become a generation, latest last.
    pub refused: Vec<Refused>,
}

/// Code, dependencies and schedule that belong together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Generation {
    /// Counted up with each switch.
    pub number: u64,
    /// The commit.
    pub commit: String,
    /// Its files, by their fixed path.
    pub worktree: PathBuf,
    /// Its dependencies; none where there are no requirements.
    pub key: Option<Key>,
    /// The requirements file, relative to the worktree; none where there is none.
    pub requirements: Option<PathBuf>,
    /// SHA-256 of the requirements file, in hexadecimal digits.
    pub requirements_sha256: Option<String>,
    /// The crontab, relative to the worktree; none where only inline jobs are wanted.
    pub crontab: Option<PathBuf>,
    /// SHA-256 of the crontab, in hexadecimal digits.
    pub crontab_sha256: Option<String>,
    /// SHA-256 over the crontab and the inline jobs: the whole schedule.
    pub schedule: String,
    /// Jobs in it.
    pub jobs: usize,
    /// When it was switched to, in seconds since 1970.
    pub since: u64,
}

/// A commit that can't become a generation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// The commit.
    pub commit: String,
    /// What stands in the way.
    pub part: Part,
    /// Why.
    pub reason: String,
    /// When it was found, in seconds since 1970.
    pub at: u64,
}

impl Record {
    const FILE_NAME: &str = "generation.json";

    /// Reads it; an empty one where there is none.
    ///
    /// # Errors
    /// It can't be read, or is not what stackctl writes.
    pub fn read(state_dir: &Path) -> Result<Self, GenerationError> {
        let path = state_dir.join(Self::FILE_NAME);
        let bytes = atomic_file::read(&path).map_err(GenerationError::state(&path))?;
        let Some(bytes) = bytes else {
            return Ok(Self::default());
        };
        serde_json::from_slice(&bytes).map_err(|source| GenerationError::Record { path, source })
    }

    /// Writes it, whole or not at all.
    ///
    /// # Errors
    /// The state directory can't be written.
    pub fn write(&self, state_dir: &Path) -> Result<(), GenerationError> {
        let (path, bytes) = self.file(state_dir);
        atomic_file::replace(&path, &bytes).map_err(GenerationError::state(&path))
    }

    /// The file and its content.
    pub(super) fn file(&self, state_dir: &Path) -> (PathBuf, Vec<u8>) {
        let bytes = serde_json::to_vec_pretty(self).expect("a record is texts and numbers");
        (state_dir.join(Self::FILE_NAME), bytes)
    }

    /// Notes that a commit can't become a generation; whether that is news.
    pub fn refuse(&mut self, commit: &str, part: Part, reason: &str, now: u64) -> bool {
        let is_known = self
            .refused
            .iter()
            .any(|refused| refused.commit == commit && refused.part == part && refused.reason == reason);
        if is_known {
            return false;
        }
        self.refused.retain(|refused| refused.commit != commit);
        self.refused.push(Refused {
            commit: commit.to_owned(),
            part,
            reason: reason.to_owned(),
            at: now,
        });
        let surplus = self.refused.len().saturating_sub(REMEMBERED);
        self.refused.drain(..surplus);
        true
    }

    /// Why a commit was refused, if it was.
    #[must_use]
    pub fn refusal(&self, commit: &str) -> Option<&Refused> {
        self.refused.iter().find(|refused| refused.commit == commit)
    }

    /// The record once `generation` is the active one. The same generation again, behind a restart, changes nothing.
    #[must_use]
    pub fn with(&self, generation: &Generation) -> Self {
        let mut record = self.clone();
        record
            .refused
            .retain(|refused| refused.commit != generation.commit);
        if record.current.as_ref() != Some(generation) {
            record.previous = record.current.replace(generation.clone());
        }
        record.number = record.number.max(generation.number);
        record
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_news_once_and_bounded() {
        let mut record = Record::default();
        assert!(record.refuse("a", Part::Schedule, "line 1", 1));
        assert!(!record.refuse("a", Part::Schedule, "line 1", 2));
        assert!(record.refuse("a", Part::Schedule, "line 2", 3));
        assert_eq!(record.refused.len(), 1);
        for number in 0..50 {
            record.refuse(&number.to_string(), Part::Dependencies, "no", number);
        }
        assert_eq!(record.refused.len(), REMEMBERED);
        assert!(record.refusal("49").is_some());
    }

    #[test]
    fn a_record_is_read_as_it_was_written_and_never_guessed() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Record::read(folder.path()).unwrap(), Record::default());
        let mut record = Record {
            number: 3,
            held: true,
            ..Record::default()
        };
        record.refuse("a", Part::Schedule, "line 1", 1);
        record.write(folder.path()).unwrap();
        assert_eq!(Record::read(folder.path()).unwrap(), record);
        std::fs::write(folder.path().join(Record::FILE_NAME), "{").unwrap();
        assert!(Record::read(folder.path()).is_err());
    }
}

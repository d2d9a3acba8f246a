//! Back to the generation before, and on again.

use super::record::{Generation, Record};
use crate::error::Advice;
use crate::jobs::environment::Status;

/// Why there is no way back.
#[derive(Debug, thiserror::Error)]
pub enum HoldError {
    /// There was only one generation so far.
    #[error("there is no generation before this one")]
    NoPrevious,
    /// Its files were pruned.
    #[error("the files of generation {number} (commit {commit}) are gone")]
    NoWorktree {
        /// The generation.
        number: u64,
        /// Its commit.
        commit: String,
    },
    /// Its environment was removed.
    #[error("the packages of generation {number} (commit {commit}) are gone")]
    NoEnvironment {
        /// The generation.
        number: u64,
        /// Its commit.
        commit: String,
    },
    /// Nothing is held.
    #[error("no generation is held")]
    NotHeld,
}

impl Advice for HoldError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoPrevious => "`stackctl jobs status` shows the generation".to_owned(),
            Self::NoWorktree { commit, .. } | Self::NoEnvironment { commit, .. } => {
                format!("push a commit that goes back to it: `git revert --no-edit {commit}..HEAD`")
            }
            Self::NotHeld => {
                "`stackctl jobs rollback` goes back to the generation before, and holds it".to_owned()
            }
        })
    }
}

/// The generation to switch back to, and the record that holds it then. It gets a number of its own, because it is a
/// switch; a second rollback goes forward again.
///
/// `has_worktree` and `environment` say how the previous generation stands.
///
/// # Errors
/// There is none, or something of it is gone.
pub fn rollback(
    record: &Record,
    has_worktree: bool,
    environment: &Status,
    now: u64,
) -> Result<(Generation, Record), HoldError> {
    let previous = record.previous.as_ref().ok_or(HoldError::NoPrevious)?;
    let (number, commit) = (previous.number, previous.commit.clone());
    if !has_worktree {
        return Err(HoldError::NoWorktree { number, commit });
    }
    if !matches!(environment, Status::NotNeeded | Status::Ready) {
        return Err(HoldError::NoEnvironment { number, commit });
    }
    let generation = Generation {
        number: record.number + 1,
        since: now,
        ..previous.clone()
    };
    let mut record = record.with(&generation);
    record.held = true;
    Ok((generation, record))
}

/// Lets what is published become the generation again.
///
/// # Errors
/// Nothing is held.
pub fn release(record: &Record) -> Result<Record, HoldError> {
    if !record.held {
        return Err(HoldError::NotHeld);
    }
    Ok(Record {
        held: false,
        ..record.clone()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn generation(number: u64, commit: &str) -> Generation {
        Generation {
            number,
            commit: commit.to_owned(),
            worktree: format!("/sync/.worktrees/{commit}").into(),
            key: None,
            requirements: None,
            requirements_sha256: None,
            crontab: None,
            crontab_sha256: None,
            schedule: "s".to_owned(),
            jobs: 1,
            since: number,
        }
    }

    fn record() -> Record {
        let first = Record::default().with(&generation(1, "a"));
        first.with(&generation(2, "b"))
    }

    #[test]
    fn back_and_forth_and_on() {
        let (back, record) = rollback(&record(), true, &Status::NotNeeded, 10).unwrap();
        assert_eq!((back.number, back.commit.as_str(), back.since), (3, "a", 10));
        assert!(record.held);
        assert_eq!(record.current.as_ref(), Some(&back));
        assert_eq!(record.previous.as_ref().unwrap().commit, "b");
        let (forth, record) = rollback(&record, true, &Status::Ready, 11).unwrap();
        assert_eq!((forth.number, forth.commit.as_str()), (4, "b"));
        let released = release(&record).unwrap();
        assert!(!released.held);
        assert_eq!(released.current, record.current);
        assert!(matches!(release(&released), Err(HoldError::NotHeld)));
    }

    #[test]
    fn there_is_no_way_back_to_what_is_gone() {
        let only = Record::default().with(&generation(1, "a"));
        let error = rollback(&only, true, &Status::NotNeeded, 10).unwrap_err();
        assert_eq!(error.to_string(), "there is no generation before this one");
        let error = rollback(&record(), false, &Status::NotNeeded, 10).unwrap_err();
        assert_eq!(error.to_string(), "the files of generation 1 (commit a) are gone");
        let error = rollback(&record(), true, &Status::Missing, 10).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the packages of generation 1 (commit a) are gone"
        );
    }

    #[test]
    fn a_generation_that_is_activated_again_is_not_its_own_previous_one() {
        let record = record();
        assert_eq!(record.with(&generation(2, "b")), record);
    }
}

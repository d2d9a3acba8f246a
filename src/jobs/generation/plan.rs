//! What is next, from what was seen. Pure.

use serde::{Deserialize, Serialize};

use super::candidate::Candidate;
use super::record::{Generation, Record};
use crate::jobs::environment::{Key, Status};

/// What was seen.
#[derive(Debug, Clone, Copy)]
pub struct Situation<'a> {
    /// What the agent remembers.
    pub record: &'a Record,
    /// How the recorded generation stands; of no meaning where there is none.
    pub standing: &'a Standing,
    /// What is published; none before the first sync. An error is why it can't be a generation.
    pub candidate: Option<Result<&'a Candidate, &'a (Part, String)>>,
    /// The environment of the candidate.
    pub environment: &'a Status,
    /// The jobs in the candidate's schedule, or what is wrong with it.
    pub schedule: Result<usize, &'a str>,
    /// Seconds since 1970.
    pub now: u64,
}

/// How the recorded generation stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Whether jobs are scheduled from it; not yet behind a restart.
    pub is_active: bool,
    /// Whether its files are on disk.
    pub has_worktree: bool,
    /// Its environment.
    pub environment: Status,
}

/// What can stand in the way of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// Its requirements.
    Dependencies,
    /// Its crontab.
    Schedule,
}

/// What is next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// All is as it should be, or held.
    Nothing,
    /// Build this environment from this worktree's requirements.
    Install {
        /// The environment.
        key: Key,
        /// Whether it is that of the recorded generation, whose environment was removed.
        is_repair: bool,
    },
    /// Switch to this generation.
    Activate(Generation),
    /// Somebody builds (no time), or the last build failed and is tried again then.
    Wait {
        /// Seconds since 1970.
        until: Option<u64>,
    },
    /// The candidate can't become the generation; only another commit helps.
    Refuse {
        /// What stands in the way.
        part: Part,
        /// Why.
        reason: String,
    },
}

/// What is next.
///
/// The recorded generation is brought back first, whatever is published: jobs go on behind a restart without the
/// network. Then what is published becomes the next one, once its schedule is good and its dependencies are there, unless
/// the recorded one is held. A recorded generation whose files are gone is no generation, held or not.
#[must_use]
pub fn plan(situation: &Situation<'_>) -> Step {
    let record = situation.record;
    let standing = situation.standing;
    let current = record.current.as_ref().filter(|_| standing.has_worktree);
    if let Some(current) = current {
        match (&current.key, &standing.environment) {
            (_, Status::NotNeeded | Status::Ready) if standing.is_active => {}
            (_, Status::NotNeeded | Status::Ready) => return Step::Activate(current.clone()),
            (Some(key), environment) if record.held || is_same(situation, current) => {
                return build(key, environment, true, situation.now);
            }
            _ => {}
        }
        if record.held {
            return Step::Nothing;
        }
    }
    let candidate = match situation.candidate {
        None => return Step::Nothing,
        Some(Err((part, reason))) => {
            return Step::Refuse {
                part: *part,
                reason: reason.clone(),
            };
        }
        Some(Ok(candidate)) => candidate,
    };
    if current.is_some_and(|current| candidate.is(current)) {
        return Step::Nothing;
    }
    let jobs = match situation.schedule {
        Ok(jobs) => jobs,
        Err(reason) => {
            return Step::Refuse {
                part: Part::Schedule,
                reason: reason.to_owned(),
            };
        }
    };
    match (&candidate.key, situation.environment) {
        (None, _) | (_, Status::NotNeeded | Status::Ready) => {
            Step::Activate(candidate.generation(record.number + 1, jobs, situation.now))
        }
        (Some(key), environment) => build(key, environment, false, situation.now),
    }
}

fn is_same(situation: &Situation<'_>, current: &Generation) -> bool {
    matches!(situation.candidate, Some(Ok(candidate)) if candidate.is(current))
}

fn build(key: &Key, environment: &Status, is_repair: bool, now: u64) -> Step {
    match environment {
        Status::Building => Step::Wait { until: None },
        Status::Failed(failure) if failure.due(now) > now => Step::Wait {
            until: Some(failure.due(now)),
        },
        _ => Step::Install {
            key: key.clone(),
            is_repair,
        },
    }
}

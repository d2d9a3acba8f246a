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
    let standing = situation.standing;
    let recorded = situation.record.current.as_ref();
    let current = recorded.filter(|_| standing.has_worktree);
    let repair = current.and_then(|current| match (&current.key, &standing.environment) {
        (_, Status::NotNeeded | Status::Ready) | (None, _) => None,
        (Some(key), environment) => Some(build(key, environment, true, situation.now)),
    });
    if let (Some(current), None, false) = (current, &repair, standing.is_active) {
        return Step::Activate(current.clone());
    }
    if current.is_some() && situation.record.held {
        return repair.unwrap_or(Step::Nothing);
    }
    match (next(situation, current), repair) {
        // What is published takes the place of what lost its packages.
        (step, None) | (step @ (Step::Activate(_) | Step::Install { .. }), _) => step,
        (Step::Wait { until: one }, Some(Step::Wait { until: other })) => Step::Wait {
            until: one.min(other),
        },
        (_, Some(repair)) => repair,
    }
}

/// The way from the recorded generation to what is published.
fn next(situation: &Situation<'_>, current: Option<&Generation>) -> Step {
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
            Step::Activate(candidate.generation(situation.record.number + 1, jobs, situation.now))
        }
        (Some(key), environment) => build(key, environment, false, situation.now),
    }
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

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::jobs::environment::Failure;

    const NOW: u64 = 1000;

    fn key(digit: char) -> Key {
        digit.to_string().repeat(32).parse().unwrap()
    }

    /// A candidate of this commit, with dependencies of the key.
    fn candidate(commit: &str, digit: char) -> Candidate {
        Candidate {
            commit: commit.to_owned(),
            worktree: PathBuf::from("/sync/.worktrees").join(commit),
            requirements: Some(PathBuf::from("requirements.txt")),
            requirements_sha256: Some(digit.to_string()),
            key: Some(key(digit)),
            crontab: Some(PathBuf::from("crontab.txt")),
            crontab_sha256: Some("c".to_owned()),
            schedule: "s".to_owned(),
        }
    }

    fn failed(retry_at: u64) -> Status {
        Status::Failed(Failure {
            attempts: 1,
            error: "no network".to_owned(),
            lines: Vec::new(),
            hint: None,
            at: 900,
            retry_at,
        })
    }

    /// One row of the table; the calm state is generation 3 of commit `a`, active and published.
    struct Row {
        record: Record,
        standing: Standing,
        published: Option<Result<Candidate, (Part, String)>>,
        environment: Status,
        schedule: Result<usize, &'static str>,
    }

    fn calm() -> Row {
        Row {
            record: Record {
                current: Some(candidate("a", '1').generation(3, 2, 500)),
                number: 3,
                ..Record::default()
            },
            standing: Standing {
                is_active: true,
                has_worktree: true,
                environment: Status::Ready,
            },
            published: Some(Ok(candidate("a", '1'))),
            environment: Status::Ready,
            schedule: Ok(2),
        }
    }

    fn with(change: impl FnOnce(&mut Row)) -> Step {
        let mut row = calm();
        change(&mut row);
        plan(&Situation {
            record: &row.record,
            standing: &row.standing,
            candidate: row.published.as_ref().map(Result::as_ref),
            environment: &row.environment,
            schedule: row.schedule,
            now: NOW,
        })
    }

    fn first(row: &mut Row) {
        row.record = Record::default();
        row.standing = Standing {
            is_active: false,
            has_worktree: false,
            environment: Status::NotNeeded,
        };
    }

    fn published(row: &mut Row, commit: &str, digit: char) {
        row.published = Some(Ok(candidate(commit, digit)));
    }

    fn install(digit: char, is_repair: bool) -> Step {
        Step::Install {
            key: key(digit),
            is_repair,
        }
    }

    fn activate(commit: &str, digit: char, number: u64) -> Step {
        Step::Activate(candidate(commit, digit).generation(number, 2, NOW))
    }

    fn refuse(part: Part, reason: &str) -> Step {
        Step::Refuse {
            part,
            reason: reason.to_owned(),
        }
    }

    #[test]
    fn the_first_generation() {
        let nothing_published = with(|row| {
            first(row);
            row.published = None;
        });
        assert_eq!(nothing_published, Step::Nothing);
        let published = |environment: Status| {
            with(|row| {
                first(row);
                row.environment = environment;
            })
        };
        assert_eq!(published(Status::Missing), install('1', false));
        assert_eq!(published(Status::Building), Step::Wait { until: None });
        assert_eq!(published(Status::Ready), activate("a", '1', 1));
        let without_requirements = with(|row| {
            first(row);
            let mut candidate = candidate("a", '1');
            candidate.key = None;
            row.published = Some(Ok(candidate));
            row.environment = Status::NotNeeded;
        });
        assert!(matches!(without_requirements, Step::Activate(generation) if generation.key.is_none()));
    }

    #[test]
    fn a_new_commit() {
        let new = |environment: Status, schedule: Result<usize, &'static str>| {
            with(|row| {
                published(row, "b", '2');
                row.environment = environment;
                row.schedule = schedule;
            })
        };
        assert_eq!(with(|_| {}), Step::Nothing);
        assert_eq!(new(Status::Ready, Ok(2)), activate("b", '2', 4));
        assert_eq!(new(Status::Missing, Ok(2)), install('2', false));
        assert_eq!(new(Status::Building, Ok(2)), Step::Wait { until: None });
        assert_eq!(new(failed(1001), Ok(2)), Step::Wait { until: Some(1001) });
        assert_eq!(new(failed(1000), Ok(2)), install('2', false));
        // A clock that was set back.
        assert_eq!(new(failed(99_999), Ok(2)), Step::Wait { until: Some(1600) });
        // Nothing is installed for a schedule that can't run.
        assert_eq!(
            new(Status::Missing, Err("line 1")),
            refuse(Part::Schedule, "line 1")
        );
        let unreadable = with(|row| row.published = Some(Err((Part::Dependencies, "cycle".to_owned()))));
        assert_eq!(unreadable, refuse(Part::Dependencies, "cycle"));
    }

    #[test]
    fn the_same_commit_with_other_settings_is_another_generation() {
        assert_eq!(with(|row| published(row, "a", '2')), activate("a", '2', 4));
        let other_inline_jobs = with(|row| {
            let mut candidate = candidate("a", '1');
            candidate.schedule = "t".to_owned();
            row.published = Some(Ok(candidate));
        });
        assert!(matches!(other_inline_jobs, Step::Activate(generation) if generation.number == 4));
    }

    #[test]
    fn a_restart() {
        let recorded = Step::Activate(candidate("a", '1').generation(3, 2, 500));
        let restart = |change: fn(&mut Row)| {
            with(|row| {
                row.standing.is_active = false;
                change(row);
            })
        };
        assert_eq!(restart(|_| {}), recorded);
        assert_eq!(restart(|row| row.published = None), recorded);
        // The new commit comes once the recorded one is back.
        assert_eq!(restart(|row| published(row, "b", '2')), recorded);
        assert_eq!(restart(|row| row.record.held = true), recorded);
        let gone = |row: &mut Row| {
            row.standing.has_worktree = false;
            published(row, "b", '2');
        };
        assert_eq!(restart(gone), activate("b", '2', 4));
        // Held or not: there is nothing left to hold.
        let held = |row: &mut Row| {
            row.standing.has_worktree = false;
            row.record.held = true;
            published(row, "b", '2');
        };
        assert_eq!(restart(held), activate("b", '2', 4));
        let no_environment = |row: &mut Row| {
            row.standing.environment = Status::Missing;
            row.environment = Status::Missing;
        };
        assert_eq!(restart(no_environment), install('1', true));
        // What is published needs no detour over what was removed.
        let both = |row: &mut Row| {
            row.standing.environment = Status::Missing;
            published(row, "b", '2');
        };
        assert_eq!(restart(both), activate("b", '2', 4));
        let unpublished = |row: &mut Row| {
            row.standing.environment = Status::Missing;
            row.published = None;
        };
        assert_eq!(restart(unpublished), install('1', true));
    }

    #[test]
    fn what_is_held_stays() {
        let held = |change: fn(&mut Row)| {
            with(|row| {
                row.record.held = true;
                published(row, "b", '2');
                change(row);
            })
        };
        assert_eq!(held(|_| {}), Step::Nothing);
        assert_eq!(held(|row| row.schedule = Err("line 1")), Step::Nothing);
        assert_eq!(
            held(|row| row.standing.environment = Status::Missing),
            install('1', true)
        );
        assert_eq!(
            held(|row| row.standing.environment = failed(1001)),
            Step::Wait { until: Some(1001) }
        );
    }

    #[test]
    fn what_lost_its_packages_gets_them_back_where_nothing_else_can_take_its_place() {
        let lost = |change: fn(&mut Row)| {
            with(|row| {
                row.standing.environment = Status::Missing;
                published(row, "b", '2');
                change(row);
            })
        };
        assert_eq!(lost(|_| {}), activate("b", '2', 4));
        assert_eq!(lost(|row| row.environment = Status::Missing), install('2', false));
        assert_eq!(lost(|row| row.schedule = Err("line 1")), install('1', true));
        assert_eq!(lost(|row| row.environment = failed(1001)), install('1', true));
        let both_failed = |row: &mut Row| {
            row.standing.environment = failed(1002);
            row.environment = failed(1001);
        };
        assert_eq!(lost(both_failed), Step::Wait { until: Some(1001) });
    }

    #[test]
    fn an_environment_that_was_removed_is_built_again() {
        let removed = with(|row| {
            row.standing.environment = Status::Missing;
            row.environment = Status::Missing;
        });
        assert_eq!(removed, install('1', true));
    }
}

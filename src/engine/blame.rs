//! Why a container is not well: read from what the engine knows of it. Pure but for its last lines.

use std::fmt;

use serde::Serialize;

use super::error::Problem;
use super::translate;
use crate::model::Postgres;
use crate::runtime::docker::{Container, Docker, HealthStatus, Status};

/// Lines of a container that are shown.
const LINES: usize = 20;
/// Lines of a health check that are shown.
const HEALTH_LINES: usize = 5;

/// What is wrong with a container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Reason {
    /// It could not be started.
    NotStarted {
        /// What the engine said.
        error: String,
    },
    /// It ended.
    Exited {
        /// Its exit code.
        code: i32,
    },
    /// It used more memory than it may.
    OutOfMemory,
    /// It ends again and again.
    Restarting {
        /// How often so far.
        times: u32,
        /// How it ended last.
        code: i32,
    },
    /// Its health check fails.
    Unhealthy,
    /// It did not become healthy in time.
    TooSlow {
        /// Seconds it was given.
        seconds: u64,
        /// Whether it has a health check that could say so.
        state: String,
    },
    /// Its processes are frozen.
    Paused,
    /// It has gone.
    Gone,
}

/// A container that is not well, and what it said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Blame {
    /// Its service.
    pub service: String,
    /// Its name.
    pub container: String,
    /// What is wrong.
    pub reason: Reason,
    /// What that most likely means, where its words are known.
    pub cause: Option<String>,
    /// What mends it, where that is known.
    pub mend: Option<String>,
    /// The last lines of its health check.
    pub health_output: Vec<String>,
    /// Its last lines.
    pub last_lines: Vec<String>,
}

impl Reason {
    /// What is wrong with a container that has ended, is being restarted or could not start.
    #[must_use]
    pub fn of_end(container: &Container) -> Self {
        if container.oom_killed {
            Self::OutOfMemory
        } else if !container.error.is_empty() {
            Self::NotStarted {
                error: container.error.clone(),
            }
        } else if container.restarts > 0 || container.status == Status::Restarting {
            Self::Restarting {
                times: container.restarts,
                code: container.exit_code,
            }
        } else {
            Self::Exited {
                code: container.exit_code,
            }
        }
    }
}

impl Reason {
    /// What mends it, where the reason alone tells.
    fn mend(&self, service: &str) -> Option<String> {
        let table = match service {
            Postgres::SERVICE => "[postgres]".to_owned(),
            _ => format!("[services.{service}]"),
        };
        matches!(self, Self::OutOfMemory)
            .then(|| format!("give it more by `memory = \"…\"` in `{table}`, or let it use less"))
    }
}

impl Blame {
    /// Blames a container; asks for its last lines.
    #[must_use]
    pub fn new(docker: &Docker<'_>, container: &Container, reason: Reason) -> Self {
        // A container whose lines can't be had, perhaps because it has gone, is blamed without them.
        let last_lines = docker.last_lines(&container.id, LINES).unwrap_or_default();
        let health_output = match container.health_status() {
            HealthStatus::Starting | HealthStatus::Unhealthy => failed_probe(container),
            HealthStatus::Healthy | HealthStatus::None => Vec::new(),
        };
        let (reason, problem) = match reason {
            Reason::NotStarted { error } => match translate::command(&[&error]) {
                Some(found) => {
                    let problem = Problem::from(found);
                    let error = problem.what;
                    (Reason::NotStarted { error }, (None, Some(problem.mend)))
                }
                None => (Reason::NotStarted { error }, (None, None)),
            },
            reason => {
                let found =
                    translate::container(&last_lines).or_else(|| translate::container(&health_output));
                (reason, found.map(|found| (found.problem, found.hint)).unzip())
            }
        };
        let (cause, mend) = problem;
        let mend = mend.or_else(|| reason.mend(container.service()));
        Self {
            service: container.service().to_owned(),
            container: container.name.clone(),
            reason,
            cause,
            mend,
            health_output,
            last_lines,
        }
    }
}

/// What the last failed probe printed.
fn failed_probe(container: &Container) -> Vec<String> {
    let log = container.health.iter().flat_map(|health| &health.log);
    let Some(probe) = log.rev().find(|probe| probe.exit_code != 0) else {
        return Vec::new();
    };
    let mut lines: Vec<String> = probe
        .output
        .lines()
        .map(|line| line.trim_end().to_owned())
        .filter(|line| !line.is_empty())
        .collect();
    if lines.is_empty() {
        return vec![format!(
            "it printed nothing and ended with code {}",
            probe.exit_code
        )];
    }
    lines.split_off(lines.len().saturating_sub(HEALTH_LINES))
}

impl fmt::Display for Reason {
    /// What follows the service's name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotStarted { error } => write!(f, "could not be started: {error}"),
            Self::Exited { code } => write!(f, "ended {}", ending(*code)),
            Self::OutOfMemory => f.write_str("was killed because it used more memory than it may"),
            Self::Restarting { times, code } => write!(
                f,
                "ends again and again ({}), the last time {}",
                match times {
                    1 => "restarted once".to_owned(),
                    _ => format!("restarted {times} times"),
                },
                ending(*code)
            ),
            Self::Unhealthy => f.write_str("runs, but its health check fails"),
            Self::TooSlow { seconds, state } => write!(f, "was still {state} after {seconds}s"),
            Self::Paused => f.write_str("is paused"),
            Self::Gone => f.write_str("was removed by somebody else meanwhile"),
        }
    }
}

/// An exit code in words; those above 128 are signals.
fn ending(code: i32) -> String {
    let signal = code
        .checked_sub(128)
        .and_then(|number| nix::sys::signal::Signal::try_from(number).ok());
    match signal {
        Some(signal) if code > 128 => format!("by {signal} (code {code})"),
        _ => format!("with code {code}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_little_memory_says_which_key_gives_more() {
        let mend = |service| Reason::OutOfMemory.mend(service).unwrap();
        assert!(mend("web").contains("in `[services.web]`"));
        assert!(mend("postgres").contains("in `[postgres]`"));
        assert_eq!(Reason::Unhealthy.mend("web"), None);
    }

    #[test]
    fn reasons_are_told_in_words() {
        let told = |reason: Reason| reason.to_string();
        assert_eq!(told(Reason::Exited { code: 3 }), "ended with code 3");
        assert_eq!(told(Reason::Exited { code: 137 }), "ended by SIGKILL (code 137)");
        assert_eq!(
            told(Reason::Restarting { times: 3, code: 1 }),
            "ends again and again (restarted 3 times), the last time with code 1"
        );
    }
}

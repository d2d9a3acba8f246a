//! A run that goes on.

use std::sync::Arc;
use std::time::{Duration, Instant};

use nix::sys::wait::WaitStatus;
use nix::unistd::Pid;

use super::active::Active;
use crate::crontab::Job;
use crate::jobs::history::{Cause, Outcome, Record};

/// What a group may take to end after TERM, before KILL.
pub const GRACE: Duration = Duration::from_secs(5);
/// How long a record waits for the last line of a run whose output nobody reads.
pub const TAIL_PATIENCE: Duration = Duration::from_secs(5);

/// A run, from its start to its record.
#[derive(Debug)]
pub struct Run {
    /// The job as it was when it started.
    pub job: Arc<Job>,
    /// What it runs in; kept on disk until it ends.
    pub active: Arc<Active>,
    /// Its shell, and the group of all it starts.
    pub group: Pid,
    /// Its record so far.
    pub record: Record,
    /// By a clock that is not set.
    pub started: Instant,
    /// When it has taken too long.
    pub timeout_at: Option<Instant>,
    /// That it is being ended.
    pub ending: Option<Ending>,
    /// Where it stands.
    pub phase: Phase,
}

/// A run is being ended.
#[derive(Debug)]
pub struct Ending {
    /// What its record will say.
    pub outcome: Outcome,
    /// When its group is killed; none once it was.
    pub kill_at: Option<Instant>,
}

/// Where a run stands.
#[derive(Debug, PartialEq, Eq)]
pub enum Phase {
    /// Its shell runs.
    Running,
    /// Its shell has ended on being told to; others of its group still work on that. At this moment they are given up.
    Lingering(Instant),
    /// It has ended; what it printed last is still to come, until this moment.
    Reporting(Instant),
}

impl Run {
    /// Whether the next run of the job must reckon with it.
    #[must_use]
    pub fn goes_on(&self) -> bool {
        !matches!(self.phase, Phase::Reporting(_))
    }

    /// The next moment at which something has to be done about it.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        let phase = match self.phase {
            Phase::Running => None,
            Phase::Lingering(until) | Phase::Reporting(until) => Some(until),
        };
        let ending = match &self.ending {
            Some(ending) => ending.kill_at,
            None => self.timeout_at.filter(|_| self.phase == Phase::Running),
        };
        let ending = ending.filter(|_| self.goes_on());
        phase.into_iter().chain(ending).min()
    }
}

/// A run that waits for the one before it.
#[derive(Debug)]
pub struct Waiting {
    /// The job.
    pub job: Arc<Job>,
    /// When it was due, in milliseconds since 1970.
    pub scheduled_ms: u64,
    /// Why it starts.
    pub cause: Cause,
}

/// Another attempt at a run.
#[derive(Debug)]
pub struct Retry {
    /// The job.
    pub job: Arc<Job>,
    /// When the first attempt was due.
    pub scheduled_ms: u64,
    /// Which attempt it is.
    pub attempt: u32,
    /// When it starts.
    pub at: Instant,
}

/// How a process ended by itself.
#[must_use]
pub fn outcome_of(status: WaitStatus) -> Outcome {
    match status {
        WaitStatus::Exited(_, 0) => Outcome::Succeeded,
        WaitStatus::Exited(_, code) => Outcome::Exit { code },
        WaitStatus::Signaled(_, signal, _) => Outcome::Signal {
            signal: signal as i32,
        },
        // waitpid is never asked for processes that only stopped.
        _ => Outcome::Lost,
    }
}

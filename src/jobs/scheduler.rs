//! Other schedulers in place of the agent's own: what they can't do, and the files that they read.
//!
//! Both are given one script for each job, which sets the job's variables and runs its command. So a job gets exactly
//! what the agent would give it, whatever the scheduler makes of settings, `%` or bytes in its own file. Jobs at
//! `@reboot` stay with the agent: to a scheduler every new generation is a start.

pub mod script;
pub mod supercronic;
pub mod yacron;

use crate::crontab::Job;

/// What a scheduler can't do for a job.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{scheduler} can't run `{job}` (line {line} of {source_name}): it {reason}")]
pub struct Unsupported {
    /// The scheduler.
    pub scheduler: &'static str,
    /// The job.
    pub job: String,
    /// Its line.
    pub line: usize,
    /// Its crontab.
    pub source_name: String,
    /// Why, with what to do.
    pub reason: String,
}

impl Unsupported {
    fn new(scheduler: &'static str, job: &Job, reason: impl Into<String>) -> Self {
        Self {
            scheduler,
            job: job.name.clone(),
            line: job.line,
            source_name: job.source.to_string(),
            reason: reason.into(),
        }
    }
}

/// What neither of them has.
fn check_common(scheduler: &'static str, job: &Job) -> Result<(), Unsupported> {
    if job.policy.catch_up {
        let reason = "makes up for no missed runs; remove `catch-up`, or use the builtin scheduler";
        return Err(Unsupported::new(scheduler, job, reason));
    }
    if job.schedule.starts_with("@every") {
        let reason = "has no `@every`; write five fields, or use the builtin scheduler";
        return Err(Unsupported::new(scheduler, job, reason));
    }
    Ok(())
}

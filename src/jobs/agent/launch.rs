//! A run that is due: by the overlap rule started, made to wait, or left out.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use super::Agent;
use super::clock;
use super::run::{Ending, GRACE, Phase, Run, Waiting};
use crate::crontab::Job;
use crate::jobs::history::{Cause, Outcome, Record};
use crate::jobs::output::Stream;
use crate::jobs::overlap::{Decision, decide};
use crate::jobs::process::{self, Launch};

/// What became of a run that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// It runs, under this name.
    Started(String),
    /// It waits for the run before it.
    Waits,
    /// It is not started.
    Refused(String),
}

impl Agent {
    /// Handles a run that is due or asked for.
    pub(super) fn ask(&mut self, job: &Arc<Job>, scheduled_ms: u64, cause: Cause) -> Asked {
        let going_on = self.going_on(&job.name);
        let waiting = self
            .waiting
            .iter()
            .filter(|waiting| waiting.job.name == job.name)
            .count();
        match decide(job.policy.overlap, going_on, waiting) {
            Decision::Start => self.launch(job, scheduled_ms, cause, 1),
            Decision::Skip(reason) => {
                self.skip(job, scheduled_ms, cause, reason);
                Asked::Refused(reason.to_owned())
            }
            decision => {
                if decision == Decision::Replace {
                    self.end_runs_of(&job.name);
                }
                self.waiting.push_back(Waiting {
                    job: Arc::clone(job),
                    scheduled_ms,
                    cause,
                });
                // Ending runs may leave none that goes on: attempts that waited were only dropped.
                self.start_waiting();
                Asked::Waits
            }
        }
    }

    /// Runs of a job that go on, or wait for another attempt.
    pub(super) fn going_on(&self, name: &str) -> usize {
        let runs = self
            .runs
            .values()
            .filter(|run| run.goes_on() && run.job.name == name);
        runs.count() + self.retries.iter().filter(|retry| retry.job.name == name).count()
    }

    /// Starts what waits for runs that have ended.
    pub(super) fn start_waiting(&mut self) {
        if self.paused() || self.draining.is_some() {
            return;
        }
        let mut index = 0;
        while index < self.waiting.len() {
            let name = &self.waiting[index].job.name;
            if self.going_on(name) > 0 {
                index += 1;
            } else if let Some(waiting) = self.waiting.remove(index) {
                // The schedule may have changed in the meantime; a job that is in it no more does not start.
                match self.roster.with_id(waiting.job.id()).cloned() {
                    Some(job) => {
                        self.launch(&job, waiting.scheduled_ms, waiting.cause, 1);
                    }
                    None => {
                        self.skip(
                            &waiting.job,
                            waiting.scheduled_ms,
                            waiting.cause,
                            "the schedule names it no more",
                        );
                    }
                }
            }
        }
    }

    /// Starts a run in the present generation.
    pub(super) fn launch(&mut self, job: &Arc<Job>, scheduled_ms: u64, cause: Cause, attempt: u32) -> Asked {
        let Some(active) = self.active.clone() else {
            return Asked::Refused("no generation is active".to_owned());
        };
        let mut record = Record {
            run: self.next_run_name(),
            job: job.name.clone(),
            cause,
            attempt,
            scheduled_ms,
            started_ms: None,
            ended_ms: None,
            duration_ms: None,
            outcome: None,
            commit: active.commit.clone(),
            environment: active.key.clone(),
            last_line: None,
        };
        let started = Instant::now();
        record.started_ms = Some(clock::now_ms());
        let launched = process::start(&Launch {
            program: Path::new(OsStr::from_bytes(&job.shell)),
            arguments: &process::shell_arguments(&job.command),
            directory: &active.worktree,
            environment: &active.variables_of(job),
            stdin: job.stdin.as_deref(),
        });
        let source = self.next_source();
        let process = match launched {
            Ok(process) => process,
            Err(error) => {
                record.ended_ms = record.started_ms;
                record.outcome = Some(Outcome::NotStarted {
                    reason: error.to_string(),
                });
                self.note(&format!("`{}` could not be started: {error}", job.name));
                self.conclude(&record, &[]);
                self.try_again(job, &record);
                return Asked::Refused(error.to_string());
            }
        };
        if let Err(error) = self
            .output
            .watch(source, job.name.clone(), process.output, Stream::Data)
        {
            self.note(&format!("the output of `{}` can't be read: {error}", job.name));
        }
        self.write(&record);
        let name = record.run.clone();
        self.metrics.started(&job.name, clock::now_ms(), attempt > 1);
        self.processes.insert(process.pid.as_raw(), source);
        let timeout: Option<Duration> = job.policy.timeout.map(crate::model::Duration::get);
        self.runs.insert(
            source,
            Run {
                job: Arc::clone(job),
                active,
                group: process.pid,
                record,
                started,
                timeout_at: timeout.and_then(|timeout| started.checked_add(timeout)),
                ending: None,
                phase: Phase::Running,
            },
        );
        Asked::Started(name)
    }

    /// Writes down that a run was left out.
    pub(super) fn skip(&mut self, job: &Arc<Job>, scheduled_ms: u64, cause: Cause, reason: &str) {
        let run = self.next_run_name();
        let active = self.active.as_ref();
        let record = Record {
            run,
            job: job.name.clone(),
            cause,
            attempt: 1,
            scheduled_ms,
            started_ms: None,
            ended_ms: Some(clock::now_ms()),
            duration_ms: None,
            outcome: Some(Outcome::Skipped {
                reason: reason.to_owned(),
            }),
            commit: active.map(|active| active.commit.clone()).unwrap_or_default(),
            environment: active.and_then(|active| active.key.clone()),
            last_line: None,
        };
        self.note(&format!("`{}` was skipped: {reason}", job.name));
        self.conclude(&record, &[]);
    }

    /// Ends the runs of a job, because a newer one takes their place.
    fn end_runs_of(&mut self, name: &str) {
        self.retries.retain(|retry| retry.job.name != name);
        let of_job: Vec<_> = self
            .runs
            .iter()
            .filter(|(_, run)| run.goes_on() && run.job.name == name)
            .map(|(source, _)| *source)
            .collect();
        for source in of_job {
            self.end_run(source, Outcome::Replaced);
        }
    }

    /// Tells a run's group to end; it is killed if it does not.
    pub(super) fn end_run(&mut self, source: u64, outcome: Outcome) {
        let Some(run) = self.runs.get_mut(&source) else {
            return;
        };
        if run.ending.is_some() || !run.goes_on() {
            return;
        }
        process::signal_group(run.group, Signal::SIGTERM);
        run.ending = Some(Ending {
            outcome,
            kill_at: Some(Instant::now() + GRACE),
        });
    }
}

//! Children that have ended, and what follows from it.

use std::sync::Arc;
use std::time::Instant;

use nix::errno::Errno;
use nix::sys::signal::Signal;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};

use super::Agent;
use super::clock;
use super::run::{Phase, Retry, TAIL_PATIENCE, outcome_of};
use crate::crontab::Job;
use crate::jobs::history::{Cause, Outcome, Record};
use crate::jobs::output::Finished;
use crate::jobs::process::{has_group, signal_group};

impl Agent {
    /// Reaps every child that has ended, those of ended jobs that were left to the agent too.
    pub(super) fn reap(&mut self) {
        loop {
            match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
                Ok(WaitStatus::StillAlive) | Err(Errno::ECHILD) => break,
                Ok(status) => {
                    if let Some(pid) = status.pid() {
                        self.ended(pid.as_raw(), status);
                    }
                }
                Err(_) => {}
            }
        }
        self.bury_groups();
        self.start_waiting();
    }

    fn ended(&mut self, pid: i32, status: WaitStatus) {
        let Some(source) = self.processes.remove(&pid) else {
            self.helper_ended(pid, status);
            return;
        };
        let Some(run) = self.runs.get_mut(&source) else {
            return;
        };
        run.record.ended_ms = Some(clock::now_ms());
        run.record.duration_ms = u64::try_from(run.started.elapsed().as_millis()).ok();
        run.record.outcome = Some(outcome_of(status));
        // Others of a group that was told to end keep their time for it. The number of the group stays taken as long
        // as one of them lives, and only this thread reaps and starts, so it can't name strangers meanwhile.
        match &run.ending {
            Some(ending) if has_group(run.group) => {
                let last = ending.kill_at.unwrap_or_else(Instant::now) + TAIL_PATIENCE;
                run.phase = Phase::Lingering(last);
            }
            _ => self.complete(source),
        }
    }

    /// Groups that were told to end, and have.
    fn bury_groups(&mut self) {
        let empty: Vec<u64> = self
            .runs
            .iter()
            .filter(|(_, run)| matches!(run.phase, Phase::Lingering(_)) && !has_group(run.group))
            .map(|(source, _)| *source)
            .collect();
        for source in empty {
            self.complete(source);
        }
    }

    /// The run is over; its record waits for its last line.
    fn complete(&mut self, source: u64) {
        let Some(run) = self.runs.get_mut(&source) else {
            return;
        };
        run.phase = Phase::Reporting(Instant::now() + TAIL_PATIENCE);
        if let Some(ending) = &run.ending {
            run.record.outcome = Some(ending.outcome.clone());
        }
        self.output.ended(source);
        let (job, record) = (Arc::clone(&run.job), run.record.clone());
        self.try_again(&job, &record);
    }

    /// Plans another attempt where the job has one left.
    pub(super) fn try_again(&mut self, job: &Arc<Job>, record: &Record) {
        let is_retried = record.outcome.as_ref().is_some_and(Outcome::is_retried);
        if !is_retried || record.attempt > job.policy.retries || self.draining.is_some() {
            return;
        }
        self.retries.push(Retry {
            job: Arc::clone(job),
            scheduled_ms: record.scheduled_ms,
            attempt: record.attempt + 1,
            at: Instant::now() + job.policy.retry_delay.get(),
        });
    }

    /// Starts the attempts whose delay is over: in the present generation, if its schedule still has the job.
    pub(super) fn retry(&mut self) {
        if self.paused() {
            return;
        }
        let now = Instant::now();
        let mut due: Vec<Retry> = self.retries.extract_if(.., |retry| retry.at <= now).collect();
        due.sort_by_key(|retry| retry.at);
        for retry in due {
            if let Some(job) = self.roster.with_id(retry.job.id()).cloned() {
                self.launch(&job, retry.scheduled_ms, Cause::Retry, retry.attempt);
            }
        }
        // An attempt that is dropped or can't start leaves no process whose end would let the next run go.
        self.start_waiting();
    }

    /// What came back from the output of runs that are over.
    pub(super) fn take_tails(&mut self) {
        for Finished { source, tail } in self.output.finished() {
            self.report_run(source, &tail);
        }
    }

    fn report_run(&mut self, source: u64, tail: &[String]) {
        let is_reporting = |run: &super::run::Run| matches!(run.phase, Phase::Reporting(_));
        if !self.runs.get(&source).is_some_and(is_reporting) {
            self.helper_printed(source, tail);
            return;
        }
        if let Some(mut run) = self.runs.remove(&source) {
            run.record.last_line = tail.last().cloned();
            self.conclude(&run.record, tail);
        }
    }

    /// Does what is due about runs: timeouts, kills, records that waited long enough.
    pub(super) fn meet_deadlines(&mut self) {
        let now = Instant::now();
        let due: Vec<u64> = self
            .runs
            .iter()
            .filter(|(_, run)| run.deadline().is_some_and(|deadline| deadline <= now))
            .map(|(source, _)| *source)
            .collect();
        for source in due {
            let Some(run) = self.runs.get_mut(&source) else {
                continue;
            };
            match (&run.phase, &mut run.ending) {
                (Phase::Reporting(_), _) => self.report_run(source, &[]),
                (Phase::Lingering(until), _) if *until <= now => self.complete(source),
                (_, Some(ending)) => {
                    signal_group(run.group, Signal::SIGKILL);
                    ending.kill_at = None;
                }
                (_, None) => {
                    let after = run.job.policy.timeout.map(|timeout| timeout.get().as_millis());
                    let after_ms = after
                        .and_then(|after| u64::try_from(after).ok())
                        .unwrap_or_default();
                    let name = run.job.name.clone();
                    self.note(&format!(
                        "`{name}` took longer than {} and is ended",
                        crate::jobs::elapsed::Elapsed(after_ms)
                    ));
                    self.end_run(source, Outcome::Timeout { after_ms });
                }
            }
        }
    }
}

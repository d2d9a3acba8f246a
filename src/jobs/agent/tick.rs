//! What is due at a moment.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};

use super::Agent;
use super::clock;
use super::roster::{Due, Earlier};
use crate::crontab::{Job, JobId};
use crate::jobs::history::Cause;
use crate::jobs::options::Scheduler;

/// How old the gauges may be while there is much to do.
const GAUGES: Duration = Duration::from_secs(1);

impl Agent {
    /// Does everything that is due.
    pub(super) fn tick(&mut self, now: DateTime<Utc>) {
        self.meet_deadlines();
        self.meet_helper_deadlines();
        if self.draining.is_some() {
            self.drain_on();
        } else {
            self.follow_if_due();
            self.run_due(now);
            self.retry();
            self.keep_external_running();
        }
        if let Err(error) = self.last_runs.save() {
            self.note(&format!("can't keep when jobs ran last: {error}"));
        }
        self.set_gauges();
    }

    /// The next moment of the wall clock at which a job is due.
    pub(super) fn next_due(&self) -> Option<DateTime<Utc>> {
        self.draining.is_none().then(|| self.roster.next()).flatten()
    }

    /// The next moment at which something else is due.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        let runs = self.runs.values().filter_map(super::run::Run::deadline);
        let retries = self.retries.iter().map(|retry| retry.at);
        let helpers = self.helpers.values().filter_map(|helper| helper.deadline);
        let drain = self.draining.as_ref().and_then(|drain| drain.deadline);
        let follow = [self.follow.next_at, self.external.restart_at];
        let follow = follow.into_iter().flatten().filter(|_| self.draining.is_none());
        let retries = retries.filter(|_| self.draining.is_none() && !self.paused());
        runs.chain(retries)
            .chain(helpers)
            .chain(drain)
            .chain(follow)
            .min()
    }

    fn run_due(&mut self, now: DateTime<Utc>) {
        for due in self.roster.due(now) {
            if due.job.policy.catch_up {
                self.last_runs.set(due.job.id(), due.at);
            }
            if !self.paused() && self.options.scheduler == Scheduler::Builtin {
                self.start_due(&due);
            }
        }
    }

    fn start_due(&mut self, due: &Due) {
        if let Some(earlier) = due.earlier {
            let or_more = if earlier.count == Earlier::MOST {
                " or more"
            } else {
                ""
            };
            let reason = format!(
                "{}{or_more} of its times passed while the machine was too busy or slept, or its clock was set",
                earlier.count
            );
            self.skip(&due.job, clock::ms(earlier.first), Cause::Schedule, &reason);
        }
        let scheduled_ms = clock::ms(due.at);
        match (due.is_missed, due.job.policy.catch_up) {
            (false, _) => {
                self.ask(&due.job, scheduled_ms, Cause::Schedule);
            }
            (true, true) => {
                self.ask(&due.job, scheduled_ms, Cause::CatchUp);
            }
            (true, false) => {
                self.skip(
                    &due.job,
                    scheduled_ms,
                    Cause::Schedule,
                    "the machine slept or its clock was set, and catch-up is off",
                );
            }
        }
    }

    /// What happens once, when the first generation of this agent is active: `@reboot` jobs, and runs that were missed
    /// while no agent was there.
    pub(super) fn begin(&mut self, now: DateTime<Utc>) {
        let is_first = !std::mem::replace(&mut self.has_begun, true);
        let jobs: Vec<Arc<Job>> = self.roster.jobs().cloned().collect();
        for job in &jobs {
            if is_first && job.timing.is_at_start() {
                self.start_at_begin(job, clock::ms(now), Cause::Reboot);
            }
            if !job.policy.catch_up || job.timing.is_at_start() {
                continue;
            }
            let missed = self
                .last_runs
                .get(job.id())
                .map(|last| job.timing.missed(last, now));
            match missed {
                None => self.last_runs.set(job.id(), now),
                // It comes back into the schedule: nobody was to run it meanwhile, so nothing was missed.
                Some(Some(_)) if !is_first => self.last_runs.set(job.id(), now),
                Some(Some(at)) => {
                    self.last_runs.set(job.id(), at);
                    self.start_at_begin(job, clock::ms(at), Cause::CatchUp);
                }
                Some(None) => {}
            }
        }
        let scheduled: HashSet<JobId> = jobs.iter().map(|job| job.id()).collect();
        self.last_runs.forget(|id| scheduled.contains(&id), now);
    }

    fn start_at_begin(&mut self, job: &Arc<Job>, scheduled_ms: u64, cause: Cause) {
        // Other schedulers make up for nothing, which is refused; what runs at the start is always the agent's.
        if !self.paused() {
            self.ask(job, scheduled_ms, cause);
        }
    }

    /// Tells the metrics what is so now: before a wait, or once a second where there is none.
    fn set_gauges(&mut self) {
        let is_fresh = self.gauges_at.is_some_and(|at| at.elapsed() < GAUGES);
        let is_busy = self
            .next_deadline()
            .is_some_and(|next| next < Instant::now() + GAUGES);
        if self.options.http_bind.is_some() && !(is_fresh && is_busy) {
            self.gauges_at = Some(Instant::now());
            self.metrics.set(self.gauges());
        }
    }
}

//! The end of the agent: no new runs, time for those that go on, then TERM, then KILL.

use std::time::Instant;

use nix::sys::signal::Signal;

use super::{Agent, Ended};
use crate::jobs::history::Outcome;
use crate::jobs::process::signal_group;

/// The agent was told to end.
#[derive(Debug)]
pub struct Drain {
    /// When runs are ended; none once they were told to.
    pub deadline: Option<Instant>,
    /// Whether any was.
    pub is_cut: bool,
}

impl Agent {
    /// SIGTERM: the first starts the drain, the second ends its time, the third kills.
    pub(super) fn drain(&mut self) {
        let Some(drain) = &mut self.draining else {
            return self.begin_to_drain();
        };
        if drain.deadline.is_some() {
            drain.deadline = Some(Instant::now());
            return;
        }
        for run in self.runs.values().filter(|run| run.goes_on()) {
            signal_group(run.group, Signal::SIGKILL);
        }
    }

    fn begin_to_drain(&mut self) {
        let going_on = self.runs.values().filter(|run| run.goes_on()).count();
        self.note(&match going_on {
            0 => "ending".to_owned(),
            1 => format!("ending; 1 run has {:?} to finish", self.options.drain),
            many => format!("ending; {many} runs have {:?} to finish", self.options.drain),
        });
        self.draining = Some(Drain {
            deadline: Some(Instant::now() + self.options.drain),
            is_cut: false,
        });
        self.retries.clear();
        while let Some(waiting) = self.waiting.pop_front() {
            self.skip(
                &waiting.job,
                waiting.scheduled_ms,
                waiting.cause,
                "the agent ends",
            );
        }
        let builder = self.follow.builder.as_ref().map(|builder| builder.pid);
        if let Some(pid) = builder {
            self.end_helper(pid);
        }
        self.end_external();
    }

    /// Ends what goes on once its time is over.
    pub(super) fn drain_on(&mut self) {
        let Some(drain) = &mut self.draining else { return };
        if drain.deadline.is_none_or(|deadline| deadline > Instant::now()) {
            return;
        }
        drain.deadline = None;
        let going_on: Vec<u64> = self
            .runs
            .iter()
            .filter(|(_, run)| run.goes_on())
            .map(|(source, _)| *source)
            .collect();
        drain.is_cut |= !going_on.is_empty() || !self.helpers.is_empty();
        for source in going_on {
            self.end_run(source, Outcome::Stopped);
        }
        let helpers: Vec<i32> = self.helpers.keys().copied().collect();
        for pid in helpers {
            self.cut_helper(pid);
        }
    }

    /// How the agent ended, once all has.
    pub(super) fn has_ended(&self) -> Option<Ended> {
        let drain = self.draining.as_ref()?;
        let is_empty = self.runs.is_empty() && self.helpers.is_empty();
        is_empty.then_some(if drain.is_cut { Ended::Cut } else { Ended::Drained })
    }
}

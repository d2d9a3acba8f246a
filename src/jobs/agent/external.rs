//! Another scheduler in place of the agent's own: supercronic or yacron, as a child.

use std::sync::Arc;
use std::time::Instant;

use nix::sys::wait::WaitStatus;

use super::Agent;
use crate::crontab::Job;
use crate::jobs::generation::{Generation, Observed};

/// The scheduler that works.
#[derive(Debug, Default)]
pub struct External {
    /// When it is started again after it ended by itself.
    pub restart_at: Option<Instant>,
}

impl Agent {
    pub(super) fn runtime_crontab(
        &self,
        observed: &Observed,
        _jobs: &[Arc<Job>],
        _generation: &Generation,
    ) -> Result<Vec<u8>, String> {
        let mut text = observed.inline_crontab.clone().unwrap_or_default();
        text.extend_from_slice(observed.crontab.as_deref().unwrap_or_default());
        Ok(text)
    }
    pub(super) fn check_schedule(&mut self) {}
    pub(super) fn schedule_checked(&mut self, _is_good: bool, _tail: &[String]) {}
    pub(super) fn start_external(&mut self) {}
    pub(super) fn end_external(&mut self) {}
    pub(super) fn keep_external_running(&mut self) {}
    pub(super) fn external_ended(&mut self, _pid: i32, _status: WaitStatus) {}
}

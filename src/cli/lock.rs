//! The lock that every subcommand which changes something takes.

use super::failure::Failure;
use super::global::Global;
use crate::model::{Duration, Stack};
use crate::runtime::lock::Lock;

/// How long to wait for another stackctl.
#[derive(Debug, clap::Args)]
pub struct LockArguments {
    /// Wait so long, such as `5m`, for another stackctl that works on this stack
    #[arg(long, value_name = "DURATION")]
    wait_lock: Option<Duration>,
}

impl LockArguments {
    /// How long to wait; nothing where nobody said so.
    pub fn wait(&self) -> std::time::Duration {
        self.wait_lock.map(Duration::get).unwrap_or_default()
    }

    /// Takes the lock; `command` is what another stackctl would be told.
    pub fn take(&self, global: &Global, stack: &Stack, command: &str) -> Result<Lock, Failure> {
        Ok(Lock::take(
            &global.root(),
            &stack.state_directory(),
            command,
            self.wait(),
        )?)
    }
}

//! What the agent is told to do.

use std::path::PathBuf;
use std::time::Duration;

use super::environment::Installer;
use super::generation::Places;
use crate::crontab::Defaults;

pub use crate::model::Scheduler;

/// Everything that `stackctl jobs run` is told, with defaults resolved.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where code, requirements and schedule are.
    pub places: Places,
    /// How often the link is looked at.
    pub poll: Duration,
    /// Where environments, history and the rest of the state are kept; absolute.
    pub state_dir: PathBuf,
    /// The interpreter of the jobs' packages.
    pub python: PathBuf,
    /// What installs packages.
    pub installer: Installer,
    /// Environments that are kept besides those in use.
    pub keep_environments: usize,
    /// What runs the jobs.
    pub scheduler: Scheduler,
    /// What holds for a job where its crontab says nothing.
    pub defaults: Defaults,
    /// How long running jobs may go on once the agent is told to end.
    pub drain: Duration,
    /// Where health and metrics are answered, such as `:9090`; nowhere otherwise.
    pub http_bind: Option<String>,
}

//! A container that runs jobs: its code, dependencies and schedule follow a synced repository.

use super::duration::Duration;
use super::name::{ServiceName, VolumeName};
use super::overlap::Overlap;
use super::port::Port;
use super::time_zone::TimeZone;

/// One `[jobs.NAME]`. Its service has the same name, its state is in the volume `NAME_state`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Jobs {
    /// The sync whose repository it follows.
    pub sync: ServiceName,
    /// The name of that sync's link.
    pub link: String,
    /// The folder in which the code appears, below a link of the sync's name.
    pub project: String,
    /// The requirements file in the repository; none if there are no dependencies.
    pub requirements: Option<String>,
    /// The crontab in the repository; none if only [`cron`](Self::cron) counts.
    pub crontab: Option<String>,
    /// Jobs of stack.toml itself.
    pub cron: Vec<CronJob>,
    /// Time between two looks at the link.
    pub poll: Duration,
    /// What runs the schedule.
    pub scheduler: Scheduler,
    /// What installs dependencies.
    pub installer: Installer,
    /// Environments that are kept.
    pub keep: u32,
    /// What holds for jobs that say nothing else.
    pub policy: Policy,
    /// Time for running jobs when the container is stopped.
    pub drain: Duration,
    /// Where health and metrics are answered in the container.
    pub metrics_port: Option<Port>,
}

/// What runs the schedule.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Scheduler {
    /// stackctl itself.
    #[default]
    Builtin,
    /// supercronic, below stackctl.
    Supercronic,
    /// yacron, below stackctl.
    Yacron,
}

impl Scheduler {
    /// As the agent's flag has it; for the others, their command too.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Builtin => "builtin",
            Self::Supercronic => "supercronic",
            Self::Yacron => "yacron",
        }
    }
}

/// What installs dependencies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Installer {
    /// The pip of the image.
    Pip,
    /// uv, which is then in the image.
    Uv,
}

impl Installer {
    /// As the agent's flag has it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pip => "pip",
            Self::Uv => "uv",
        }
    }
}

/// How runs of a job are treated; what is not set is the agent's default, or that of all jobs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Policy {
    /// What happens when a run is due while the one before goes on.
    pub overlap: Option<Overlap>,
    /// Time that a run may take.
    pub timeout: Option<Duration>,
    /// How often a failed run is tried again.
    pub retries: Option<u32>,
    /// Time between two tries.
    pub retry_delay: Option<Duration>,
    /// Whether a run that was missed while the container was down is made up for.
    pub catch_up: Option<bool>,
}

/// One `[[jobs.NAME.cron]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CronJob {
    /// The job's name.
    pub name: ServiceName,
    /// Five fields, or a word such as `@hourly`.
    pub schedule: String,
    /// A line for the shell.
    pub command: String,
    /// The zone of the schedule; none for the stack's.
    pub timezone: Option<TimeZone>,
    /// How its runs are treated.
    pub policy: Policy,
}

impl Jobs {
    /// Where the agent keeps its state.
    pub const STATE: &'static str = "/var/lib/app-state";
    /// The variable that names a shell file with package index, proxy and authorities, for the installer alone.
    pub const NETWORK_FILE: &'static str = "STACKCTL_NETWORK_FILE";
    /// Where the crontab of stack.toml is mounted.
    pub const INLINE_CRONTAB: &'static str = "/etc/stackctl/crontab";
    /// Time between the end of the drain and that of the container: jobs that ignore SIGTERM are killed within it.
    pub const AFTER_DRAIN: Duration = Duration::from_secs(10);

    /// The volume with the state of the service of that name; none where the name is too long for a volume.
    #[must_use]
    pub fn volume(service: &ServiceName) -> Option<VolumeName> {
        format!("{service}_state").parse().ok()
    }

    /// The sync's link as the container sees it.
    #[must_use]
    pub fn source(&self) -> String {
        format!("{}/{}", crate::model::Sync::reader_root(&self.sync), self.link)
    }

    /// The link that the agent keeps on the code of the active generation.
    #[must_use]
    pub fn published(&self) -> String {
        format!("{}/{}", self.project, self.link)
    }
}

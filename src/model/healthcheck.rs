//! How the engine knows that a container works.

use super::duration::Duration;
use super::port::Port;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Probe {
    /// `GET` of this path on the service's port answers below 400. Run by the image's own Python.
    Http {
        /// The port in the container.
        port: Port,
        /// The path with its leading slash.
        path: String,
    },
    /// The port takes connections. Run by the image's own Python.
    Tcp {
        /// The port in the container.
        port: Port,
    },
    /// This command exits with 0. A first word `CMD` or `CMD-SHELL` is not part of it.
    Command(Vec<String>),
    /// The shell command exits with 0.
    Shell(String),
    /// The check which the image brings.
    Image,
    /// None: a service that runs once and ends, or one whose owner said so.
    Disabled,
}

/// A probe and its timing, with Compose's names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Healthcheck {
    /// What is asked.
    pub probe: Probe,
    /// Time between two probes.
    pub interval: Duration,
    /// After which a probe counts as failed.
    pub timeout: Duration,
    /// Failures in a row that make the container unhealthy.
    pub retries: u32,
    /// Time after the start during which failures do not count.
    pub start_period: Duration,
}

impl Healthcheck {
    /// Default time between two probes.
    pub const INTERVAL: Duration = Duration::from_secs(5);
    /// Default time a probe may take.
    pub const TIMEOUT: Duration = Duration::from_secs(5);
    /// Default failures in a row.
    pub const RETRIES: u32 = 5;
    /// Default grace after the start.
    pub const START_PERIOD: Duration = Duration::from_secs(10);

    /// The probe with the default timing.
    #[must_use]
    pub fn with_defaults(probe: Probe) -> Self {
        Self {
            probe,
            interval: Self::INTERVAL,
            timeout: Self::TIMEOUT,
            retries: Self::RETRIES,
            start_period: Self::START_PERIOD,
        }
    }
}

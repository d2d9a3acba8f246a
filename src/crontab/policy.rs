//! How a job's runs are handled, besides when they are due.

use crate::model::{Duration, Overlap};

/// The options of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Policy {
    /// When it is due while its last run goes on.
    pub overlap: Overlap,
    /// After how long a run is ended; none: never.
    pub timeout: Option<Duration>,
    /// How often a failed run is tried again.
    pub retries: u32,
    /// How long after a failure it is tried again.
    pub retry_delay: Duration,
    /// Whether one run makes up for those that were missed while the agent was away.
    pub catch_up: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            overlap: Overlap::Skip,
            timeout: None,
            retries: 0,
            retry_delay: Duration::from_secs(30),
            catch_up: false,
        }
    }
}

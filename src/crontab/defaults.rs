//! What holds for a job where its crontab says nothing.

use super::policy::Policy;
use crate::model::TimeZone;

/// What holds for a job where its crontab says nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Defaults {
    /// The time zone of schedules.
    pub zone: TimeZone,
    /// The shell that runs commands.
    pub shell: String,
    /// How runs are handled.
    pub policy: Policy,
}

impl Default for Defaults {
    fn default() -> Self {
        Self {
            zone: TimeZone::UTC,
            shell: "/bin/sh".to_owned(),
            policy: Policy::default(),
        }
    }
}

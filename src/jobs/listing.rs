//! The jobs of the schedule, as `jobs list` shows them.

use serde::{Deserialize, Serialize};

/// A job and how it stands. Times are seconds since 1970.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Listed {
    /// Its name.
    pub job: String,
    /// Its schedule as it is written.
    pub schedule: String,
    /// The zone of its clock.
    pub zone: String,
    /// Its next runs, soonest first.
    pub next: Vec<u64>,
    /// Its policy where it differs from the default, such as `overlap=allow timeout=10m`.
    pub policy: String,
    /// Runs that go on.
    pub running: usize,
    /// How its last run ended; none where none has.
    pub last_outcome: Option<String>,
    /// When that was.
    pub last_end: Option<u64>,
}

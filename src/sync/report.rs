//! What the last rounds did, kept beside the repository for `status`.

use std::path::Path;

use serde::{Deserialize, Serialize};

/// The state of a sync. Times are seconds since 1970.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Report {
    /// The repository, without credentials.
    pub repo: String,
    /// What is followed: a branch, a tag, a commit, or `HEAD`.
    pub reference: String,
    /// The published commit.
    pub commit: Option<String>,
    /// When it was published.
    pub published_at: Option<u64>,
    /// When the repository was last asked with success.
    pub succeeded_at: Option<u64>,
    /// When it was last asked.
    pub attempted_at: Option<u64>,
    /// Rounds that failed since the last success.
    pub failures: u32,
    /// Why the last round failed, if it did; credentials are hidden.
    pub error: Option<String>,
    /// What to do about it.
    pub hint: Option<String>,
    /// When the next round is due.
    pub next_at: Option<u64>,
}

impl Report {
    /// The report in a file; none where there is none that can be read.
    #[must_use]
    pub fn read(path: &Path) -> Option<Self> {
        serde_json::from_slice(&std::fs::read(path).ok()?).ok()
    }
}

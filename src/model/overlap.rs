//! What happens when a run is due while the one before goes on.

use std::str::FromStr;

/// What happens when a job is due while its last run goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Overlap {
    /// The new run is left out.
    #[default]
    Skip,
    /// Both go on.
    Allow,
    /// The new run waits for the old one; at most one waits.
    Queue,
    /// The old run is ended for the new one.
    Replace,
}

impl Overlap {
    /// Every way, as it is written.
    pub const NAMES: [(&'static str, Self); 4] = [
        ("skip", Self::Skip),
        ("allow", Self::Allow),
        ("queue", Self::Queue),
        ("replace", Self::Replace),
    ];

    /// As it is written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Skip => "skip",
            Self::Allow => "allow",
            Self::Queue => "queue",
            Self::Replace => "replace",
        }
    }
}

/// The text names no way to overlap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("write skip, allow, queue or replace")]
pub struct OverlapError;

impl FromStr for Overlap {
    type Err = OverlapError;

    fn from_str(text: &str) -> Result<Self, OverlapError> {
        Self::NAMES
            .iter()
            .find(|(name, _)| *name == text)
            .map(|(_, overlap)| *overlap)
            .ok_or(OverlapError)
    }
}

impl std::fmt::Display for Overlap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

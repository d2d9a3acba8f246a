//! What a round finds before it does anything.

use super::Verdict;

/// The commit that is to be published, and its worktree.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Found {
    /// The full object name.
    pub commit: String,
    /// How its worktree was found; none where there is no such folder.
    pub verdict: Option<Verdict>,
}

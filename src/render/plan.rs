//! What writing the set would change. Pure: made from what was observed, shown by `render --dry-run`, `--check`
//! and `diff`.

use serde::Serialize;

use super::containers::Container;

/// What happens to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// It is new.
    Added,
    /// Its bytes change.
    Changed,
    /// It is not rendered any more.
    Removed,
    /// Its bytes stay; its permissions are put right.
    Mode,
}

/// Why a file is not overwritten or removed without `--force`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Conflict {
    /// stackctl wrote it, and somebody changed it since.
    HandEdited,
    /// stackctl never wrote it.
    NotOurs,
}

impl Conflict {
    /// The reason for a file that differs, by the sum it was written with.
    pub(super) fn of(written: Option<&str>) -> Self {
        match written {
            Some(_) => Self::HandEdited,
            None => Self::NotOurs,
        }
    }

    /// The reason in words.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::HandEdited => "edited by hand",
            Self::NotOurs => "not written by stackctl",
        }
    }
}

/// One file that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Relative to the rendered folder.
    pub path: String,
    /// What happens to it.
    #[serde(rename = "change")]
    pub kind: Kind,
    /// What it holds now; none where there is none or it is no regular file.
    #[serde(skip)]
    pub old: Option<Vec<u8>>,
    /// What it will hold; none where it is removed.
    #[serde(skip)]
    pub new: Option<Vec<u8>>,
    /// Why that needs `--force`, if it does.
    pub conflict: Option<Conflict>,
}

/// Everything that writing would do to the rendered folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// The rendered folder, relative to stack.toml.
    pub directory: String,
    /// The files that differ, sorted by path.
    pub changes: Vec<Change>,
    /// How many files stay.
    pub unchanged: usize,
    /// Containers that `up` will make anew, and why.
    pub containers: Vec<Container>,
    /// Whether the list of what stackctl wrote has to be written again though no file changes.
    pub manifest_is_stale: bool,
    /// What a person should know before.
    pub warnings: Vec<String>,
}

impl Plan {
    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && !self.manifest_is_stale
    }

    /// The files that need `--force`.
    pub fn conflicts(&self) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(|change| change.conflict.is_some())
    }

    /// The changes in words, such as `2 changed, 1 added`.
    #[must_use]
    pub fn summary(&self) -> String {
        let count = |kind| self.changes.iter().filter(|change| change.kind == kind).count();
        let parts = [
            (count(Kind::Added), "added"),
            (count(Kind::Changed), "changed"),
            (count(Kind::Removed), "removed"),
            (count(Kind::Mode), "given the right permissions"),
        ];
        let parts: Vec<String> = parts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        parts.join(", ")
    }
}

//! What the last process knew of the repository, so that the next one need not look at everything again.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::sync::options::Source;
use crate::sync::signpost;

use super::watch::Watch;

/// What a reference stood for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// The object that the server names; for an annotated tag not the commit.
    pub object: String,
    /// The commit.
    pub commit: String,
}

/// What is kept in a file in the repository. It counts only as long as the repository still looks so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memo {
    /// How the repository was left.
    pub watch: Watch,
    /// What was fetched last.
    pub known: Known,
    /// What it was fetched with.
    fetched_with: String,
}

impl Memo {
    /// The one to keep.
    pub fn new(watch: Watch, known: Known, source: &Source) -> Self {
        Self {
            watch,
            known,
            fetched_with: fetched_with(source),
        }
    }

    /// The one that was kept, if it still says how things are.
    pub fn read(repository: &Path, source: &Source) -> Option<Self> {
        let memo: Self = serde_json::from_slice(&fs::read(file(repository)).ok()?).ok()?;
        let counts = memo.fetched_with == fetched_with(source) && memo.watch == Watch::of(repository);
        counts.then_some(memo)
    }

    /// Keeps it.
    ///
    /// # Errors
    /// It can't be written.
    pub fn write(&self, repository: &Path) -> io::Result<()> {
        signpost::write(&file(repository), &serde_json::to_string(self)?)
    }
}

fn file(repository: &Path) -> PathBuf {
    repository.join("stackctl-memo.json")
}

fn fetched_with(source: &Source) -> String {
    format!(
        "{:?}",
        (&source.repo, &source.reference, source.depth, &source.filter)
    )
}

//! What the last fetch brought, kept beside the repository so that the next one need not fetch it again.

use std::path::PathBuf;

use git2::{Oid, Repository};
use serde::{Deserialize, Serialize};

use super::super::child::{Failure, Site};
use super::file;

/// The last fetch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fetched {
    /// The repository's URL.
    pub repo: String,
    /// The object that the server named; an annotated tag's own name.
    pub object: String,
    /// The commit that it is, or points at.
    pub commit: String,
    /// The commits of history that it came with; 0 for all.
    pub depth: u32,
}

/// Keeps the commit from being forgotten, and tells the server what is here already.
pub const REFERENCE: &str = "refs/stackctl/fetched";

fn path(site: &Site) -> PathBuf {
    site.own().join("fetched.json")
}

/// The last fetch, if it is still there in the repository.
pub fn read(site: &Site, repository: &Repository) -> Option<Fetched> {
    let fetched = noted(site)?;
    let commit = repository
        .find_commit(Oid::from_str(&fetched.commit).ok()?)
        .ok()?;
    commit.tree().ok()?;
    Some(fetched)
}

/// The last fetch by its note alone; the repository may have lost it since.
pub fn noted(site: &Site) -> Option<Fetched> {
    serde_json::from_slice(&std::fs::read(path(site)).ok()?).ok()
}

/// Remembers a fetch.
pub fn write(site: &Site, repository: &Repository, fetched: &Fetched) -> Result<(), Failure> {
    let commit = Oid::from_str(&fetched.commit)?;
    repository.reference(REFERENCE, commit, true, "fetched")?;
    let text = serde_json::to_vec(fetched).expect("a struct of strings is JSON");
    file::replace(&path(site), &text)
}

/// Forgets the last fetch.
pub fn forget(site: &Site) -> Result<(), Failure> {
    file::remove(&path(site))
}

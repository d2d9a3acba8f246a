//! What a round begins with, in one process: the repository is prepared, the server asked, the worktree compared.

use std::path::Path;
use std::thread;

use super::super::Found;
use super::super::child::{Failure, Request};
use super::{fetch, fetched, prepare, verify};

/// Looks. While the server is asked, the worktree of the commit that it is likely to name again is compared.
pub fn look(request: &Request, pinned: Option<&str>, worktrees: &Path) -> Result<Found, Failure> {
    prepare::prepare(request)?;
    let site = &request.site;
    let compare = |commit: &str| verify::verify(site, commit, &worktrees.join(commit));
    let last = || fetched::noted(site).map(|fetched| fetched.commit);
    let likely = last().filter(|commit| pinned.is_none() && worktrees.join(commit).is_dir());
    let (commit, early) = thread::scope(|scope| {
        let comparing = likely
            .as_deref()
            .map(|commit| scope.spawn(move || compare(commit)));
        let commit = match pinned {
            Some(commit) => Ok(commit.to_owned()),
            None => fetch::fetch(request),
        };
        (commit, comparing.map(thread::ScopedJoinHandle::join))
    });
    let commit = commit?;
    let verdict = match early {
        Some(Ok(Ok(verdict))) if likely.as_ref() == Some(&commit) => Some(verdict),
        // What went wrong is found again, and told, where the comparison is needed.
        _ if worktrees.join(&commit).is_dir() => Some(compare(&commit)?),
        _ => None,
    };
    Ok(Found { commit, verdict })
}

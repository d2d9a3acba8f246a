//! Writes a commit's tree, with submodules, to a new folder, and registers that as a worktree.

use std::path::Path;

use git2::Oid;

use super::super::child::{Failure, Request};
use super::registration::Registration;
use super::submodule::{self, Place};
use super::{file, session, tree, write};

/// Checks out. A folder that was begun and could not be finished is removed again.
pub fn check_out(request: &Request, commit: &str, folder: &Path, worktree: &Path) -> Result<(), Failure> {
    let outcome = write_all(request, commit, folder, worktree);
    if outcome.is_err() {
        // The first error is the one to tell; what can't be removed is swept later.
        let _left = file::remove(folder);
    }
    outcome
}

fn write_all(request: &Request, commit: &str, folder: &Path, worktree: &Path) -> Result<(), Failure> {
    let site = &request.site;
    let repository = session::open(site)?;
    let id = Oid::from_str(commit)?;
    let registration = Registration::begin(site, worktree)?;
    let listing = tree::list(&repository, id)?;
    let entries = write::write(&repository, id, &listing, folder)?;
    file::replace(&folder.join(".git"), &registration.link())?;
    registration.fill(commit, &entries)?;
    let place = Place {
        folder,
        worktree,
        making: registration.making(),
        registered: registration.place(),
    };
    submodule::check_out(request, &repository, &listing, &place, &site.repo)?;
    registration.finish()
}

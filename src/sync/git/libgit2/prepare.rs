//! Makes the repository usable: what is missing is made, what was left behind is swept, what is corrupted is put
//! aside to be fetched again. Worktrees are not touched.

use git2::Repository;

use super::super::child::{Failure, Request, Site};
use super::{create, fetched, file, stale, tidy, transfer};

/// Prepares the repository.
pub fn prepare(request: &Request) -> Result<(), Failure> {
    let site = &request.site;
    let folder = site.repository();
    file::folder(&site.root)?;
    if folder.symlink_metadata().is_ok_and(|metadata| !metadata.is_dir()) {
        file::remove(&folder)?;
    }
    stale::sweep(&folder, request.stale_before)?;
    let is_distrusted = site.is_distrusted();
    if is_distrusted {
        forget_objects(site)?;
    }
    let repository = create::ensure(&folder, false)?;
    file::folder(&site.own())?;
    point_at(&repository, &site.repo)?;
    let registrations = tidy::prune(site)?;
    if is_distrusted {
        for commit in registrations.iter().filter_map(|own| tidy::head(own)) {
            // Its files stay whatever comes; this is for git, in worktrees that are still in use.
            transfer::download_if_given(request, &repository, &site.repo, commit)?;
        }
        file::remove(&site.distrust())?;
    }
    Ok(())
}

/// Remembers that objects could not be read. A disk that takes no file says so in what follows.
pub fn distrust(site: &Site) {
    let _unwritten = file::replace(&site.distrust(), b"");
}

/// Drops all that a fetch brings, so that the next one brings it again. Killed in between, it begins anew.
fn forget_objects(site: &Site) -> Result<(), Failure> {
    let folder = site.repository();
    fetched::forget(site)?;
    for part in ["objects", "shallow", "packed-refs", "refs", "stackctl/modules"] {
        file::remove(&folder.join(part))?;
    }
    Ok(())
}

/// Names the remote, for people and for hooks that look at the repository.
fn point_at(repository: &Repository, url: &str) -> Result<(), Failure> {
    const NAME: &str = "origin";
    let known = repository.find_remote(NAME);
    if known.is_ok_and(|remote| remote.url_bytes() == url.as_bytes()) {
        return Ok(());
    }
    Ok(repository.config()?.set_str(&format!("remote.{NAME}.url"), url)?)
}

//! Forgets worktrees that are gone, and the objects that only they needed.

use std::collections::HashSet;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use git2::Oid;

use super::super::child::{Failure, Site};
use super::failure::at;
use super::{file, repack, session, submodule};
use crate::sync::layout::Layout;

/// Tidies.
pub fn tidy(site: &Site) -> Result<(), Failure> {
    let repository = session::open(site)?;
    let registrations = prune(site)?;
    let mut roots: Vec<Oid> = registrations.iter().filter_map(|own| head(own)).collect();
    roots.extend(repository.head().ok().and_then(|head| head.target()));
    // The git command keeps its last fetch here alone.
    roots.extend(fetch_head(&site.repository()));
    repack::repack(&repository, &roots)?;
    let mut needed = HashSet::new();
    for own in &registrations {
        add_submodules(own, &mut needed)?;
    }
    tidy_submodules(site, &needed)
}

/// Removes the registrations of worktrees that are gone, and gives back those that stay.
pub fn prune(site: &Site) -> Result<Vec<PathBuf>, Failure> {
    let mut kept = Vec::new();
    for own in folders(&site.repository().join("worktrees"))? {
        let name = own.file_name().unwrap_or_default();
        let is_there = site.root.join(Layout::WORKTREES).join(name).exists()
            || own.join("locked").exists()
            || named_worktree(&own).is_some_and(|worktree| worktree.exists());
        if is_there {
            kept.push(own);
        } else {
            file::remove(&own)?;
        }
    }
    Ok(kept)
}

/// Where a registration says that its worktree's `.git` is; the root may be mounted elsewhere by now.
fn named_worktree(own: &Path) -> Option<PathBuf> {
    let text = fs::read(own.join("gitdir")).ok()?;
    let path = text.strip_suffix(b"\n").unwrap_or(&text);
    Some(own.join(std::ffi::OsStr::from_bytes(path)))
}

/// The commit of a registration.
pub fn head(own: &Path) -> Option<Oid> {
    Oid::from_str(fs::read_to_string(own.join("HEAD")).ok()?.trim_end()).ok()
}

fn fetch_head(repository: &Path) -> Vec<Oid> {
    let text = fs::read_to_string(repository.join("FETCH_HEAD")).unwrap_or_default();
    let names = text.lines().filter_map(|line| line.split_whitespace().next());
    names.filter_map(|name| Oid::from_str(name).ok()).collect()
}

/// The commits of all submodules below a registration.
fn add_submodules(own: &Path, needed: &mut HashSet<String>) -> Result<(), Failure> {
    let modules = own.join("modules");
    let mut open = folders(&modules)?;
    while let Some(folder) = open.pop() {
        match head(&folder) {
            Some(commit) => {
                needed.insert(commit.to_string());
                add_submodules(&folder, needed)?;
            }
            // The name of a submodule may hold slashes.
            None => open.extend(folders(&folder)?),
        }
    }
    Ok(())
}

fn tidy_submodules(site: &Site, needed: &HashSet<String>) -> Result<(), Failure> {
    const PREFIX: &str = "refs/stackctl/";
    for cache in folders(&submodule::caches(site))? {
        let repository = session::open_at(&cache)?;
        let mut is_needed = false;
        let mut unneeded = Vec::new();
        for reference in repository.references_glob(&format!("{PREFIX}*"))? {
            let reference = reference?;
            let name = reference.name()?.to_owned();
            if name
                .strip_prefix(PREFIX)
                .is_some_and(|commit| needed.contains(commit))
            {
                is_needed = true;
            } else {
                unneeded.push(name);
            }
        }
        if !is_needed {
            drop(repository);
            file::remove(&cache)?;
            continue;
        }
        for name in unneeded {
            repository.find_reference(&name)?.delete()?;
        }
        repack::repack(&repository, &[])?;
    }
    Ok(())
}

fn folders(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(at(folder)(error)),
    };
    let mut folders = Vec::new();
    for entry in entries {
        let entry = entry.map_err(at(folder))?;
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            folders.push(entry.path());
        }
    }
    Ok(folders)
}

//! Compares a worktree with its commit.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fs::{self, Metadata};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use git2::{Index, IndexEntry, ObjectType, Oid, Repository, TreeWalkMode, TreeWalkResult};

use super::super::child::{Failure, Site};
use super::attributes::Attributes;
use super::tree::{self, Entry, Kind};
use super::write::{index_time, low_bits};
use super::{session, submodule};
use crate::sync::git::Verdict;
use crate::sync::options::Submodules;

/// Looks at every tracked file: by its recorded size and times, and where those differ by its bytes.
pub fn verify(site: &Site, commit: &str, worktree: &Path) -> Result<Verdict, Failure> {
    let repository = session::open(site)?;
    let id = Oid::from_str(commit)?;
    // Objects that are missing must be told apart from a worktree that is.
    tree::list(&repository, id)?;
    let whole = git_folder_of(worktree)
        .filter(|own| own.starts_with(site.repository()) && is_head(own, id))
        .is_some_and(|own| is_whole(site, &repository, id, worktree, &own).unwrap_or(false));
    Ok(if whole { Verdict::Whole } else { Verdict::Damaged })
}

/// The git folder that a worktree's `.git` names.
pub fn git_folder_of(worktree: &Path) -> Option<PathBuf> {
    let text = fs::read(worktree.join(".git")).ok()?;
    let way = text.strip_prefix(b"gitdir: ")?;
    let way = way.strip_suffix(b"\n").unwrap_or(way);
    worktree.join(OsStr::from_bytes(way)).canonicalize().ok()
}

fn is_head(own: &Path, commit: Oid) -> bool {
    fs::read_to_string(own.join("HEAD")).is_ok_and(|head| head.trim_end() == commit.to_string())
}

fn is_whole(
    site: &Site,
    repository: &Repository,
    commit: Oid,
    worktree: &Path,
    own: &Path,
) -> Result<bool, Failure> {
    let listing = tree::list(repository, commit)?;
    let index = Index::open(&own.join("index"))?;
    let recorded: HashMap<Vec<u8>, IndexEntry> =
        index.iter().map(|entry| (entry.path.clone(), entry)).collect();
    let attributes = Attributes::of(repository, commit, &listing)?;
    let wanted = submodule::wanted(worktree)?;
    for entry in &listing.entries {
        let path = worktree.join(entry.path());
        let Ok(metadata) = fs::symlink_metadata(&path) else {
            return Ok(false);
        };
        // Without its entry git would call the file deleted or changed, whatever it holds.
        let recorded = recorded.get(&entry.path);
        let Some(recorded) =
            recorded.filter(|recorded| recorded.id == entry.id && recorded.mode == entry.mode())
        else {
            return Ok(false);
        };
        let is_right = match entry.kind {
            Kind::Submodule => {
                let is_wanted = site.submodules != Submodules::Off && wanted.contains(&entry.path);
                metadata.is_dir()
                    && if is_wanted {
                        is_submodule_whole(site, entry, &path, own)?
                    } else {
                        // One from before it was turned off.
                        git_folder_of(&path).is_none()
                    }
            }
            _ if is_as_recorded(entry, recorded, &metadata) => true,
            Kind::Link => has_target(repository, entry, &path)?,
            Kind::File { is_executable } => {
                metadata.is_file()
                    && (metadata.permissions().mode() & 0o100 != 0) == is_executable
                    && has_bytes(repository, &attributes, entry, &path)?
            }
        };
        if !is_right {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Times tell every edit: the worktree was published later than its index was written.
fn is_as_recorded(entry: &Entry, recorded: &IndexEntry, metadata: &Metadata) -> bool {
    let is_kind = match entry.kind {
        Kind::File { is_executable } => {
            metadata.is_file() && (metadata.permissions().mode() & 0o100 != 0) == is_executable
        }
        Kind::Link => metadata.is_symlink(),
        Kind::Submodule => metadata.is_dir(),
    };
    is_kind
        && recorded.file_size == low_bits(metadata.size())
        && recorded.mtime == index_time(metadata.mtime(), metadata.mtime_nsec())
        && recorded.ctime == index_time(metadata.ctime(), metadata.ctime_nsec())
        && recorded.ino == low_bits(metadata.ino())
}

fn has_target(repository: &Repository, entry: &Entry, path: &Path) -> Result<bool, Failure> {
    let odb = repository.odb()?;
    let wanted = odb.read(entry.id)?;
    let wanted = OsString::from_vec(wanted.data().to_vec());
    Ok(fs::read_link(path).is_ok_and(|target| target.as_os_str() == wanted))
}

fn has_bytes(
    repository: &Repository,
    attributes: &Attributes<'_>,
    entry: &Entry,
    path: &Path,
) -> Result<bool, Failure> {
    let Ok(found) = fs::read(path) else {
        return Ok(false);
    };
    let odb = repository.odb()?;
    let blob = odb.read(entry.id)?;
    let converted = attributes
        .conversion(entry.path())?
        .apply(blob.data(), &entry.id.to_string());
    Ok(found == converted.as_deref().unwrap_or(blob.data()))
}

fn is_submodule_whole(site: &Site, entry: &Entry, path: &Path, parent: &Path) -> Result<bool, Failure> {
    let own = git_folder_of(path).filter(|own| own.starts_with(parent) && is_head(own, entry.id));
    let Some(own) = own else {
        return Ok(false);
    };
    let repository = session::open_at(&own)?;
    let inner = Site {
        submodules: match site.submodules {
            Submodules::Recursive => Submodules::Recursive,
            Submodules::Shallow | Submodules::Off => Submodules::Off,
        },
        ..site.clone()
    };
    is_whole(&inner, &repository, entry.id, path, &own)
}

/// Whether every object of a commit's tree can be read.
pub fn is_sound(repository: &Repository, commit: Oid) -> bool {
    let check = || -> Result<bool, git2::Error> {
        let odb = repository.odb()?;
        let mut whole = true;
        let tree = repository.find_commit(commit)?.tree()?;
        let walked = tree.walk(TreeWalkMode::PreOrder, |_, entry| {
            let is_elsewhere = entry.kind() == Some(ObjectType::Commit);
            if is_elsewhere || odb.read(entry.id()).is_ok() {
                TreeWalkResult::Ok
            } else {
                whole = false;
                TreeWalkResult::Abort
            }
        });
        Ok(whole && walked.is_ok())
    };
    check().unwrap_or(false)
}

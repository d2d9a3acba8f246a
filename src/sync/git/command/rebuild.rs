//! A repository that can't be read is made again beside itself and put into its place; worktrees stay where they are
//! and, where their commit can still be had, stay known to git.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::sync::git::GitError;
use crate::sync::{replace, temporary};

use super::GitCommand;
use super::invocation::At;
use super::registry::Registry;

impl GitCommand {
    /// Makes an empty repository where there is none.
    pub(super) fn create(&self, deadline: Instant) -> Result<(), GitError> {
        let folder = self.make_beside(deadline)?;
        let place = self.layout.repository();
        replace::replace(&folder.join(".git"), &place).map_err(disk("create", &place))?;
        self.discard(&folder)
    }

    /// Makes the repository again, fetches into it, and exchanges it for the broken one.
    pub(super) fn rebuild(&mut self, deadline: Instant) -> Result<(), GitError> {
        let folder = self.make_beside(deadline)?;
        let new = folder.join(".git");
        let commit = self.fetch_into(&new, deadline)?;
        self.carry_over(&new, deadline)?;
        let place = self.layout.repository();
        replace::replace(&new, &place).map_err(disk("replace", &place))?;
        self.forget();
        self.known = Some(commit);
        self.discard(&folder)
    }

    /// An empty repository in a new folder below the root.
    fn make_beside(&self, deadline: Instant) -> Result<PathBuf, GitError> {
        let root = &self.layout.root;
        let folder = temporary::new_in(root).map_err(disk("name a folder in", root))?;
        fs::create_dir_all(&folder).map_err(disk("create", &folder))?;
        // Run in the folder and without GIT_DIR, so that it becomes a repository with worktrees and no bare one.
        self.git(
            "creating the repository",
            At::Worktree(&folder),
            &["init", "--quiet", "--template="],
            deadline,
        )?;
        self.point_to_remote(&folder.join(".git"), deadline)?;
        Ok(folder)
    }

    fn discard(&self, folder: &Path) -> Result<(), GitError> {
        temporary::remove(folder).map_err(disk("remove", folder))
    }

    /// Carries what git keeps of each worktree over, where the new repository has its commit, can get it out of the
    /// old one, or from the server. A worktree for which that fails keeps its files.
    fn carry_over(&self, new: &Path, deadline: Instant) -> Result<(), GitError> {
        let old = Registry::of(&self.layout.repository());
        let live = old
            .live_in(&self.layout.worktrees())
            .map_err(disk("read", &self.layout.worktrees()))?;
        for id in live {
            let head = fs::read_to_string(old.entry(&id).join("HEAD")).unwrap_or_default();
            let commit = head.trim();
            let is_name = matches!(commit.len(), 40 | 64) && commit.bytes().all(|b| b.is_ascii_hexdigit());
            if is_name && self.obtain(new, commit, deadline)? {
                let target = Registry::of(new).entry(&id);
                copy(&old.entry(&id), &target).map_err(disk("copy to", &target))?;
            }
        }
        Ok(())
    }

    /// Whether the new repository has a commit, or gets it.
    fn obtain(&self, new: &Path, commit: &str, deadline: Instant) -> Result<bool, GitError> {
        let tree = format!("{commit}^{{tree}}");
        let has = |deadline| {
            let found = self.git(
                "looking for a commit",
                At::Repository(new),
                &["rev-list", "--objects", "--quiet", "--max-count=1", &tree],
                deadline,
            );
            found.is_ok()
        };
        if has(deadline) {
            return Ok(true);
        }
        let old = self.layout.repository().display().to_string();
        for source in [old.as_str(), self.repo()] {
            let fetched = self.git(
                "fetching a served commit",
                At::Repository(new),
                &[
                    "fetch",
                    "--quiet",
                    "--no-tags",
                    "--no-auto-gc",
                    "--depth=1",
                    "--",
                    source,
                    commit,
                ],
                deadline,
            );
            match fetched {
                Ok(_) if has(deadline) => return Ok(true),
                Err(error @ (GitError::Deadline { .. } | GitError::Disk(_))) => return Err(error),
                // It is not to be had there.
                Ok(_) | Err(_) => {}
            }
        }
        Ok(false)
    }
}

/// A failure of the file system in the words of [`GitError`].
pub(super) fn disk(action: &'static str, path: &Path) -> impl Fn(io::Error) -> GitError {
    let path = path.display().to_string();
    move |error| GitError::Disk(format!("can't {action} `{path}`: {error}"))
}

/// Copies a folder; the objects of submodules never change and are linked.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            let is_object = from.components().any(|part| part.as_os_str() == "objects");
            if !is_object || fs::hard_link(entry.path(), &target).is_err() {
                fs::copy(entry.path(), &target)?;
            }
        }
    }
    Ok(())
}

//! A worktree's own folder in the repository, as `git worktree add` makes it, so that git works in the worktree.

use std::fs;
use std::path::{Path, PathBuf};

use git2::{Index, IndexEntry};
use nix::fcntl::{AT_FDCWD, RenameFlags, renameat2};

use super::super::child::{Failure, Site};
use super::failure::at;
use super::file;

/// A registration in the making, beside its place until it is whole.
pub struct Registration {
    making: PathBuf,
    place: PathBuf,
    worktree: PathBuf,
}

impl Registration {
    /// Where registrations are made. One that is there was left behind.
    const MAKING: &'static str = "making";

    /// Begins one for a worktree.
    pub fn begin(site: &Site, worktree: &Path) -> Result<Self, Failure> {
        let name = worktree
            .file_name()
            .ok_or_else(|| Failure::Other(format!("`{}` is no worktree", worktree.display())))?;
        let making = site.own().join(Self::MAKING);
        file::remove(&making)?;
        file::folder(&making)?;
        Ok(Self {
            making,
            place: site.repository().join("worktrees").join(name),
            worktree: worktree.to_owned(),
        })
    }

    /// Where it is now.
    pub fn making(&self) -> &Path {
        &self.making
    }

    /// Where it will be.
    pub fn place(&self) -> &Path {
        &self.place
    }

    /// What the worktree's `.git` says: a relative way, so that both can be mounted elsewhere.
    pub fn link(&self) -> Vec<u8> {
        file::line("gitdir: ", &file::relative(&self.worktree, &self.place))
    }

    /// Writes its files.
    pub fn fill(&self, commit: &str, entries: &[IndexEntry]) -> Result<(), Failure> {
        let head = format!("{commit}\n");
        file::replace(&self.making.join("HEAD"), head.as_bytes())?;
        file::replace(&self.making.join("commondir"), b"../..\n")?;
        // git takes a relative way here only since 2.48; an absolute one that leads nowhere is no harm.
        file::replace(
            &self.making.join("gitdir"),
            &file::line("", &self.worktree.join(".git")),
        )?;
        write_index(&self.making.join("index"), entries)
    }

    /// Puts it into place; what stands there stays until then.
    pub fn finish(self) -> Result<(), Failure> {
        let worktrees = self.place.parent().expect("a registration lies in a folder");
        file::folder(worktrees)?;
        let outcome = if self.place.symlink_metadata().is_ok() {
            let exchanged = renameat2(
                AT_FDCWD,
                &self.making,
                AT_FDCWD,
                &self.place,
                RenameFlags::RENAME_EXCHANGE,
            );
            match exchanged {
                Ok(()) => Ok(()),
                // Not every file system can.
                Err(nix::errno::Errno::EINVAL | nix::errno::Errno::ENOSYS) => {
                    file::remove(&self.place)?;
                    fs::rename(&self.making, &self.place)
                }
                Err(error) => Err(error.into()),
            }
        } else {
            fs::rename(&self.making, &self.place)
        };
        outcome.map_err(at(&self.place))?;
        file::remove(&self.making)
    }
}

/// Writes an index.
pub fn write_index(path: &Path, entries: &[IndexEntry]) -> Result<(), Failure> {
    let mut index = Index::open(path)?;
    for entry in entries {
        index.add(entry)?;
    }
    Ok(index.write()?)
}

//! A worktree in use is not pruned.
//!
//! A lease is the kernel's shared `flock` on the worktree's folder. It works through a read-only mount and between
//! containers of one host, and ends with the process that holds it, so none is ever left behind. Whoever prunes
//! takes the exclusive lock first and leaves alone what it can't have.

use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Keeps a worktree on disk until it is dropped.
#[derive(Debug)]
pub struct Lease {
    _folder: File,
}

impl Lease {
    /// Leases a worktree; none where it is being removed or is gone.
    ///
    /// # Errors
    /// The folder can't be opened or locked for another reason.
    pub fn take(worktree: &Path) -> io::Result<Option<Self>> {
        let Some(folder) = open(worktree)? else {
            return Ok(None);
        };
        match folder.try_lock_shared() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => return Ok(None),
            Err(std::fs::TryLockError::Error(error)) => return Err(error),
        }
        // Between opening and locking it may have been removed, and another made under its name.
        Ok(is_still(worktree, &folder)?.then_some(Self { _folder: folder }))
    }
}

/// The right to remove a worktree: nobody leases it, and nobody can from now on.
#[derive(Debug)]
pub struct Removal {
    _folder: File,
}

impl Removal {
    /// Takes the right; none where somebody leases the worktree or it is gone.
    ///
    /// # Errors
    /// The folder can't be opened or locked for another reason.
    pub fn take(worktree: &Path) -> io::Result<Option<Self>> {
        let Some(folder) = open(worktree)? else {
            return Ok(None);
        };
        match folder.try_lock() {
            Ok(()) => Ok(Some(Self { _folder: folder })),
            Err(std::fs::TryLockError::WouldBlock) => Ok(None),
            Err(std::fs::TryLockError::Error(error)) => Err(error),
        }
    }
}

fn open(worktree: &Path) -> io::Result<Option<File>> {
    match File::open(worktree) {
        Ok(folder) => Ok(Some(folder)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn is_still(worktree: &Path, folder: &File) -> io::Result<bool> {
    let opened = folder.metadata()?;
    match std::fs::metadata(worktree) {
        Ok(named) => Ok((named.dev(), named.ino()) == (opened.dev(), opened.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_leased_is_not_removed() {
        let folder = tempfile::tempdir().unwrap();
        let lease = Lease::take(folder.path()).unwrap().unwrap();
        let second = Lease::take(folder.path()).unwrap().unwrap();
        assert!(Removal::take(folder.path()).unwrap().is_none());
        drop((lease, second));
        let removal = Removal::take(folder.path()).unwrap().unwrap();
        assert!(Lease::take(folder.path()).unwrap().is_none());
        drop(removal);
        assert!(Lease::take(folder.path()).unwrap().is_some());
    }

    #[test]
    fn what_is_gone_is_not_leased() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Lease::take(&folder.path().join("gone")).unwrap().is_none());
    }
}

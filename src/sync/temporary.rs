//! Names of what is not in its place yet, or not any more; a killed process leaves them, and the next one sweeps.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::lease::Removal;

/// In front of the name of what is being made.
const NEW: &str = ".stackctl-new-";
/// In front of the name of what is being removed.
const TRASH: &str = ".stackctl-trash-";

/// A name in this folder that nothing has, for what is being made.
///
/// # Errors
/// The system gives no random bytes.
pub fn new_in(folder: &Path) -> io::Result<PathBuf> {
    named(folder, NEW)
}

/// Removes a file or a folder: first its name, at once, then the rest. What is leased loses only its name now.
///
/// # Errors
/// It could not be renamed or removed; a later sweep goes on.
pub fn remove(path: &Path) -> io::Result<()> {
    match discard(path) {
        Ok(trash) => delete(&trash).map(drop),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Takes its name from a file or a folder. Gives the new one, under which [`delete`] or a sweep removes it.
///
/// # Errors
/// It could not be renamed.
pub fn discard(path: &Path) -> io::Result<PathBuf> {
    let trash = named(path.parent().unwrap_or(Path::new("/")), TRASH)?;
    fs::rename(path, &trash)?;
    Ok(trash)
}

/// Removes everything in this folder that bears such a name and is not leased. Gives the number of those removed.
///
/// # Errors
/// The folder could not be read or an entry not removed.
pub fn sweep(folder: &Path) -> io::Result<usize> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(error),
    };
    let mut removed = 0;
    let mut failed = None;
    for entry in entries {
        let entry = entry?;
        if is_temporary(&entry.file_name().to_string_lossy()) {
            match delete(&entry.path()) {
                Ok(is_gone) => removed += usize::from(is_gone),
                Err(error) => failed = Some(error),
            }
        }
    }
    failed.map_or(Ok(removed), Err)
}

/// Whether this is such a name.
#[must_use]
pub fn is_temporary(name: &str) -> bool {
    name.starts_with(NEW) || name.starts_with(TRASH)
}

/// Deletes what bears such a name. Whether it is gone: a leased folder stays.
///
/// # Errors
/// It could not be deleted, or only in part.
pub fn delete(path: &Path) -> io::Result<bool> {
    if !fs::symlink_metadata(path)?.is_dir() {
        return fs::remove_file(path).map(|()| true);
    }
    let Some(_removal) = Removal::take(path)? else {
        return Ok(false);
    };
    fs::remove_dir_all(path).map(|()| true)
}

fn named(folder: &Path, prefix: &str) -> io::Result<PathBuf> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes)?;
    Ok(folder.join(format!("{prefix}{:016x}", u64::from_ne_bytes(bytes))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::lease::Lease;

    #[test]
    fn a_sweep_removes_what_is_left_over_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let new = new_in(folder.path()).unwrap();
        fs::create_dir_all(new.join("a/b")).unwrap();
        fs::write(new_in(folder.path()).unwrap(), "").unwrap();
        fs::write(folder.path().join("kept"), "").unwrap();
        assert_eq!(sweep(folder.path()).unwrap(), 2);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert_eq!(sweep(&folder.path().join("gone")).unwrap(), 0);
    }

    #[test]
    fn what_is_leased_loses_its_name_and_goes_once_it_is_free() {
        let folder = tempfile::tempdir().unwrap();
        let worktree = folder.path().join("worktree");
        fs::create_dir(&worktree).unwrap();
        let lease = Lease::take(&worktree).unwrap().unwrap();
        remove(&worktree).unwrap();
        assert!(!worktree.exists());
        assert_eq!(sweep(folder.path()).unwrap(), 0);
        drop(lease);
        assert_eq!(sweep(folder.path()).unwrap(), 1);
    }
}

//! The root as it is when sync starts: there, without symlinks, and nobody else's.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use super::error::SyncError;
use super::layout::Layout;
use super::publish::{folder_of, plain};
use super::temporary;

/// The right to work on a root, until it is dropped or the process ends.
#[derive(Debug)]
pub struct Root {
    _folder: File,
}

/// Creates the root where it is not there, and gives its places with symlinks resolved.
///
/// # Errors
/// It can't be created.
pub fn resolve(layout: &Layout) -> Result<Layout, SyncError> {
    let action = "create the root";
    fs::create_dir_all(&layout.root).map_err(SyncError::disk(action, &layout.root))?;
    let root = layout
        .root
        .canonicalize()
        .map_err(SyncError::disk(action, &layout.root))?;
    // The link keeps its own name: only a root in front of it is resolved.
    let link = plain(&layout.link);
    let link = match link.strip_prefix(plain(&layout.root)) {
        Ok(rest) => root.join(rest),
        Err(_) => link,
    };
    Ok(Layout { root, link })
}

impl Root {
    /// Takes the root: removing locks and half-made folders is right only while no other sync works here.
    ///
    /// # Errors
    /// Another sync works here, or the root can't be opened.
    pub fn take(root: &Path) -> Result<Self, SyncError> {
        let folder = File::open(root).map_err(SyncError::disk("open the root", root))?;
        match folder.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => return Err(SyncError::Busy(root.to_owned())),
            // Some network file systems have no locks; there the user has to see to it.
            Err(fs::TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {}
            Err(fs::TryLockError::Error(error)) => {
                return Err(SyncError::disk("lock the root", root)(error));
            }
        }
        Ok(Self { _folder: folder })
    }
}

/// Removes what a killed sync left half-made.
///
/// # Errors
/// Something can't be removed.
pub fn sweep(layout: &Layout) -> Result<usize, SyncError> {
    let mut removed = 0;
    let worktrees = layout.worktrees();
    for folder in [&layout.root, &worktrees, folder_of(&layout.link)] {
        removed += temporary::sweep(folder).map_err(SyncError::disk("clean", folder))?;
    }
    Ok(removed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_root_behind_a_symlink_is_resolved_with_its_link() {
        let folder = tempfile::tempdir().unwrap();
        let real = folder.path().canonicalize().unwrap().join("real");
        fs::create_dir(&real).unwrap();
        let alias = folder.path().join("alias");
        std::os::unix::fs::symlink(&real, &alias).unwrap();
        let layout = Layout {
            link: alias.join("sub/../link"),
            root: alias,
        };
        let resolved = resolve(&layout).unwrap();
        assert_eq!(resolved.root, real);
        assert_eq!(resolved.link, real.join("link"));
    }

    #[test]
    fn one_sync_at_a_time_works_on_a_root() {
        let folder = tempfile::tempdir().unwrap();
        let root = Root::take(folder.path()).unwrap();
        assert!(matches!(Root::take(folder.path()), Err(SyncError::Busy(_))));
        drop(root);
        Root::take(folder.path()).unwrap();
    }
}

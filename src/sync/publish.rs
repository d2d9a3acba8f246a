//! The link: what it points to, and pointing it elsewhere in one step.

use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Component, Path, PathBuf};

use super::error::SyncError;
use super::layout::Layout;
use super::temporary;

/// The folder that the link points to, whether or not it is there; none without a link.
///
/// # Errors
/// Something that is no symlink stands in its place, or it can't be read.
pub fn published(layout: &Layout) -> Result<Option<PathBuf>, SyncError> {
    match fs::read_link(&layout.link) {
        Ok(target) => Ok(Some(plain(&folder_of(&layout.link).join(target)))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => {
            Err(SyncError::NotALink(layout.link.clone()))
        }
        Err(error) => Err(SyncError::disk("read the link", &layout.link)(error)),
    }
}

/// Points the link to a worktree: relative, so that the volume can be mounted anywhere.
///
/// # Errors
/// The link could not be made; the old one still stands.
pub fn publish(layout: &Layout, worktree: &Path) -> Result<(), SyncError> {
    let folder = folder_of(&layout.link);
    fs::create_dir_all(folder).map_err(SyncError::disk("create the folder", folder))?;
    // A link in a folder that is itself reached over a symlink is resolved from where that folder really is.
    let real = folder
        .canonicalize()
        .map_err(SyncError::disk("find the folder", folder))?;
    let target = relative(&real, worktree);
    let new = temporary::new_in(folder).map_err(SyncError::disk("name a link in", folder))?;
    symlink(target, &new).map_err(SyncError::disk("create the link", &new))?;
    if let Err(error) = fs::rename(&new, &layout.link) {
        let _left_for_the_next_sweep = fs::remove_file(&new);
        return Err(if layout.link.is_dir() && !layout.link.is_symlink() {
            SyncError::NotALink(layout.link.clone())
        } else {
            SyncError::disk("replace the link", &layout.link)(error)
        });
    }
    Ok(())
}

/// The folder that a link lies in.
#[must_use]
pub fn folder_of(link: &Path) -> &Path {
    link.parent().unwrap_or(Path::new("/"))
}

/// The path from a folder to another place. Both are absolute and plain.
fn relative(folder: &Path, target: &Path) -> PathBuf {
    let mut from = folder.components().peekable();
    let mut to = target.components().peekable();
    while from.peek().is_some() && from.peek() == to.peek() {
        from.next();
        to.next();
    }
    from.map(|_| Component::ParentDir).chain(to).collect()
}

/// The path without `.` and `..`, by its text.
#[must_use]
pub fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(root: &Path, link: &str) -> Layout {
        let root = root.canonicalize().unwrap();
        Layout {
            link: plain(&root.join(link)),
            root,
        }
    }

    #[test]
    fn the_link_is_relative_wherever_it_lies() {
        let folder = tempfile::tempdir().unwrap();
        for (link, target) in [
            ("link", ".worktrees/abc"),
            ("sub/folder/link", "../../.worktrees/abc"),
            ("../outside", "root/.worktrees/abc"),
        ] {
            let root = folder.path().join("root");
            fs::create_dir_all(&root).unwrap();
            let layout = layout(&root, link);
            assert_eq!(published(&layout).unwrap(), None);
            publish(&layout, &layout.worktree("abc")).unwrap();
            assert_eq!(fs::read_link(&layout.link).unwrap(), Path::new(target));
            assert_eq!(published(&layout).unwrap(), Some(layout.worktree("abc")));
            fs::remove_file(&layout.link).unwrap();
        }
    }

    #[test]
    fn a_link_of_another_kind_is_replaced_and_a_folder_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let layout = layout(folder.path(), "link");
        symlink("/absolute/elsewhere", &layout.link).unwrap();
        assert_eq!(
            published(&layout).unwrap(),
            Some(PathBuf::from("/absolute/elsewhere"))
        );
        publish(&layout, &layout.worktree("abc")).unwrap();
        fs::remove_file(&layout.link).unwrap();
        fs::create_dir(&layout.link).unwrap();
        fs::write(layout.link.join("file"), "").unwrap();
        assert!(matches!(published(&layout), Err(SyncError::NotALink(_))));
        assert!(matches!(
            publish(&layout, &layout.worktree("abc")),
            Err(SyncError::NotALink(_))
        ));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}

//! Exact permissions: the umask may have taken bits away that containers need. Mostly it did not, and to look is
//! cheaper than to change.

use std::fs::{self, File, Metadata, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Gives them to an open file.
pub fn of_file(file: &File, mode: u32) -> io::Result<()> {
    match wrong(&file.metadata()?, mode) {
        Some(permissions) => file.set_permissions(permissions),
        None => Ok(()),
    }
}

/// Gives them to a folder.
pub fn of_folder(path: &Path, mode: u32) -> io::Result<()> {
    match wrong(&fs::metadata(path)?, mode) {
        Some(permissions) => fs::set_permissions(path, permissions),
        None => Ok(()),
    }
}

fn wrong(metadata: &Metadata, mode: u32) -> Option<Permissions> {
    (metadata.permissions().mode() & 0o7777 != mode).then(|| Permissions::from_mode(mode))
}

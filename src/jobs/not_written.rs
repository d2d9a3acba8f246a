//! What to do where a place of the jobs can't be written.

use std::io;
use std::path::Path;

/// The hint that belongs to an error of the system at a path.
#[must_use]
pub fn hint(path: &Path, source: &io::Error) -> Option<String> {
    let is_there = |folder: &&Path| folder.exists();
    let folder = path.ancestors().find(is_there).unwrap_or(path).display();
    match source.kind() {
        io::ErrorKind::PermissionDenied => Some(format!(
            "the user that the jobs run as must be able to write there; `ls -ld {folder}` shows who can"
        )),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Some(format!(
            "the disk is full; make room on it, `df -h {folder}` shows it"
        )),
        io::ErrorKind::ReadOnlyFilesystem => {
            Some("it is mounted read-only; mount a volume or a tmpfs there".to_owned())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_to_look_at_is_one_that_is_there() {
        let hint = hint(Path::new("/nowhere/at/all"), &io::ErrorKind::StorageFull.into());
        assert_eq!(
            hint.unwrap(),
            "the disk is full; make room on it, `df -h /` shows it"
        );
    }
}

//! A folder takes its place, also where another one stands, without a moment in which nothing is there.

use std::fs;
use std::io;
use std::path::Path;

use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, RenameFlags, renameat2};

use super::temporary;

/// Renames `new` to `place`. What stood there is removed; while it is leased, it stays under another name.
///
/// # Errors
/// It could not be renamed; then what stood there still does. Or what stood there could not be removed.
pub fn replace(new: &Path, place: &Path) -> io::Result<()> {
    match exchange(new, place) {
        Ok(()) => temporary::remove(new),
        Err(Errno::ENOENT) => fs::rename(new, place),
        // Some file systems can't exchange names; there the place is empty for a moment.
        Err(Errno::EINVAL | Errno::ENOSYS | Errno::ENOTSUP) => {
            temporary::remove(place)?;
            fs::rename(new, place)
        }
        Err(errno) => Err(errno.into()),
    }
}

fn exchange(one: &Path, other: &Path) -> nix::Result<()> {
    renameat2(AT_FDCWD, one, AT_FDCWD, other, RenameFlags::RENAME_EXCHANGE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_takes_an_empty_place_and_a_taken_one() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("place");
        for text in ["first", "second"] {
            let new = temporary::new_in(folder.path()).unwrap();
            fs::create_dir(&new).unwrap();
            fs::write(new.join("file"), text).unwrap();
            replace(&new, &place).unwrap();
            assert_eq!(fs::read_to_string(place.join("file")).unwrap(), text);
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        }
    }

    #[test]
    fn a_file_in_the_way_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let (new, place) = (folder.path().join("new"), folder.path().join("place"));
        fs::create_dir(&new).unwrap();
        fs::write(&place, "").unwrap();
        replace(&new, &place).unwrap();
        assert!(place.is_dir());
        assert!(!new.exists());
    }
}

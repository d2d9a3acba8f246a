//! Putting a complete set into the place of the old one, and mending what a killed run left behind.
//!
//! `renameat2(RENAME_EXCHANGE)` swaps two folders in one step: whenever the process is killed, the name stands for
//! the whole old set or the whole new one. A few filesystems have no exchange. There the old set steps aside and
//! the new one takes its name; killed in between, no set has the name, and the next run puts the old one back.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, RenameFlags, renameat2};

use super::durable;
use super::error::RenderError;

/// The names that one rendered folder uses beside itself.
#[derive(Debug)]
pub struct Places {
    /// The folder's own.
    pub rendered: PathBuf,
    /// Where the next set is built; after an exchange, what is left of the old one.
    pub staging: PathBuf,
    /// Where the old set waits on filesystems without exchange.
    pub aside: PathBuf,
    parent: PathBuf,
}

impl Places {
    /// The places of a folder below the folder of stack.toml: one filesystem, so that renames work.
    pub fn new(root: &Path, folder: &str) -> Self {
        Self {
            rendered: root.join(folder),
            staging: root.join(format!(".{folder}.stackctl-new")),
            aside: root.join(format!(".{folder}.stackctl-old")),
            parent: root.to_owned(),
        }
    }

    /// Mends what a killed run left behind: a set that stepped aside comes back, anything else goes.
    pub fn recover(&self) -> Result<(), RenderError> {
        if !is_there(&self.rendered) && is_there(&self.aside) {
            fs::rename(&self.aside, &self.rendered).map_err(RenderError::write(&self.rendered))?;
        }
        for left_over in [&self.staging, &self.aside] {
            remove(left_over).map_err(RenderError::write(left_over))?;
        }
        Ok(())
    }

    /// Puts the staged set into place.
    pub fn switch(&self) -> Result<(), RenderError> {
        self.exchange().map_err(RenderError::write(&self.rendered))?;
        // The set is in place. Should the name not reach the disk, a power cut brings the old set back, whole.
        let _not_durable = durable::sync_one(&self.parent);
        Ok(())
    }

    /// Removes the old set after a switch.
    pub fn remove_old(&self) -> io::Result<()> {
        remove(&self.staging).and_then(|()| remove(&self.aside))
    }

    fn exchange(&self) -> io::Result<()> {
        if !is_there(&self.rendered) {
            return fs::rename(&self.staging, &self.rendered);
        }
        let flags = RenameFlags::RENAME_EXCHANGE;
        match renameat2(AT_FDCWD, &self.staging, AT_FDCWD, &self.rendered, flags) {
            Err(Errno::EINVAL | Errno::ENOSYS | Errno::EOPNOTSUPP) => self.step_aside(),
            result => Ok(result?),
        }
    }

    fn step_aside(&self) -> io::Result<()> {
        fs::rename(&self.rendered, &self.aside)?;
        fs::rename(&self.staging, &self.rendered).inspect_err(|_| {
            // If the old set can't come back now, the next run brings it back.
            let _left_aside = fs::rename(&self.aside, &self.rendered);
        })
    }
}

fn is_there(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

fn remove(path: &Path) -> io::Result<()> {
    let result = match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places() -> (tempfile::TempDir, Places) {
        let root = tempfile::tempdir().unwrap();
        let places = Places::new(root.path(), "rendered");
        (root, places)
    }

    fn set(path: &Path, content: &str) {
        fs::create_dir(path).unwrap();
        fs::write(path.join("compose.yaml"), content).unwrap();
    }

    fn content(places: &Places) -> String {
        fs::read_to_string(places.rendered.join("compose.yaml")).unwrap()
    }

    fn assert_clean(places: &Places) {
        assert!(!is_there(&places.staging) && !is_there(&places.aside));
    }

    #[test]
    fn sets_are_exchanged_and_the_old_one_goes() {
        let (_root, places) = places();
        set(&places.rendered, "old");
        set(&places.staging, "new");
        places.switch().unwrap();
        assert_eq!(content(&places), "new");
        places.remove_old().unwrap();
        assert_clean(&places);
    }

    #[test]
    fn without_exchange_the_old_set_steps_aside() {
        let (_root, places) = places();
        set(&places.rendered, "old");
        set(&places.staging, "new");
        places.step_aside().unwrap();
        assert_eq!(content(&places), "new");
        places.remove_old().unwrap();
        assert_clean(&places);
    }

    #[test]
    fn a_set_that_stepped_aside_when_it_was_killed_comes_back() {
        let (_root, places) = places();
        set(&places.aside, "old");
        set(&places.staging, "new");
        places.recover().unwrap();
        assert_eq!(content(&places), "old");
        assert_clean(&places);
    }

    #[test]
    fn a_new_set_that_can_not_take_the_name_leaves_it_to_the_old_one() {
        let (_root, places) = places();
        set(&places.rendered, "old");
        assert!(places.step_aside().is_err());
        assert_eq!(content(&places), "old");
        assert_clean(&places);
    }

    #[test]
    fn a_half_built_set_is_removed() {
        let (_root, places) = places();
        set(&places.rendered, "old");
        set(&places.staging, "half");
        places.recover().unwrap();
        assert_eq!(content(&places), "old");
        assert_clean(&places);
    }
}

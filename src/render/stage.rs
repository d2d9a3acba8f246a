//! The complete new set, built beside the old one.

use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::compare::mode;
use super::durable;
use super::error::RenderError;
use super::permission;
use crate::artifact::File;

/// A set that is being built.
pub struct Stage<'a> {
    folder: &'a Path,
    old: Option<&'a Path>,
    folders: BTreeSet<PathBuf>,
    written: Vec<PathBuf>,
}

impl<'a> Stage<'a> {
    /// An empty one at `folder`, which must not be there; files that stay are taken from `old`.
    pub fn new(folder: &'a Path, old: Option<&'a Path>) -> Result<Self, RenderError> {
        let mut stage = Self {
            folder,
            old,
            folders: BTreeSet::new(),
            written: Vec::new(),
        };
        stage.make_folder(Path::new(""), false)?;
        Ok(stage)
    }

    /// Takes one of our files over from the old set.
    pub fn keep(&mut self, path: &Path) -> Result<(), RenderError> {
        self.make_parents(path, false)?;
        self.link(path)
    }

    /// Takes over what stackctl did not write, with the permissions of its folders.
    pub fn carry(&mut self, path: &Path) -> Result<(), RenderError> {
        self.make_parents(path, true)?;
        match self.old.map(|old| old.join(path)) {
            Some(old) if old.is_dir() && !old.is_symlink() => self.make_folder(path, true),
            _ => self.link(path),
        }
    }

    /// Writes a file.
    pub fn write(&mut self, file: &File) -> Result<(), RenderError> {
        let path = Path::new(&file.path);
        self.make_parents(path, false)?;
        let path = self.folder.join(path);
        create(&path, &file.bytes, mode(file)).map_err(RenderError::write(&path))?;
        self.written.push(path);
        Ok(())
    }

    /// Brings all of it to the disk.
    pub fn finish(mut self) -> Result<(), RenderError> {
        let folders = self.folders.iter().map(|folder| self.folder.join(folder));
        self.written.extend(folders);
        durable::sync(&self.written).map_err(RenderError::write(self.folder))
    }

    /// A hard link keeps the inode, so that a container which mounts the one file goes on seeing it.
    fn link(&mut self, path: &Path) -> Result<(), RenderError> {
        let Some(old) = self.old.map(|old| old.join(path)) else {
            return Ok(());
        };
        let new = self.folder.join(path);
        if fs::hard_link(&old, &new).is_ok() {
            return Ok(());
        }
        // Some filesystems have no hard links, and the kernel may refuse them on files of others.
        if old.is_symlink() {
            let target = fs::read_link(&old).map_err(RenderError::read(&old))?;
            return std::os::unix::fs::symlink(target, &new).map_err(RenderError::write(&new));
        }
        fs::copy(&old, &new).map_err(RenderError::write(&new))?;
        self.written.push(new);
        Ok(())
    }

    fn make_parents(&mut self, path: &Path, like_old: bool) -> Result<(), RenderError> {
        match path.parent() {
            Some(parent) if !self.folders.contains(parent) => {
                self.make_parents(parent, like_old)?;
                self.make_folder(parent, like_old)
            }
            _ => Ok(()),
        }
    }

    fn make_folder(&mut self, below: &Path, like_old: bool) -> Result<(), RenderError> {
        if !self.folders.insert(below.to_owned()) {
            return Ok(());
        }
        let path = self.folder.join(below);
        let old = self.old.filter(|_| like_old).map(|old| old.join(below));
        let mode = match old {
            Some(old) => fs::metadata(&old).map_err(RenderError::read(&old))?.mode() & 0o7777,
            None => 0o755,
        };
        fs::create_dir(&path)
            .and_then(|()| permission::of_folder(&path, mode))
            .map_err(RenderError::write(&path))
    }
}

fn create(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)?;
    file.write_all(bytes)?;
    permission::of_file(&file, mode)
}

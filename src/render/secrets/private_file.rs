//! Files that only their owner may read: written whole or not at all, and never readable on the way.

use std::collections::BTreeSet;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, fchown};
use std::path::{Path, PathBuf};

use super::super::{durable, permission};
use super::error::SecretError;

/// How the names of files begin that are still being written; a killed run leaves them behind.
const UNFINISHED: &str = ".new-";

/// A file to write.
pub struct PrivateFile<'a> {
    /// Where.
    pub path: &'a Path,
    /// What it holds.
    pub content: &'a [u8],
    /// Its permission bits.
    pub mode: u32,
    /// Whom it belongs to, if not to us.
    pub owner: Option<(u32, u32)>,
}

/// Files that are brought to the disk together, because that costs the same for one and for many. Dropped without
/// [`commit`](Self::commit) it leaves nothing.
#[derive(Default)]
pub struct Batch {
    unfinished: Vec<PathBuf>,
    finished: Vec<PathBuf>,
}

impl Batch {
    /// Writes a file under another name. Its folder is there.
    pub fn add(&mut self, file: &PrivateFile<'_>) -> Result<(), SecretError> {
        let mut name = std::ffi::OsString::from(UNFINISHED);
        name.push(file.path.file_name().unwrap_or_default());
        let unfinished = file.path.with_file_name(name);
        self.unfinished.push(unfinished.clone());
        self.finished.push(file.path.to_owned());
        write(&unfinished, file).map_err(SecretError::write(file.path))
    }

    /// Brings all of them to the disk and gives each its name.
    pub fn commit(mut self) -> Result<(), SecretError> {
        let Some(first) = self.finished.first() else {
            return Ok(());
        };
        durable::sync(&self.unfinished).map_err(SecretError::write(first))?;
        let mut folders = BTreeSet::new();
        for (unfinished, path) in std::mem::take(&mut self.unfinished).iter().zip(&self.finished) {
            clear(path)
                .and_then(|()| fs::rename(unfinished, path))
                .map_err(SecretError::write(path))?;
            folders.extend(path.parent());
        }
        let folders: Vec<PathBuf> = folders.into_iter().map(Path::to_owned).collect();
        durable::sync(&folders).map_err(SecretError::write(first))
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        for path in &self.unfinished {
            // What is left is removed by the next run.
            let _left_over = fs::remove_file(path);
        }
    }
}

fn write(path: &Path, content: &PrivateFile<'_>) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    let mut file = match options.open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            fs::remove_file(path)?;
            options.open(path)?
        }
        file => file?,
    };
    file.write_all(content.content)?;
    if let Some((uid, gid)) = content.owner {
        fchown(&file, Some(uid), Some(gid))?;
    }
    permission::of_file(&file, content.mode)
}

/// Makes a folder with exactly these permissions.
pub fn make_folder(path: &Path, mode: u32) -> Result<(), SecretError> {
    DirBuilder::new()
        .recursive(true)
        .mode(mode)
        .create(path)
        .and_then(|()| permission::of_folder(path, mode))
        .map_err(SecretError::write(path))
}

/// Docker makes a folder where a file to be mounted is missing; an empty one makes way for the file.
fn clear(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => fs::remove_dir(path),
        _ => Ok(()),
    }
}

/// Removes what a killed run left half-written in a folder.
pub fn remove_unfinished(folder: &Path) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        if entry
            .file_name()
            .as_encoded_bytes()
            .starts_with(UNFINISHED.as_bytes())
        {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

//! Files that only their owner may read: written whole or not at all, and never readable on the way.

use std::fs::{self, DirBuilder, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};

use tempfile::TempPath;

use super::super::durable;
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

/// Files that are brought to the disk together, because that costs the same for one and for many.
#[derive(Default)]
pub struct Batch {
    files: Vec<(TempPath, PathBuf)>,
}

impl Batch {
    /// Writes a file under another name.
    pub fn add(&mut self, file: &PrivateFile<'_>) -> Result<(), SecretError> {
        let write = || -> io::Result<TempPath> {
            let folder = file.path.parent().unwrap_or(Path::new("."));
            make_folder(folder)?;
            let mut written = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(folder)?;
            written.write_all(file.content)?;
            if let Some((uid, gid)) = file.owner {
                fchown(written.as_file(), Some(uid), Some(gid))?;
            }
            // Last, because a change of the owner may take bits away.
            written
                .as_file()
                .set_permissions(Permissions::from_mode(file.mode))?;
            // Closed at once: there may be more files than descriptors.
            Ok(written.into_temp_path())
        };
        let written = write().map_err(SecretError::write(file.path))?;
        self.files.push((written, file.path.to_owned()));
        Ok(())
    }

    /// Brings all of them to the disk and gives each its name.
    pub fn commit(self) -> Result<(), SecretError> {
        let Some((_, first)) = self.files.first() else {
            return Ok(());
        };
        let unfinished: Vec<PathBuf> = self.files.iter().map(|(file, _)| file.to_path_buf()).collect();
        durable::sync(&unfinished).map_err(SecretError::write(first))?;
        let mut folders: Vec<PathBuf> = Vec::new();
        for (file, path) in self.files {
            clear(&path).map_err(SecretError::write(&path))?;
            file.persist(&path)
                .map_err(|error| SecretError::write(&path)(error.error))?;
            if let Some(folder) = path
                .parent()
                .filter(|folder| folders.last().is_none_or(|last| last != folder))
            {
                folders.push(folder.to_owned());
            }
        }
        durable::sync(&folders).map_err(SecretError::write(&folders[0]))
    }
}

/// Makes a folder whose names only its owner may read or change, and only its owner may enter unless
/// [`open_to_a_container`] has said otherwise.
pub fn make_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    if fs::metadata(path)?.permissions().mode() & 0o066 != 0 {
        fs::set_permissions(path, Permissions::from_mode(0o700))?;
    }
    Ok(())
}

/// Lets a container's user through a folder that is mounted whole, to files of its own whose names it knows. On the
/// host nobody gets here, because the folder above is its owner's alone.
pub fn open_to_a_container(path: &Path) -> io::Result<()> {
    if fs::metadata(path)?.permissions().mode() & 0o777 != 0o711 {
        fs::set_permissions(path, Permissions::from_mode(0o711))?;
    }
    Ok(())
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

//! Small files of the state that are there whole or not at all, also behind a power cut.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::{NamedTempFile, TempPath};

/// A new content that lies on the disk beside the file, and waits to take its place.
#[derive(Debug)]
pub struct Staged {
    path: PathBuf,
    /// None where the file is to go.
    content: Option<NamedTempFile>,
}

/// What the names of unfinished files begin with.
const PREFIX: &str = ".stackctl-new-";

impl Staged {
    /// Writes the new content beside the file. What can fail for want of room fails here.
    pub fn write(path: &Path, bytes: &[u8]) -> io::Result<Self> {
        let mut content = tempfile::Builder::new()
            .prefix(PREFIX)
            .permissions(fs::Permissions::from_mode(0o644))
            .tempfile_in(folder(path))?;
        content.write_all(bytes)?;
        content.as_file().sync_all()?;
        Ok(Self {
            path: path.to_owned(),
            content: Some(content),
        })
    }

    /// The file is not to be there.
    #[must_use]
    pub fn absent(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            content: None,
        }
    }

    /// Puts the new content in place of the old one.
    pub fn commit(self) -> io::Result<()> {
        match self.content {
            Some(content) => {
                content.persist(&self.path).map_err(|error| error.error)?;
            }
            None => match fs::remove_file(&self.path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            },
        }
        File::open(folder(&self.path))?.sync_all()
    }
}

/// Replaces a file's content.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    Staged::write(path, bytes)?.commit()
}

/// Makes something under a name of its own beside `path`, to be renamed there; removed where it is dropped before.
pub fn link_beside(path: &Path, make: impl FnMut(&Path) -> io::Result<()>) -> io::Result<TempPath> {
    let link = tempfile::Builder::new()
        .prefix(PREFIX)
        .make_in(folder(path), make)?;
    Ok(link.into_temp_path())
}

/// Reads a file; none where it is not there.
pub fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// What is unfinished for longer was left by a process that was killed.
const ABANDONED: Duration = Duration::from_secs(60);

/// Removes what killed processes left unfinished in a folder.
pub fn sweep(folder: &Path) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(PREFIX) && is_abandoned(&entry.path()) {
            match fs::remove_file(entry.path()) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
    }
    Ok(())
}

fn is_abandoned(path: &Path) -> bool {
    // The link itself, not what it leads to. A time to come is that of a clock that was set back.
    let modified = fs::symlink_metadata(path).and_then(|metadata| metadata.modified());
    modified.is_ok_and(|modified| modified.elapsed().map_or(true, |age| age > ABANDONED))
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_what_was_not_finished_is_swept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        replace(&path, b"one").unwrap();
        let staged = Staged::write(&path, b"two").unwrap();
        assert_eq!(read(&path).unwrap().unwrap(), b"one");
        staged.commit().unwrap();
        assert_eq!(read(&path).unwrap().unwrap(), b"two");
        Staged::absent(&path).commit().unwrap();
        Staged::absent(&path).commit().unwrap();
        assert_eq!(read(&path).unwrap(), None);

        let left = Staged::write(&path, b"three").unwrap();
        let (file, left) = left.content.unwrap().keep().unwrap();
        sweep(folder.path()).unwrap();
        assert!(left.exists(), "somebody may still be writing it");
        let long_ago = std::time::SystemTime::now() - 2 * ABANDONED;
        file.set_modified(long_ago).unwrap();
        sweep(folder.path()).unwrap();
        assert!(!left.exists());
    }
}

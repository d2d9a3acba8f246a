//! Where a copy goes: its name, the room for it, and its way from `.partial` to whole.

use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use nix::fcntl::{Flock, FlockArg};
use rusqlite::Connection;

use super::Backup;
use crate::migrate::sqlite::SqliteError;

/// The end of the name of a copy that is not whole.
const PARTIAL: &str = ".partial";

/// A place for a copy. The partial copy is removed if this is dropped before it is finished.
#[derive(Debug)]
pub(super) struct Place {
    folder: PathBuf,
    name: String,
    partial: PathBuf,
    /// Held while the copy is made, so that others see that it is no leftover.
    held: Option<Flock<File>>,
}

impl Place {
    /// Makes the folder of the day, removes leftovers, checks the room and takes a name.
    pub(super) fn new(backup: &Backup<'_>, source: &Connection) -> Result<Self, SqliteError> {
        let folder = backup.folder.join(backup.now.format("%Y-%m-%d").to_string());
        std::fs::create_dir_all(&folder)
            .map_err(|error| SqliteError::file("make the folder", &folder, error))?;
        remove_leftovers(backup.folder)?;
        check_room(&folder, backup.source, source)?;
        let stem = format!("{}-{}", plain(backup.name), backup.now.format("%H%M%S"));
        for number in 1_u32.. {
            let name = match number {
                1 => format!("{stem}.db"),
                _ => format!("{stem}-{number}.db"),
            };
            if folder.join(&name).exists() {
                continue;
            }
            let partial = folder.join(format!("{name}{PARTIAL}"));
            match private().open(&partial) {
                Ok(file) => {
                    return Ok(Self {
                        held: Flock::lock(file, FlockArg::LockExclusiveNonblock).ok(),
                        folder,
                        name,
                        partial,
                    });
                }
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(SqliteError::file("write", &partial, error)),
            }
        }
        unreachable!("four thousand million copies within a second")
    }

    pub(super) fn partial(&self) -> &Path {
        &self.partial
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Gives the copy its name.
    pub(super) fn finish(mut self) -> Result<PathBuf, SqliteError> {
        let path = self.folder.join(&self.name);
        std::fs::rename(&self.partial, &path).map_err(|error| SqliteError::file("write", &path, error))?;
        sync(&self.folder)?;
        self.partial = PathBuf::new();
        Ok(path)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if !self.partial.as_os_str().is_empty() {
            let _ = std::fs::remove_file(&self.partial);
        }
        drop(self.held.take());
    }
}

/// A copy is its owner's alone: the file may have been so, and nobody may read in a copy what the file kept from him.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    options
}

/// Brings what was written to a file or folder to the disk.
pub(super) fn sync(path: &Path) -> Result<(), SqliteError> {
    File::open(path)
        .and_then(|file| file.sync_all())
        .map_err(|error| SqliteError::file("write", path, error))
}

/// A name that every file system and every shell takes.
fn plain(name: &str) -> String {
    let mut plain: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || "._-".contains(c) {
                c
            } else {
                '_'
            }
        })
        .take(100)
        .collect();
    if plain.is_empty() || plain.starts_with(['.', '-']) {
        plain.insert(0, '_');
    }
    plain
}

/// Removes partial copies that nobody is writing any more.
fn remove_leftovers(backups: &Path) -> Result<(), SqliteError> {
    let failed = |error| SqliteError::file("look through", backups, error);
    for day in std::fs::read_dir(backups).map_err(failed)? {
        let day = day.map_err(failed)?.path();
        let Ok(files) = std::fs::read_dir(&day) else {
            continue;
        };
        for file in files.flatten() {
            let name = file.file_name();
            let Some(name) = name.to_str().filter(|name| name.contains(".db.partial")) else {
                continue;
            };
            let base = day.join(name.strip_suffix("-journal").unwrap_or(name));
            let held = File::open(&base)
                .is_ok_and(|file| Flock::lock(file, FlockArg::LockExclusiveNonblock).is_err());
            if !held {
                let _ = std::fs::remove_file(file.path());
            }
        }
    }
    Ok(())
}

fn check_room(folder: &Path, path: &Path, source: &Connection) -> Result<(), SqliteError> {
    let failed = |error| SqliteError::new("read the length of", path, error);
    let number = |pragma: &str| -> Result<u64, SqliteError> {
        let number: i64 = source
            .query_row(&format!("PRAGMA main.{pragma}"), [], |row| row.get(0))
            .map_err(failed)?;
        Ok(number.unsigned_abs())
    };
    let needed = number("page_count")? * number("page_size")?;
    let room = nix::sys::statvfs::statvfs(folder)
        .map_err(|error| SqliteError::file("find the free space of", folder, error.into()))?;
    let free = room.blocks_available() * room.fragment_size();
    if free < needed {
        return Err(SqliteError::NoSpace {
            folder: folder.to_owned(),
            needed,
            free,
        });
    }
    Ok(())
}

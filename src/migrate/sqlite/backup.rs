//! SQLite files -> dated copies of them, checked, with their checksums.
//!
//! The copies of a day are in `FOLDER/YYYY-MM-DD/`, with `manifest.json` and a `SHA256SUMS` that `sha256sum -c` takes. A
//! copy is called `….partial` until it is whole, checked and on the disk; one that was left by a kill is removed by the
//! next backup.

mod check;
mod examination;
mod findings;
mod manifest;
mod pages;
mod place;
mod watch;

use std::path::{Path, PathBuf};

use chrono::{DateTime, Local};
use serde::{Deserialize, Serialize};

use super::SqliteError;
use super::open::open;
use crate::event::Observer;
use crate::runtime::interrupt::Interrupt;
use place::Place;

pub use check::Checked;
pub use examination::{Breaker, Examination};
pub use watch::{Fingerprint, Watch};

/// A file to copy.
#[derive(Debug, Clone, Copy)]
pub struct Backup<'a> {
    /// Its name in stack.toml.
    pub name: &'a str,
    /// The file.
    pub source: &'a Path,
    /// The folder of all backups.
    pub folder: &'a Path,
    /// The time it is dated by.
    pub now: DateTime<Local>,
}

/// A copy, as the manifest tells of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Copied {
    /// The source's name in stack.toml.
    pub name: String,
    /// The file that was copied.
    pub source: PathBuf,
    /// The copy's name in the folder of its day.
    pub file: String,
    /// Its length in bytes.
    pub bytes: u64,
    /// The SHA-256 of its bytes in hexadecimal.
    pub sha256: String,
    /// When it was begun, as RFC 3339.
    pub time: String,
    /// `PRAGMA user_version`.
    pub user_version: i64,
    /// `PRAGMA page_count`.
    pub page_count: i64,
    /// What the source looked like when it was copied.
    pub fingerprint: Fingerprint,
}

/// A copy that is whole, and neither checked nor on the disk yet. If it is dropped, it is removed.
#[derive(Debug)]
pub struct Unchecked<'a> {
    backup: Backup<'a>,
    place: Place,
    watch: Watch,
    fingerprint: Fingerprint,
}

/// Copies a file.
pub fn copy<'a>(
    backup: &Backup<'a>,
    observer: &dyn Observer,
    interrupt: &Interrupt,
) -> Result<Unchecked<'a>, SqliteError> {
    let source = open(backup.source)?;
    let place = Place::new(backup, &source)?;
    let fingerprint = Fingerprint::of(backup.source)?;
    let version = pages::copy(&source, &place, backup, observer, interrupt)?;
    Ok(Unchecked {
        backup: *backup,
        place,
        watch: Watch::new(source, backup.source, version),
        fingerprint,
    })
}

impl Unchecked<'_> {
    /// Where it is until it is finished.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.place.partial()
    }

    /// What is to be done before it is finished, in another thread if need be.
    #[must_use]
    pub fn check(&self) -> Check<'_> {
        Check {
            copy: self.path(),
            backup: self.backup,
        }
    }

    /// Gives the copy its name, under which nothing is that is not whole and checked. Its path, what the manifest says of
    /// it, and a watch that tells whether the source has changed since.
    pub fn finish(self, checked: Checked) -> Result<(PathBuf, Copied, Watch), SqliteError> {
        let Self {
            backup,
            place,
            watch,
            fingerprint,
        } = self;
        let copied = Copied {
            name: backup.name.to_owned(),
            source: std::path::absolute(backup.source).unwrap_or_else(|_| backup.source.to_owned()),
            file: place.name().to_owned(),
            bytes: checked.bytes,
            sha256: checked.sha256,
            time: backup.now.to_rfc3339(),
            user_version: checked.user_version,
            page_count: checked.page_count,
            fingerprint,
        };
        let path = place.finish()?;
        manifest::add(&path, &copied)?;
        Ok((path, copied, watch))
    }
}

/// The check of a copy.
#[derive(Debug)]
pub struct Check<'a> {
    copy: &'a Path,
    backup: Backup<'a>,
}

impl Check<'_> {
    /// Brings the copy to the disk, takes its checksum, and looks whether it is damaged.
    pub fn run(&self, observer: &dyn Observer, interrupt: &Interrupt) -> Result<Checked, SqliteError> {
        place::sync(self.copy)?;
        check::check(self.copy, &self.backup, observer, interrupt)
    }
}

#[cfg(test)]
mod tests;

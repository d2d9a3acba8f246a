//! The copy of a file from which a run reads, and whether the file was written to since.

use std::io::Read;
use std::ops::Deref;
use std::path::Path;

use chrono::{DateTime, Local};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::prepare::rfc3339;
use crate::event::Observer;
use crate::migrate::hexadecimal::hexadecimal;
use crate::migrate::report;
use crate::migrate::settings::Source;
use crate::migrate::sqlite::{self, Check, Checked, Fingerprint, SqliteError, Unchecked, Watch};
use crate::runtime::interrupt::Interrupt;

/// A copy, as the ledger remembers it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Saved {
    /// The copy.
    #[serde(flatten)]
    pub copy: report::Backup,
    /// What the file looked like.
    pub fingerprint: Fingerprint,
}

impl Deref for Saved {
    type Target = report::Backup;

    fn deref(&self) -> &Self::Target {
        &self.copy
    }
}

/// How it is known whether a file was written to.
#[derive(Debug)]
pub enum Since {
    /// By a connection that was there before.
    Watch(Watch),
    /// By what it looked like; a checkpoint looks like a change as well.
    Fingerprint(Fingerprint),
}

impl Since {
    /// Whether the file was written to. One that can't be looked at any more was.
    #[must_use]
    pub fn has_changed(&self, path: &Path) -> bool {
        match self {
            Self::Watch(watch) => watch.has_changed(),
            Self::Fingerprint(fingerprint) => fingerprint.may_have_changed(path),
        }
        .unwrap_or(true)
    }
}

/// A copy that is whole, and not checked yet.
pub struct Saving<'a> {
    now: DateTime<Local>,
    copy: Unchecked<'a>,
}

/// Makes the copy.
pub fn save<'a>(
    source: &'a Source,
    folder: &'a Path,
    observer: &dyn Observer,
    interrupt: &Interrupt,
) -> Result<Saving<'a>, SqliteError> {
    let now = Local::now();
    let backup = sqlite::Backup {
        name: &source.name,
        source: &source.path,
        folder,
        now,
    };
    let copy = sqlite::copy(&backup, observer, interrupt)?;
    Ok(Saving { now, copy })
}

impl Saving<'_> {
    /// Where the copy is until it is finished.
    pub fn path(&self) -> &Path {
        self.copy.path()
    }

    /// What is to be done before it is finished, in another thread if need be.
    pub fn check(&self) -> Check<'_> {
        self.copy.check()
    }

    /// Gives the copy its name.
    pub fn finish(self, checked: Checked) -> Result<(Saved, Since), SqliteError> {
        let (path, copied, watch) = self.copy.finish(checked)?;
        let copy = report::Backup {
            path: path.display().to_string(),
            sha256: copied.sha256,
            made: rfc3339(self.now.to_utc()),
            bytes: copied.bytes,
        };
        let saved = Saved {
            copy,
            fingerprint: copied.fingerprint,
        };
        Ok((saved, Since::Watch(watch)))
    }
}

/// The SHA-256 of a file in hexadecimal.
pub fn sha256(path: &Path) -> std::io::Result<String> {
    let mut file = std::fs::File::open(path)?;
    let mut digest = Sha256::new();
    let mut buffer = vec![0; 256 << 10];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hexadecimal(&digest.finalize())),
            read => digest.update(&buffer[..read]),
        }
    }
}

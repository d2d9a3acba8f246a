//! The private files of a stack: secrets that stackctl makes once, and a copy of each for every consumer.
//!
//! In: the stack, and the shell that runs stackctl. Out, below the state directory (0700):
//!
//! - `secrets/NAME`, the values that stackctl made up (0600). They are made once and never again while the file is
//!   there, whoever wrote it: to rotate one, write another value into it.
//! - `mounts/SERVICE/NAME`, what a container mounts: one file for each service and secret (0600), owned by the
//!   container's user. Where that user is the image's own and so unknown, the file is readable to all (0444).
//!   `mounts/` itself (0700) keeps everybody else on the host away; the folders in it (0711) let a container
//!   through that mounts its folder whole.
//! - `mounts/build/`, what image builds and installs mount: addresses, proxies and authorities.
//!
//! A value of one line is handed over without the line's end, as editors add one; a value of several lines, such
//! as a key, byte for byte.

mod build_settings;
mod caller;
mod consumer;
mod error;
mod mounts;
mod private_file;
mod secret_text;
mod value;

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::model::Stack;
use consumer::Copy;
use mounts::Mounts;
use private_file::Batch;
use value::Values;

pub use caller::Caller;
pub use error::SecretError;
pub use mounts::Ownership;
pub use secret_text::SecretText;

/// The secrets of a stack as they were found.
#[derive(Debug)]
pub struct Secrets {
    directory: PathBuf,
    values: Values,
    settings: Vec<Copy>,
    stack: Stack,
    warnings: Vec<String>,
}

/// What writing would do, or did. Holds names, never values.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Secrets that are made up.
    pub generated: Vec<String>,
    /// Copies that are written, as `SERVICE/NAME`.
    pub written: Vec<String>,
    /// Copies that nobody mounts any more, as `SERVICE/NAME`.
    pub removed: Vec<String>,
    /// Copies that belong to us though the container runs as somebody else, because we are not root. Until they
    /// are given to that user, the container can't read them; the engine can do it.
    pub needs_chown: Vec<Ownership>,
    /// What a person should know.
    pub warnings: Vec<String>,
}

impl Secrets {
    /// Reads what is there. Writes nothing.
    pub fn observe(root: &Path, stack: &Stack, caller: &Caller) -> Result<Self, SecretError> {
        let directory = root.join(stack.state_directory());
        let mut warnings = Vec::new();
        let values = Values::read(root, &directory.join("secrets"), stack, &mut warnings)?;
        let settings = build_settings::copies(root, stack, caller, &mut warnings)?;
        Ok(Self {
            directory,
            values,
            settings,
            stack: stack.clone(),
            warnings,
        })
    }

    /// What [`write`](Self::write) and [`prune`](Self::prune) would do.
    pub fn plan(&self) -> Result<Report, SecretError> {
        let mounts = self.mounts();
        let (written, needs_chown) = mounts.plan(&self.copies(&self.values))?;
        Ok(Report {
            generated: self.values.missing(),
            written,
            removed: mounts.unwanted(&self.copies(&self.values))?,
            needs_chown,
            warnings: self.warnings.clone(),
        })
    }

    /// Makes up what is missing, and brings every consumer's copy up to date. Removes nothing, because the
    /// rendered files that still stand may mount it.
    pub fn write(&self) -> Result<Report, SecretError> {
        let mut batch = Batch::default();
        let values = self.values.complete(&mut batch)?;
        let (written, needs_chown) = self.mounts().write(&self.copies(&values), &mut batch)?;
        batch.commit()?;
        Ok(Report {
            generated: self.values.missing(),
            written,
            removed: Vec::new(),
            needs_chown,
            warnings: self.warnings.clone(),
        })
    }

    /// Removes the copies that no container of the stack mounts any more, and what a killed run left half-written.
    /// Values are never removed.
    pub fn prune(&self) -> Result<Vec<String>, SecretError> {
        for folder in ["secrets", "mounts"].map(|name| self.directory.join(name)) {
            private_file::remove_unfinished(&folder).map_err(SecretError::write(&folder))?;
        }
        self.mounts().prune(&self.copies(&self.values))
    }

    fn mounts(&self) -> Mounts {
        Mounts::new(self.directory.join("mounts"))
    }

    fn copies(&self, values: &Values) -> Vec<Copy> {
        let mut copies = consumer::copies(&self.stack, values);
        copies.extend(self.settings.iter().cloned());
        copies
    }
}

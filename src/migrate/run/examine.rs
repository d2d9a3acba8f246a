//! The rest of the check of large copies, which takes as long as a copy: it is done while keys and indexes are built.

use std::sync::Arc;

use super::file::File;
use crate::migrate::MigrateError;
use crate::migrate::sqlite::{Breaker, Examination, SqliteError};
use crate::runtime::interrupt::{Interrupt, Listening};

/// What is left to check of the copies that are read.
pub struct Examinations {
    left: Vec<Examination>,
    interrupt: Interrupt,
    _listening: Vec<Listening>,
}

impl Examinations {
    /// Of these files, and what breaks each off. A signal does so too.
    pub fn of(files: &[File<'_>], interrupt: &Interrupt) -> Result<(Self, Vec<Arc<Breaker>>), SqliteError> {
        let mut left = Vec::new();
        // A copy that is gone is not read any more: all that was wanted of it is in the database.
        let is_there = |file: &&File<'_>| file.backup.is_some() && file.readers.path().exists();
        for file in files.iter().filter(is_there) {
            left.extend(Examination::of(file.readers.path(), &file.source.path)?);
        }
        let breakers: Vec<_> = left.iter().map(|one| Arc::new(one.breaker())).collect();
        let listening = breakers.iter().map(|breaker| {
            let breaker = Arc::clone(breaker);
            interrupt.listen(move |_| breaker.interrupt())
        });
        let examinations = Self {
            _listening: listening.collect(),
            left,
            interrupt: interrupt.clone(),
        };
        Ok((examinations, breakers))
    }

    /// Checks one after the other; damage is an error, before anything is published.
    pub fn run(self) -> Result<(), MigrateError> {
        for examination in self.left {
            // A signal that came before the check began has broken nothing off.
            let examined = (!self.interrupt.arrived()).then(|| examination.run());
            if self.interrupt.arrived() {
                return Err(MigrateError::Interrupted);
            }
            examined.transpose()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;

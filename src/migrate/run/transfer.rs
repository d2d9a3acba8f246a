//! A table on its way: one thread reads its rows from the file, another writes them to the server.

use std::thread;

use super::channel::{Receiving, pipe};
use super::copy::Copy;
use super::feed::{Chunk, Feed, feed};
use super::file::File;
use super::flaw;
use super::progress::Progress;
use crate::event::Observer;
use crate::migrate::MigrateError;
use crate::migrate::postgres::PostgresError;

/// What is brought over.
pub struct Transfer<'a> {
    /// The file.
    pub file: &'a File<'a>,
    /// The table's place in its plan.
    pub position: usize,
    /// How far it is already.
    pub from: Progress,
    /// The parts in which it may be committed; `None` where all of it is one.
    pub chunk: Option<Chunk>,
    /// Whether to stop at the next row.
    pub stop: &'a (dyn Fn() -> bool + Sync),
    /// Whom to tell.
    pub observer: &'a dyn Observer,
}

impl Transfer<'_> {
    /// Reads in a thread of its own while `write` takes what comes; that also tells how many rows are committed.
    pub fn run<T>(
        self,
        made: bool,
        write: impl FnOnce(&Copy<'_>, &Receiving, &mut u64) -> Result<T, postgres::Error>,
    ) -> Result<T, MigrateError> {
        let Self { file, position, .. } = self;
        let table = &file.plan.tables[position];
        let subject = self.subject();
        let mut rows = self.from.rows_read;
        let connection = file.readers.take()?;
        let (sending, receiving) = pipe();
        let reading = Feed {
            path: file.readers.path(),
            is_copy: file.readers.is_copy(),
            source: &file.plan.source,
            subject: &subject,
            migration: file.migration,
            table,
            from: self.from,
            stop: self.stop,
            chunk: self.chunk,
            observer: self.observer,
        };
        let writing = Copy {
            table,
            schema: &file.staging,
            migration: file.migration,
            position,
            made,
        };
        let (read, written) = thread::scope(|scope| {
            // The ends of the channel go with their threads, so that each notices the other's end.
            let reader = scope.spawn(move || (feed(&reading, &connection, &sending), connection));
            let written = {
                let receiving = receiving;
                write(&writing, &receiving, &mut rows)
            };
            (reader.join(), written)
        });
        let (read, connection) =
            read.map_err(|panic| flaw::of(&format!("reading `{subject}`"), panic.as_ref()))?;
        file.readers.give_back(connection);
        let written = written.map_err(|source| MigrateError::Copy {
            table: subject,
            rows,
            source: Box::new(PostgresError::statement("take its rows")(source)),
        })?;
        read?;
        Ok(written)
    }

    /// What the table is called in events and errors.
    #[must_use]
    pub fn subject(&self) -> String {
        let plan = &self.file.plan;
        format!("{}.{}", plan.schema, plan.tables[self.position].name)
    }
}

#[cfg(test)]
mod tests;

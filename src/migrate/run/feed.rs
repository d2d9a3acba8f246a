//! The reading half of a table's copy: rows are scanned, encoded and handed over in buffers.

use std::ops::ControlFlow;
use std::path::Path;
use std::time::Instant;

use rusqlite::Connection;

use super::channel::{Gone, Message, Sending};
use super::keep::Keeper;
use super::output::Output;
use super::progress::Progress;
use super::row::{Outcome, RowEncoder, carried};
use crate::event::{Event, Observer};
use crate::migrate::MigrateError;
use crate::migrate::plan::TablePlan;
use crate::migrate::sqlite::{self, LONG_CELL, Scan, ScannedRow, SqliteError};

/// After how much a part of a table is committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chunk {
    /// After so many rows.
    pub rows: u64,
    /// Or after so many bytes.
    pub bytes: u64,
}

impl Default for Chunk {
    fn default() -> Self {
        Self {
            rows: 10_000_000,
            bytes: 1 << 30,
        }
    }
}

/// A table to read.
pub struct Feed<'a> {
    /// The file that is read.
    pub path: &'a Path,
    /// Whether that is a copy that nobody writes to.
    pub is_copy: bool,
    /// The file's name in stack.toml.
    pub source: &'a str,
    /// What the table is called in events.
    pub subject: &'a str,
    /// The run.
    pub migration: i64,
    /// The table.
    pub table: &'a TablePlan,
    /// How far it is already.
    pub from: Progress,
    /// Whether to stop at the next row.
    pub stop: &'a (dyn Fn() -> bool + Sync),
    /// The parts in which it may be committed; `None` where all of it is one.
    pub chunk: Option<Chunk>,
    /// Whom to tell.
    pub observer: &'a dyn Observer,
}

/// Reads the rest of the table. When it is told to stop, it hands over what it has as a last chunk.
pub fn feed(feed: &Feed<'_>, connection: &Connection, to: &Sending) -> Result<(), MigrateError> {
    let table = feed.table;
    let places = carried(table);
    let names: Vec<&str> = places
        .iter()
        .map(|&place| table.columns[place].source.as_str())
        .collect();
    let key_names = table.key_columns();
    let long = long(table, &places);
    let after = feed.from.last.clone();
    let scan = Scan {
        path: feed.path,
        table: &table.source,
        columns: &names,
        long: &long,
        key: &table.key,
        key_columns: &key_names,
        after: after.as_ref(),
        until: None,
        is_copy: feed.is_copy,
    };
    let keeper = Keeper {
        feed,
        connection,
        names: &names,
        keys: &key_names,
        entries: Vec::new(),
    };
    let Ok(output) = Output::new(to) else {
        return Ok(());
    };
    let mut feeder = Feeder {
        encoder: RowEncoder::new(table).after(feed.from.digest.clone()),
        keeper,
        output,
        progress: feed.from.clone(),
        chunk: (0, 0),
        begun: Instant::now(),
        feed,
    };
    match feeder.all(connection, &scan) {
        Ok(()) | Err(Stop::Gone) => Ok(()),
        Err(Stop::Failed(error)) => Err(error),
    }
}

/// Why reading ends before the last row.
pub enum Stop {
    /// The writer has failed and tells why itself.
    Gone,
    /// Reading failed.
    Failed(MigrateError),
}

impl From<Gone> for Stop {
    fn from(_: Gone) -> Self {
        Self::Gone
    }
}

impl From<SqliteError> for Stop {
    fn from(error: SqliteError) -> Self {
        Self::Failed(error.into())
    }
}

/// The places among the carried columns of those with long cells.
fn long(table: &TablePlan, places: &[usize]) -> Vec<usize> {
    (0..places.len())
        .filter(|&among| table.columns[places[among]].longest > LONG_CELL)
        .collect()
}

struct Feeder<'a> {
    feed: &'a Feed<'a>,
    encoder: RowEncoder<'a>,
    keeper: Keeper<'a>,
    output: Output<'a>,
    progress: Progress,
    /// Rows since the last chunk, and what was sent before it.
    chunk: (u64, u64),
    begun: Instant,
}

impl Feeder<'_> {
    fn all(&mut self, connection: &Connection, scan: &Scan<'_>) -> Result<(), Stop> {
        let mut stopped = false;
        sqlite::scan(connection, scan, &mut |row| {
            self.row(row)?;
            let look = self.chunk.0.is_multiple_of(1024) || !row.long.is_empty();
            if look && (self.feed.stop)() {
                self.progress.last = Some(row.key());
                stopped = true;
                return Ok::<_, Stop>(ControlFlow::Break(()));
            }
            if self.is_chunk() {
                self.progress.last = Some(row.key());
                self.commit(false)?;
            }
            Ok(ControlFlow::Continue(()))
        })?;
        self.commit(!stopped)
    }

    fn is_chunk(&self) -> bool {
        self.feed
            .chunk
            .is_some_and(|chunk| self.chunk.0 >= chunk.rows || self.output.sent - self.chunk.1 >= chunk.bytes)
    }

    fn row(&mut self, row: &ScannedRow<'_>) -> Result<(), Stop> {
        self.progress.rows_read += 1;
        self.chunk.0 += 1;
        let outcome = if row.long.is_empty() {
            self.encoder.encode(row, &mut self.output.rows)
        } else {
            self.long_row(row)?
        };
        if !self.encoder.misfits().is_empty() {
            let (rows, cells) = self.keeper.keep(row, outcome, &self.encoder, &mut self.output)?;
            self.progress.rows_quarantined += rows;
            self.progress.cells_quarantined += cells;
        }
        if self.output.is_full() {
            self.output.send_rows()?;
            self.tell();
        }
        Ok(())
    }

    /// Sends a row with long cells, buffer by buffer.
    fn long_row(&mut self, row: &ScannedRow<'_>) -> Result<Outcome, Stop> {
        let Self {
            encoder,
            keeper,
            output,
            ..
        } = self;
        let outcome = encoder.encode_long(
            row,
            &mut |place, class, take| keeper.read(row, place, class, take),
            &mut |bytes| Ok(output.part(bytes)?),
        )?;
        self.tell();
        Ok(outcome)
    }

    fn tell(&self) {
        self.feed.observer.on(Event::Amount {
            subject: self.feed.subject,
            done: self.progress.rows_read,
            total: self.feed.table.rows.max(self.progress.rows_read),
            unit: "rows",
        });
    }

    fn commit(&mut self, finished: bool) -> Result<(), Stop> {
        self.output.send_quarantine(&mut self.keeper.entries)?;
        self.progress.digest = self.encoder.digest().clone();
        self.progress.bytes = self.feed.from.bytes + self.output.sent;
        self.progress.seconds = self.feed.from.seconds + self.begun.elapsed().as_secs_f64();
        let progress = Box::new(self.progress.clone());
        self.chunk = (0, self.output.sent);
        Ok(self.output.send(Message::Chunk { progress, finished })?)
    }
}

#[cfg(test)]
mod tests;

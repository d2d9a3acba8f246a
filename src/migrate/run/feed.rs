//! The reading half of a table's copy: rows are scanned, encoded and handed over in buffers.

use std::mem;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Instant;

use rusqlite::Connection;
use serde_json::{Map, Value};

use super::channel::{BUFFER, Gone, Message, Sending};
use super::progress::Progress;
use super::quarantine::{self, Entry};
use super::row::{Outcome, RowEncoder, carried};
use crate::event::{Event, Observer};
use crate::migrate::MigrateError;
use crate::migrate::cell::Cell;
use crate::migrate::misfit::Misfit;
use crate::migrate::plan::{RowKey, TablePlan};
use crate::migrate::sqlite::{self, LONG_CELL, Scan, ScannedRow};

/// A chunk is committed after so many rows.
const CHUNK_ROWS: u64 = 2_000_000;

/// Or after so many bytes.
const CHUNK_BYTES: u64 = 512 << 20;

/// Entries of the quarantine are handed over when they come to so many bytes.
const QUARANTINE: usize = 1 << 20;

/// A table to read.
pub struct Feed<'a> {
    /// The file that is read.
    pub path: &'a Path,
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
    /// Whether it may be committed in parts.
    pub in_chunks: bool,
    /// Whom to tell.
    pub observer: &'a dyn Observer,
}

/// Reads the rest of the table. When it is told to stop, it hands over what it has as a last chunk.
pub fn feed(feed: Feed<'_>, connection: &Connection, to: &Sending) -> Result<(), MigrateError> {
    let table = feed.table;
    let places = carried(table);
    let names: Vec<&str> = places
        .iter()
        .map(|&place| table.columns[place].source.as_str())
        .collect();
    let key_places: &[usize] = match &table.key {
        RowKey::Rowid(_) => &[],
        RowKey::PrimaryKey(places) => places,
    };
    let key_names: Vec<&str> = key_places
        .iter()
        .map(|&place| table.columns[place].source.as_str())
        .collect();
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
    };
    let mut feeder = Feeder {
        encoder: RowEncoder::new(table).after(feed.from.digest.clone()),
        keys: &key_names,
        names: &names,
        out: Vec::new(),
        kept: Vec::new(),
        begun: Instant::now(),
        chunk: (0, 0),
        progress: feed.from.clone(),
        feed: &feed,
        to,
    };
    match feeder.all(connection, &scan) {
        Ok(()) | Err(Stop::Gone) => Ok(()),
        Err(Stop::Failed(error)) => Err(error),
    }
}

/// Why reading ends before the last row.
enum Stop {
    /// The writer has failed and tells why itself.
    Gone,
    Failed(MigrateError),
}

impl From<Gone> for Stop {
    fn from(_: Gone) -> Self {
        Self::Gone
    }
}

impl<E: Into<MigrateError>> From<E> for Stop {
    fn from(error: E) -> Self {
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
    /// The columns of the primary key by which rows are ordered, where that is not the rowid.
    keys: &'a [&'a str],
    names: &'a [&'a str],
    to: &'a Sending,
    out: Vec<u8>,
    kept: Vec<u8>,
    progress: Progress,
    /// Rows and bytes since the last chunk.
    chunk: (u64, u64),
    begun: Instant,
}

impl Feeder<'_> {
    fn all(&mut self, connection: &Connection, scan: &Scan<'_>) -> Result<(), Stop> {
        self.out = self.to.buffer()?;
        let mut stopped = false;
        sqlite::scan(connection, scan, &mut |row| {
            self.row(row)?;
            if self.chunk.0 % 1024 == 0 && (self.feed.stop)() {
                self.progress.last = Some(row.key());
                stopped = true;
                return Ok::<_, Stop>(ControlFlow::Break(()));
            }
            if self.feed.in_chunks && (self.chunk.0 >= CHUNK_ROWS || self.chunk.1 >= CHUNK_BYTES) {
                self.progress.last = Some(row.key());
                self.commit(false)?;
            }
            Ok(ControlFlow::Continue(()))
        })?;
        self.commit(!stopped)
    }

    fn row(&mut self, row: &ScannedRow<'_>) -> Result<(), Stop> {
        self.progress.rows_read += 1;
        self.chunk.0 += 1;
        let outcome = self.encoder.encode(row, &mut self.out);
        if !self.encoder.misfits().is_empty() {
            self.keep(row, outcome);
            if self.kept.len() >= QUARANTINE {
                self.send()?;
            }
        }
        if self.out.len() >= BUFFER - (BUFFER >> 4) {
            self.send_rows()?;
        }
        Ok(())
    }

    /// Puts what did not fit in quarantine.
    fn keep(&mut self, row: &ScannedRow<'_>, outcome: Outcome) {
        let key = self.key_shown(row);
        let entry = Entry {
            migration: self.feed.migration,
            source: self.feed.source,
            table: &self.feed.table.source,
            key: &key,
            column: None,
            class: None,
            reason: Misfit::Constraint,
            row: None,
        };
        if outcome == Outcome::Kept {
            for &(place, reason) in self.encoder.misfits() {
                self.progress.cells_quarantined += 1;
                let cell = row.cells[place];
                let entry = Entry {
                    column: Some(self.names[place]),
                    class: Some(cell.class()),
                    reason,
                    ..entry
                };
                quarantine::entry(&entry, Some(cell), &mut self.kept);
            }
            return;
        }
        self.progress.rows_quarantined += 1;
        let taking = self
            .encoder
            .misfits()
            .iter()
            .find(|(place, _)| self.encoder.takes_row(*place));
        let reason = taking.map_or(Misfit::Constraint, |(_, reason)| *reason);
        let whole = quarantine::row(self.names.iter().copied().zip(row.cells.iter().copied()));
        let entry = Entry { reason, ..entry };
        let of_row = Entry {
            row: Some(&whole),
            ..entry
        };
        quarantine::entry(&of_row, None, &mut self.kept);
        for (name, cell) in self.names.iter().zip(row.cells) {
            if let Cell::Text(bytes) | Cell::Blob(bytes) = cell
                && bytes.len() > quarantine::LARGEST_WITHIN_ROW
            {
                let entry = Entry {
                    column: Some(name),
                    class: Some(cell.class()),
                    ..entry
                };
                quarantine::entry(&entry, Some(*cell), &mut self.kept);
            }
        }
    }

    /// The key of a row for people.
    fn key_shown(&self, row: &ScannedRow<'_>) -> Value {
        let mut map = Map::new();
        if let RowKey::Rowid(name) = &self.feed.table.key {
            map.insert(name.clone(), row.rowid.into());
        }
        for (name, cell) in self.keys.iter().zip(row.key_cells) {
            map.insert((*name).to_owned(), quarantine::value(*cell));
        }
        Value::Object(map)
    }

    fn send_rows(&mut self) -> Result<(), Stop> {
        if self.out.is_empty() {
            return Ok(());
        }
        let next = self.to.buffer()?;
        let rows = mem::replace(&mut self.out, next);
        self.count(rows.len());
        self.to.send(Message::Rows(rows))?;
        self.feed.observer.on(Event::Amount {
            subject: self.feed.subject,
            done: self.progress.rows_read,
            total: self.feed.table.rows.max(self.progress.rows_read),
            unit: "rows",
        });
        Ok(())
    }

    /// Sends what there is, rows and quarantine.
    fn send(&mut self) -> Result<(), Stop> {
        self.send_rows()?;
        if !self.kept.is_empty() {
            let mut entries = self.to.buffer()?;
            mem::swap(&mut entries, &mut self.kept);
            self.count(entries.len());
            self.to.send(Message::Quarantine(entries))?;
        }
        Ok(())
    }

    fn count(&mut self, bytes: usize) {
        self.progress.bytes += bytes as u64;
        self.chunk.1 += bytes as u64;
    }

    fn commit(&mut self, finished: bool) -> Result<(), Stop> {
        self.send()?;
        self.progress.digest = self.encoder.digest().clone();
        self.progress.seconds = self.feed.from.seconds + self.begun.elapsed().as_secs_f64();
        let progress = Box::new(self.progress.clone());
        self.chunk = (0, 0);
        Ok(self.to.send(Message::Chunk { progress, finished })?)
    }
}

//! Cells and rows that do not fit -> entries of the quarantine.

use rusqlite::Connection;
use serde_json::Value;

use super::channel::BUFFER;
use super::feed::{Feed, Stop};
use super::output::Output;
use super::quarantine::{self, Entry};
use super::row::{Outcome, RowEncoder};
use crate::migrate::cell::{Cell, StorageClass};
use crate::migrate::misfit::Misfit;
use crate::migrate::sqlite::{LongCell, ScannedRow, key_json, read_long};

/// Entries are handed over when they come to so many bytes.
const FULL: usize = BUFFER;

/// Writes entries for the rows of one table.
pub struct Keeper<'a> {
    /// The table.
    pub feed: &'a Feed<'a>,
    /// What reads it.
    pub connection: &'a Connection,
    /// The carried columns by name.
    pub names: &'a [&'a str],
    /// The columns of the primary key by which rows are ordered, where that is not the rowid.
    pub keys: &'a [&'a str],
    /// Entries that are not sent yet.
    pub entries: Vec<u8>,
}

impl Keeper<'_> {
    /// Writes entries for what did not fit of the row that was just encoded. Gives how many rows and cells.
    pub fn keep(
        &mut self,
        row: &ScannedRow<'_>,
        outcome: Outcome,
        encoder: &RowEncoder<'_>,
        output: &mut Output<'_>,
    ) -> Result<(u64, u64), Stop> {
        let key = self.key(row);
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
        let kept = match outcome {
            Outcome::Kept => {
                for &(place, reason) in encoder.misfits() {
                    self.cell(row, place, &Entry { reason, ..entry }, output)?;
                }
                (0, encoder.misfits().len() as u64)
            }
            Outcome::Quarantined => {
                let taking = encoder
                    .misfits()
                    .iter()
                    .find(|(place, _)| encoder.takes_row(*place));
                let reason = taking.map_or(Misfit::Constraint, |(_, reason)| *reason);
                self.row(row, Entry { reason, ..entry }, output)?;
                (1, 0)
            }
        };
        if self.entries.len() >= FULL {
            output.send_quarantine(&mut self.entries)?;
        }
        Ok(kept)
    }

    /// Reads a long cell of a row.
    pub fn read(
        &self,
        row: &ScannedRow<'_>,
        place: usize,
        class: StorageClass,
        take: &mut dyn FnMut(&[u8]) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        let cell = LongCell {
            path: self.feed.path,
            table: &self.feed.table.source,
            column: self.names[place],
            class,
            key: &self.feed.table.key,
            key_columns: self.keys,
            row: &row.key(),
        };
        read_long(self.connection, &cell, take)
    }

    /// A whole row; what is long in it beside it.
    fn row(&mut self, row: &ScannedRow<'_>, entry: Entry<'_>, output: &mut Output<'_>) -> Result<(), Stop> {
        let whole = quarantine::row(
            self.names.iter().copied().zip(row.cells.iter().copied()),
            row.long,
        );
        let of_row = Entry {
            row: Some(&whole),
            ..entry
        };
        quarantine::entry(&of_row, None, &mut self.entries);
        for (place, cell) in row.cells.iter().enumerate() {
            let beside = match cell {
                Cell::Text(bytes) | Cell::Blob(bytes) => bytes.len() > quarantine::LARGEST_WITHIN_ROW,
                _ => row.long.iter().any(|long| long.0 == place),
            };
            if beside {
                self.cell(row, place, &entry, output)?;
            }
        }
        Ok(())
    }

    fn cell(
        &mut self,
        row: &ScannedRow<'_>,
        place: usize,
        entry: &Entry<'_>,
        output: &mut Output<'_>,
    ) -> Result<(), Stop> {
        let column = Some(self.names[place]);
        let Some(&(_, class, bytes)) = row.long.iter().find(|long| long.0 == place) else {
            let cell = row.cells[place];
            let class = Some(cell.class());
            quarantine::entry(
                &Entry {
                    column,
                    class,
                    ..*entry
                },
                Some(cell),
                &mut self.entries,
            );
            return Ok(());
        };
        let length = match class {
            // Its length comes first, and where the file is not in UTF-8 it has another one there.
            StorageClass::Text => self.length(row, place, class)?,
            _ => bytes,
        };
        let entry = Entry {
            column,
            class: Some(class),
            ..*entry
        };
        let length = u32::try_from(length).expect("SQLite's cells have less than 2^31 bytes");
        quarantine::before_long(&entry, length, &mut self.entries);
        let mut entries = std::mem::take(&mut self.entries);
        self.read(row, place, class, &mut |piece| {
            entries.extend_from_slice(piece);
            if entries.len() >= FULL {
                output.send_quarantine(&mut entries)?;
            }
            Ok(())
        })?;
        self.entries = entries;
        quarantine::after_raw(&entry, &mut self.entries);
        // No row may come between the parts of an entry.
        Ok(output.send_quarantine(&mut self.entries)?)
    }

    fn length(&self, row: &ScannedRow<'_>, place: usize, class: StorageClass) -> Result<u64, Stop> {
        let mut length = 0;
        self.read(row, place, class, &mut |piece| {
            length += piece.len() as u64;
            Ok(())
        })?;
        Ok(length)
    }

    /// The key of a row for people.
    fn key(&self, row: &ScannedRow<'_>) -> Value {
        key_json(&self.feed.table.key, self.keys, row)
            .into_iter()
            .collect()
    }
}

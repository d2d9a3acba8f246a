//! SQLite's side of a table: its rows one by one, and the digest of all.

use std::ops::ControlFlow;
use std::path::Path;

use rusqlite::Connection;

use super::row_hasher::RowHasher;
use crate::event::{Event, Observer};
use crate::migrate::MigrateError;
use crate::migrate::digest::TableDigest;
use crate::migrate::plan::TablePlan;
use crate::migrate::sqlite::{self, Scan, ScannedRow};
use crate::runtime::interrupt::Interrupt;

/// After so many rows it is asked whether to stop.
const TURN: u64 = 4096;

/// A table to read.
#[derive(Clone, Copy)]
pub struct SourceTable<'a> {
    /// A connection whose snapshot does not change.
    pub connection: &'a Connection,
    /// The file that it reads.
    pub path: &'a Path,
    /// The table.
    pub table: &'a TablePlan,
    /// What the table is called in events.
    pub subject: &'a str,
    /// Who is told.
    pub observer: &'a dyn Observer,
    /// Asked now and then.
    pub interrupt: &'a Interrupt,
}

/// What a whole table gives.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourceDigest {
    /// The digest of the rows that fit.
    pub digest: TableDigest,
    /// All rows.
    pub rows: u64,
    /// Rows that do not fit as a whole.
    pub rows_quarantined: u64,
    /// Cells that do not fit in rows that do.
    pub cells_quarantined: u64,
}

impl SourceTable<'_> {
    /// Reads it all.
    pub fn digest(&self) -> Result<SourceDigest, MigrateError> {
        let mut found = SourceDigest::default();
        let chained = self.table.digest_key.is_empty();
        self.each(&mut |_, hasher, kept| {
            found.rows += 1;
            if found.digest.columns.is_empty() {
                found.digest = TableDigest::new(hasher.width());
            }
            if found.rows % TURN == 0 {
                self.tell(found.rows);
            }
            if !kept {
                found.rows_quarantined += 1;
                return Ok(());
            }
            found.cells_quarantined += hasher.misfits();
            found.digest.rows += 1;
            let seed = hasher.seed()?;
            for (place, column) in found.digest.columns.iter_mut().enumerate() {
                if let Some(hash) = hasher.hash(place, seed)? {
                    column.count += 1;
                    column.sum += i128::from(hash.cast_signed());
                }
            }
            if chained {
                found.digest.chain += i128::from(hasher.row_hash(seed)?.cast_signed());
            }
            Ok(())
        })?;
        if found.digest.columns.is_empty() {
            let carried = self
                .table
                .columns
                .iter()
                .filter(|column| column.encoding.is_some());
            found.digest = TableDigest::new(carried.count());
        }
        self.tell(found.rows);
        Ok(found)
    }

    /// Gives each row to `visit`, with its hashes and whether it fits.
    pub fn each(
        &self,
        visit: &mut dyn FnMut(&ScannedRow<'_>, &RowHasher<'_>, bool) -> Result<(), MigrateError>,
    ) -> Result<(), MigrateError> {
        let table = self.table;
        let columns: Vec<&str> = table
            .columns
            .iter()
            .filter(|column| column.encoding.is_some())
            .map(|column| column.source.as_str())
            .collect();
        let key_columns = table.key_columns();
        let scan = Scan {
            path: self.path,
            table: &table.source,
            columns: &columns,
            long: &[],
            key: &table.key,
            key_columns: &key_columns,
            after: None,
            until: None,
            is_copy: false,
        };
        let mut hasher = RowHasher::new(table, self.path, self.connection);
        let mut rows = 0;
        sqlite::scan(self.connection, &scan, &mut |row| {
            rows += 1;
            if rows % TURN == 0 && self.interrupt.arrived() {
                return Err(MigrateError::Interrupted);
            }
            let kept = hasher.take(row)?;
            visit(row, &hasher, kept)?;
            Ok(ControlFlow::Continue(()))
        })
    }

    fn tell(&self, rows: u64) {
        self.observer.on(Event::Amount {
            subject: self.subject,
            done: rows,
            total: self.table.rows.max(rows),
            unit: "rows",
        });
    }
}

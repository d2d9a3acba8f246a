//! How far the reading of each table is.

use std::sync::atomic::{AtomicU64, Ordering};

use super::unit::Unit;
use crate::event::{Event, Observer};
use crate::migrate::sqlite::catalog::Catalog;

/// One table.
pub(super) struct Progress<'a> {
    observer: &'a dyn Observer,
    subject: String,
    done: AtomicU64,
    total: u64,
    pieces_left: AtomicU64,
}

impl<'a> Progress<'a> {
    /// Of a table that is read in so many pieces; `total` may be more than there is.
    pub fn new(observer: &'a dyn Observer, subject: String, total: u64, pieces: u64) -> Self {
        Self {
            observer,
            subject,
            done: AtomicU64::new(0),
            total,
            pieces_left: AtomicU64::new(pieces),
        }
    }

    /// More rows were read.
    pub fn add(&self, rows: u64) {
        let done = self.done.fetch_add(rows, Ordering::Relaxed) + rows;
        self.tell(done, self.total.max(done));
    }

    /// A piece is at its end.
    pub fn piece_done(&self) {
        if self.pieces_left.fetch_sub(1, Ordering::AcqRel) == 1 {
            let done = self.done.load(Ordering::Acquire);
            self.tell(done, done);
        }
    }

    fn tell(&self, done: u64, total: u64) {
        self.observer.on(Event::Amount {
            subject: &self.subject,
            done,
            total,
            unit: "rows",
        });
    }
}

/// Of each table of the catalog, whose units are these.
pub(super) fn of_tables<'a>(
    schema: &str,
    catalog: &Catalog,
    observer: &'a dyn Observer,
    units: &[Unit],
) -> Vec<Progress<'a>> {
    let tables = catalog.tables.iter().enumerate();
    let tables = tables.map(|(place, table)| {
        let units = units.iter().filter(|unit| unit.table == place);
        let (pieces, rows) = units.fold((0, 0), |(pieces, rows), unit| (pieces + 1, rows + unit.rows));
        Progress::new(observer, format!("{schema}.{}", table.name), rows, pieces)
    });
    tables.collect()
}

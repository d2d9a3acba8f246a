//! How far the reading of each table is.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::event::{Event, Observer};

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

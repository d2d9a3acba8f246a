//! Shares pieces of work among connections, each in a thread of its own.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use rusqlite::Connection;

use crate::migrate::MigrateError;
use crate::runtime::interrupt::Interrupt;

/// Does each piece once, on whichever connection is free; gives the results in the order of the pieces, or the first error.
pub(super) fn each<P: Sync, R: Send>(
    connections: &mut [Connection],
    interrupt: &Interrupt,
    pieces: &[P],
    work: impl Fn(&Connection, &P) -> Result<R, MigrateError> + Sync,
) -> Result<Vec<R>, MigrateError> {
    let next = AtomicUsize::new(0);
    let stopped = AtomicBool::new(false);
    let done = Mutex::new(Vec::with_capacity(pieces.len()));
    let keep = |result| done.lock().unwrap_or_else(PoisonError::into_inner).push(result);
    let one_thread = |connection: &Connection| {
        while !stopped.load(Ordering::Relaxed) {
            let place = next.fetch_add(1, Ordering::Relaxed);
            let Some(piece) = pieces.get(place) else {
                break;
            };
            let result = if interrupt.arrived() {
                Err(MigrateError::Interrupted)
            } else {
                work(connection, piece)
            };
            if result.is_err() {
                stopped.store(true, Ordering::Relaxed);
            }
            keep((place, result));
        }
    };
    std::thread::scope(|scope| {
        let one_thread = &one_thread;
        for connection in connections {
            scope.spawn(move || one_thread(connection));
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(place, _)| *place);
    done.into_iter().map(|(_, result)| result).collect()
}

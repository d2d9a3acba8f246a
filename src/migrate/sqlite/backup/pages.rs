//! The pages of a file -> a copy, while others may write to it.

use rusqlite::backup::{Backup as Pages, Progress, StepResult};
use rusqlite::types::FromSql;
use rusqlite::{Connection, OpenFlags};

use super::Backup;
use super::place::Place;
use crate::event::{Event, Observer};
use crate::migrate::sqlite::SqliteError;
use crate::runtime::interrupt::Interrupt;

/// Pages that are copied at once: a few milliseconds of work, between which writers with a rollback journal come in.
const STEP: i32 = 512;

/// How often writers may make the copy begin anew before they are kept waiting.
const RESTARTS: u32 = 3;

/// Copies all pages of one state; the `data_version` of that state.
///
/// With a WAL, one state is held from the start and writers are not disturbed. With a rollback journal, writers come in
/// between the steps, which makes the copy begin anew; after some restarts, and for the last step, they are kept waiting.
pub(super) fn copy(
    source: &Connection,
    place: &Place,
    backup: &Backup<'_>,
    observer: &dyn Observer,
    interrupt: &Interrupt,
) -> Result<i64, SqliteError> {
    let failed = |error| SqliteError::new("copy", backup.source, error);
    let mut copy = destination(place)?;
    let mut held = is_wal(source).map_err(failed)?;
    if held {
        hold(source).map_err(failed)?;
    }
    let pages = Pages::new(source, &mut copy).map_err(failed)?;
    let mut restarts = 0;
    let mut left: i32 = number(source, "page_count").map_err(failed)?;
    loop {
        if interrupt.arrived() {
            return Err(SqliteError::Interrupted);
        }
        if !held && (restarts >= RESTARTS || left <= STEP) {
            hold(source).map_err(failed)?;
            held = true;
        }
        match pages.step(STEP).map_err(failed)? {
            StepResult::Done => break,
            StepResult::More => {}
            _ => return Err(SqliteError::Locked(backup.source.to_owned())),
        }
        let progress = pages.progress();
        tell(progress, backup, observer);
        if progress.remaining >= left {
            restarts += 1;
        }
        left = progress.remaining;
    }
    tell(pages.progress(), backup, observer);
    drop(pages);
    // Asked while the state is held: what is committed from now on changes it.
    let version = number(source, "data_version").map_err(failed)?;
    if held {
        source.execute_batch("ROLLBACK").map_err(failed)?;
    }
    copy.close().map_err(|(_, error)| failed(error))?;
    Ok(version)
}

fn tell(progress: Progress, backup: &Backup<'_>, observer: &dyn Observer) {
    let total = u64::try_from(progress.pagecount).unwrap_or(0);
    observer.on(Event::Amount {
        subject: backup.name,
        done: total.saturating_sub(u64::try_from(progress.remaining).unwrap_or(0)),
        total,
        unit: "pages",
    });
}

fn number<T: FromSql>(connection: &Connection, pragma: &str) -> rusqlite::Result<T> {
    connection.query_row(&format!("PRAGMA main.{pragma}"), [], |row| row.get(0))
}

/// The partial copy; it is synced as a whole in the end, and thrown away if something fails before.
fn destination(place: &Place) -> Result<Connection, SqliteError> {
    let path = place.partial();
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let absolute = std::path::absolute(path).map_err(|error| SqliteError::file("find", path, error))?;
    Connection::open_with_flags(absolute, flags)
        .and_then(|connection| {
            connection.execute_batch("PRAGMA synchronous = OFF")?;
            connection.query_row("PRAGMA journal_mode = OFF", [], |_| Ok(()))?;
            Ok(connection)
        })
        .map_err(|error| SqliteError::new("write", path, error))
}

fn is_wal(connection: &Connection) -> rusqlite::Result<bool> {
    let mode: String = connection.query_row("PRAGMA main.journal_mode", [], |row| row.get(0))?;
    Ok(mode == "wal")
}

fn hold(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch("BEGIN")?;
    connection.query_row("SELECT count(*) FROM main.sqlite_schema", [], |_| Ok(()))
}

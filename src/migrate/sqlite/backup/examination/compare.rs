//! A table -> whether each of its indexes holds exactly what its rows hold, in order.

use std::hash::RandomState;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode};

use super::declared::{Declared, Index, Listed, Stored};
use super::entry::{Entry, Sum};
use super::index_tree::{self, Unreadable};
use super::order::Step;
use crate::migrate::cell::Cell;
use crate::migrate::plan::RowKey;
use crate::migrate::sqlite::backup::findings::failed;
use crate::migrate::sqlite::pages::{self, Pages};
use crate::migrate::sqlite::scan::{LengthLimit, cell};
use crate::migrate::sqlite::utf16::Encoding;
use crate::migrate::sqlite::{LONG_CELL, Scan, SqliteError, scan};

/// What a comparison shows.
pub(super) enum Compared {
    Same,
    /// Nothing, for better or worse: only SQLite can tell.
    Unknown,
    /// Something is wrong, and this is what can be told of it; nothing where SQLite must confirm it.
    Differs(Vec<String>),
}

/// Why nothing could be compared.
#[derive(Debug)]
pub(super) enum Failure {
    Sqlite(rusqlite::Error),
    File(std::io::Error),
    Interrupted,
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl Failure {
    /// The same, told of the file.
    pub(super) fn of(self, copy: &Path, source: &Path) -> SqliteError {
        match self {
            Self::Sqlite(error) => failed(error, source),
            Self::File(error) => SqliteError::file("read", copy, error),
            Self::Interrupted => SqliteError::Interrupted,
        }
    }
}

/// Compares all indexes of a table with it.
pub(super) fn compare(
    connection: &Connection,
    (copy, pages): (&Path, &Pages),
    table: &Listed,
    stopped: &AtomicBool,
) -> Result<Compared, Failure> {
    let Some(declared) = table.declared(connection)? else {
        return Ok(Compared::Unknown);
    };
    if declared.indexes.is_empty() {
        return Ok(Compared::Same);
    }
    if Encoding::of(connection)? != Encoding::Utf8 {
        return Ok(Compared::Unknown);
    }
    let key = RandomState::new();
    let of_rows = match &declared.stored {
        Some(stored) => match of_stored(connection, copy, &declared, stored, &key, stopped) {
            Ok(sums) => Some(sums),
            Err(Stop::Interrupted) => return Err(Failure::Interrupted),
            Err(Stop::Unknown) => None,
        },
        None => of_rows(connection, &declared, &key)?,
    };
    let Some(of_rows) = of_rows else {
        return Ok(Compared::Unknown);
    };
    let mut differs = false;
    let mut own = Vec::new();
    for (index, of_rows) in declared.indexes.iter().zip(of_rows) {
        let go_on = || !stopped.load(Ordering::Relaxed);
        let wrong = match of_index(pages, index, &key, &go_on) {
            Ok(Read::Entries(sum)) if sum == of_rows => continue,
            Ok(Read::Entries(_)) => "does not hold what its rows hold",
            Ok(Read::NotInOrder) => "is not in order",
            Ok(Read::SameKey) => "holds a key twice that is unique",
            Err(Unreadable::Malformed | Unreadable::Long) => return Ok(Compared::Unknown),
            Err(Unreadable::File(error)) => return Err(Failure::File(error)),
            Err(Unreadable::Interrupted) => return Err(Failure::Interrupted),
        };
        differs = true;
        // What an expression gives may depend on the version of SQLite.
        if index.is_plain {
            own.push(format!(
                "the index `{}` of the table `{}` {wrong}",
                index.name, table.name
            ));
        }
    }
    Ok(if differs {
        Compared::Differs(own)
    } else {
        Compared::Same
    })
}

/// Why the rows of a table could not be summed.
enum Stop {
    Interrupted,
    /// SQLite's check tells.
    Unknown,
}

impl From<SqliteError> for Stop {
    fn from(_: SqliteError) -> Self {
        Self::Unknown
    }
}

/// The sum over what each index should hold, where that is columns as they are stored.
fn of_stored(
    connection: &Connection,
    copy: &Path,
    declared: &Declared,
    stored: &[Stored],
    key: &RandomState,
    stopped: &AtomicBool,
) -> Result<Vec<Sum>, Stop> {
    let mut columns: Vec<&str> = Vec::new();
    let mut rowid = None;
    // Where each value is among the columns; the rowid is behind them.
    let places: Vec<Option<usize>> = stored
        .iter()
        .map(|stored| match stored {
            Stored::Rowid(name) => {
                rowid = Some((*name).to_owned());
                None
            }
            Stored::Column(name) => {
                columns.push(name);
                Some(columns.len() - 1)
            }
        })
        .collect();
    let scanned = Scan {
        path: copy,
        table: &declared.table,
        columns: &columns,
        long: &[],
        key: &RowKey::Rowid(rowid.ok_or(Stop::Unknown)?),
        key_columns: &[],
        after: None,
        until: None,
        is_copy: true,
    };
    let mut sums = vec![Sum::default(); declared.indexes.len()];
    let mut entry = Entry::default();
    let mut rows = 0_u64;
    scan(connection, &scanned, &mut |row| {
        rows += 1;
        if rows.is_multiple_of(1024) && stopped.load(Ordering::Relaxed) {
            return Err(Stop::Interrupted);
        }
        let rowid = row.rowid.filter(|_| row.long.is_empty()).ok_or(Stop::Unknown)?;
        for (index, sum) in declared.indexes.iter().zip(&mut sums) {
            entry.0.clear();
            for &value in &index.values {
                entry.push(places[value].map_or(Cell::Integer(rowid), |place| row.cells[place]));
            }
            sum.add(key, &entry);
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(sums)
}

/// The sum over what each index should hold; `None` where the table can't be read like that.
fn of_rows(
    connection: &Connection,
    declared: &Declared,
    key: &RandomState,
) -> Result<Option<Vec<Sum>>, Failure> {
    let _limit = LengthLimit::set(connection, LONG_CELL);
    // A name or an expression that only the application's SQLite takes.
    let Ok(mut statement) = connection.prepare(&declared.select) else {
        return Ok(None);
    };
    let mut rows = statement.raw_query();
    let mut sums = vec![Sum::default(); declared.indexes.len()];
    let mut entry = Entry::default();
    loop {
        let row = match rows.next() {
            Ok(Some(row)) => row,
            Ok(None) => return Ok(Some(sums)),
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::OperationInterrupted) => {
                return Err(Failure::Interrupted);
            }
            // Too long a cell, or an expression that fails: SQLite's check tells.
            Err(_) => return Ok(None),
        };
        for (index, sum) in declared.indexes.iter().zip(&mut sums) {
            if let Some(filter) = index.filter
                && row.get_ref(filter)? == ValueRef::Null
            {
                continue;
            }
            entry.0.clear();
            for &place in &index.values {
                entry.push(cell(row.get_ref(place)?));
            }
            sum.add(key, &entry);
        }
    }
}

/// What was read of an index.
enum Read {
    Entries(Sum),
    NotInOrder,
    SameKey,
}

/// The sum over what an index holds.
fn of_index(
    pages: &Pages,
    index: &Index,
    key: &RandomState,
    go_on: &dyn Fn() -> bool,
) -> Result<Read, Unreadable> {
    let mut sum = Sum::default();
    let (mut before, mut entry) = (Entry::default(), Entry::default());
    let (mut wrong, mut space) = (None, Vec::new());
    index_tree::read(pages, index.root, go_on, &mut |record| {
        entry.0.clear();
        let mut count = 0;
        pages::values(record, &mut space, &mut |value| {
            entry.push(value);
            count += 1;
        })
        .filter(|()| count == index.values.len())
        .ok_or(Unreadable::Malformed)?;
        sum.add(key, &entry);
        if !before.0.is_empty() && wrong.is_none() {
            match index.order.step(&before, &entry) {
                Step::Right => {}
                Step::NotInOrder => wrong = Some(Read::NotInOrder),
                Step::SameKey => wrong = Some(Read::SameKey),
            }
        }
        std::mem::swap(&mut before, &mut entry);
        Ok(())
    })?;
    Ok(wrong.unwrap_or(Read::Entries(sum)))
}

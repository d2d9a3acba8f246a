//! A table -> whether each of its indexes holds exactly what its rows hold, in order.

use std::hash::RandomState;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode};

use super::declared::{Declared, Index, Listed};
use super::entry::{Entry, Sum};
use super::index_tree::{self, Unreadable};
use super::order::Step;
use crate::migrate::sqlite::backup::findings::failed;
use crate::migrate::sqlite::pages::{self, Pages};
use crate::migrate::sqlite::scan::{LengthLimit, cell};
use crate::migrate::sqlite::utf16::Encoding;
use crate::migrate::sqlite::{LONG_CELL, SqliteError};

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
    pages: &Pages,
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
    let Some(of_rows) = of_rows(connection, &declared, &key)? else {
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

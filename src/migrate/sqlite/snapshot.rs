//! A file that others write to -> several connections that see one and the same state of it.
//!
//! With a rollback journal, a reader that is in a transaction keeps writers from committing, so whoever begins after it
//! sees what it sees. With a WAL, writers go on; there the header of the WAL's index, which each commit changes, is
//! compared before the first and after the last connection has begun. While a snapshot of a WAL is held, the WAL can
//! not begin anew and grows by what is written.

use std::fs::File;
use std::mem::ManuallyDrop;
use std::os::unix::fs::FileExt;
use std::path::Path;

use rusqlite::Connection;

use super::SqliteError;
use super::open::open;

/// How often a common state is looked for.
const ATTEMPTS: usize = 500;

/// Opens `count` connections (at least one) on the same state of a file. Each is in a transaction that holds it: to end
/// it, drop the connection.
pub fn snapshot(path: &Path, count: usize) -> Result<Vec<Connection>, SqliteError> {
    let connections = (0..count.max(1))
        .map(|_| open(path))
        .collect::<Result<Vec<_>, _>>()?;
    let failed = |error| SqliteError::new("begin to read", path, error);
    let mut index = None;
    for _ in 0..ATTEMPTS {
        let wal = is_wal(&connections[0]).map_err(failed)?;
        if wal && index.is_none() {
            index = Some(open_index(path)?);
        }
        let index = index.as_ref().filter(|_| wal);
        let before = header(index, path)?;
        let mut same_mode = true;
        for connection in &connections {
            begin(connection).map_err(failed)?;
            same_mode &= is_wal(connection).map_err(failed)? == wal;
        }
        if same_mode && before.is_settled() && before == header(index, path)? {
            return Ok(connections);
        }
        for connection in &connections {
            connection.execute_batch("ROLLBACK").map_err(failed)?;
        }
    }
    Err(SqliteError::NoSnapshot(path.to_owned()))
}

/// The header of a WAL's index: two copies of 48 bytes. All zero where there is no WAL.
#[derive(PartialEq)]
struct Header([u8; 96]);

impl Header {
    /// Whether no writer is in the middle of changing it.
    fn is_settled(&self) -> bool {
        self.0[..48] == self.0[48..]
    }
}

fn header(index: Option<&ManuallyDrop<File>>, path: &Path) -> Result<Header, SqliteError> {
    let mut header = [0; 96];
    if let Some(index) = index {
        index
            .read_exact_at(&mut header, 0)
            .map_err(|error| SqliteError::file("read the WAL's index of", path, error))?;
    }
    Ok(Header(header))
}

/// Opens the WAL's index. It is never closed: that would take away the locks of all connections of this process to it.
fn open_index(path: &Path) -> Result<ManuallyDrop<File>, SqliteError> {
    let found = path.canonicalize().and_then(|path| {
        let mut name = path.into_os_string();
        name.push("-shm");
        File::open(name)
    });
    match found {
        Ok(file) => Ok(ManuallyDrop::new(file)),
        Err(error) => Err(SqliteError::file("open the WAL's index of", path, error)),
    }
}

fn is_wal(connection: &Connection) -> rusqlite::Result<bool> {
    let mode: String = connection.query_row("PRAGMA main.journal_mode", [], |row| row.get(0))?;
    Ok(mode == "wal")
}

/// A transaction reads from the first time that it looks.
fn begin(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch("BEGIN")?;
    connection.query_row("SELECT count(*) FROM main.sqlite_schema", [], |_| Ok(()))
}

#[cfg(test)]
mod tests;

//! A path -> a connection that only reads, and leaves the file, its WAL and its shared memory as they are.
//!
//! The operating system's locks of a process go away as soon as it closes any descriptor of the file, so nothing here
//! opens a database with `std::fs`: what the file is, SQLite itself says.

use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::collation::stand_in;
use super::error::SqliteError;
use crate::migrate::hexadecimal::hexadecimal;

/// For how long a writer's lock is waited for.
const PATIENCE: Duration = Duration::from_secs(20);

/// Opens a file for reading only; its WAL is read too and never checkpointed.
///
/// A file in WAL mode that nobody has open gets an empty `-wal` and a `-shm` beside it, as from any reader; the next
/// program that writes takes them over.
pub fn open(path: &Path) -> Result<Connection, SqliteError> {
    let absolute = inspect(path)?;
    connect(path, &absolute, OpenFlags::empty())
}

/// Opens a copy that nobody writes to: without locks, and without looking for a journal or a WAL.
pub fn open_copy(path: &Path) -> Result<Connection, SqliteError> {
    let absolute = inspect(path)?;
    connect(path, &immutable(&absolute), OpenFlags::SQLITE_OPEN_URI)
}

/// What the file is, as far as that can be seen without opening it -> where it is, without symbolic links: SQLite looks
/// for journal and WAL beside the file itself.
fn inspect(path: &Path) -> Result<PathBuf, SqliteError> {
    let meta = std::fs::metadata(path).map_err(|error| SqliteError::file("find", path, error))?;
    if !meta.is_file() {
        return Err(SqliteError::NotAFile(path.to_owned()));
    }
    if meta.len() == 0 {
        return Err(SqliteError::Empty(path.to_owned()));
    }
    nix::unistd::access(path, nix::unistd::AccessFlags::R_OK)
        .map_err(|error| SqliteError::file("read", path, error.into()))?;
    path.canonicalize()
        .map_err(|error| SqliteError::file("find", path, error))
}

fn connect(path: &Path, name: &Path, flags: OpenFlags) -> Result<Connection, SqliteError> {
    let failed = |error| SqliteError::new("open", path, error);
    let flags = flags | OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(name, flags).map_err(failed)?;
    configure(&connection).map_err(failed)?;
    match load_schema(&connection) {
        Ok(()) => {}
        Err(error) if is_malformed(&error) => tolerate(&connection)
            .and_then(|()| load_schema(&connection))
            .map_err(failed)?,
        Err(rusqlite::Error::SqliteFailure(error, _)) if error.code == ErrorCode::CannotOpen => {
            return Err(SqliteError::Wal(path.to_owned()));
        }
        Err(error) => return Err(failed(error)),
    }
    set(&connection, "cache_size = -2048").map_err(failed)?;
    // What this fails on, the reading of the catalog tells with its place.
    let _ = stand_in(&connection);
    Ok(connection)
}

fn configure(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(PATIENCE)?;
    for (setting, on) in [
        (DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true),
        (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
        (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
        // A column that is not there must be an error, not a text of its name.
        (DbConfig::SQLITE_DBCONFIG_DQS_DML, false),
    ] {
        connection.set_db_config(setting, on)?;
    }
    // None of these reads the schema, which may be broken.
    for pragma in ["mmap_size = 0", "cell_size_check = 1", "query_only = 1"] {
        set(connection, pragma)?;
    }
    Ok(())
}

fn set(connection: &Connection, pragma: &str) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(&format!("PRAGMA {pragma}"))?;
    let mut rows = statement.query([])?;
    while rows.next()?.is_some() {}
    Ok(())
}

/// Reads the header and the whole schema.
fn load_schema(connection: &Connection) -> rusqlite::Result<()> {
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))
}

fn is_malformed(error: &rusqlite::Error) -> bool {
    match error {
        rusqlite::Error::SqliteFailure(_, Some(message)) => message.starts_with("malformed database schema"),
        _ => false,
    }
}

/// Passes over entries of the schema that SQLite cannot read; `read_catalog` names them.
fn tolerate(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, false)?;
    connection.execute_batch("PRAGMA writable_schema = 1")?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    Ok(())
}

/// The name under which SQLite takes the file as one that nobody writes to.
fn immutable(path: &Path) -> PathBuf {
    let mut name = String::from("file:");
    for &byte in path.as_os_str().as_bytes() {
        if byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte) {
            name.push(char::from(byte));
        } else {
            name.extend(["%", hexadecimal(&[byte]).as_str()]);
        }
    }
    name.push_str("?immutable=1");
    name.into()
}

#[cfg(test)]
mod tests;

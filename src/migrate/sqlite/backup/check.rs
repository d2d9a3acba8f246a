//! A copy -> its checksum, and that SQLite finds no damage in it. Both at once: one reads, the other thinks.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, InterruptHandle};
use sha2::{Digest, Sha256};

use super::Backup;
use crate::event::{Event, Observer};
use crate::migrate::hexadecimal::hexadecimal;
use crate::migrate::sqlite::SqliteError;
use crate::migrate::sqlite::collation::unchecked;
use crate::migrate::sqlite::open::open_copy;
use crate::runtime::interrupt::Interrupt;

/// How many findings are told.
const TOLD: usize = 5;

/// Larger copies are only looked through at once: comparing each index with its table takes SQLite seconds for each
/// 100 MB, which `Examination` spends while the rows are already on their way.
const LARGE: u64 = 64 << 20;

/// Pages, cells and the order of keys, of tables and indexes.
const LOOK_THROUGH: &str = "PRAGMA main.quick_check(100000)";
/// The same, and whether indexes hold what their tables hold.
const ALL: &str = "PRAGMA main.integrity_check(100000)";

/// What is known of a copy.
#[derive(Debug)]
pub struct Checked {
    pub(super) bytes: u64,
    pub(super) sha256: String,
    pub(super) user_version: i64,
    pub(super) page_count: i64,
}

/// Checks a copy.
pub(super) fn check(
    copy: &Path,
    backup: &Backup<'_>,
    observer: &dyn Observer,
    interrupt: &Interrupt,
) -> Result<Checked, SqliteError> {
    let connection = open_copy(copy).map_err(|error| of_source(error, backup.source))?;
    let handle = connection.get_interrupt_handle();
    let _listening = interrupt.listen(move |_| handle.interrupt());
    let failed = |error| {
        of_source(
            SqliteError::new("check the copy of", backup.source, error),
            backup.source,
        )
    };
    let how = if is_large(copy)? { LOOK_THROUGH } else { ALL };
    std::thread::scope(|scope| {
        let sum = scope.spawn(|| checksum(copy, backup, observer, interrupt));
        let found = if interrupt.arrived() {
            Err(SqliteError::Interrupted)
        } else {
            damage(&connection, how, backup.source)
        };
        let (bytes, sha256) = sum.join().expect("taking a checksum does not panic")?;
        found?;
        let number = |pragma: &str| connection.query_row(pragma, [], |row| row.get(0)).map_err(failed);
        Ok(Checked {
            bytes,
            sha256,
            user_version: number("PRAGMA main.user_version")?,
            page_count: number("PRAGMA main.page_count")?,
        })
    })
}

/// The copy is as the source is: what is wrong with it is told of the source.
fn of_source(error: SqliteError, source: &Path) -> SqliteError {
    match error {
        SqliteError::Damaged { found, .. } => SqliteError::Damaged {
            path: source.to_owned(),
            found,
        },
        other => other,
    }
}

fn checksum(
    copy: &Path,
    backup: &Backup<'_>,
    observer: &dyn Observer,
    interrupt: &Interrupt,
) -> Result<(u64, String), SqliteError> {
    let failed = |error| SqliteError::file("read", copy, error);
    let mut file = File::open(copy).map_err(failed)?;
    let total = file.metadata().map_err(failed)?.len();
    let mut hash = Sha256::new();
    let mut piece = vec![0; 256 << 10];
    let mut done = 0;
    loop {
        if interrupt.arrived() {
            return Err(SqliteError::Interrupted);
        }
        let bytes = file.read(&mut piece).map_err(failed)?;
        if bytes == 0 {
            return Ok((done, hexadecimal(&hash.finalize())));
        }
        hash.update(&piece[..bytes]);
        done += bytes as u64;
        observer.on(Event::Amount {
            subject: backup.name,
            done,
            total,
            unit: "bytes checked",
        });
    }
}

/// The rest of the check of a large copy.
#[derive(Debug)]
pub struct Examination {
    connection: Connection,
    source: PathBuf,
}

impl Examination {
    /// What is left to check of a copy; `None` where it was checked whole when it was made.
    pub fn of(copy: &Path, source: &Path) -> Result<Option<Self>, SqliteError> {
        if !is_large(copy)? {
            return Ok(None);
        }
        Ok(Some(Self {
            connection: open_copy(copy).map_err(|error| of_source(error, source))?,
            source: source.to_owned(),
        }))
    }

    /// Breaks it off from another thread.
    #[must_use]
    pub fn breaker(&self) -> InterruptHandle {
        self.connection.get_interrupt_handle()
    }

    /// Runs `PRAGMA integrity_check`; damage is an error that names the source.
    pub fn run(&self) -> Result<(), SqliteError> {
        damage(&self.connection, ALL, &self.source)
    }
}

fn is_large(copy: &Path) -> Result<bool, SqliteError> {
    let bytes = std::fs::metadata(copy).map_err(|error| SqliteError::file("read", copy, error))?;
    Ok(bytes.len() > LARGE)
}

/// Refuses a copy in which the check finds damage: the error holds the first findings.
fn damage(connection: &Connection, check: &str, source: &Path) -> Result<(), SqliteError> {
    let found = findings(connection, check)
        .map_err(|error| of_source(SqliteError::new("check the copy of", source, error), source))?;
    if found.is_empty() {
        return Ok(());
    }
    Err(SqliteError::Damaged {
        path: source.to_owned(),
        found: found.join("; "),
    })
}

/// The first findings of a check that are damage.
fn findings(connection: &Connection, check: &str) -> rusqlite::Result<Vec<String>> {
    let unchecked = unchecked(connection)?;
    let mut statement = connection.prepare(check)?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let line: String = row.get(0)?;
        found.extend(
            line.lines()
                .filter(|line| is_damage(line) && !is_order(line, &unchecked))
                .map(str::to_owned),
        );
        if found.len() >= TOLD {
            found.truncate(TOLD);
            break;
        }
    }
    Ok(found)
}

/// Whether it tells of the order in an index whose collation only the application has.
fn is_order(line: &str, unchecked: &BTreeSet<String>) -> bool {
    let of_order = [
        "row not in PRIMARY KEY order for ",
        "non-unique entry in index ",
        "row ",
    ];
    of_order.iter().any(|start| line.starts_with(start))
        && unchecked.iter().any(|name| line.ends_with(&format!(" {name}")))
}

/// Rows that break a NOT NULL, a CHECK or the type of their column are data like any other: the plan deals with them.
fn is_damage(line: &str) -> bool {
    let of_data = [
        "NULL value in ",
        "NUMERIC value in ",
        "TEXT value in ",
        "CHECK constraint failed in ",
        "non-",
    ];
    let is_index = line.starts_with("non-unique ");
    line != "ok"
        && !line.starts_with("*** in database")
        && (is_index || !of_data.iter().any(|start| line.starts_with(start)))
}

//! A copy -> its checksum, and that SQLite finds no damage in it. Both at once: one reads, the other thinks.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use rusqlite::Connection;
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

/// What is known of a copy.
pub(super) struct Checked {
    pub bytes: u64,
    pub sha256: String,
    pub user_version: i64,
    pub page_count: i64,
}

/// Checks a copy.
pub(super) fn check(
    copy: &Path,
    backup: &Backup<'_>,
    observer: &dyn Observer,
    interrupt: &Interrupt,
) -> Result<Checked, SqliteError> {
    let connection = open_copy(copy).map_err(|error| of_source(error, backup))?;
    let handle = connection.get_interrupt_handle();
    let _listening = interrupt.listen(move |_| handle.interrupt());
    let failed = |error| {
        of_source(
            SqliteError::new("check the copy of", backup.source, error),
            backup,
        )
    };
    std::thread::scope(|scope| {
        let sum = scope.spawn(|| checksum(copy, backup, observer, interrupt));
        let found = if interrupt.arrived() {
            Err(SqliteError::Interrupted)
        } else {
            damage(&connection).map_err(failed)
        };
        let (bytes, sha256) = sum.join().expect("taking a checksum does not panic")?;
        let found = found?;
        if !found.is_empty() {
            return Err(SqliteError::Damaged {
                path: backup.source.to_owned(),
                found: found.join("; "),
            });
        }
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
fn of_source(error: SqliteError, backup: &Backup<'_>) -> SqliteError {
    match error {
        SqliteError::Damaged { found, .. } => SqliteError::Damaged {
            path: backup.source.to_owned(),
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

/// The first findings of `integrity_check` that are damage.
fn damage(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let unchecked = unchecked(connection)?;
    let mut statement = connection.prepare("PRAGMA main.integrity_check(100000)")?;
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

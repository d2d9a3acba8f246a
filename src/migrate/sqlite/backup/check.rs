//! A copy -> its checksum, and that SQLite finds no damage in it. Both at once: one reads, the other thinks.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::Backup;
use super::findings::{ALL, Checker, LOOK_THROUGH, failed, refuse};
use crate::event::{Event, Observer};
use crate::migrate::hexadecimal::hexadecimal;
use crate::migrate::sqlite::SqliteError;
use crate::migrate::sqlite::open::open_copy;
use crate::runtime::interrupt::Interrupt;

/// Larger copies are only looked through at once: comparing each index with its table takes SQLite seconds for each
/// 100 MB. `Examination` does that while the rows are already on their way.
const LARGE: u64 = 64 << 20;

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
    let how = if is_large(copy)? { LOOK_THROUGH } else { ALL };
    std::thread::scope(|scope| {
        let sum = scope.spawn(|| checksum(copy, backup, observer, interrupt));
        let found = if interrupt.arrived() {
            Err(SqliteError::Interrupted)
        } else {
            Checker::new(&connection, backup.source).and_then(|checker| checker.findings(how))
        };
        let (bytes, sha256) = sum.join().expect("taking a checksum does not panic")?;
        refuse(&found?, backup.source)?;
        let number = |pragma: &str| {
            let told = connection.query_row(pragma, [], |row| row.get(0));
            told.map_err(|error| failed(error, backup.source))
        };
        Ok(Checked {
            bytes,
            sha256,
            user_version: number("PRAGMA main.user_version")?,
            page_count: number("PRAGMA main.page_count")?,
        })
    })
}

/// The copy is as the source is: what is wrong with it is told of the source.
pub(super) fn of_source(error: SqliteError, source: &Path) -> SqliteError {
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

pub(super) fn is_large(copy: &Path) -> Result<bool, SqliteError> {
    let bytes = std::fs::metadata(copy).map_err(|error| SqliteError::file("read", copy, error))?;
    Ok(bytes.len() > LARGE)
}

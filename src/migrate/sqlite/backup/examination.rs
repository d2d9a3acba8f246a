//! The rest of the check of a large copy: whether each index holds exactly what the rows of its table hold, in order.
//!
//! `PRAGMA integrity_check` shows that by looking each row up in each index. Here the table and the index are each read
//! once from beginning to end, and sums over what they hold are compared. What that can't show, and the exact words
//! where something differs, SQLite's own check of that table gives.

mod compare;
mod declared;
mod entry;
mod index_tree;
mod order;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::{Connection, InterruptHandle};

use super::check::{is_large, of_source};
use super::findings::{ALL, Checker, TOLD, failed, refuse};
use crate::migrate::sqlite::SqliteError;
use crate::migrate::sqlite::name::quoted;
use crate::migrate::sqlite::open::open_copy;
use crate::migrate::sqlite::pages::Pages;
use compare::Compared;
use declared::Listed;

/// The rest of the check of a large copy.
#[derive(Debug)]
pub struct Examination {
    connection: Connection,
    copy: PathBuf,
    source: PathBuf,
    stopped: Arc<AtomicBool>,
}

/// Breaks an examination off from another thread.
pub struct Breaker {
    stopped: Arc<AtomicBool>,
    statements: InterruptHandle,
}

impl Breaker {
    /// The examination ends with `SqliteError::Interrupted`, also where it has not begun yet.
    pub fn interrupt(&self) {
        self.stopped.store(true, Ordering::SeqCst);
        self.statements.interrupt();
    }
}

impl Examination {
    /// What is left to check of a copy; `None` where it was checked whole when it was made.
    pub fn of(copy: &Path, source: &Path) -> Result<Option<Self>, SqliteError> {
        if !is_large(copy)? {
            return Ok(None);
        }
        Self::whole(copy, source).map(Some)
    }

    fn whole(copy: &Path, source: &Path) -> Result<Self, SqliteError> {
        Ok(Self {
            connection: open_copy(copy).map_err(|error| of_source(error, source))?,
            copy: copy.to_owned(),
            source: source.to_owned(),
            stopped: Arc::default(),
        })
    }

    /// Breaks it off from another thread.
    #[must_use]
    pub fn breaker(&self) -> Breaker {
        Breaker {
            stopped: Arc::clone(&self.stopped),
            statements: self.connection.get_interrupt_handle(),
        }
    }

    /// Compares all indexes with their tables; damage is an error that names the source.
    pub fn run(&self) -> Result<(), SqliteError> {
        refuse(&self.found()?, &self.source)
    }

    fn found(&self) -> Result<Vec<String>, SqliteError> {
        let failed = |error| failed(error, &self.source);
        // SQLite forgets an interrupt when a statement begins while no other runs.
        let mut held = self.connection.prepare("VALUES (1), (2)").map_err(failed)?;
        let mut held = held.raw_query();
        held.next().map_err(failed)?;
        self.go_on()?;
        let checker = Checker::new(&self.connection, &self.source)?;
        let Some(tables) = declared::tables(&self.connection).map_err(failed)? else {
            return checker.findings(ALL);
        };
        let pages = Pages::open(&self.copy).map_err(|error| SqliteError::file("read", &self.copy, error))?;
        let Some(pages) = pages else {
            return checker.findings(ALL);
        };
        let mut found = Vec::new();
        for table in &tables {
            self.go_on()?;
            found.extend(self.table(table, &pages, &checker)?);
            if found.len() >= TOLD {
                found.truncate(TOLD);
                break;
            }
        }
        Ok(found)
    }

    /// What is wrong with the indexes of a table.
    fn table(
        &self,
        table: &Listed,
        pages: &Pages,
        checker: &Checker<'_>,
    ) -> Result<Vec<String>, SqliteError> {
        let compared = compare::compare(&self.connection, (&self.copy, pages), table, &self.stopped)
            .map_err(|error| error.of(&self.copy, &self.source))?;
        let check = format!("PRAGMA main.integrity_check({})", quoted(&table.name));
        match compared {
            Compared::Same => Ok(Vec::new()),
            Compared::Unknown => checker.findings(&check),
            Compared::Differs(own) => {
                let found = checker.findings(&check)?;
                Ok(if found.is_empty() { own } else { found })
            }
        }
    }

    fn go_on(&self) -> Result<(), SqliteError> {
        if self.stopped.load(Ordering::SeqCst) {
            return Err(SqliteError::Interrupted);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;

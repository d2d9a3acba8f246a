//! Reads chosen columns of some rows of a table.

use std::ops::ControlFlow;
use std::path::Path;

use rusqlite::Connection;

use super::progress::Progress;
use super::unit::Unit;
use crate::migrate::MigrateError;
use crate::migrate::sqlite::catalog::Table;
use crate::migrate::sqlite::{self, Scan, ScannedRow};
use crate::runtime::interrupt::Interrupt;

/// Rows between two looks at the interrupt.
const STEP: u64 = 1 << 16;

/// What is read, and who wants to know.
pub(super) struct TableScan<'a> {
    pub path: &'a Path,
    /// Whether that is a copy that nobody writes to.
    pub is_copy: bool,
    pub table: &'a Table,
    pub unit: &'a Unit,
    /// The columns to read.
    pub columns: &'a [usize],
    pub progress: &'a Progress<'a>,
    pub interrupt: &'a Interrupt,
}

impl TableScan<'_> {
    /// Gives each row to `visit`; the number of rows.
    pub fn run(
        &self,
        connection: &Connection,
        visit: &mut dyn FnMut(&ScannedRow<'_>) -> Result<(), MigrateError>,
    ) -> Result<u64, MigrateError> {
        let names = |places: &[usize]| -> Vec<&str> {
            places
                .iter()
                .map(|&place| self.table.columns[place].name.as_str())
                .collect()
        };
        let columns = names(self.columns);
        let key_columns = names(&self.table.primary_key);
        let key = sqlite::row_key(self.table);
        let scan = Scan {
            path: self.path,
            table: &self.table.name,
            columns: &columns,
            long: &[],
            key: &key,
            key_columns: &key_columns,
            after: self.unit.after.as_ref(),
            until: self.unit.until,
            is_copy: self.is_copy,
        };
        let mut rows = 0;
        sqlite::scan(connection, &scan, &mut |row| {
            visit(row)?;
            rows += 1;
            if rows % STEP == 0 {
                self.progress.add(STEP);
                if self.interrupt.arrived() {
                    return Err(MigrateError::Interrupted);
                }
            }
            Ok(ControlFlow::Continue(()))
        })?;
        self.progress.add(rows % STEP);
        self.progress.piece_done();
        Ok(rows)
    }
}

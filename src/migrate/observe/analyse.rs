//! One pass over all rows: what the cells of each column hold.

use std::ops::ControlFlow;

use rusqlite::Connection;

use super::progress::Progress;
use super::unit::{self, Unit};
use super::{Reading, broken_checks, orphans, workers};
use crate::migrate::MigrateError;
use crate::migrate::plan::{self, SeenTable};
use crate::migrate::settings::Source;
use crate::migrate::sqlite::catalog::{Catalog, Table};
use crate::migrate::sqlite::{self, Scan};
use crate::migrate::typing::Evidence;
use crate::runtime::interrupt::Interrupt;

/// Rows between two looks at the interrupt.
const STEP: u64 = 1 << 16;

/// What was seen in some rows of a table.
struct Part {
    table: usize,
    rows: u64,
    columns: Vec<Evidence>,
}

/// Looks at all tables that are not left out.
pub(super) fn analyse(
    source: &Source,
    catalog: &Catalog,
    reading: &mut Reading<'_>,
) -> Result<Vec<SeenTable>, MigrateError> {
    let wanted = |table: &Table| !plan::is_skipped(source, &table.name);
    let first = reading.connections.first().expect("there is a connection to read with");
    let units = unit::split(first, reading.path, catalog, &wanted)?;
    let progress = progress(source, catalog, reading, &units);
    let path = reading.path;
    let interrupt = reading.interrupt;
    let parts = workers::each(reading.connections, interrupt, &units, |connection, unit| {
        let table = &catalog.tables[unit.table];
        let scan = Scan { path, ..unit.scan(table) };
        part(connection, &scan, source, table, unit, &progress[unit.table], interrupt)
    })?;
    let mut seen: Vec<SeenTable> = catalog.tables.iter().map(|table| nothing_seen(source, table)).collect();
    for part in parts {
        let table = &mut seen[part.table];
        table.rows += part.rows;
        for (evidence, more) in table.columns.iter_mut().zip(&part.columns) {
            evidence.merge(more);
        }
    }
    Ok(seen)
}

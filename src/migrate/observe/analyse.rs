//! One pass over all rows: what the cells of each column hold.

use super::broken_checks::broken_checks;
use super::orphans::orphans;
use super::table_scan::TableScan;
use super::{Reading, progress, unit, workers};
use crate::migrate::MigrateError;
use crate::migrate::plan::{self, SeenTable};
use crate::migrate::settings::Source;
use crate::migrate::sqlite::catalog::{Catalog, Table};
use crate::migrate::typing::Evidence;

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
    let wanted = |place: usize| !plan::is_skipped(source, &catalog.tables[place].name);
    let first = reading
        .connections
        .first()
        .expect("there is a connection to read with");
    let units = unit::split(first, reading.path, catalog, &wanted)?;
    let progress = progress::of_tables(&source.schema, catalog, reading.observer, &units);
    let (path, is_copy, interrupt) = (reading.path, reading.is_copy, reading.interrupt);
    let parts = workers::each(reading.connections, interrupt, &units, |connection, unit| {
        let table = &catalog.tables[unit.table];
        let columns: Vec<usize> = (0..table.columns.len()).collect();
        let scan = TableScan {
            path,
            is_copy,
            table,
            unit,
            columns: &columns,
            progress: &progress[unit.table],
            interrupt,
        };
        let mut columns = new_evidence(source, table);
        let rows = scan.run(connection, &mut |row| {
            for (evidence, cell) in columns.iter_mut().zip(row.cells) {
                evidence.note(*cell);
            }
            for &(place, class, bytes) in row.long {
                columns[place].note_long(class, bytes);
            }
            Ok(())
        })?;
        Ok(Part {
            table: unit.table,
            rows,
            columns,
        })
    })?;
    let mut seen: Vec<SeenTable> = catalog.tables.iter().map(|table| unseen(source, table)).collect();
    for part in parts {
        let table = &mut seen[part.table];
        table.rows += part.rows;
        for (evidence, more) in table.columns.iter_mut().zip(&part.columns) {
            evidence.merge(more);
        }
    }
    let places: Vec<usize> = (0..catalog.tables.len()).filter(|&place| wanted(place)).collect();
    let broken = workers::each(reading.connections, interrupt, &places, |connection, &place| {
        let table = &catalog.tables[place];
        let orphans = if plan::wants_foreign_keys(source) {
            orphans(connection, path, table)?
        } else {
            Vec::new()
        };
        Ok((broken_checks(connection, path, table)?, orphans))
    })?;
    for (place, (checks, orphans)) in places.into_iter().zip(broken) {
        seen[place].broken_checks = checks;
        seen[place].orphans = orphans;
    }
    Ok(seen)
}

fn new_evidence(source: &Source, table: &Table) -> Vec<Evidence> {
    let columns = table.columns.iter();
    columns
        .map(|column| Evidence::new(&column.declared, source.settings.profile))
        .collect()
}

fn unseen(source: &Source, table: &Table) -> SeenTable {
    SeenTable {
        rows: 0,
        columns: new_evidence(source, table),
        orphans: Vec::new(),
        broken_checks: Vec::new(),
    }
}

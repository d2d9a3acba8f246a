//! Names each cell that will not fit the type which was chosen.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rusqlite::Connection;

use super::long_cell;
use super::named::{Kind, Named};
use super::shown::shown;
use super::table_scan::TableScan;
use super::{Observation, Reading, progress, unit, workers};
use crate::migrate::MigrateError;
use crate::migrate::cell::{Cell, StorageClass};
use crate::migrate::encode;
use crate::migrate::misfit::{Misfit, MisfitCell, MisfitGroup};
use crate::migrate::plan::{self, ColumnPlan, FilePlan, RowKey, TablePlan};
use crate::migrate::sqlite::catalog::Table;
use crate::migrate::sqlite::{self, LongCell, ScannedRow, SqliteError, key_json};
use crate::migrate::typing::{Evidence, all_fit};

/// The most cells of a file that are named; all are counted.
const MOST: usize = 10_000;

/// How many a thread gathers before it asks whether they are wanted.
const GATHERED: usize = 256;

/// Fills in the misfits of a plan. Only columns of which the evidence does not rule them out are read again.
pub fn find_misfits(
    plan: &mut FilePlan,
    observation: &Observation,
    reading: &mut Reading<'_>,
) -> Result<(), MigrateError> {
    let catalog = &observation.catalog;
    let planned = |table: &Table| {
        plan.tables
            .iter()
            .position(|planned| planned.source == table.name)
    };
    let suspects: Vec<Vec<usize>> = catalog
        .tables
        .iter()
        .zip(&observation.tables)
        .map(|(table, seen)| {
            planned(table).map_or_else(Vec::new, |at| suspects(&plan.tables[at], &seen.columns))
        })
        .collect();
    let wanted = |place: usize| !suspects[place].is_empty();
    let first = reading
        .connections
        .first()
        .expect("there is a connection to read with");
    let units = unit::split(first, reading.path, catalog, &wanted)?;
    let progress = progress::of_tables(&plan.schema, catalog, reading.observer, &units);
    let (path, is_copy, interrupt) = (reading.path, reading.is_copy, reading.interrupt);
    let named = Named::new(MOST);
    let pieces: Vec<_> = units.iter().enumerate().collect();
    let counts = workers::each(
        reading.connections,
        interrupt,
        &pieces,
        |connection, &(piece, unit)| {
            let table = &catalog.tables[unit.table];
            let at = planned(table).expect("only planned tables have suspects");
            let scan = TableScan {
                path,
                is_copy,
                table,
                unit,
                columns: &suspects[unit.table],
                progress: &progress[unit.table],
                interrupt,
            };
            let mut search = Search::new(
                (piece, at),
                &plan.tables[at],
                table,
                &suspects[unit.table],
                &named,
            );
            scan.run(connection, &mut |row| {
                search.row(connection, path, row).map_err(MigrateError::from)
            })?;
            search.name();
            Ok(search.counts)
        },
    )?;
    let mut sums: BTreeMap<Kind, u64> = BTreeMap::new();
    for (kind, cells) in counts.into_iter().flatten() {
        *sums.entry(kind).or_default() += cells;
    }
    for ((table, column, reason), cells) in sums {
        let table = &mut plan.tables[table];
        table.misfit_count += cells;
        table.misfit_groups.push(MisfitGroup {
            column: table.columns[column].source.clone(),
            reason,
            target: target(&table.columns[column]),
            cells,
            takes_row: takes_row(table, column),
        });
    }
    for (table, cells) in named.by_table() {
        plan.tables[table].misfits = cells;
    }
    plan::mind_quarantine(plan);
    Ok(())
}

/// The columns whose cells may not fit.
fn suspects(plan: &TablePlan, evidence: &[Evidence]) -> Vec<usize> {
    let columns = plan.columns.iter().zip(evidence).enumerate();
    columns
        .filter(|(place, (column, evidence))| {
            let nulls = evidence.nulls > 0 && takes_row(plan, *place);
            nulls
                || column
                    .encoding
                    .as_ref()
                    .is_some_and(|encoding| !all_fit(evidence, encoding))
        })
        .map(|(place, _)| place)
        .collect()
}

/// Whether a row without a value in this column can not be kept.
fn takes_row(plan: &TablePlan, column: usize) -> bool {
    plan.columns[column].not_null || plan.digest_key.contains(&column)
}

/// Looks for misfits row by row.
struct Search<'a> {
    /// The piece of work, and the table's place in the plan.
    place: (usize, usize),
    plan: &'a TablePlan,
    table: &'a Table,
    columns: &'a [usize],
    key: RowKey,
    key_columns: Vec<&'a str>,
    scratch: Vec<u8>,
    counts: BTreeMap<Kind, u64>,
    named: &'a Named,
    /// Cells to be named.
    cells: Vec<(Kind, MisfitCell)>,
    /// Of these no more are named.
    full: BTreeSet<Kind>,
}

impl<'a> Search<'a> {
    fn new(
        place: (usize, usize),
        plan: &'a TablePlan,
        table: &'a Table,
        columns: &'a [usize],
        named: &'a Named,
    ) -> Self {
        Self {
            place,
            plan,
            table,
            columns,
            key: sqlite::row_key(table),
            key_columns: table
                .primary_key
                .iter()
                .map(|&place| table.columns[place].name.as_str())
                .collect(),
            scratch: Vec::new(),
            counts: BTreeMap::new(),
            named,
            cells: Vec::new(),
            full: BTreeSet::new(),
        }
    }

    fn row(&mut self, connection: &Connection, path: &Path, row: &ScannedRow<'_>) -> Result<(), SqliteError> {
        for (place, &cell) in row.cells.iter().enumerate() {
            let column = self.columns[place];
            if row.long.iter().any(|(long, _, _)| *long == place) {
                continue;
            }
            if let Some(reason) = self.misfit(column, cell) {
                self.keep(row, column, reason, || (cell.class(), shown(cell)));
            }
        }
        for &(place, class, bytes) in row.long {
            let column = self.columns[place];
            let plan = &self.plan.columns[column];
            let Some(encoding) = &plan.encoding else {
                continue;
            };
            let cell = LongCell {
                path,
                table: &self.table.name,
                column: &plan.source,
                class,
                key: &self.key,
                key_columns: &self.key_columns,
                row: &row.key(),
            };
            let (shown, reason) = long_cell::check(connection, &cell, encoding, bytes)?;
            if let Some(reason) = reason {
                self.keep(row, column, reason, || (class, shown));
            }
        }
        Ok(())
    }

    fn misfit(&mut self, column: usize, cell: Cell<'_>) -> Option<Misfit> {
        if cell == Cell::Null {
            return takes_row(self.plan, column).then_some(Misfit::NullInNotNull);
        }
        let encoding = self.plan.columns[column].encoding.as_ref()?;
        self.scratch.clear();
        encode::field(cell, encoding, &mut self.scratch).err()
    }

    fn keep(
        &mut self,
        row: &ScannedRow<'_>,
        column: usize,
        reason: Misfit,
        cell: impl FnOnce() -> (StorageClass, String),
    ) {
        let kind = (self.place.1, column, reason);
        *self.counts.entry(kind).or_default() += 1;
        if self.full.contains(&kind) {
            return;
        }
        let plan = &self.plan.columns[column];
        let (class, shown) = cell();
        let cell = MisfitCell {
            table: self.table.name.clone(),
            key: key_json(&self.key, &self.key_columns, row),
            column: plan.source.clone(),
            class,
            shown,
            reason,
            target: target(plan),
            takes_row: takes_row(self.plan, column),
        };
        self.cells.push((kind, cell));
        if self.cells.len() == GATHERED {
            self.name();
        }
    }

    fn name(&mut self) {
        let cells = std::mem::take(&mut self.cells);
        self.full.extend(self.named.take(self.place.0, cells));
    }
}

fn target(plan: &ColumnPlan) -> String {
    plan.encoding
        .as_ref()
        .map_or_else(String::new, |encoding| encoding.target.to_string())
}

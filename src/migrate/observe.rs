//! Looks at a file's data: one pass over all rows decides the types, and columns that do not fit theirs are read again to
//! name each cell. Several connections read at once; they must see the same state of the file.

mod analyse;
mod broken_checks;
mod long_cell;
mod misfits;
mod named;
mod orphans;
mod progress;
pub(super) mod shown;
mod table_scan;
mod unit;
mod workers;

use std::path::Path;
use std::time::Instant;

use rusqlite::Connection;

use super::MigrateError;
use super::plan::{self, FilePlan, Seen, SeenTable};
use super::report::amount;
use super::settings::Source;
use super::sqlite::{self, catalog::Catalog};
use crate::event::{Event, Observer};
use crate::runtime::interrupt::Interrupt;

pub use misfits::find_misfits;

/// What a file declares and holds.
#[derive(Debug)]
pub struct Observation {
    /// What it declares.
    pub catalog: Catalog,
    /// What its tables hold, in the order of the catalog.
    pub tables: Vec<SeenTable>,
    /// The size of the file with its WAL, bytes.
    pub bytes: u64,
}

impl Observation {
    /// The same for the plan.
    #[must_use]
    pub fn seen(&self) -> Seen<'_> {
        Seen {
            catalog: &self.catalog,
            tables: &self.tables,
            bytes: self.bytes,
        }
    }
}

/// Where a file is read from.
#[expect(missing_debug_implementations, reason = "observers have none")]
pub struct Reading<'a> {
    /// The file that the connections have opened: the source or a copy of it.
    pub path: &'a Path,
    /// Whether that is a copy that nobody writes to.
    pub is_copy: bool,
    /// Connections that see the same state of it; as many threads read.
    pub connections: &'a mut [Connection],
    /// Who is told.
    pub observer: &'a dyn Observer,
    /// Asked now and then.
    pub interrupt: &'a Interrupt,
}

/// How many connections read one file where nobody says: as many as there are processors, at most 8.
#[must_use]
pub fn readers() -> usize {
    std::thread::available_parallelism().map_or(1, |count| count.get().min(8))
}

/// Connections to a file that is not a copy, all of which see the same state of it.
pub fn connections(path: &Path, count: usize) -> Result<Vec<Connection>, MigrateError> {
    Ok(sqlite::snapshot(path, count)?)
}

/// Looks at all data and plans, cells that do not fit included.
pub fn observe(source: &Source, reading: &mut Reading<'_>) -> Result<FilePlan, MigrateError> {
    let planned = observe_and(source, reading, |seen| Ok(plan::file_plan(source, seen)))?;
    Ok(planned.0)
}

/// The same with a plan that `decide` makes of what was seen, which is given too.
pub fn observe_and(
    source: &Source,
    reading: &mut Reading<'_>,
    decide: impl FnOnce(&Seen<'_>) -> Result<FilePlan, MigrateError>,
) -> Result<(FilePlan, Observation), MigrateError> {
    let begun = Instant::now();
    reading
        .observer
        .on(Event::Phase(&format!("reading `{}`", source.name)));
    let observation = look(source, reading)?;
    let mut plan = decide(&observation.seen())?;
    find_misfits(&mut plan, &observation, reading)?;
    let rows: u64 = plan.tables.iter().map(|table| table.rows).sum();
    let text = format!("read `{}`: {}", source.name, amount::of(rows, "row"));
    reading.observer.on(Event::PhaseDone {
        text: &text,
        elapsed: begun.elapsed(),
    });
    Ok((plan, observation))
}

/// Looks at all data once.
pub fn look(source: &Source, reading: &mut Reading<'_>) -> Result<Observation, MigrateError> {
    let first = reading
        .connections
        .first()
        .expect("there is a connection to read with");
    let catalog = sqlite::read_catalog(first, reading.path)?;
    check_names(source, &catalog)?;
    let tables = analyse::analyse(source, &catalog, reading)?;
    Ok(Observation {
        bytes: size(&source.path),
        catalog,
        tables,
    })
}

/// Settings that name what a file has not are refused before its data are read.
pub fn check_names(source: &Source, catalog: &Catalog) -> Result<(), MigrateError> {
    let mut known = plan::Known::default();
    known.add(catalog);
    match known.unknown(&source.settings) {
        None => Ok(()),
        Some(plan::Unknown { what, hint }) => Err(MigrateError::Unknown {
            what,
            path: source.path.clone(),
            hint,
        }),
    }
}

/// What a file declares, without a look at its data.
pub fn catalog(path: &Path) -> Result<Catalog, MigrateError> {
    let connections = connections(path, 1)?;
    let first = connections.first().expect("one was asked for");
    Ok(sqlite::read_catalog(first, path)?)
}

/// The size of a file with its WAL; nothing of what is not there.
fn size(path: &Path) -> u64 {
    let mut wal = path.as_os_str().to_owned();
    wal.push("-wal");
    let length = |path: &Path| std::fs::metadata(path).map_or(0, |data| data.len());
    length(path) + length(Path::new(&wal))
}

#[cfg(test)]
mod tests;

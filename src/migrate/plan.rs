//! What a file declares and holds -> what will be made of it. Pure.

pub mod file_plan;

pub use file_plan::{
    ColumnPlan, FilePlan, NotCarried, ObjectPlan, Orphans, RowKey, SequencePlan, Step, TablePlan,
};

use super::settings::Source;
use super::sqlite::catalog::Catalog;
use super::typing::Evidence;

/// What was seen in a file besides its catalog.
#[derive(Debug)]
pub struct Seen<'a> {
    /// The file's declarations.
    pub catalog: &'a Catalog,
    /// For each table of the catalog: rows, and evidence for each column.
    pub tables: Vec<SeenTable>,
    /// The size of the file with its WAL, bytes.
    pub bytes: u64,
}

/// What was seen in a table.
#[derive(Debug)]
pub struct SeenTable {
    /// Rows.
    pub rows: u64,
    /// For each column of the catalog.
    pub columns: Vec<Evidence>,
    /// For each foreign key of the catalog: rows without a parent.
    pub orphans: Vec<Option<Orphans>>,
}

/// Decides types and names and writes the statements. Misfits are not known yet: the caller looks for them with the
/// encodings of the plan.
#[must_use]
pub fn file_plan(source: &Source, seen: &Seen<'_>) -> FilePlan {
    unimplemented!("{source:?} {seen:?}")
}

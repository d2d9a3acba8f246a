//! What a file declares and holds -> what will be made of it. Pure.

pub mod file_plan;

mod advice;
mod computed_note;
mod create_table;
mod django_notes;
mod draft;
mod estimate;
mod existing;
mod foreign_key;
mod index;
mod index_part;
mod index_size;
mod known;
mod names;
mod objects;
mod primary_key;
mod quarantined;
mod script;
mod settle;
mod table_order;
mod table_plan;

pub use estimate::estimate;
pub use existing::{ExistingColumn, ExistingTable, into_existing};
pub use file_plan::{
    Ahead, ColumnPlan, FilePlan, NotCarried, ObjectPlan, Orphans, RowKey, SequencePlan, Step, TablePlan,
};
pub use known::{Known, Unknown};
pub use quarantined::mind_quarantine;
pub use script::sql;

use super::settings::{Profile, Source};
use super::sqlite::catalog::Catalog;
use super::typing::{Evidence, Framework};
use draft::Remarks;

/// What was seen in a file besides its catalog.
#[derive(Debug)]
pub struct Seen<'a> {
    /// The file's declarations.
    pub catalog: &'a Catalog,
    /// For each table of the catalog: rows, and evidence for each column.
    pub tables: &'a [SeenTable],
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
    /// For each CHECK of the catalog: rows that break it.
    pub broken_checks: Vec<u64>,
}

/// Decides types and names and writes the statements. Misfits are not known yet: the caller looks for them with the
/// encodings of the plan.
#[must_use]
pub fn file_plan(source: &Source, seen: &Seen<'_>) -> FilePlan {
    let mut remarks = Remarks::default();
    let mut draft = settle::settle(source, seen, &mut remarks);
    let tables = table_plan::tables(&mut draft, &mut remarks);
    let objects = objects::objects(&mut draft, &mut remarks);
    computed_note::say(&tables, &mut remarks);
    django_notes::say(&draft, &mut remarks);
    remarks.skipped(seen.catalog);
    FilePlan {
        source: source.name.clone(),
        path: source.path.display().to_string(),
        schema: source.schema.clone(),
        profile: source.settings.profile,
        names: draft::rule(source),
        framework: draft
            .framework
            .map(|framework| framework_name(framework).to_owned()),
        advice: advice::advice(&draft),
        tables,
        objects,
        not_carried: remarks.not_carried,
        notes: remarks.notes,
        bytes: seen.bytes,
    }
}

/// Whether a person has left the table out.
#[must_use]
pub fn is_skipped(source: &Source, table: &str) -> bool {
    settle::skipped_by(source, table).is_some()
}

/// Whether foreign keys are to be made.
#[must_use]
pub fn wants_foreign_keys(source: &Source) -> bool {
    let told = source.settings.foreign_keys;
    told.unwrap_or(source.settings.profile == Profile::Native)
}

fn framework_name(framework: Framework) -> &'static str {
    match framework {
        Framework::Django => "Django",
        Framework::Rails => "Rails",
        Framework::Prisma => "Prisma",
        Framework::SqlAlchemy => "SQLAlchemy",
        Framework::Gorm => "GORM",
    }
}

#[cfg(test)]
pub(in crate::migrate) mod fixture;
#[cfg(test)]
mod tests;

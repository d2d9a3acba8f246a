//! Which type a column gets: what it declares, then what its cells hold. Pure.

use super::cell::Cell;
use super::encoding::Encoding;
use super::settings::{ColumnOverride, Profile};
use super::sqlite::catalog::{Catalog, Column, Table};

/// What the cells of a column hold, gathered cell by cell.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    /// Cells that are not NULL.
    pub filled: u64,
    /// Cells that are NULL.
    pub nulls: u64,
    /// Bytes of the longest cell.
    pub longest: u64,
}

impl Evidence {
    /// For a column of this declared type: it looks only for what could matter to it.
    #[must_use]
    pub fn new(declared: &str, profile: Profile) -> Self {
        let _ = (declared, profile);
        Self::default()
    }

    /// Takes one cell.
    pub fn note(&mut self, cell: Cell<'_>) {
        let _ = cell;
    }

    /// Takes what another part of the table showed.
    pub fn merge(&mut self, other: &Self) {
        let _ = other;
    }
}

/// The type of a column, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// How its cells are carried.
    pub encoding: Encoding,
    /// Why, in a few words with the figures, such as "declared BOOLEAN; 1,204 cells are 0 or 1".
    pub evidence: String,
    /// What a person should know, with the override to write; empty where nothing is odd.
    pub notes: Vec<String>,
}

/// A program that made the schema, known by tables of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framework {
    /// Django: its moments are UTC and want `timestamptz`.
    Django,
    /// Rails.
    Rails,
    /// Prisma: moments are milliseconds since 1970.
    Prisma,
    /// SQLAlchemy, known by Alembic's table.
    SqlAlchemy,
}

/// Which program made the schema.
#[must_use]
pub fn framework(catalog: &Catalog) -> Option<Framework> {
    let _ = catalog;
    None
}

/// What a decision is made from besides the evidence.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The table.
    pub table: &'a Table,
    /// The column, one of the table's.
    pub column: &'a Column,
    /// How types are chosen.
    pub profile: Profile,
    /// Who made the schema.
    pub framework: Option<Framework>,
    /// The zone that moments without one are in, if it was told.
    pub zone: Option<chrono_tz::Tz>,
    /// What a person has decided.
    pub told: Option<&'a ColumnOverride>,
}

/// Decides.
#[must_use]
pub fn decide(question: Question<'_>, evidence: &Evidence) -> Decision {
    unimplemented!("{question:?} {evidence:?}")
}

//! Which program made a schema, by the tables that it keeps for itself.

use crate::migrate::sqlite::catalog::{Catalog, Table};

/// A program that made the schema, known by tables of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framework {
    /// Django: its moments are UTC and want `timestamptz`.
    Django,
    /// Rails.
    Rails,
    /// Prisma: moments are milliseconds since 1970.
    Prisma,
    /// `SQLAlchemy`, known by Alembic's table.
    SqlAlchemy,
}

/// Which program made the schema.
#[must_use]
pub fn framework(catalog: &Catalog) -> Option<Framework> {
    let has = |name: &str| {
        catalog
            .tables
            .iter()
            .any(|table| table.name.eq_ignore_ascii_case(name))
    };
    if has("django_migrations") {
        Some(Framework::Django)
    } else if has("_prisma_migrations") {
        Some(Framework::Prisma)
    } else if has("ar_internal_metadata") {
        Some(Framework::Rails)
    } else if has("alembic_version") {
        Some(Framework::SqlAlchemy)
    } else {
        None
    }
}

/// Whether Core Data made the table: each of its entities has these columns, and its moments count from 2001.
pub(super) fn is_core_data(table: &Table) -> bool {
    table.column("Z_PK").is_some() && table.column("Z_ENT").is_some() && table.column("Z_OPT").is_some()
}

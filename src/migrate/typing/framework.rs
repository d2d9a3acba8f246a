//! Which program made a schema, by the tables that it keeps for itself, or by how it names things.

use crate::migrate::sqlite::catalog::{Catalog, ForeignKey, Index, IndexOn, Table};

/// A program that made the schema.
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
    /// GORM: its booleans are declared `numeric`, and its moments have zones.
    Gorm,
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
        catalog.tables.iter().any(is_gorms).then_some(Framework::Gorm)
    }
}

/// Whether GORM made the table. It keeps none of its own, and quotes and names in one way: the index of a soft deletion is
/// `idx_TABLE_deleted_at`, a foreign key `fk_TABLE_FIELD` with the table that has the field.
fn is_gorms(table: &Table) -> bool {
    let is_over = |on: &IndexOn| match on {
        IndexOn::Column(place) => table.columns[*place].declared == "datetime",
        IndexOn::Rowid | IndexOn::Expression(_) => false,
    };
    let deleted = format!("idx_{}_deleted_at", table.name);
    let is_soft = |index: &Index| index.name == deleted && index.parts.iter().all(|part| is_over(&part.on));
    let is_named = |key: &ForeignKey| {
        let field = key.name.as_deref().and_then(|name| name.strip_prefix("fk_"));
        let of = |table: &str| field.and_then(|field| field.strip_prefix(table)?.strip_prefix('_'));
        of(&table.name).or_else(|| of(&key.parent)).is_some()
    };
    table.sql.starts_with("CREATE TABLE `")
        && (table.indexes.iter().any(is_soft) || table.foreign_keys.iter().any(is_named))
}

/// Whether Core Data made the table: each of its entities has these columns, and its moments count from 2001.
pub(super) fn is_core_data(table: &Table) -> bool {
    table.column("Z_PK").is_some() && table.column("Z_ENT").is_some() && table.column("Z_OPT").is_some()
}

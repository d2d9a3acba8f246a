//! What is known of a file before its statements are written: the tables that are carried, their names and types.

use super::names::Names;
use super::{NotCarried, Seen, SeenTable, index};
use crate::migrate::ddl::shape::{ColumnShape, Shape, TableShape};
use crate::migrate::settings::{Names as NameRule, Profile, Source};
use crate::migrate::sqlite::catalog::{Catalog, Table};
use crate::migrate::target_type::TargetType;
use crate::migrate::typing::{Decision, Framework};

/// A file whose tables, names and types are settled.
#[derive(Debug)]
pub(super) struct Draft<'a> {
    pub source: &'a Source,
    pub seen: &'a Seen<'a>,
    pub framework: Option<Framework>,
    /// The tables that are carried, in the order of the catalog.
    pub tables: Vec<DraftTable<'a>>,
    /// The same for the translation of SQL, at the same places; then the views.
    pub shape: Shape,
    /// Tables, views, indexes and sequences: they share one name space.
    pub relations: Names,
}

/// A table whose name and types are settled.
#[derive(Debug)]
pub(super) struct DraftTable<'a> {
    pub table: &'a Table,
    pub seen: &'a SeenTable,
    /// Its name in PostgreSQL.
    pub name: String,
    /// The names of its columns there.
    pub columns: Vec<String>,
    /// For each column.
    pub decisions: Vec<Decision>,
    /// What stands for the primary key.
    pub key: PrimaryKey,
}

/// What stands for a primary key in PostgreSQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PrimaryKey {
    /// There is none.
    None,
    /// A primary key.
    Primary,
    /// A UNIQUE constraint: SQLite lets NULL into the key, and there are some.
    Nulls,
    /// A unique index over digests: the key is too long for an index.
    TooLong,
}

/// What is said besides the statements.
#[derive(Debug, Default)]
pub(super) struct Remarks {
    pub not_carried: Vec<NotCarried>,
    pub notes: Vec<String>,
}

impl Remarks {
    /// Says what the file holds besides the user's data, except numbers that are carried with their tables.
    pub fn skipped(&mut self, catalog: &Catalog) {
        let skipped = catalog.skipped.iter();
        for skipped in skipped.filter(|skipped| skipped.name != "sqlite_sequence") {
            self.left(&skipped.kind, &skipped.name, &skipped.reason);
        }
    }

    /// Says that something is not carried.
    pub fn left(&mut self, kind: &str, name: impl Into<String>, reason: impl Into<String>) {
        self.not_carried.push(NotCarried {
            kind: kind.to_owned(),
            name: name.into(),
            reason: reason.into(),
        });
    }
}

impl Draft<'_> {
    /// Whether names are folded to small letters.
    pub fn folds(source: &Source) -> bool {
        rule(source) == NameRule::Folded
    }

    /// The place of a table among those that are carried, by its name in SQLite.
    pub fn place(&self, name: &str) -> Option<usize> {
        self.tables
            .iter()
            .position(|table| table.table.name.eq_ignore_ascii_case(name))
    }
}

/// How the names of a file are carried.
pub(super) fn rule(source: &Source) -> NameRule {
    source.settings.names.unwrap_or(match source.settings.profile {
        Profile::Native => NameRule::Exact,
        Profile::Affinity => NameRule::Folded,
    })
}

impl DraftTable<'_> {
    /// The type of a column.
    pub fn target(&self, column: usize) -> &TargetType {
        &self.decisions[column].encoding.target
    }

    /// The columns of the primary key, each once.
    pub fn key_columns(&self) -> Vec<usize> {
        let mut columns = Vec::new();
        for &column in &self.table.primary_key {
            if !columns.contains(&column) {
                columns.push(column);
            }
        }
        columns
    }

    /// The table for the translation of SQL.
    pub fn shape(&self) -> TableShape {
        let seen = self.decisions.iter().zip(&self.seen.columns);
        let columns = self.table.columns.iter().zip(&self.columns).zip(seen);
        TableShape {
            source: self.table.name.clone(),
            name: self.name.clone(),
            columns: columns
                .map(|((column, name), (decision, seen))| ColumnShape {
                    source: column.name.clone(),
                    name: name.clone(),
                    declared: column.declared.clone(),
                    target: decision.encoding.target.clone(),
                    moments: decision.encoding.moments,
                    written: seen.written(&decision.encoding),
                    collation: column.collation.clone(),
                })
                .collect(),
            primary_key: match self.key {
                PrimaryKey::Primary | PrimaryKey::Nulls => self.key_columns(),
                PrimaryKey::None | PrimaryKey::TooLong => Vec::new(),
            },
            unique: index::keys(self),
            rowid_alias: self.table.rowid_alias,
            irreplaceable: None,
        }
    }
}

//! What a SQLite file declares: its tables, indexes, views and triggers. Plain data; `sqlite::read_catalog` fills it.

use std::collections::BTreeMap;

use turso_parser::ast::{Expr, Stmt};

/// What one file declares.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    /// Tables that hold data of the user's, in the order of their making.
    pub tables: Vec<Table>,
    /// Views.
    pub views: Vec<View>,
    /// Triggers.
    pub triggers: Vec<Trigger>,
    /// What is not carried because it is no data of the user's: virtual tables, their shadow tables, statistics.
    pub skipped: Vec<Skipped>,
}

/// A table.
#[derive(Debug, Clone)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its `CREATE TABLE` as the file holds it.
    pub sql: String,
    /// Why `sql` could not be parsed, if it could not: columns and keys are known all the same, from SQLite itself, and
    /// CHECKs, expressions of generated columns and deferral are not.
    pub unparsed: Option<String>,
    /// Its columns in order, those that are generated included, hidden ones of virtual tables not.
    pub columns: Vec<Column>,
    /// The primary key's columns by their place, in the key's order; empty where there is none.
    pub primary_key: Vec<usize>,
    /// The name of the primary key's constraint, where it has one.
    pub key_name: Option<String>,
    /// How the index of the primary key compares its columns, by their place: the collation in capital letters where it is
    /// not BINARY. Empty where the key has no index of its own.
    pub key_collations: BTreeMap<usize, Option<String>>,
    /// The column that stands for the rowid (`INTEGER PRIMARY KEY`).
    pub rowid_alias: Option<usize>,
    /// Whether that is `AUTOINCREMENT`.
    pub autoincrement: bool,
    /// The last number that `sqlite_sequence` knows for it.
    pub sequence: Option<i64>,
    /// Whether it is `WITHOUT ROWID`.
    pub without_rowid: bool,
    /// Whether it is `STRICT`.
    pub strict: bool,
    /// What its constraints do where a row breaks them, other than to refuse it: `REPLACE` or `IGNORE` of `ON CONFLICT`.
    pub conflict_clauses: Vec<String>,
    /// Its CHECKs, of columns and of the table.
    pub checks: Vec<Check>,
    /// UNIQUE constraints and indexes, also those that SQLite made for constraints except that of the primary key.
    pub indexes: Vec<Index>,
    /// Its foreign keys.
    pub foreign_keys: Vec<ForeignKey>,
}

/// A column.
#[derive(Debug, Clone)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type as declared, such as `VARCHAR(40)`; may be empty.
    pub declared: String,
    /// Whether it is NOT NULL, also where that follows from a key of a `WITHOUT ROWID` or `STRICT` table.
    pub not_null: bool,
    /// Its default as SQL text, as `PRAGMA table_xinfo` gives it.
    pub default: Option<String>,
    /// Its collation in capital letters where it is not BINARY, such as `NOCASE`.
    pub collation: Option<String>,
    /// What it is generated from.
    pub generated: Option<Generated>,
}

/// What a column is generated from.
#[derive(Debug, Clone)]
pub struct Generated {
    /// The expression; `None` where the table could not be parsed.
    pub expression: Option<Box<Expr>>,
    /// Whether its value is stored (else computed when read).
    pub stored: bool,
}

/// A CHECK.
#[derive(Debug, Clone)]
pub struct Check {
    /// Its name, if it has one.
    pub name: Option<String>,
    /// The expression.
    pub expression: Box<Expr>,
}

/// An index or a UNIQUE constraint.
#[derive(Debug, Clone)]
pub struct Index {
    /// Its name; those of constraints begin with `sqlite_autoindex_`.
    pub name: String,
    /// Whether it is unique.
    pub unique: bool,
    /// Whether a UNIQUE constraint made it.
    pub is_constraint: bool,
    /// The name of that constraint, where it has one.
    pub constraint_name: Option<String>,
    /// What it is over.
    pub parts: Vec<IndexPart>,
    /// The `WHERE` of a partial index.
    pub filter: Option<Box<Expr>>,
    /// Why its SQL could not be parsed, if it could not.
    pub unparsed: Option<String>,
}

/// A part of an index.
#[derive(Debug, Clone)]
pub struct IndexPart {
    /// What is indexed.
    pub on: IndexOn,
    /// Whether it is `DESC`.
    pub descending: bool,
    /// The collation in capital letters where it is not BINARY.
    pub collation: Option<String>,
}

/// What a part of an index is over.
#[derive(Debug, Clone)]
pub enum IndexOn {
    /// A column, by its place.
    Column(usize),
    /// The rowid, where no column stands for it.
    Rowid,
    /// An expression.
    Expression(Box<Expr>),
}

/// A foreign key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignKey {
    /// The constraint's name, if it has one.
    pub name: Option<String>,
    /// The columns that refer, by their place.
    pub columns: Vec<usize>,
    /// The table that is referred to, as written.
    pub parent: String,
    /// The columns that are referred to; where none are written, the parent's primary key. Empty where the parent is
    /// not there.
    pub parent_columns: Vec<String>,
    /// `ON DELETE` in capital letters, such as `CASCADE`; `NO ACTION` where nothing is written.
    pub on_delete: String,
    /// `ON UPDATE` likewise.
    pub on_update: String,
    /// Whether it is `DEFERRABLE INITIALLY DEFERRED`.
    pub deferred: bool,
}

/// A view.
#[derive(Debug, Clone)]
pub struct View {
    /// Its name.
    pub name: String,
    /// Its `CREATE VIEW`.
    pub sql: String,
    /// The same, parsed; the reason where it could not be.
    pub statement: Result<Box<Stmt>, String>,
}

/// A trigger.
#[derive(Debug, Clone)]
pub struct Trigger {
    /// Its name.
    pub name: String,
    /// The table or view it is on.
    pub table: String,
    /// Its `CREATE TRIGGER`, parsed; the reason where it could not be.
    pub statement: Result<Box<Stmt>, String>,
}

/// Something that is not carried.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Skipped {
    /// Its name.
    pub name: String,
    /// What it is, such as `virtual table` or `shadow table`.
    pub kind: String,
    /// Why, such as "holds the full-text index of `posts`".
    pub reason: String,
}

impl Table {
    /// How the primary key compares one of its columns, in capital letters where it is not BINARY.
    #[must_use]
    pub fn key_collation(&self, column: usize) -> Option<&str> {
        let own = self.key_collations.get(&column);
        own.unwrap_or(&self.columns[column].collation).as_deref()
    }

    /// The place of a column by its name, whatever the case.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns
            .iter()
            .position(|column| column.name.eq_ignore_ascii_case(name))
    }
}

//! How tables of SQLite are called in PostgreSQL and what their columns are there, for the translation of SQL.

use crate::migrate::target_type::TargetType;

/// All tables and views of one file.
#[derive(Debug, Clone)]
pub struct Shape {
    /// The schema they will be in, not quoted.
    pub schema: String,
    /// Whether names are folded to small letters.
    pub folded: bool,
    /// Whether types are those of SQLite: booleans and moments then are numbers and text there as here.
    pub affinity: bool,
    /// Tables, then views.
    pub tables: Vec<TableShape>,
}

/// A table or view.
#[derive(Debug, Clone)]
pub struct TableShape {
    /// Its name in SQLite.
    pub source: String,
    /// Its name in PostgreSQL, not quoted.
    pub name: String,
    /// Its columns; empty for views, whose columns are not known before they are made.
    pub columns: Vec<ColumnShape>,
    /// The column that stands for the rowid, by its place.
    pub rowid_alias: Option<usize>,
}

/// A column.
#[derive(Debug, Clone)]
pub struct ColumnShape {
    /// Its name in SQLite.
    pub source: String,
    /// Its name in PostgreSQL, not quoted.
    pub name: String,
    /// Its type there.
    pub target: TargetType,
    /// Its collation in SQLite where it is not BINARY, such as `NOCASE`.
    pub collation: Option<String>,
}

//! How tables of SQLite are called in PostgreSQL and what their columns are there, for the translation of SQL.

use crate::migrate::encoding::Moments;
use crate::migrate::target_type::TargetType;
use crate::migrate::written::Written;

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
    /// Its columns; empty for views, until `ddl::views` has filled them in.
    pub columns: Vec<ColumnShape>,
    /// The primary key's columns by their place; empty for views and tables without one.
    pub primary_key: Vec<usize>,
    /// The columns of each UNIQUE constraint and each unique index without a filter or expressions.
    pub unique: Vec<Vec<usize>>,
    /// The column that stands for the rowid, by its place.
    pub rowid_alias: Option<usize>,
    /// Why an UPDATE of a row does not do what SQLite's deletion and new insertion of it does, where it does not.
    pub irreplaceable: Option<String>,
}

/// A column.
#[derive(Debug, Clone)]
pub struct ColumnShape {
    /// Its name in SQLite.
    pub source: String,
    /// Its name in PostgreSQL, not quoted.
    pub name: String,
    /// Its type as declared in SQLite, which decides how SQLite compares it; empty for expressions of a view.
    pub declared: String,
    /// Its type there.
    pub target: TargetType,
    /// What numbers in it count in SQLite, where it became a date or moment.
    pub moments: Moments,
    /// How its cells are written in SQLite, where its type writes them in its own way.
    pub written: Written,
    /// Its collation in SQLite where it is not BINARY, such as `NOCASE`.
    pub collation: Option<String>,
}

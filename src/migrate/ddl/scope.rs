//! Which tables an expression sees, and what a name means there.

use super::quoted;
use super::shape::{ColumnShape, Shape, TableShape};
use super::typed::{Translated, Typed, refuse};

/// The tables of one SELECT, or the one table of a CHECK.
#[derive(Debug, Clone, Default)]
pub(super) struct Scope {
    /// In the order of FROM.
    pub tables: Vec<ScopeTable>,
    /// Names that USING or NATURAL made one of two columns: the later table does not offer them without its name.
    pub merged: Vec<(usize, String)>,
}

/// A table as an expression sees it.
#[derive(Debug, Clone)]
pub(super) struct ScopeTable {
    /// The name it goes by in SQLite; empty for a subquery without one.
    pub source: String,
    /// What stands before its columns with a dot, quoted; empty where columns stand alone.
    pub prefix: String,
    /// Its columns.
    pub columns: Vec<ColumnShape>,
    /// The column that stands for the rowid.
    pub rowid_alias: Option<usize>,
    /// Whether it is a table, which has rowids.
    pub has_rowid: bool,
    /// The columns of its primary key.
    pub primary_key: Vec<usize>,
    /// Whether its columns are seen only with its name before them, as those of NEW and OLD.
    pub named_only: bool,
}

/// A column that was found.
#[derive(Debug, Clone)]
pub(super) struct Found {
    /// The column.
    pub typed: Typed,
    /// The table's place in its scope.
    pub table: usize,
}

impl ScopeTable {
    /// A table or view of the file, under this name.
    pub fn of(table: &TableShape, source: &str, prefix: String) -> Self {
        Self {
            source: source.to_owned(),
            prefix,
            columns: table.columns.clone(),
            rowid_alias: table.rowid_alias,
            has_rowid: true,
            primary_key: table.primary_key.clone(),
            named_only: false,
        }
    }

    /// A column by its place.
    pub fn column(&self, place: usize) -> Typed {
        let column = &self.columns[place];
        let name = quoted(&column.name);
        let sql = if self.prefix.is_empty() {
            name
        } else {
            format!("{}.{name}", self.prefix)
        };
        Typed::column(column, sql)
    }

    /// The place of a column by its name in SQLite, or of that which stands for the rowid.
    pub fn place(&self, name: &str) -> Translated<Option<usize>> {
        let named = self
            .columns
            .iter()
            .position(|column| column.source.eq_ignore_ascii_case(name));
        if named.is_some() || !self.has_rowid || !is_rowid(name) {
            return Ok(named);
        }
        match self.rowid_alias {
            Some(place) => Ok(Some(place)),
            None => refuse(format!(
                "`{name}` of `{}` is no column in PostgreSQL",
                self.source
            )),
        }
    }
}

impl Scope {
    /// A scope of one table.
    pub fn single(table: ScopeTable) -> Self {
        Self {
            tables: vec![table],
            merged: Vec::new(),
        }
    }

    /// Finds a column; `None` where no table has it.
    pub fn find(&self, table: Option<&str>, name: &str) -> Translated<Option<Found>> {
        let mut found: Option<Found> = None;
        let mut hidden = Ok(None);
        for (place, candidate) in self.tables.iter().enumerate() {
            if table.is_some_and(|table| !candidate.source.eq_ignore_ascii_case(table)) {
                continue;
            }
            if table.is_none() && candidate.named_only {
                continue;
            }
            let merged = |(of, merged): &(usize, String)| *of == place && merged.eq_ignore_ascii_case(name);
            if table.is_none() && self.merged.iter().any(merged) {
                continue;
            }
            match candidate.place(name) {
                Ok(Some(column)) if found.is_none() => {
                    found = Some(Found {
                        typed: candidate.column(column),
                        table: place,
                    });
                }
                Ok(Some(_)) if is_rowid(name) => {}
                Ok(Some(_)) => return refuse(format!("`{name}` is in more than one table")),
                Ok(None) => {}
                Err(error) => hidden = Err(error),
            }
        }
        if found.is_none() { hidden } else { Ok(found) }
    }
}

impl Shape {
    /// A table or view by its name in SQLite.
    pub(super) fn table(&self, name: &str) -> Option<&TableShape> {
        self.tables
            .iter()
            .find(|table| table.source.eq_ignore_ascii_case(name))
    }

    /// A table's name with the schema, quoted.
    pub(super) fn qualified(&self, name: &str) -> String {
        format!("{}.{}", quoted(&self.schema), quoted(name))
    }
}

fn is_rowid(name: &str) -> bool {
    ["rowid", "_rowid_", "oid"]
        .iter()
        .any(|rowid| rowid.eq_ignore_ascii_case(name))
}

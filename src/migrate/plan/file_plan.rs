//! What will be made of one SQLite file. Plain data that is shown, stored in the ledger, and carried out.

use serde::{Deserialize, Serialize};

use crate::migrate::ddl::quoted;
use crate::migrate::encoding::Encoding;
use crate::migrate::misfit::{MisfitCell, MisfitGroup};
use crate::migrate::settings::{Names, Profile};

/// What will be made of one file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FilePlan {
    /// The file's name in stack.toml.
    pub source: String,
    /// The file.
    pub path: String,
    /// The schema in PostgreSQL.
    pub schema: String,
    /// How types are chosen.
    pub profile: Profile,
    /// How names are carried.
    pub names: Names,
    /// Which program made the schema, such as `Django`, where its own tables tell.
    pub framework: Option<String>,
    /// Which profile suits the file, and why.
    pub advice: String,
    /// Its tables; parents before children where foreign keys allow.
    pub tables: Vec<TablePlan>,
    /// Statements that make what stands on several tables, in this order: functions, views, triggers. They name objects
    /// with the schema, and run in the final one.
    pub objects: Vec<ObjectPlan>,
    /// What is not carried, by name and with the reason.
    pub not_carried: Vec<NotCarried>,
    /// What a person should know and that stops nothing.
    pub notes: Vec<String>,
    /// The size of the file with its WAL, bytes.
    pub bytes: u64,
}

/// What will be made of one table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TablePlan {
    /// Its name in SQLite.
    pub source: String,
    /// Its name in PostgreSQL.
    pub name: String,
    /// Its columns in order, generated ones included.
    pub columns: Vec<ColumnPlan>,
    /// How its rows are told apart in SQLite.
    pub key: RowKey,
    /// The columns by place whose values key the digests: those of the primary key in PostgreSQL; empty without one.
    pub digest_key: Vec<usize>,
    /// Rows at the time of the plan.
    pub rows: u64,
    /// Cells and rows that will not fit, in the order of `misfit_groups`: of each the first ones, where there are many.
    pub misfits: Vec<MisfitCell>,
    /// All that will not fit, by column and reason.
    pub misfit_groups: Vec<MisfitGroup>,
    /// How many there are.
    pub misfit_count: u64,
    /// `CREATE TABLE` with types, NOT NULL, defaults, CHECKs, identity and generated columns. `{schema}` stands for the
    /// quoted schema: the table is made in a schema beside the final one and moved.
    pub create: String,
    /// Keys, UNIQUE constraints and indexes; they are made after the data, each on its own, in any order.
    pub indexes: Vec<Step>,
    /// Foreign keys; they are made after all indexes of the file.
    pub foreign_keys: Vec<Step>,
    /// Sequences and the number each gives next.
    pub sequences: Vec<SequencePlan>,
    /// Rows that refer to a parent which is not there, by foreign key.
    pub orphans: Vec<Orphans>,
}

impl TablePlan {
    /// The names in SQLite of the columns that tell its rows apart; none where the rowid does.
    #[must_use]
    pub fn key_columns(&self) -> Vec<&str> {
        match &self.key {
            RowKey::Rowid(_) => Vec::new(),
            RowKey::PrimaryKey(places) => places
                .iter()
                .map(|&place| self.columns[place].source.as_str())
                .collect(),
        }
    }
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ColumnPlan {
    /// Its name in SQLite.
    pub source: String,
    /// Its name in PostgreSQL.
    pub name: String,
    /// Its type as declared in SQLite.
    pub declared: String,
    /// How its cells are carried; `None` for columns that PostgreSQL computes itself.
    pub encoding: Option<Encoding>,
    /// Whether it may not be NULL in PostgreSQL.
    pub not_null: bool,
    /// Why the type was chosen, in a few words with the figures.
    pub evidence: String,
    /// The length of its longest cell in bytes; long ones are read in pieces.
    pub longest: u64,
}

/// How the rows of a table are told apart in SQLite, and in which order they are read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RowKey {
    /// By the rowid, which is read under this name (`rowid`, `_rowid_` or `oid`, whichever no column is called; the
    /// column's own name where one stands for it).
    Rowid(String),
    /// By the primary key of a `WITHOUT ROWID` table: places of its columns.
    PrimaryKey(Vec<usize>),
}

/// A statement with what it makes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// What it makes, such as `index users_email`.
    pub name: String,
    /// The statement; `{schema}` stands for the quoted schema.
    pub sql: String,
    /// For a key, the same in two statements.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ahead: Option<Ahead>,
    /// For a foreign key, whether its columns are quickly sorted: they are numbers or moments.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_sortable: bool,
}

/// How a key is made while other indexes of its table are built and its rows are read. In one statement, the server keeps
/// everybody else from the table for as long as the index takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ahead {
    /// Builds the index, unless it is there.
    pub index: String,
    /// Makes the constraint of it.
    pub constraint: String,
}

impl Step {
    /// Of one statement.
    #[must_use]
    pub fn new(name: String, sql: String) -> Self {
        Self {
            name,
            sql,
            ahead: None,
            is_sortable: false,
        }
    }

    /// A `primary key` or `unique` constraint of that name over columns, which are quoted and listed.
    #[must_use]
    pub fn key(kind: &str, table: &str, name: &str, columns: &str) -> Self {
        let (table, quoted_name) = (format!("{{schema}}.{}", quoted(table)), quoted(name));
        let constraint = format!("alter table {table} add constraint {quoted_name} {kind}");
        Self {
            name: format!("{kind} {name}"),
            sql: format!("{constraint} ({columns})"),
            ahead: Some(Ahead {
                index: format!("create unique index if not exists {quoted_name} on {table} ({columns})"),
                constraint: format!("{constraint} using index {quoted_name}"),
            }),
            is_sortable: false,
        }
    }
}

/// A view, function or trigger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectPlan {
    /// `view`, `function` or `trigger`.
    pub kind: String,
    /// Its name in SQLite.
    pub source: String,
    /// Statements that make it; if the server refuses one, all are undone and it is reported as not carried.
    pub statements: Vec<String>,
}

/// A sequence that numbers a column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SequencePlan {
    /// The column's name in PostgreSQL.
    pub column: String,
    /// The sequence as SQL names it; `None` where it is the column's own.
    #[serde(default)]
    pub sequence: Option<String>,
    /// The least number it may give next: one more than `sqlite_sequence` knows. The data may ask for more.
    pub next: i64,
}

/// Rows without the parent they refer to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Orphans {
    /// The foreign key, as its step names it.
    pub foreign_key: String,
    /// How many rows.
    pub rows: u64,
    /// The first of them: their keys.
    pub examples: Vec<Vec<(String, serde_json::Value)>>,
}

/// Something that is not carried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotCarried {
    /// What it is, such as `trigger`.
    pub kind: String,
    /// Its name, with the table's before it where it has one.
    pub name: String,
    /// Why, and what to do.
    pub reason: String,
}

//! What a run did, for people and programs; also what `verify` and `status` tell.

use serde::{Deserialize, Serialize};

use crate::migrate::misfit::MisfitCell;
use crate::migrate::plan::{FilePlan, NotCarried, Orphans};

/// What a run did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunReport {
    /// The version of stackctl.
    pub version: String,
    /// When it began, RFC 3339 in UTC.
    pub began: String,
    /// How long it took, seconds.
    pub seconds: f64,
    /// Where the data went: host, port and database, without a password.
    pub target: String,
    /// The server's version, such as `15.8`.
    pub server: String,
    /// One for each file.
    pub files: Vec<FileReport>,
}

/// What became of one file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FileReport {
    /// What was meant to be made.
    pub plan: FilePlan,
    /// The state it was brought to.
    pub state: FileState,
    /// The copy that was read, and its SHA-256; none with `--no-backup`.
    pub backup: Option<Backup>,
    /// Whether the file was written to after the copy was made: those changes are not in PostgreSQL.
    pub changed_since: bool,
    /// One for each table, in the order of the plan.
    pub tables: Vec<TableReport>,
    /// Cells and rows in quarantine: of each column and reason the first of them. All are in the table
    /// `stackctl.quarantine`, and counted in the plan's `misfit_groups`.
    pub quarantine: Vec<MisfitCell>,
    /// How many there are.
    pub quarantined: u64,
    /// The plan's, and what the server refused.
    pub not_carried: Vec<NotCarried>,
    /// How many of them are keys that the rows break once they have their types: they hold the file back as quarantine does.
    #[serde(default)]
    pub keys_lost: u64,
    /// Foreign keys that are `NOT VALID`, and the rows that break them.
    pub orphans: Vec<Orphans>,
    /// Time by phase, in order: `backup`, `analyse`, `copy`, `build`, `verify`, `publish`.
    pub phases: Vec<PhaseTime>,
}

/// The state of a file's migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileState {
    /// All of it is in its schema, verified.
    Done,
    /// It is in its schema; cells or rows are in quarantine.
    DoneWithQuarantine,
    /// It stands ready beside its schema and was not moved there, because cells or rows are in quarantine, or keys
    /// are lost, and `--accept-quarantine` was not given.
    Held,
    /// It is not complete; `run` goes on with it.
    Unfinished,
}

/// A copy of a SQLite file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backup {
    /// Where it is.
    pub path: String,
    /// Its SHA-256 in hexadecimal.
    pub sha256: String,
    /// When it was made, RFC 3339 in UTC.
    pub made: String,
    /// Bytes.
    pub bytes: u64,
}

/// What became of one table.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TableReport {
    /// Its name in SQLite.
    pub source: String,
    /// Its name in PostgreSQL.
    pub name: String,
    /// Rows read from SQLite.
    pub rows_read: u64,
    /// Rows in PostgreSQL.
    pub rows_written: u64,
    /// Rows in quarantine as a whole.
    pub rows_quarantined: u64,
    /// Cells in quarantine whose rows were kept.
    pub cells_quarantined: u64,
    /// Bytes sent.
    pub bytes: u64,
    /// Time spent copying, seconds.
    pub copy_seconds: f64,
    /// Time spent on its keys and indexes, seconds.
    pub build_seconds: f64,
    /// Whether both sides agree in count and in the digest of every column; `None` before it was looked at.
    pub verified: Option<bool>,
    /// Columns whose digests differ, by their names in PostgreSQL.
    pub differing: Vec<String>,
}

/// How long a phase took.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PhaseTime {
    /// The phase.
    pub name: String,
    /// Seconds.
    pub seconds: f64,
}

/// What `verify` found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VerifyReport {
    /// Where the data are.
    pub target: String,
    /// One for each file.
    pub files: Vec<VerifiedFile>,
}

impl VerifyReport {
    /// Whether nothing differs.
    #[must_use]
    pub fn agrees(&self) -> bool {
        self.files
            .iter()
            .all(|file| file.remarks.is_empty() && file.tables.iter().all(VerifiedTable::agrees))
    }
}

/// What `verify` found for one file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VerifiedFile {
    /// The file's name in stack.toml.
    pub source: String,
    /// What was compared: the file, or the copy that the run had read.
    pub compared: String,
    /// The schema.
    pub schema: String,
    /// One for each table.
    pub tables: Vec<VerifiedTable>,
    /// Tables of the file that are not in PostgreSQL, and other differences that are not of rows.
    pub remarks: Vec<String>,
    /// What a person should know and that is no difference.
    #[serde(default)]
    pub notes: Vec<String>,
}

/// What `verify` found for one table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VerifiedTable {
    /// Its name in SQLite.
    pub source: String,
    /// Its name in PostgreSQL.
    pub name: String,
    /// Rows in SQLite.
    pub rows_source: u64,
    /// Of them, in quarantine.
    pub rows_quarantined: u64,
    /// Rows in PostgreSQL.
    pub rows_target: u64,
    /// Columns whose digests differ, by their names in PostgreSQL.
    pub differing: Vec<String>,
    /// The first rows that differ.
    pub rows: Vec<RowDifference>,
    /// How many rows differ, where all were counted.
    pub row_count: Option<u64>,
}

impl VerifiedTable {
    /// Whether both sides are the same, but for what is in quarantine.
    #[must_use]
    pub fn agrees(&self) -> bool {
        self.differing.is_empty()
            && self.rows.is_empty()
            && self.rows_source.checked_sub(self.rows_quarantined) == Some(self.rows_target)
    }
}

/// A row that differs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RowDifference {
    /// Its key.
    pub key: Vec<(String, serde_json::Value)>,
    /// How.
    pub kind: RowDifferenceKind,
    /// The columns that differ, with both values for people.
    pub columns: Vec<(String, String, String)>,
}

/// How a row differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RowDifferenceKind {
    /// It is in SQLite only.
    Missing,
    /// It is in PostgreSQL only.
    Extra,
    /// It is in both and not the same.
    Changed,
}

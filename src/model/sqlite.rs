//! SQLite files that become schemas of the database.

mod column_type;

use std::collections::BTreeMap;

use super::name::{Identifier, VariableName};
use super::time_zone::TimeZone;

pub use column_type::{ColumnType, ColumnTypeError};

/// A SQLite file whose contents `stackctl migrate` carries into a schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqliteFile {
    /// Its name in stack.toml.
    pub name: Identifier,
    /// The file, relative to stack.toml or absolute.
    pub path: String,
    /// The schema.
    pub schema: Identifier,
    /// The variable by which services that use the schema read where it is.
    pub variable: Option<VariableName>,
    /// How types are chosen.
    pub types: TypeChoice,
    /// How names are carried; by default as the choice of types asks for.
    pub names: Option<NameStyle>,
    /// The zone of moments that are written without one, where the column keeps moments with a zone; UTC if it is not
    /// told. The stack's own zone says nothing about it.
    pub zone: Option<TimeZone>,
    /// Whether foreign keys are made; by default as the choice of types asks for.
    pub foreign_keys: Option<bool>,
    /// Tables that are left out; `*` stands for any text.
    pub skip: Vec<String>,
    /// What is said of single columns, by `TABLE.COLUMN`.
    pub columns: BTreeMap<String, ColumnSetting>,
}

/// How types are chosen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TypeChoice {
    /// Booleans, moments, numbers, uuid and JSON where declaration and data agree.
    #[default]
    Native,
    /// What SQLite would hand back.
    Affinity,
}

/// How names are carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameStyle {
    /// As they are written.
    Exact,
    /// In small letters.
    Folded,
}

/// What is said of one column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnSetting {
    /// Its type.
    pub column_type: ColumnType,
    /// What its numbers count.
    pub from: Option<Counting>,
    /// The zone of its moments.
    pub zone: Option<TimeZone>,
}

/// What the numbers in a column of moments count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counting {
    /// Nothing: its moments are text.
    Iso,
    /// Nothing either, and text that tells more than the type keeps is cut.
    IsoCut,
    /// Seconds since 1970.
    EpochSeconds,
    /// Milliseconds since 1970.
    EpochMilliseconds,
    /// Microseconds since 1970.
    EpochMicroseconds,
    /// Seconds since 2001.
    CoreData,
    /// Days since noon of 24 November 4714 BC.
    JulianDay,
}

/// Why a column can't be what is said of it: a fragment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ColumnSettingError {
    /// `from` with a type that holds no moments.
    #[error("`from` says what numbers count in a column of dates or times, and `{0}` holds neither")]
    From(ColumnType),
    /// `zone` with a type that keeps none.
    #[error("`zone` matters for `timestamptz` only, not for `{0}`")]
    Zone(ColumnType),
}

impl SqliteFile {
    /// Ends of the files that SQLite keeps beside its own.
    pub const COMPANIONS: [&str; 3] = ["-wal", "-shm", "-journal"];
    /// The schema in which stackctl keeps what it has done.
    pub const LEDGER_SCHEMA: &str = "stackctl";
}

impl ColumnSetting {
    /// What is said of a column, if it makes sense.
    pub fn new(
        column_type: ColumnType,
        from: Option<Counting>,
        zone: Option<TimeZone>,
    ) -> Result<Self, ColumnSettingError> {
        if from.is_some() && !column_type.holds_moments() {
            return Err(ColumnSettingError::From(column_type));
        }
        if zone.is_some() && column_type != ColumnType::TimestampTz {
            return Err(ColumnSettingError::Zone(column_type));
        }
        Ok(Self {
            column_type,
            from,
            zone,
        })
    }
}

impl TypeChoice {
    /// Their names in stack.toml.
    pub const NAMES: [(&str, Self); 2] = [("native", Self::Native), ("affinity", Self::Affinity)];
}

impl NameStyle {
    /// Their names in stack.toml.
    pub const NAMES: [(&str, Self); 2] = [("exact", Self::Exact), ("folded", Self::Folded)];
}

impl Counting {
    /// Their names in stack.toml.
    pub const NAMES: [(&str, Self); 7] = [
        ("iso", Self::Iso),
        ("iso-cut", Self::IsoCut),
        ("epoch-s", Self::EpochSeconds),
        ("epoch-ms", Self::EpochMilliseconds),
        ("epoch-us", Self::EpochMicroseconds),
        ("core-data", Self::CoreData),
        ("julian-day", Self::JulianDay),
    ];
}

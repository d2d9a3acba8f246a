//! What a person may decide for one SQLite file.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::encoding::Moments;
use super::target_type::TargetType;

/// One SQLite file and what is to become of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    /// Its name in stack.toml, or the file's name without its end.
    pub name: String,
    /// The file.
    pub path: PathBuf,
    /// The schema in PostgreSQL.
    pub schema: String,
    /// The rest.
    pub settings: Settings,
}

/// What may be decided for one file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// How types are chosen.
    pub profile: Profile,
    /// How names are carried; by default exact with native types and folded with affinity.
    pub names: Option<Names>,
    /// The zone that moments without one are in, where `timestamptz` is chosen; UTC by default.
    pub zone: Option<chrono_tz::Tz>,
    /// Whether foreign keys are made; by default with native types only.
    pub foreign_keys: Option<bool>,
    /// Tables that are left out, by their names in SQLite; `*` stands for any text.
    pub skip: Vec<String>,
    /// Overrides by `TABLE.COLUMN` as SQLite names them; `*` stands for any text.
    pub columns: BTreeMap<String, ColumnOverride>,
    /// Tables, by their names in SQLite, that the server refused as they were planned. No person decides this.
    #[serde(skip)]
    pub simpler: BTreeMap<String, Simpler>,
}

/// What is left out of the statement that makes a table, so that the server takes the table and its rows; each leaves out
/// what those before it do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Simpler {
    /// CHECKs, which are made after the rows.
    Checks,
    /// Generated columns, which become ordinary ones.
    Generated,
    /// Defaults.
    Defaults,
}

impl Simpler {
    /// What to try when this, or nothing, was not enough.
    #[must_use]
    pub fn after(last: Option<Self>) -> Option<Self> {
        match last {
            None => Some(Self::Checks),
            Some(Self::Checks) => Some(Self::Generated),
            Some(Self::Generated) => Some(Self::Defaults),
            Some(Self::Defaults) => None,
        }
    }
}

/// What is said of one column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ColumnOverride {
    /// The type it gets.
    pub target: TargetType,
    /// What its numbers count.
    pub moments: Option<Moments>,
    /// The zone of its moments.
    pub zone: Option<chrono_tz::Tz>,
    /// Whether text that tells more of a moment than the type keeps is cut.
    #[serde(default)]
    pub cuts: bool,
}

/// How types are chosen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// Booleans, moments, numerics, uuid and json where declaration and data agree.
    #[default]
    Native,
    /// What SQLite would hand back, for programs whose SQL was written for it.
    Affinity,
}

/// How names are carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Names {
    /// As they are written in SQLite; PostgreSQL then wants capital letters quoted.
    Exact,
    /// In small letters, as PostgreSQL reads what is not quoted.
    Folded,
}

//! A cell that the type of its column cannot hold.

mod group;
mod share;

use serde::{Deserialize, Serialize};

pub use group::MisfitGroup;
pub use share::{share, shared};

/// Why a cell does not fit.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, thiserror::Error,
)]
#[serde(rename_all = "kebab-case")]
pub enum Misfit {
    /// Text, bytes or a number where the type holds none.
    #[error("its storage class is not one that the type holds")]
    WrongClass,
    /// The text is not written as the type needs it.
    #[error("its text is not a value of the type")]
    NotAValue,
    /// The value is outside what the type can hold.
    #[error("it is outside the range of the type")]
    OutOfRange,
    /// A number that counts to a year before 1 or after 9999, which neither `SQLite`'s date functions nor most programs'
    /// types hold: nearly always one of another unit.
    #[error("it counts to a year outside 1 to 9999")]
    FarMoment,
    /// More digits behind the point than the type keeps.
    #[error("it has more digits than the type keeps")]
    TooPrecise,
    /// More characters than the type allows.
    #[error("it is longer than the type allows")]
    TooLong,
    /// A NUL character, which PostgreSQL's text cannot hold.
    #[error("it holds a NUL character, which PostgreSQL's text can not hold")]
    NulCharacter,
    /// Bytes that are no UTF-8.
    #[error("it is not valid UTF-8")]
    InvalidUtf8,
    /// Infinity where the type holds none.
    #[error("it is infinite")]
    Infinite,
    /// NULL in a column that may not be NULL.
    #[error("it is NULL and the column is NOT NULL")]
    NullInNotNull,
    /// Larger than PostgreSQL takes in one field or row (1 GiB).
    #[error("it is larger than PostgreSQL takes")]
    TooLarge,
    /// A row that breaks a key, a unique constraint or a CHECK of the target.
    #[error("its row breaks a constraint of the target")]
    Constraint,
}

impl MisfitCell {
    /// Whether two are of one table and column and do not fit for the same reason.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        (&self.table, &self.column, self.reason) == (&other.table, &other.column, other.reason)
    }
}

/// A cell that did not fit, or a whole row where `column` is `None`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MisfitCell {
    /// The table's name in SQLite.
    pub table: String,
    /// The row's key in SQLite: column name (or `rowid`) and value, as JSON values; blobs as `{"blob": "hex"}`.
    pub key: Vec<(String, serde_json::Value)>,
    /// The column's name in SQLite.
    pub column: String,
    /// How the cell is stored.
    pub class: super::cell::StorageClass,
    /// The value's first bytes for people: text lossily, blobs as `\x…`, at most 200 characters.
    pub shown: String,
    /// Why.
    pub reason: Misfit,
    /// The type it did not fit.
    pub target: String,
    /// Whether the whole row is quarantined, because the column may not be NULL.
    pub takes_row: bool,
}

//! How the cells of one column become values of its type in PostgreSQL.

use serde::{Deserialize, Serialize};

use super::target_type::TargetType;

/// How the cells of one column become values of its type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Encoding {
    /// The type in PostgreSQL.
    pub target: TargetType,
    /// What numbers mean in a column of moments.
    pub moments: Moments,
    /// The zone that moments without one are in; an IANA name. It matters only for `timestamptz`.
    pub zone: chrono_tz::Tz,
    /// Whether bytes that are valid text may be carried as text, or text as bytes: the contents stay the same and the
    /// storage class is lost, which the report says.
    pub takes_other_class: bool,
    /// Whether text that tells more of a moment than the type keeps is cut: digits behind the microsecond, and in a date
    /// the time of the day. Only a person decides so.
    #[serde(default)]
    pub cuts: bool,
}

/// What the numbers in a column of dates, times or moments count. Text is always read as ISO 8601.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Moments {
    /// There are no numbers; one that is met does not fit.
    Iso,
    /// Seconds since 1970-01-01 UTC, possibly with a fraction.
    EpochS,
    /// Milliseconds since 1970-01-01 UTC.
    EpochMs,
    /// Microseconds since 1970-01-01 UTC.
    EpochUs,
    /// Seconds since 2001-01-01 UTC, as Core Data writes them.
    CoreData,
    /// Days since noon of 24 November 4714 BC UTC, as SQLite's `julianday` gives them.
    JulianDay,
}

impl Encoding {
    /// The encoding of a type that leaves nothing to be said.
    #[must_use]
    pub fn plain(target: TargetType) -> Self {
        Self {
            target,
            moments: Moments::Iso,
            zone: chrono_tz::UTC,
            takes_other_class: false,
            cuts: false,
        }
    }
}

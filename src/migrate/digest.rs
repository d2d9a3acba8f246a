//! What is compared between the two sides: per column a count and a sum of hashes, whatever the order of rows.
//!
//! The rule, which `encode::hash` follows here and `verify::query` in SQL there (both sides use PostgreSQL's own extended
//! hash functions, so that the server computes its side without an extension):
//!
//! - The seed of a row comes from its key. One key column of a whole-number type: its value. Otherwise the key's columns are
//!   chained: h = 0, then h = hash(column, h) for each; NULL counts as `hashint8extended(0, h)`. Without a key: 0.
//! - A column's sum is the sum of hash(cell, seed) over all rows in which it is not NULL, as signed 64-bit numbers in a
//!   wide sum; its count is of the same rows.
//! - A table without a key has the sum of a chain over all columns as well, so that cells which change rows are seen.

use serde::{Deserialize, Serialize};

/// The digest of one table, or of some of its rows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableDigest {
    /// Rows.
    pub rows: u64,
    /// One for each column that is carried, in the order of the plan.
    pub columns: Vec<ColumnDigest>,
    /// The sum over chained rows, for tables without a key.
    #[serde(with = "decimal")]
    pub chain: i128,
}

/// The digest of one column.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnDigest {
    /// Cells that are not NULL.
    pub count: u64,
    /// The sum of their hashes.
    #[serde(with = "decimal")]
    pub sum: i128,
}

impl TableDigest {
    /// Of no rows.
    #[must_use]
    pub fn new(columns: usize) -> Self {
        Self {
            rows: 0,
            columns: vec![ColumnDigest::default(); columns],
            chain: 0,
        }
    }
}

/// As decimal text: JSON's readers keep 53 bits.
mod decimal {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(value: &i128, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i128, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(D::Error::custom)
    }
}

//! Which type a column gets: what it declares, then what its cells hold. Pure.
//!
//! Where cells do not fit the declared type, a wider one that changes no value is looked for; then those cells go to
//! quarantine; and where fewer than half fit, the cells alone decide. Whatever is odd is said in notes, with the line of
//! stack.toml that decides otherwise; `NAME` in it stands for the file's name there.

mod agree;
mod by_data;
mod candidates;
mod decide;
mod declared;
mod empty_moments;
mod empty_uuids;
mod evidence;
mod fitting;
mod framework;
mod json_check;
mod note_shape;
mod remarks;
mod tally;
mod wording;

#[cfg(test)]
mod tests;

pub use agree::{Agreeing, agree};
pub use decide::decide;
pub use declared::Declared;
pub use empty_moments::follow_others;
pub use empty_uuids::empty_uuids;
pub use evidence::Evidence;
pub use fitting::all_fit;
pub use framework::{Framework, framework};

use super::encoding::Encoding;
use super::settings::{ColumnOverride, Profile};
use super::sqlite::catalog::{Column, Table};

/// The type of a column, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// How its cells are carried.
    pub encoding: Encoding,
    /// Why, in a few words with the figures, such as "declared BOOLEAN; 1,204 cells are 0 or 1".
    pub evidence: String,
    /// What a person should know, with the override to write; empty where nothing is odd.
    pub notes: Vec<String>,
    /// Whether the type may not be changed any more: a person chose it, or it is that of the rowid.
    pub told: bool,
}

/// What a decision is made from besides the evidence.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The table.
    pub table: &'a Table,
    /// The column, one of the table's.
    pub column: &'a Column,
    /// How types are chosen.
    pub profile: Profile,
    /// Who made the schema.
    pub framework: Option<Framework>,
    /// The zone that moments without one are in, if it was told.
    pub zone: Option<chrono_tz::Tz>,
    /// What a person has decided.
    pub told: Option<&'a ColumnOverride>,
}

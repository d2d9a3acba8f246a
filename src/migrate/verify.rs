//! Comparing both sides, column by column and then row by row.

pub mod compare;
pub mod query;

pub use compare::{Comparison, compare};

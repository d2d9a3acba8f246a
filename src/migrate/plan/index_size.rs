//! Whether rows of an index stay below what a btree of PostgreSQL holds.

use super::draft::DraftTable;
use crate::migrate::target_type::TargetType;

/// A btree takes rows up to a third of a page, 2704 bytes; this leaves room for their headers.
const LONGEST_ROW: u64 = 2600;

/// Whether the longest cells of these columns are together too long for a row of a btree.
pub(super) fn too_long(table: &DraftTable<'_>, columns: impl IntoIterator<Item = usize>) -> bool {
    let bytes: u64 = columns.into_iter().map(|column| bytes(table, column)).sum();
    bytes > LONGEST_ROW
}

/// Whether values of the column vary in length, so that they may be long.
pub(super) fn varies(table: &DraftTable<'_>, column: usize) -> bool {
    use TargetType::{Bytea, Char, Json, JsonB, Numeric, Text, TextLike, VarChar};
    matches!(
        table.target(column),
        Bytea | Char(_) | Json | JsonB | Numeric(_) | Text | TextLike(_) | VarChar(_)
    )
}

fn bytes(table: &DraftTable<'_>, column: usize) -> u64 {
    if varies(table, column) {
        table.seen.columns[column].longest + 4
    } else {
        16
    }
}

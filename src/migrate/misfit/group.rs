//! Cells of one column that do not fit for one reason.

use serde::{Deserialize, Serialize};

use super::{Misfit, MisfitCell};

/// How many cells of one column of a table do not fit for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MisfitGroup {
    /// The column's name in SQLite.
    pub column: String,
    /// Why.
    pub reason: Misfit,
    /// The type they did not fit.
    pub target: String,
    /// How many.
    pub cells: u64,
    /// Whether they take their rows, because the column may not be NULL.
    pub takes_row: bool,
}

impl MisfitGroup {
    /// Whether a cell of the table is one of these.
    #[must_use]
    pub fn holds(&self, cell: &MisfitCell) -> bool {
        (self.reason, &self.column) == (cell.reason, &cell.column)
    }
}

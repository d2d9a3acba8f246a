//! How long a run may take.

use super::FilePlan;

/// Cells that are copied in a second, measured with 5 million rows on two processors.
const CELLS: f64 = 12e6;

/// Bytes that are copied in a second.
const BYTES: f64 = 120e6;

/// Rows that go into an index in a second.
const INDEXED: f64 = 2.5e6;

/// Cells that the server hashes in a second.
const HASHED: f64 = 30e6;

/// What making one table, index or foreign key costs whatever its size, seconds.
const STATEMENT: f64 = 0.003;

/// Seconds that a run of this plan may take, by rates that were measured on a machine with two processors: an estimate.
#[must_use]
pub fn estimate(plan: &FilePlan) -> f64 {
    let tables = plan.tables.iter().map(|table| {
        let (rows, columns) = (float(table.rows), float(table.columns.len() as u64));
        let made = 1 + table.indexes.len() + table.foreign_keys.len();
        let keys = float((table.indexes.len() + table.foreign_keys.len()) as u64);
        rows * columns / CELLS
            + rows * keys / INDEXED
            + rows * columns / HASHED
            + float(made as u64) * STATEMENT
    });
    let backup_and_bytes = float(plan.bytes) / BYTES;
    0.2 + backup_and_bytes + tables.sum::<f64>()
}

#[expect(clippy::cast_precision_loss, reason = "an estimate")]
fn float(number: u64) -> f64 {
    number as f64
}

//! How long a run will take, from what was measured on two processors with the server on the same machine.

use crate::migrate::plan::{FilePlan, TablePlan};

/// Rows that are copied in a second.
const ROWS: f64 = 1_200_000.0;
/// Bytes that are copied, backed up and compared in a second.
const BYTES: f64 = 60_000_000.0;
/// Rows of one key or index that are built in a second.
const INDEXED: f64 = 1_500_000.0;
/// What a file and a table take without any rows.
const FILE: f64 = 0.3;
const TABLE: f64 = 0.02;

/// Seconds for all files; an estimate.
pub fn seconds(plans: &[FilePlan]) -> f64 {
    plans.iter().map(of_file).sum()
}

#[expect(clippy::cast_precision_loss, reason = "an estimate needs no digits")]
fn of_file(plan: &FilePlan) -> f64 {
    FILE + plan.bytes as f64 / BYTES + plan.tables.iter().map(of_table).sum::<f64>()
}

#[expect(clippy::cast_precision_loss, reason = "an estimate needs no digits")]
fn of_table(table: &TablePlan) -> f64 {
    let rows = table.rows as f64;
    let built = (table.indexes.len() + table.foreign_keys.len()) as f64;
    TABLE + rows / ROWS + built * rows / INDEXED
}

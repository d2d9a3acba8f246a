//! How long a run may take.

use super::FilePlan;

// The rates of cells and rows follow from what `psql` and PostgreSQL 15 took on two processors for 5 million rows in two
// tables of about seven columns: 2.7 s to copy them, 6.9 s for keys and indexes, 1.0 s to hash every cell of 4.5 million.

/// Cells that are copied in a second.
const CELLS: f64 = 13e6;

/// Rows that go into an index, or are checked for a foreign key, in a second.
const INDEXED: f64 = 2.1e6;

/// Cells that the server hashes in a second.
const HASHED: f64 = 30e6;

/// Bytes of the file that are read, copied aside and sent in a second: assumed, for a plain disk.
const BYTES: f64 = 100e6;

/// What a statement costs whatever the size of its table, seconds: assumed.
const STATEMENT: f64 = 0.003;

/// Seconds that a run of this plan may take. It knows neither machine nor network and is an estimate of the order.
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
    float(plan.bytes) / BYTES + tables.sum::<f64>()
}

#[expect(clippy::cast_precision_loss, reason = "an estimate")]
fn float(number: u64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migrate::plan::{ColumnPlan, RowKey, Step, TablePlan};

    fn table(rows: u64, columns: usize, indexes: usize) -> TablePlan {
        let column = ColumnPlan {
            source: String::new(),
            name: String::new(),
            declared: String::new(),
            encoding: None,
            not_null: false,
            evidence: String::new(),
            longest: 8,
        };
        let step = Step::new(String::new(), String::new());
        TablePlan {
            source: String::new(),
            name: String::new(),
            columns: vec![column; columns],
            key: RowKey::Rowid(String::new()),
            digest_key: Vec::new(),
            rows,
            misfits: Vec::new(),
            misfit_count: 0,
            create: String::new(),
            indexes: vec![step; indexes],
            foreign_keys: Vec::new(),
            sequences: Vec::new(),
            orphans: Vec::new(),
        }
    }

    #[test]
    fn five_million_rows_take_about_what_was_measured_and_more_data_take_longer() {
        let plan = |tables: Vec<TablePlan>, bytes| FilePlan {
            source: String::new(),
            path: String::new(),
            schema: String::new(),
            profile: crate::migrate::settings::Profile::Native,
            names: crate::migrate::settings::Names::Exact,
            framework: None,
            advice: String::new(),
            tables,
            objects: Vec::new(),
            not_carried: Vec::new(),
            notes: Vec::new(),
            bytes,
        };
        let large = estimate(&plan(
            vec![table(500_000, 7, 2), table(4_500_000, 7, 3)],
            500 << 20,
        ));
        assert!((10.0..20.0).contains(&large), "{large}");
        assert!(
            estimate(&plan(
                vec![table(500_000, 7, 2), table(4_500_000, 7, 4)],
                500 << 20
            )) > large
        );
        assert!(estimate(&plan(vec![table(10, 3, 1)], 8192)) < 0.1);
    }
}

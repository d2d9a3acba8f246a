//! How long a run may take.

use super::FilePlan;

// The rates follow from what a run took on two processors, with PostgreSQL 15 beside it, for 5 million rows in two tables of
// six columns (426 MB): 2.1 s to copy the file and look at it, 2.6 s for the rows, 4.1 s for keys, indexes and a foreign key,
// beside which the cells were hashed.

/// Cells that are copied in a second.
const CELLS: f64 = 12e6;

/// Rows that go into an index, or are checked for a foreign key, in a second.
const INDEXED: f64 = 4e6;

/// Bytes of the file that are copied aside and looked at in a second: fewer than were measured, for a plain disk.
const BYTES: f64 = 150e6;

/// What a statement costs whatever the size of its table, seconds: assumed.
const STATEMENT: f64 = 0.003;

/// Seconds that a run of this plan may take. It knows neither machine nor network and is an estimate of the order.
#[must_use]
pub fn estimate(plan: &FilePlan) -> f64 {
    let tables = plan.tables.iter().map(|table| {
        let (rows, columns) = (float(table.rows), float(table.columns.len() as u64));
        let made = 1 + table.indexes.len() + table.foreign_keys.len();
        let keys = float((table.indexes.len() + table.foreign_keys.len()) as u64);
        rows * columns / CELLS + rows * keys / INDEXED + float(made as u64) * STATEMENT
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
            misfit_groups: Vec::new(),
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
            vec![table(500_000, 6, 2), table(4_500_000, 6, 3)],
            426_000_000,
        ));
        assert!((7.0..12.0).contains(&large), "{large}");
        assert!(
            estimate(&plan(
                vec![table(500_000, 6, 2), table(4_500_000, 6, 4)],
                426_000_000
            )) > large
        );
        assert!(estimate(&plan(vec![table(10, 3, 1)], 8192)) < 0.1);
    }
}

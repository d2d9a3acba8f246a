//! Two digests of a table -> what differs.

use postgres::GenericClient;

use super::query;
use crate::migrate::digest::TableDigest;
use crate::migrate::plan::TablePlan;
use crate::migrate::postgres::PostgresError;

/// What the comparison of a table gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// The server's side.
    pub target: TableDigest,
    /// Whether the tables do not have equally many rows.
    pub rows_differ: bool,
    /// Columns whose digests differ, by their names in PostgreSQL. Where the columns agree and their cells are not in the
    /// same rows, all of them.
    pub differing: Vec<String>,
}

impl Comparison {
    /// Whether both sides agree in everything.
    #[must_use]
    pub fn agrees(&self) -> bool {
        !self.rows_differ && self.differing.is_empty()
    }
}

/// Compares a table in this schema with the digest of what was sent or read.
pub fn compare(
    client: &mut impl GenericClient,
    schema: &str,
    table: &TablePlan,
    expected: &TableDigest,
) -> Result<Comparison, PostgresError> {
    Ok(differences(
        table,
        expected,
        query::digest(client, schema, table)?,
    ))
}

pub(super) fn differences(table: &TablePlan, expected: &TableDigest, target: TableDigest) -> Comparison {
    let names = || query::carried(table).map(|column| column.name.clone());
    let mut differing: Vec<String> = names()
        .zip(expected.columns.iter().zip(&target.columns))
        .filter(|(_, (expected, target))| expected != target)
        .map(|(name, _)| name)
        .collect();
    let rows_differ = expected.rows != target.rows;
    if differing.is_empty() && !rows_differ && expected.chain != target.chain {
        differing = names().collect();
    }
    Comparison {
        target,
        rows_differ,
        differing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migrate::digest::ColumnDigest;
    use crate::migrate::verify::query::tests::table;

    fn digest(rows: u64, sums: [i128; 2], chain: i128) -> TableDigest {
        TableDigest {
            rows,
            columns: sums.map(|sum| ColumnDigest { count: rows, sum }).to_vec(),
            chain,
        }
    }

    #[test]
    fn what_differs_is_named() {
        let table = table(&["a bigint", "B text"], &[]);
        let told = |expected, target| differences(&table, &expected, target).differing.join(" ");
        assert_eq!(told(digest(2, [1, 2], 3), digest(2, [1, 2], 3)), "");
        assert_eq!(told(digest(2, [1, 2], 3), digest(2, [1, 4], 3)), "B");
        // The same cells in other rows.
        assert_eq!(told(digest(2, [1, 2], 3), digest(2, [1, 2], 4)), "a B");
    }

    #[test]
    fn a_row_without_cells_differs_too() {
        let table = table(&["a bigint"], &[]);
        let mut more = TableDigest::new(1);
        more.rows = 1;
        let comparison = differences(&table, &TableDigest::new(1), more);
        assert!(comparison.rows_differ && !comparison.agrees());
    }
}

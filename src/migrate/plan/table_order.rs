//! The order of tables: parents before the children that refer to them, cycles broken where they must be.

use std::collections::BTreeSet;

use crate::migrate::sqlite::catalog::Table;

/// Places of the tables in an order in which parents come first. Among equals, and where a cycle has to be broken, the
/// order of the catalog decides.
pub(super) fn order(tables: &[&Table]) -> Vec<usize> {
    order_by(
        &tables
            .iter()
            .map(|table| parents(tables, table))
            .collect::<Vec<_>>(),
    )
}

/// The same, with the places of each table's parents; a table is none of its own.
pub(super) fn order_by(parents: &[BTreeSet<usize>]) -> Vec<usize> {
    let mut waits: Vec<usize> = parents.iter().map(BTreeSet::len).collect();
    let mut left: BTreeSet<usize> = (0..parents.len()).collect();
    let mut ready: BTreeSet<usize> = left.iter().copied().filter(|&place| waits[place] == 0).collect();
    let mut ordered = Vec::with_capacity(parents.len());
    while let Some(next) = ready.pop_first().or_else(|| left.first().copied()) {
        left.remove(&next);
        ordered.push(next);
        for &child in &left {
            if parents[child].contains(&next) {
                waits[child] -= 1;
                if waits[child] == 0 {
                    ready.insert(child);
                }
            }
        }
    }
    ordered
}

fn parents(tables: &[&Table], table: &Table) -> BTreeSet<usize> {
    let named = table.foreign_keys.iter().filter_map(|key| {
        tables
            .iter()
            .position(|parent| parent.name.eq_ignore_ascii_case(&key.parent))
    });
    named
        .filter(|&place| !tables[place].name.eq_ignore_ascii_case(&table.name))
        .collect()
}

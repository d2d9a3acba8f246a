//! The cells that are named while several threads look for those that do not fit: of each table, column and reason the
//! first ones in the order of the rows, whichever thread is quicker, and no more than there is room for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use crate::migrate::misfit::{Misfit, MisfitCell, share};

/// The table's place in the plan, the column's, and why its cells do not fit.
pub(super) type Kind = (usize, usize, Misfit);

/// What is named so far.
pub(super) struct Named {
    room: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// By kind and piece of the table.
    kinds: BTreeMap<Kind, BTreeMap<usize, Vec<MisfitCell>>>,
    held: usize,
    /// How many of each kind there is room for.
    each: usize,
}

impl Named {
    /// Room for so many cells.
    pub fn new(room: usize) -> Self {
        let state = State {
            each: room,
            ..State::default()
        };
        Self {
            room,
            state: Mutex::new(state),
        }
    }

    /// Takes the next cells of a piece, as far as there is room. Gives the kinds of which this piece needs to name no more.
    pub fn take(&self, piece: usize, cells: Vec<(Kind, MisfitCell)>) -> Vec<Kind> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let mut given = BTreeSet::new();
        for (kind, cell) in cells {
            given.insert(kind);
            let pieces = state.kinds.entry(kind).or_default();
            pieces.entry(piece).or_default().push(cell);
            state.held += 1;
        }
        for kind in &given {
            state.cut(*kind);
        }
        if state.held > self.room {
            let sizes: Vec<usize> = state.kinds.values().map(size).collect();
            state.each = state.each.min(share(&sizes, self.room));
            let all: Vec<Kind> = state.kinds.keys().copied().collect();
            for kind in all {
                state.cut(kind);
            }
        }
        let is_full = |kind: &Kind| size_until(&state.kinds[kind], piece) >= state.each;
        given.into_iter().filter(is_full).collect()
    }

    /// All that is named, by table and in order; at most so many as there is room for, but one of each kind.
    pub fn by_table(self) -> BTreeMap<usize, Vec<MisfitCell>> {
        let state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut tables: BTreeMap<usize, Vec<MisfitCell>> = BTreeMap::new();
        for ((table, ..), pieces) in state.kinds {
            let cells = tables.entry(table).or_default();
            cells.extend(pieces.into_values().flatten());
        }
        tables
    }
}

impl State {
    fn cut(&mut self, kind: Kind) {
        let pieces = self
            .kinds
            .get_mut(&kind)
            .expect("only kinds that are there are cut");
        let before = size(pieces);
        let mut left = self.each;
        pieces.retain(|_, cells| {
            cells.truncate(left);
            left -= cells.len();
            !cells.is_empty()
        });
        self.held -= before - (self.each - left);
    }
}

fn size(pieces: &BTreeMap<usize, Vec<MisfitCell>>) -> usize {
    size_until(pieces, usize::MAX)
}

fn size_until(pieces: &BTreeMap<usize, Vec<MisfitCell>>, piece: usize) -> usize {
    pieces.range(..=piece).map(|(_, cells)| cells.len()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migrate::cell::StorageClass;

    fn cells(kind: Kind, rows: std::ops::Range<i64>) -> Vec<(Kind, MisfitCell)> {
        let cell = |row: i64| MisfitCell {
            table: kind.0.to_string(),
            key: vec![("id".to_owned(), row.into())],
            column: kind.1.to_string(),
            class: StorageClass::Text,
            shown: String::new(),
            reason: kind.2,
            target: "date".to_owned(),
            takes_row: false,
        };
        rows.map(|row| (kind, cell(row))).collect()
    }

    fn rows(named: Named) -> Vec<(String, String, Vec<i64>)> {
        let tables = named.by_table().into_values();
        let mut found: Vec<(String, String, Vec<i64>)> = Vec::new();
        for cell in tables.flatten() {
            let row = cell.key[0].1.as_i64().unwrap();
            match found.last_mut() {
                Some((table, column, rows)) if (&*table, &*column) == (&cell.table, &cell.column) => {
                    rows.push(row);
                }
                _ => found.push((cell.table, cell.column, vec![row])),
            }
        }
        found
    }

    const DATES: Kind = (0, 1, Misfit::NotAValue);
    const NAMES: Kind = (0, 2, Misfit::NulCharacter);

    #[test]
    fn pieces_that_end_early_do_not_push_out_rows_before_them() {
        let named = Named::new(4);
        assert_eq!(named.take(2, cells(DATES, 20..23)), []);
        assert_eq!(named.take(1, cells(DATES, 10..12)), []);
        // Four are known in pieces up to the second: it needs to name no more.
        assert_eq!(named.take(2, cells(DATES, 23..24)), [DATES]);
        assert_eq!(named.take(0, cells(DATES, 1..2)), []);
        assert_eq!(
            rows(named),
            [("0".to_owned(), "1".to_owned(), vec![1, 10, 11, 20])]
        );
    }

    #[test]
    fn a_column_with_many_hides_no_other() {
        let named = Named::new(6);
        assert_eq!(named.take(0, cells(DATES, 0..100)), [DATES]);
        assert_eq!(named.take(0, cells(NAMES, 0..2)), []);
        assert_eq!(named.take(1, cells((1, 0, Misfit::NotAValue), 5..6)), []);
        let found: Vec<_> = rows(named).into_iter().map(|(.., rows)| rows).collect();
        assert_eq!(found, [vec![0, 1, 2], vec![0, 1], vec![5]]);
    }

    #[test]
    fn the_order_of_threads_changes_nothing() {
        let parts = [
            (0, cells(DATES, 0..30)),
            (1, cells(DATES, 30..60)),
            (1, cells(NAMES, 30..35)),
            (2, cells(NAMES, 60..99)),
            (3, cells((2, 0, Misfit::Infinite), 0..9)),
        ];
        let told = |order: &[usize]| {
            let named = Named::new(20);
            for &part in order {
                named.take(parts[part].0, parts[part].1.clone());
            }
            rows(named)
        };
        let first = told(&[0, 1, 2, 3, 4]);
        assert_eq!(first.iter().map(|(.., rows)| rows.len()).sum::<usize>(), 18);
        for order in [[4, 3, 2, 1, 0], [2, 4, 0, 3, 1], [3, 1, 4, 0, 2]] {
            assert_eq!(told(&order), first, "{order:?}");
        }
    }
}

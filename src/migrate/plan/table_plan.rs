//! All tables of a file, each with its statements.

use super::create_table::create_table;
use super::draft::{Draft, DraftTable, PrimaryKey, Remarks};
use super::foreign_key::foreign_keys;
use super::names::{Names, TableNames};
use super::primary_key::primary_key;
use super::{TablePlan, index, table_order};
use crate::migrate::sqlite::catalog::Table;
use crate::migrate::sqlite::row_key;

/// The tables, parents before children.
pub(super) fn tables(draft: &mut Draft<'_>, remarks: &mut Remarks) -> Vec<TablePlan> {
    let mut relations = draft.relations.clone();
    let own = index::names(draft, &mut relations);
    let sources: Vec<&Table> = draft.tables.iter().map(|table| table.table).collect();
    let order = table_order::order(&sources);
    let tables = order
        .into_iter()
        .map(|place| table(draft, place, &own[place], &mut relations, remarks));
    let tables = tables.collect();
    draft.relations = relations;
    tables
}

fn table(
    draft: &Draft<'_>,
    place: usize,
    own: &[Option<String>],
    relations: &mut Names,
    remarks: &mut Remarks,
) -> TablePlan {
    let table = &draft.tables[place];
    for note in table.decisions.iter().flat_map(|decision| &decision.notes) {
        // The override to paste stands under the file's name.
        let place = format!("[sqlite.{}.columns]", draft.source.name);
        remarks.notes.push(note.replace("[sqlite.NAME.columns]", &place));
    }
    let mut names = TableNames::new(relations);
    let mut steps = primary_key(table, &mut names);
    steps.extend(index::indexes(draft, place, own, &mut names, remarks));
    let created = create_table(draft, place, &mut names, remarks);
    steps.extend(created.late_checks);
    let (foreign_keys, orphans) = foreign_keys(draft, place, &mut names, remarks);
    TablePlan {
        source: table.table.name.clone(),
        name: table.name.clone(),
        digest_key: digest_key(table),
        columns: created.columns,
        key: row_key(table.table),
        rows: table.seen.rows,
        misfits: Vec::new(),
        misfit_groups: Vec::new(),
        misfit_count: 0,
        create: created.sql,
        indexes: steps,
        foreign_keys,
        sequences: created.sequences,
        orphans,
    }
}

fn digest_key(table: &DraftTable<'_>) -> Vec<usize> {
    match table.key {
        PrimaryKey::Primary | PrimaryKey::TooLong => table.key_columns(),
        PrimaryKey::None | PrimaryKey::Nulls => Vec::new(),
    }
}

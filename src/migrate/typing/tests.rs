//! Declared types, what cells show, and the decisions from both.

mod agreeing;
mod chosen;
mod declarations;
mod evidence;
mod frameworks;

use super::{Decision, Evidence, Framework, Question, all_fit, decide};
use crate::migrate::cell::Cell;
use crate::migrate::encode;
use crate::migrate::settings::{ColumnOverride, Profile};
use crate::migrate::sqlite::catalog::{Check, Column, ForeignKey, Table};

const INT: fn(i64) -> Cell<'static> = Cell::Integer;
const REAL: fn(f64) -> Cell<'static> = Cell::Real;

const fn text(text: &str) -> Cell<'_> {
    Cell::Text(text.as_bytes())
}

fn column(name: &str, declared: &str) -> Column {
    Column {
        name: name.to_owned(),
        declared: declared.to_owned(),
        not_null: false,
        default: None,
        collation: None,
        generated: None,
    }
}

fn table(name: &str, columns: &[(&str, &str)]) -> Table {
    Table {
        name: name.to_owned(),
        sql: String::new(),
        unparsed: None,
        columns: columns
            .iter()
            .map(|(name, declared)| column(name, declared))
            .collect(),
        primary_key: Vec::new(),
        key_name: None,
        key_collations: std::collections::BTreeMap::new(),
        rowid_alias: None,
        autoincrement: false,
        sequence: None,
        without_rowid: false,
        strict: false,
        conflict_clauses: Vec::new(),
        checks: Vec::new(),
        indexes: Vec::new(),
        foreign_keys: Vec::<ForeignKey>::new(),
    }
}

/// A question with nothing told, to be changed.
fn question(table: &Table, column: usize) -> Question<'_> {
    Question {
        table,
        column: &table.columns[column],
        profile: Profile::Native,
        framework: None,
        zone: None,
        told: None,
    }
}

fn evidence(declared: &str, profile: Profile, cells: &[Cell<'_>]) -> Evidence {
    let mut evidence = Evidence::new(declared, profile);
    for cell in cells {
        evidence.note(*cell);
    }
    evidence
}

/// Decides on a column `t.c`, and checks that what is said of misfits is true of the cells.
fn decided_by(declared: &str, cells: &[Cell<'_>], change: impl Fn(&mut Question<'_>)) -> Decision {
    let table = table("t", &[("c", declared)]);
    let mut question = question(&table, 0);
    change(&mut question);
    let evidence = evidence(declared, question.profile, cells);
    let decision = decide(question, &evidence);
    let fits = |cell: &Cell<'_>| encode::field(*cell, &decision.encoding, &mut Vec::new()).is_ok();
    if all_fit(&evidence, &decision.encoding) {
        assert!(cells.iter().all(fits), "{declared} {cells:?}: {decision:?}");
    }
    decision
}

fn decided(declared: &str, cells: &[Cell<'_>]) -> Decision {
    decided_by(declared, cells, |_| {})
}

/// The type that is chosen, as SQL writes it.
fn chosen(declared: &str, cells: &[Cell<'_>]) -> String {
    decided(declared, cells).encoding.target.to_string()
}

fn made_by(framework: Framework) -> impl Fn(&mut Question<'_>) {
    move |question| question.framework = Some(framework)
}

//! Foreign keys: PostgreSQL compares both sides, so that their types must go together.

use super::fitting::{all_fit, fitting};
use super::{Decision, Evidence};
use crate::migrate::encoding::Encoding;
use crate::migrate::sqlite::catalog::Table;
use crate::migrate::target_type::TargetType;

/// A table with what was seen in it and decided on it.
#[derive(Debug)]
pub struct Agreeing<'a> {
    /// The table.
    pub table: &'a Table,
    /// For each of its columns.
    pub evidence: &'a [Evidence],
    /// For each of its columns.
    pub decisions: &'a mut [Decision],
}

/// A column by its table's place and its own.
type Place = (usize, usize);

/// Brings the types of columns that refer and of those they refer to together: first the child takes the parent's type,
/// else the parent the child's, else both become text, always only where every cell fits and nobody has decided on the
/// column. Where nothing does, a note says so and the types stay.
pub fn agree(tables: &mut [Agreeing<'_>]) {
    let pairs = pairs(tables);
    // Each round settles at least one more pair of a chain.
    for _ in 0..=pairs.len() {
        let mut is_changed = false;
        for (child, parent) in &pairs {
            is_changed |= settle(tables, *child, *parent);
        }
        if !is_changed {
            break;
        }
    }
    for (child, parent) in pairs {
        say_if_apart(tables, child, parent);
    }
}

fn pairs(tables: &[Agreeing<'_>]) -> Vec<(Place, Place)> {
    let mut pairs = Vec::new();
    for (place, child) in tables.iter().enumerate() {
        for key in &child.table.foreign_keys {
            let parent = tables
                .iter()
                .position(|table| table.table.name.eq_ignore_ascii_case(&key.parent));
            let Some(parent) = parent else { continue };
            for (column, name) in key.columns.iter().zip(&key.parent_columns) {
                if let Some(referred) = tables[parent].table.column(name) {
                    pairs.push(((place, *column), (parent, referred)));
                }
            }
        }
    }
    pairs
}

/// Whether anything was changed.
fn settle(tables: &mut [Agreeing<'_>], child: Place, parent: Place) -> bool {
    let (from, to) = (encoding(tables, child), encoding(tables, parent));
    if go_together(&from.target, &to.target) {
        return false;
    }
    if takes(tables, child, &to) {
        change(tables, child, &to, "as the column that it refers to");
        return true;
    }
    if takes(tables, parent, &from) {
        change(tables, parent, &from, "as a column that refers to it");
        return true;
    }
    let text = Encoding {
        takes_other_class: true,
        ..Encoding::plain(TargetType::Text)
    };
    if takes(tables, child, &text) && takes(tables, parent, &text) {
        change(tables, child, &text, "so that a foreign key can be made");
        change(tables, parent, &text, "so that a foreign key can be made");
        return true;
    }
    false
}

fn encoding(tables: &[Agreeing<'_>], (table, column): Place) -> Encoding {
    let decision = &tables[table].decisions[column];
    let mut encoding = decision.encoding.clone();
    // A number that refers to text is written as that text.
    encoding.takes_other_class |= matches!(encoding.target, TargetType::Text | TargetType::VarChar(_));
    encoding
}

/// Whether PostgreSQL compares the two in a foreign key, and every value of one kind is one of the other.
fn go_together(one: &TargetType, other: &TargetType) -> bool {
    let kind = |target: &TargetType| match target {
        TargetType::SmallInt | TargetType::Integer | TargetType::BigInt => 1,
        TargetType::Text | TargetType::VarChar(_) => 2,
        TargetType::Numeric(_) => 3,
        _ => 0,
    };
    one == other || (kind(one) != 0 && kind(one) == kind(other))
}

fn takes(tables: &[Agreeing<'_>], (table, column): Place, encoding: &Encoding) -> bool {
    let (table, evidence) = (&tables[table], &tables[table].evidence[column]);
    let decision = &table.decisions[column];
    let is_free = !decision.told && table.table.rowid_alias != Some(column);
    // Cells that fit neither type are no reason to keep the types apart.
    let loses_none = evidence.filled == 0
        || all_fit(evidence, encoding)
        || (fitting(evidence, encoding) > 0
            && fitting(evidence, encoding) >= fitting(evidence, &decision.encoding)
            && fitting(evidence, encoding) * 2 >= evidence.filled);
    is_free && loses_none
}

fn change(tables: &mut [Agreeing<'_>], (table, column): Place, encoding: &Encoding, why: &str) {
    let changed = &mut tables[table];
    let evidence = &changed.evidence[column];
    let is_of_one_class = {
        let plain = Encoding {
            takes_other_class: false,
            ..encoding.clone()
        };
        fitting(evidence, &plain) == evidence.filled
    };
    let name = format!("{}.{}", changed.table.name, changed.table.columns[column].name);
    let decision = &mut changed.decisions[column];
    decision.notes.push(format!(
        "`{name}`: {} instead of {}, {why}",
        encoding.target, decision.encoding.target
    ));
    decision.evidence = format!("{}; {} {why}", decision.evidence, encoding.target);
    decision.encoding = encoding.clone();
    decision.encoding.takes_other_class &= !is_of_one_class;
}

fn say_if_apart(tables: &mut [Agreeing<'_>], child: Place, parent: Place) {
    let (from, to) = (encoding(tables, child), encoding(tables, parent));
    if go_together(&from.target, &to.target) {
        return;
    }
    let name = |(table, column): Place| {
        let table = tables[table].table;
        format!("{}.{}", table.name, table.columns[column].name)
    };
    let (child_name, parent_name) = (name(child), name(parent));
    let note = format!(
        "`{child_name}` is {} and refers to `{parent_name}`, which is {}: a foreign key between them can't be made. Give \
         both one type: `[sqlite.NAME.columns] \"{child_name}\" = {{ type = \"{}\" }}`",
        from.target, to.target, to.target
    );
    let notes = &mut tables[child.0].decisions[child.1].notes;
    if !notes.contains(&note) {
        notes.push(note);
    }
}

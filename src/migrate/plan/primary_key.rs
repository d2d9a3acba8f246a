//! The primary key of a table, or what stands for it.

use super::Step;
use super::draft::{DraftTable, PrimaryKey};
use super::index_part::{self, Part};
use super::names::TableNames;
use crate::migrate::ddl::quoted;

/// The steps that make it.
pub(super) fn primary_key(table: &DraftTable<'_>, names: &mut TableNames<'_>) -> Vec<Step> {
    let columns = table.key_columns();
    let mut steps = match table.key {
        PrimaryKey::None => return Vec::new(),
        PrimaryKey::Primary => vec![constraint(table, &columns, "primary key", names)],
        PrimaryKey::Nulls => vec![constraint(table, &columns, "unique", names)],
        PrimaryKey::TooLong => {
            let parts = columns.iter().map(|&column| {
                let mut part = part(table, column);
                part.digest(table);
                part
            });
            return vec![unique_index(table, &parts.collect::<Vec<_>>(), "pkey", names)];
        }
    };
    let parts: Vec<_> = columns.iter().map(|&column| part(table, column)).collect();
    if !parts.iter().all(Part::is_plain) {
        steps.push(unique_index(table, &parts, "nocase_key", names));
    }
    steps
}

/// A column of the key as SQLite compares it; as it is where PostgreSQL has no way to do so.
fn part(table: &DraftTable<'_>, column: usize) -> Part {
    let collation = table.table.key_collation(column);
    index_part::of_column(table, column, collation, true)
        .or_else(|_| index_part::of_column(table, column, None, true))
        .expect("a column as it is can be a part of an index")
}

fn constraint(table: &DraftTable<'_>, columns: &[usize], kind: &str, names: &mut TableNames<'_>) -> Step {
    let name = names.key(table.table.key_name.as_deref(), &format!("{}_pkey", table.name));
    let list: Vec<_> = columns
        .iter()
        .map(|&column| quoted(&table.columns[column]))
        .collect();
    Step::key(kind, &table.name, &name, &list.join(", "))
}

fn unique_index(table: &DraftTable<'_>, parts: &[Part], ending: &str, names: &mut TableNames<'_>) -> Step {
    let name = names.relation(&format!("{}_{ending}", table.name));
    let list: Vec<_> = parts.iter().map(Part::sql).collect();
    let sql = format!(
        "create unique index {} on {{schema}}.{} ({})",
        quoted(&name),
        quoted(&table.name),
        list.join(", ")
    );
    Step::new(format!("index {name}"), sql)
}

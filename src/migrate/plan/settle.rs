//! Settles which tables are carried, how they are called and of which types their columns are.

use std::collections::BTreeMap;

use turso_parser::ast::{Stmt, TriggerEvent};

use super::Seen;
use super::draft::{Draft, DraftTable, PrimaryKey, Remarks};
use super::names::Names;
use super::{index_part, index_size};
use crate::migrate::ddl::shape::{Shape, TableShape};
use crate::migrate::settings::{ColumnOverride, Profile, Source};
use crate::migrate::sqlite::catalog::{Index, IndexOn, Table};
use crate::migrate::target_type::TargetType;
use crate::migrate::typing::{self, Agreeing, Decision, Framework, Question};

/// The most columns of a table in PostgreSQL.
const MOST_COLUMNS: usize = 1600;

/// Settles a file.
pub(super) fn settle<'a>(source: &'a Source, seen: &'a Seen<'a>, remarks: &mut Remarks) -> Draft<'a> {
    let folded = Draft::folds(source);
    let framework = typing::framework(seen.catalog);
    let mut relations = Names::new(folded);
    let mut tables: Vec<DraftTable<'a>> = Vec::new();
    for (table, seen) in seen.catalog.tables.iter().zip(seen.tables) {
        if !is_carried(source, table, remarks) {
            continue;
        }
        let name = relations.take(&table.name);
        let mut names = Names::of_columns(folded);
        let columns: Vec<_> = table
            .columns
            .iter()
            .map(|column| names.take(&column.name))
            .collect();
        tables.push(DraftTable {
            table,
            seen,
            name,
            columns,
            decisions: Vec::new(),
            key: PrimaryKey::None,
        });
    }
    let mut decisions: Vec<_> = tables
        .iter()
        .map(|table| decisions(source, table, framework))
        .collect();
    let seen_columns = tables.iter().flat_map(|table| &table.seen.columns);
    typing::empty_uuids(seen_columns.zip(decisions.iter_mut().flatten()));
    together(&tables, &mut decisions, super::wants_foreign_keys(source));
    for (table, decisions) in tables.iter_mut().zip(decisions) {
        table.decisions = decisions;
        table.key = key(table, remarks);
    }
    let shape = shape(source, seen, &tables, &mut relations);
    say_unmatched(source, seen, remarks);
    say_collated(&tables, remarks);
    say_renamed(&tables, folded, remarks);
    Draft {
        source,
        seen,
        framework,
        tables,
        shape,
        relations,
    }
}

/// Whether a table is carried; says so where it is not.
pub(super) fn is_carried(source: &Source, table: &Table, remarks: &mut Remarks) -> bool {
    if let Some(pattern) = skipped_by(source, &table.name) {
        remarks.left(
            "table",
            &table.name,
            format!("`skip = [\"{pattern}\"]` leaves it out"),
        );
        return false;
    }
    if table.columns.len() > MOST_COLUMNS {
        let reason = format!(
            "it has {} columns; PostgreSQL takes {MOST_COLUMNS}",
            table.columns.len()
        );
        remarks.left("table", &table.name, reason);
        return false;
    }
    true
}

/// What leaves the table out.
pub(super) fn skipped_by<'s>(source: &'s Source, table: &str) -> Option<&'s str> {
    let mut patterns = source.settings.skip.iter();
    patterns
        .find(|pattern| matches(pattern, table))
        .map(String::as_str)
}

/// Whether a name is what a pattern asks for; `*` stands for any text. Capital letters do not matter, as in SQLite.
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.to_ascii_lowercase(), name.to_ascii_lowercase());
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else {
        return false;
    };
    let mut parts: Vec<_> = parts.collect();
    let Some(last) = parts.pop() else {
        return rest.is_empty();
    };
    for part in parts {
        let Some(place) = rest.find(part) else {
            return false;
        };
        rest = &rest[place + part.len()..];
    }
    rest.ends_with(last)
}

fn decisions(source: &Source, table: &DraftTable<'_>, framework: Option<Framework>) -> Vec<Decision> {
    let columns = table.table.columns.iter().enumerate();
    columns
        .zip(&table.seen.columns)
        .map(|((place, column), evidence)| {
            let question = Question {
                table: table.table,
                column,
                profile: source.settings.profile,
                framework,
                zone: source.settings.zone,
                told: told(source, &table.table.name, &column.name),
            };
            let decision = typing::decide(question, evidence);
            if decision.encoding.target == TargetType::Json && is_indexed(table.table, place) {
                as_text(decision)
            } else {
                decision
            }
        })
        .collect()
}

/// Settles what one column says of another: empty ones follow those with cells, and where foreign keys are made, those that
/// refer and those they refer to get types that go together.
fn together(tables: &[DraftTable<'_>], decisions: &mut [Vec<Decision>], has_keys: bool) {
    let both = tables.iter().zip(decisions);
    let both = both.map(|(table, decisions)| Agreeing {
        table: table.table,
        evidence: &table.seen.columns,
        decisions,
    });
    let mut both: Vec<_> = both.collect();
    typing::follow_others(&mut both);
    if has_keys {
        typing::agree(&mut both);
    }
}

/// What a person has decided for a column; its own name goes before a pattern.
pub(super) fn told<'s>(source: &'s Source, table: &str, column: &str) -> Option<&'s ColumnOverride> {
    let wanted = format!("{table}.{column}");
    let find = |is_meant: &dyn Fn(&str) -> bool| {
        let mut columns = source.settings.columns.iter();
        columns.find_map(|(name, told)| is_meant(name).then_some(told))
    };
    find(&|name| name.eq_ignore_ascii_case(&wanted)).or_else(|| find(&|name| matches(name, &wanted)))
}

/// PostgreSQL's `json` has no order and no equality, so that no index and no key can be over it.
fn as_text(mut decision: Decision) -> Decision {
    decision.encoding.target = TargetType::Text;
    decision
        .evidence
        .push_str("; text, because an index or key is over it");
    decision
}

fn is_indexed(table: &Table, column: usize) -> bool {
    let over = |index: &Index| {
        index
            .parts
            .iter()
            .any(|part| matches!(part.on, IndexOn::Column(on) if on == column))
    };
    table.primary_key.contains(&column)
        || table.indexes.iter().any(over)
        || table.foreign_keys.iter().any(|key| key.columns.contains(&column))
}

fn key(table: &DraftTable<'_>, remarks: &mut Remarks) -> PrimaryKey {
    let columns = table.key_columns();
    let nulls = columns
        .iter()
        .find(|&&column| table.seen.columns[column].nulls > 0);
    if columns.is_empty() {
        PrimaryKey::None
    } else if let Some(&column) = nulls.filter(|&&column| !table.table.columns[column].not_null) {
        let count = table.seen.columns[column].nulls;
        remarks.notes.push(format!(
            "the primary key of `{}` becomes a UNIQUE constraint: `{}` is NULL in {count} {}, which SQLite allows and \
             PostgreSQL does not",
            table.table.name,
            table.table.columns[column].name,
            if count == 1 { "row" } else { "rows" },
        ));
        PrimaryKey::Nulls
    } else if index_size::too_long(table, columns.iter().copied()) {
        remarks.notes.push(format!(
            "the primary key of `{}` becomes a unique index over `md5(…)`: it has values that are too long for an index \
             of PostgreSQL; no foreign key can refer to it",
            table.table.name,
        ));
        PrimaryKey::TooLong
    } else {
        PrimaryKey::Primary
    }
}

fn shape(source: &Source, seen: &Seen<'_>, tables: &[DraftTable<'_>], relations: &mut Names) -> Shape {
    let views = seen.catalog.views.iter().map(|view| TableShape {
        source: view.name.clone(),
        name: relations.take(&view.name),
        columns: Vec::new(),
        primary_key: Vec::new(),
        unique: Vec::new(),
        rowid_alias: None,
        irreplaceable: None,
    });
    let views: Vec<_> = views.collect();
    Shape {
        schema: source.schema.clone(),
        folded: Draft::folds(source),
        affinity: source.settings.profile == Profile::Affinity,
        tables: tables
            .iter()
            .map(|table| TableShape {
                irreplaceable: irreplaceable(source, seen, &table.table.name),
                ..table.shape()
            })
            .chain(views)
            .collect(),
    }
}

/// What happens in SQLite when `INSERT OR REPLACE` deletes a row of a table and inserts it anew, and not when it is updated.
fn irreplaceable(source: &Source, seen: &Seen<'_>, table: &str) -> Option<String> {
    let mut children = seen.catalog.tables.iter();
    let child = children.find(|child| {
        super::wants_foreign_keys(source)
            && child
                .foreign_keys
                .iter()
                .any(|key| key.parent.eq_ignore_ascii_case(table) && key.on_delete != "NO ACTION")
    });
    if let Some(child) = child {
        return Some(format!(
            "`{}` refers to it with an `ON DELETE`, which acts on the row that is replaced",
            child.name
        ));
    }
    let mut triggers = seen.catalog.triggers.iter();
    let trigger = triggers.find(|trigger| {
        trigger.table.eq_ignore_ascii_case(table)
            && !matches!(
                trigger.statement.as_deref(),
                Ok(Stmt::CreateTrigger {
                    event: TriggerEvent::Delete,
                    ..
                })
            )
    })?;
    Some(format!(
        "its trigger `{}` would take the row that is replaced for one that is updated",
        trigger.name
    ))
}

/// Says which columns compare in SQLite in a way that PostgreSQL's text does not.
fn say_collated(tables: &[DraftTable<'_>], remarks: &mut Remarks) {
    let mut collated: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for table in tables {
        for (place, column) in table.table.columns.iter().enumerate() {
            let collation = column.collation.as_deref();
            if let Some(collation) = collation.filter(|_| index_part::is_collated(table, place, collation)) {
                let name = format!("`{}.{}`", table.table.name, column.name);
                collated.entry(collation).or_default().push(name);
            }
        }
    }
    for (collation, columns) in collated {
        let columns = columns.join(", ");
        let instead = match collation {
            "NOCASE" => "; compare `lower(…)` on both sides there",
            "RTRIM" => "; compare `rtrim(…)` on both sides there",
            _ => "",
        };
        remarks.notes.push(format!(
            "{columns}: SQLite compares under the collation {collation}, and PostgreSQL exactly{instead}"
        ));
    }
}

/// Says which patterns leave nothing out; names without `*` were refused before.
fn say_unmatched(source: &Source, seen: &Seen<'_>, remarks: &mut Remarks) {
    for pattern in &source.settings.skip {
        if !seen
            .catalog
            .tables
            .iter()
            .any(|table| matches(pattern, &table.name))
        {
            let note = format!("`skip = [\"{pattern}\"]` leaves nothing out: no table is called so");
            remarks.notes.push(note);
        }
    }
}

/// Says which names are others than the rule alone would give.
fn say_renamed(tables: &[DraftTable<'_>], folded: bool, remarks: &mut Remarks) {
    let expected = |name: &str| {
        if folded {
            name.to_ascii_lowercase()
        } else {
            name.to_owned()
        }
    };
    let mut say = |what: &str, source: &str, name: &str| {
        remarks.notes.push(format!(
            "the {what} `{source}` is called `{name}` in PostgreSQL, which can not take its name as it is"
        ));
    };
    for table in tables {
        if table.name != expected(&table.table.name) {
            say("table", &table.table.name, &table.name);
        }
        for (column, name) in table.table.columns.iter().zip(&table.columns) {
            if *name != expected(&column.name) {
                say("column", &format!("{}.{}", table.table.name, column.name), name);
            }
        }
    }
}

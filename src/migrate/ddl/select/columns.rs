//! The columns of a result: their names, their types over all arms, and how a query around it sees them.

use turso_parser::ast::CompoundOperator;

use super::super::clock;
use super::super::compare::unify;
use super::super::quoted;
use super::super::scope::ScopeTable;
use super::super::shape::ColumnShape;
use super::super::translator::Translator;
use super::super::typed::{Collation, Kind, Translated, refuse};
use super::super::view::column_name;
use super::arm::Arm;
use super::{Output, operator};
use crate::migrate::target_type::TargetType;
use crate::migrate::written::Written;

/// The columns under the names that a list gives them; without a list as they are.
pub(in crate::migrate::ddl) fn rename(mut columns: Vec<Output>, names: &[&str]) -> Translated<Vec<Output>> {
    if names.is_empty() {
        return Ok(columns);
    }
    if names.len() != columns.len() {
        return refuse("a list of column names is shorter or longer than the result");
    }
    for (column, name) in columns.iter_mut().zip(names) {
        (*name).clone_into(&mut column.source);
    }
    Ok(columns)
}

/// A result as a table in sight, each column under a name of its own.
pub(in crate::migrate::ddl) fn derived(name: &str, columns: &[Output], folded: bool) -> ScopeTable {
    ScopeTable {
        source: name.to_owned(),
        prefix: quoted(name),
        columns: shapes(columns, folded),
        rowid_alias: None,
        has_rowid: false,
        primary_key: Vec::new(),
        named_only: false,
    }
}

/// The columns of a result as those of a table.
pub(in crate::migrate::ddl) fn shapes(columns: &[Output], folded: bool) -> Vec<ColumnShape> {
    let mut shapes: Vec<ColumnShape> = Vec::with_capacity(columns.len());
    for column in columns {
        let mut source = column.source.clone();
        let taken = |shapes: &[ColumnShape], name: &str| {
            shapes.iter().any(|shape| shape.source.eq_ignore_ascii_case(name))
        };
        let mut count = 0;
        while taken(&shapes, &source) {
            count += 1;
            source = format!("{}:{count}", column.source);
        }
        shapes.push(ColumnShape {
            name: column_name(&source, folded),
            source,
            declared: column.typed.declared.clone().unwrap_or_default(),
            target: column.typed.kind.target().unwrap_or(TargetType::Text),
            moments: column.typed.moments,
            written: match column.typed.kind {
                Kind::Text => Written::Nothing,
                _ => column.typed.written,
            },
            collation: match column.typed.compared() {
                Collation::Binary => None,
                Collation::NoCase => Some("NOCASE".to_owned()),
                Collation::RTrim => Some("RTRIM".to_owned()),
            },
        });
    }
    shapes
}

/// The arms as one statement, their columns in one type each.
pub(super) fn finished(
    translator: &Translator<'_>,
    mut arms: Vec<(Option<CompoundOperator>, Arm)>,
) -> Translated<(String, Vec<Output>)> {
    let width = arms[0].1.columns.len();
    if arms.iter().any(|(_, arm)| arm.columns.len() != width) {
        return refuse("the parts of a compound differ in columns");
    }
    let all = arms
        .iter()
        .all(|(word, _)| matches!(word, None | Some(CompoundOperator::UnionAll)));
    for (_, arm) in &arms {
        if !all {
            tell_apart(&arm.columns)?;
        }
    }
    // INTERSECT binds more tightly in PostgreSQL; SQLite goes from left to right.
    let mixed = arms.len() > 2
        && arms
            .iter()
            .any(|(word, _)| *word == Some(CompoundOperator::Intersect))
        && arms
            .iter()
            .any(|(word, _)| word.is_some_and(|word| word != CompoundOperator::Intersect));
    if mixed {
        return refuse("`INTERSECT` is mixed with other compounds");
    }
    for place in 0..width {
        let parts: Vec<_> = arms
            .iter()
            .map(|(_, arm)| arm.columns[place].typed.clone())
            .collect();
        let (any, sql) = unify(translator.shape, &parts)?;
        let kind = any.kind;
        if !all || arms.iter().any(|(_, arm)| !arm.head.is_empty()) {
            clock::tells_apart(&any)?;
        }
        let Some(target) = kind.target() else {
            return refuse(format!("{} is a column of the result", kind.name()));
        };
        let count = arms.len();
        for ((_, arm), sql) in arms.iter_mut().zip(sql) {
            let typed = &mut arm.columns[place].typed;
            let told = typed.value.is_some() || typed.kind == Kind::Null || kind == Kind::Null || count > 1;
            typed.sql = match (kind, told) {
                (Kind::Boolean, _) if translator.shape.affinity => format!("({sql}::integer::bigint)"),
                (_, true) => format!("({sql}::{target})"),
                _ => sql,
            };
            if kind == Kind::Boolean && translator.shape.affinity {
                typed.kind = Kind::Integer;
            } else {
                typed.kind = kind;
            }
            typed.value = None;
            (typed.written, typed.moments) = (any.written, any.moments);
        }
    }
    let mut sql = String::new();
    for (word, arm) in &arms {
        if let Some(word) = word {
            sql = format!("{sql} {} ", operator(*word));
        }
        let list: Vec<_> = arm
            .columns
            .iter()
            .map(|column| column.typed.sql.as_str())
            .collect();
        let (head, tail) = (arm.head, &arm.tail);
        sql = format!("{sql}SELECT {head}{}{tail}", list.join(", "));
    }
    let (_, first) = arms.swap_remove(0);
    Ok((sql, first.columns))
}

/// DISTINCT and compounds tell rows apart by what PostgreSQL finds equal.
pub(super) fn tell_apart(columns: &[Output]) -> Translated<()> {
    for column in columns {
        if matches!(column.typed.kind, Kind::Json | Kind::JsonValue) {
            return refuse("rows are told apart by JSON");
        }
        if column.typed.kind == Kind::Text && column.typed.compared() != Collation::Binary {
            return refuse("rows are told apart by text without regard to its case");
        }
    }
    Ok(())
}

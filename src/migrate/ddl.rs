//! SQL of SQLite -> SQL of PostgreSQL, from a real parse. Pure.

pub mod shape;

mod aggregate;
mod arithmetic;
mod assign;
mod cast;
mod clock;
mod compare;
mod default;
mod from;
mod function;
mod iso;
mod json;
mod moment;
mod pattern;
mod room;
mod scope;
mod select;
mod translator;
mod trigger;
mod typed;
mod view;

use turso_parser::ast::Expr;

use super::sqlite::catalog::{Trigger, View};
use super::target_type::TargetType;
use room::with_room;
use scope::{Scope, ScopeTable};
use shape::{Shape, TableShape};
use translator::{Allowed, Translator};
use typed::{Kind, refuse};

/// Why something was not translated: a fragment for people, such as "`glob()` has no counterpart".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Untranslated(pub String);

/// What an expression is used for, which decides what it may hold and what it must give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose<'a> {
    /// A CHECK or the filter of an index: it must give a boolean.
    Condition,
    /// A generated column of this type: it must be immutable.
    Generated(&'a TargetType),
    /// A part of an index: it must be immutable.
    IndexPart,
}

/// An expression over the columns of one table.
pub fn expression(
    expression: &Expr,
    table: &TableShape,
    shape: &Shape,
    purpose: Purpose<'_>,
) -> Result<String, Untranslated> {
    with_room(|| {
        let scope = Scope::single(ScopeTable::of(table, &table.source, String::new()));
        let typed = Translator::new(shape, Allowed::Immutable, scope).expression(expression)?;
        match purpose {
            Purpose::Condition => typed.truth(),
            Purpose::Generated(target) => assign::assign(&typed, target),
            Purpose::IndexPart => match typed.kind {
                Kind::Json | Kind::JsonB | Kind::JsonValue | Kind::Other => {
                    refuse(format!("PostgreSQL has no order for {}", typed.kind.name()))
                }
                Kind::Text => Ok(compare::collated(&typed.sql, typed.compared(), false)),
                // What is no text has no collation, whatever SQLite was told of its column.
                _ => Ok(typed.sql),
            },
        }
    })
}

/// The default of a column of this type, from SQLite's text of it; `None` where it says NULL.
pub fn default(text: &str, target: &TargetType) -> Result<Option<String>, Untranslated> {
    with_room(|| default::default(text, target))
}

/// All views of a file, those that others read from first: for each its place in `views`, and the statements that make it.
/// `shape` must hold an entry for each, which gives its name; its columns are filled in.
pub fn views(views: &[View], shape: &mut Shape) -> Vec<(usize, Result<Vec<String>, Untranslated>)> {
    view::views(views, shape)
}

/// The statements that make a trigger and its function, `name` being that of both in PostgreSQL.
pub fn trigger(trigger: &Trigger, name: &str, shape: &Shape) -> Result<Vec<String>, Untranslated> {
    with_room(|| trigger::trigger(trigger, name, shape))
}

/// A name in double quotes.
#[must_use]
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text in single quotes, whatever `standard_conforming_strings` says.
#[must_use]
pub fn literal(text: &str) -> String {
    let doubled = text.replace('\'', "''");
    if doubled.contains('\\') {
        format!("E'{}'", doubled.replace('\\', "\\\\"))
    } else {
        format!("'{doubled}'")
    }
}

#[cfg(test)]
mod tests;

//! SQL of SQLite -> SQL of PostgreSQL, from a real parse. Pure.

pub mod shape;

use turso_parser::ast::Expr;

use super::sqlite::catalog::{Trigger, View};
use super::target_type::TargetType;
use shape::{Shape, TableShape};

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
    let _ = (expression, table, shape, purpose);
    Err(Untranslated(String::new()))
}

/// The default of a column of this type, from SQLite's text of it; `None` where it says NULL.
pub fn default(text: &str, target: &TargetType) -> Result<Option<String>, Untranslated> {
    let _ = (text, target);
    Err(Untranslated(String::new()))
}

/// The statements that make a view in its schema.
pub fn view(view: &View, name: &str, shape: &Shape) -> Result<Vec<String>, Untranslated> {
    let _ = (view, name, shape);
    Err(Untranslated(String::new()))
}

/// The statements that make a trigger and its function, `name` being the trigger's in PostgreSQL.
pub fn trigger(trigger: &Trigger, name: &str, shape: &Shape) -> Result<Vec<String>, Untranslated> {
    let _ = (trigger, name, shape);
    Err(Untranslated(String::new()))
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

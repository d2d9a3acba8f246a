//! The text of stack.toml as a tree with spans, one environment merged into it.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problems::Problems;
use crate::diagnostic::{Code, Diagnostic};

/// Parses the text. Where it is not TOML, every syntax error is told and nothing is given back.
pub fn parse<'i>(text: &'i str, problems: &mut Problems) -> Option<Spanned<DeTable<'i>>> {
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        let span = error.span().unwrap_or(0..0);
        let message = error.message().trim_end_matches('.');
        problems.push(Diagnostic::error(
            Code::Syntax,
            span,
            format!("not valid TOML: {message}"),
        ));
    }
    errors.is_empty().then_some(table)
}

/// Lays one table over another, key by key; anything that is not a table on both sides is replaced.
pub fn merge<'i>(base: &mut DeTable<'i>, over: &DeTable<'i>) {
    for (key, value) in over {
        match (
            base.get_mut(key.get_ref().as_ref()).map(Spanned::get_mut),
            value.get_ref(),
        ) {
            (Some(DeValue::Table(below)), DeValue::Table(above)) => merge(below, above),
            _ => {
                base.insert(key.clone(), value.clone());
            }
        }
    }
}

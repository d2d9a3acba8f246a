//! SELECT.

use turso_parser::ast::{Expr, Select};

use super::translator::Translator;
use super::typed::{Translated, Typed, refuse};

/// A column of a result.
#[derive(Debug, Clone)]
pub(super) struct Output {
    /// Its name in SQLite.
    pub source: String,
    /// What it gives.
    pub typed: Typed,
}
pub(super) fn select(translator: &mut Translator<'_>, select: &Select) -> Translated<(String, Vec<Output>)> {
    let _ = (translator, select);
    refuse("x")
}
pub(super) fn scalar(translator: &mut Translator<'_>, select: &Select) -> Translated {
    let _ = (translator, select);
    refuse("x")
}
pub(super) fn in_select(
    translator: &mut Translator<'_>,
    left: &Expr,
    not: bool,
    select: &Select,
) -> Translated {
    let _ = (translator, select, left, not);
    refuse("x")
}

//! Defaults of columns.

use turso_parser::ast::{Expr, OneSelect, ResultColumn, Stmt};

use super::assign::assign;
use super::scope::Scope;
use super::shape::Shape;
use super::translator::{Allowed, Translator};
use super::typed::{Kind, Translated, Typed, Value, refuse};
use crate::migrate::sqlite::parse::statement;
use crate::migrate::target_type::TargetType;

/// Longer texts are no default that anybody wrote.
const LONGEST: usize = 1 << 20;

/// The default of a column of this type; `None` where it says NULL.
pub(super) fn default(text: &str, target: &TargetType) -> Translated<Option<String>> {
    let expression = parsed(text)?;
    let typed = match &expression {
        // A bare word is text to SQLite; TRUE and FALSE are not words.
        Expr::Id(name) if name.quoted() || !is_truth(name.as_str()) => {
            Typed::constant(Value::Text(name.as_str().to_owned()))
        }
        Expr::Name(name) if !is_truth(name.as_str()) => {
            Typed::constant(Value::Text(name.as_str().to_owned()))
        }
        expression => {
            let shape = Shape {
                schema: String::new(),
                folded: false,
                affinity: false,
                tables: Vec::new(),
            };
            Translator::new(&shape, Allowed::Moving, Scope::default()).expression(expression)?
        }
    };
    if typed.kind == Kind::Null {
        return Ok(None);
    }
    assign(&typed, target).map(Some)
}

fn is_truth(word: &str) -> bool {
    word.eq_ignore_ascii_case("true") || word.eq_ignore_ascii_case("false")
}

/// The expression that a text is.
fn parsed(text: &str) -> Translated<Expr> {
    if text.len() > LONGEST {
        return refuse("it is too long");
    }
    let select = match statement(&format!("SELECT {text}\n")) {
        Ok(Stmt::Select(select)) => select,
        Ok(_) => return refuse("it is no expression"),
        Err(error) => return refuse(format!("it is not understood: {error}")),
    };
    match select.body.select {
        OneSelect::Select {
            columns,
            from: None,
            where_clause: None,
            group_by: None,
            ..
        } if select.body.compounds.is_empty() && select.order_by.is_empty() && select.limit.is_none() => {
            match columns.into_iter().collect::<Vec<_>>().as_slice() {
                [ResultColumn::Expr(expression, _)] => Ok((**expression).clone()),
                _ => refuse("it is no single expression"),
            }
        }
        _ => refuse("it is no expression"),
    }
}

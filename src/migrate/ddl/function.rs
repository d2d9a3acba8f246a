//! Functions, by name.

mod number;
mod text;

use turso_parser::ast::{Expr, FunctionTail, SortedColumn};

use super::compare::{Comparison, compare, unify};
use super::translator::Translator;
use super::typed::{Kind, Translated, Typed, Value, refuse};
use super::{aggregate, json, moment, pattern};
use crate::migrate::written::Written;

/// A call as it is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Call<'a> {
    /// The function's name in small letters.
    pub name: &'a str,
    /// Whether `DISTINCT` stands before the arguments.
    pub distinct: bool,
    /// The arguments.
    pub arguments: &'a [Box<Expr>],
    /// `ORDER BY` inside the brackets.
    pub order_by: &'a [SortedColumn],
    /// `FILTER` and `OVER`.
    pub tail: &'a FunctionTail,
}

/// Translates a call.
pub(super) fn call(translator: &mut Translator<'_>, call: &Call<'_>) -> Translated {
    if let Some(typed) = aggregate::call(translator, call)? {
        return Ok(typed);
    }
    if call.tail.over_clause.is_some() || call.tail.filter_clause.is_some() || call.distinct {
        return refuse(format!("`{}()` is no aggregate", call.name));
    }
    if let Some(typed) = moment::call(translator, call.name, call.arguments)? {
        return Ok(typed);
    }
    let arguments = translator.expressions(call.arguments)?;
    if let Some(typed) = general(translator, call.name, &arguments)? {
        return Ok(typed);
    }
    if let Some(typed) = text::call(translator.allowed, call.name, &arguments)? {
        return Ok(typed);
    }
    if let Some(typed) = number::call(translator, call.name, &arguments)? {
        return Ok(typed);
    }
    if let Some(typed) = json::call(call.name, &arguments)? {
        return Ok(typed);
    }
    refuse(format!("the function `{}()` has no counterpart", call.name))
}

fn general(translator: &Translator<'_>, name: &str, arguments: &[Typed]) -> Translated<Option<Typed>> {
    let shape = translator.shape;
    Ok(Some(match (name, arguments) {
        ("ifnull", [_, _]) | ("coalesce", [_, _, ..]) => {
            let (any, parts) = unify(shape, arguments)?;
            Typed {
                sql: format!("coalesce({})", parts.join(", ")),
                ..any
            }
        }
        ("nullif", [value, other]) => {
            let equal = compare(Comparison::Equal, value, other)?;
            let sql = format!("(CASE WHEN {} THEN NULL ELSE {} END)", equal.sql, value.sql);
            Typed::new(value.kind, sql).written_as(value)
        }
        ("iif" | "if", [condition, yes, no]) => {
            let (any, parts) = unify(shape, &[yes.clone(), no.clone()])?;
            let sql = format!(
                "(CASE WHEN {} THEN {} ELSE {} END)",
                condition.truth()?,
                parts[0],
                parts[1]
            );
            Typed { sql, ..any }
        }
        ("iif" | "if", [condition, yes]) => Typed::new(
            yes.kind,
            format!("(CASE WHEN {} THEN {} END)", condition.truth()?, yes.sql),
        )
        .written_as(yes),
        ("likely" | "unlikely", [value]) | ("likelihood", [value, _]) => Typed {
            affinity: super::typed::Affinity::None,
            ..value.clone()
        },
        // The pattern stands first in the function's form.
        ("like", [pattern, value]) => pattern::matches(value, false, pattern, None)?,
        ("like", [pattern, value, escape]) => pattern::matches(value, false, pattern, Some(escape))?,
        ("glob", [pattern, value]) => pattern::glob(value, false, pattern)?,
        ("typeof", [value]) => type_of(value)?,
        ("random", []) => {
            translator.moving("`random()`")?;
            let bytes = number::random_bytes(8);
            Typed::new(
                Kind::Integer,
                format!("(('x' || encode({bytes}, 'hex'))::bit(64)::bigint)"),
            )
        }
        ("randomblob", [value]) => match value.value {
            Some(Value::Integer(length @ 1..=1024)) => {
                translator.moving("`randomblob()`")?;
                Typed::new(Kind::Blob, number::random_bytes(length))
            }
            _ => return refuse("the length of `randomblob()` is not a constant from 1 to 1024"),
        },
        _ => return Ok(None),
    }))
}

/// What SQLite's `typeof` says of every cell of a type.
fn type_of(value: &Typed) -> Translated {
    use crate::migrate::encoding::Moments;
    let name = match value.kind {
        Kind::Null => return Ok(Typed::constant(Value::Text("null".to_owned()))),
        Kind::Boolean if value.written == Written::Letters => "text",
        _ if matches!(value.written, Written::Mixed { .. }) => {
            return refuse("`typeof()` depends on the row");
        }
        Kind::Boolean | Kind::Integer => "integer",
        Kind::Real => "real",
        Kind::Text | Kind::Json | Kind::JsonB | Kind::Time => "text",
        Kind::Blob => "blob",
        _ if value.is_moment() => match value.moments {
            Moments::Iso => "text",
            _ => return refuse("`typeof()` of a moment depends on the row"),
        },
        kind => return refuse(format!("`typeof()` of {} depends on the row", kind.name())),
    };
    Ok(Typed::new(
        Kind::Text,
        format!("(CASE WHEN {} IS NULL THEN 'null' ELSE '{name}' END)", value.sql),
    ))
}

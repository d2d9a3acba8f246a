//! Aggregates and window functions.

use turso_parser::ast::{
    FrameBound, FrameClause, FrameExclude, FrameMode, FunctionTail, NullsOrder, Over, SortOrder,
    SortedColumn, Window,
};

use super::function::Call;
use super::quoted;
use super::translator::{Allowed, Translator, ordered};
use super::typed::{Kind, Translated, Typed, Value, refuse};
use crate::migrate::written::Written;

/// `count(*)`.
pub(super) fn count_star(translator: &mut Translator<'_>, name: &str, tail: &FunctionTail) -> Translated {
    if !name.eq_ignore_ascii_case("count") {
        return refuse(format!("`{name}(*)` is not translated"));
    }
    allowed(translator, name)?;
    let sql = tailed(translator, "count(*)".to_owned(), tail)?;
    Ok(Typed::new(Kind::Integer, sql))
}

/// A call; `None` where the name is no aggregate's and no window function's.
pub(super) fn call(translator: &mut Translator<'_>, call: &Call<'_>) -> Translated<Option<Typed>> {
    let window_only = matches!(
        call.name,
        "row_number"
            | "rank"
            | "dense_rank"
            | "percent_rank"
            | "cume_dist"
            | "ntile"
            | "lag"
            | "lead"
            | "first_value"
            | "last_value"
            | "nth_value"
    );
    let aggregate = match call.name {
        "count" | "sum" | "total" | "avg" | "group_concat" | "string_agg" => true,
        "min" | "max" => call.arguments.len() == 1,
        _ => false,
    };
    if !aggregate && !window_only {
        return Ok(None);
    }
    if window_only && call.tail.over_clause.is_none() {
        return refuse(format!("`{}()` has no `OVER`", call.name));
    }
    allowed(translator, call.name)?;
    let before = translator.bare.len();
    let arguments = translator.expressions(call.arguments)?;
    if call.tail.over_clause.is_none() {
        translator.bare.truncate(before);
    }
    if window_only {
        window(translator, call, &arguments)
    } else {
        plain(translator, call, &arguments)
    }
    .map(Some)
}

fn allowed(translator: &mut Translator<'_>, name: &str) -> Translated<()> {
    if translator.allowed != Allowed::Anything {
        return refuse(format!("the aggregate `{name}()` may not stand here"));
    }
    Ok(())
}

fn plain(translator: &mut Translator<'_>, call: &Call<'_>, arguments: &[Typed]) -> Translated {
    let distinct = if call.distinct { "DISTINCT " } else { "" };
    let (kind, sql, cast) = match (call.name, arguments) {
        ("count", []) => (Kind::Integer, "count(*)".to_owned(), ""),
        ("count", [value]) => (
            Kind::Integer,
            format!("count({distinct}{})", compared(value, call.distinct)?),
            "",
        ),
        ("sum" | "total" | "avg", [value]) => {
            let value = value.operand()?;
            let kind = match (call.name, value.kind) {
                ("sum", Kind::Null) => Kind::Integer,
                ("sum", kind) => kind,
                _ => Kind::Real,
            };
            let function = if call.name == "avg" { "avg" } else { "sum" };
            let operand = match (kind, value.kind) {
                (Kind::Real, Kind::Real) | (Kind::Integer | Kind::Numeric, _) => {
                    super::arithmetic::wide(&value)
                }
                _ => format!("{}::double precision", value.sql),
            };
            let cast = if kind == Kind::Integer { "bigint" } else { "" };
            (kind, format!("{function}({distinct}{operand})"), cast)
        }
        ("min" | "max", [value]) => {
            let function = match (value.kind, call.name) {
                (Kind::Boolean, "min") => "bool_and",
                (Kind::Boolean, _) => "bool_or",
                (
                    Kind::Uuid
                    | Kind::Blob
                    | Kind::Json
                    | Kind::JsonB
                    | Kind::JsonValue
                    | Kind::Other
                    | Kind::Null,
                    _,
                ) => {
                    return refuse(format!(
                        "PostgreSQL has no `{}()` of {}",
                        call.name,
                        value.kind.name()
                    ));
                }
                (_, name) => name,
            };
            if value.kind == Kind::Text && value.compared() != super::typed::Collation::Binary {
                return refuse(format!(
                    "`{}()` in the column's collation is not translated",
                    call.name
                ));
            }
            super::clock::key(value)?;
            if value.is_clock() && matches!(value.written, Written::Clock(form) if !form.is_ordered()) {
                return refuse("the order of the dates is not that of their texts");
            }
            (
                value.kind,
                format!("{function}({distinct}{})", ordered(value)),
                "",
            )
        }
        ("group_concat" | "string_agg", [value, between @ ..]) if between.len() <= 1 => {
            let between = between.first().map_or(Ok("','".to_owned()), Typed::text)?;
            let order = order_by(translator, call.order_by, "")?;
            (
                Kind::Text,
                format!("string_agg({distinct}{}, {between}{order})", value.text()?),
                "",
            )
        }
        _ => return refuse(format!("`{}()` has an odd number of arguments", call.name)),
    };
    if !call.order_by.is_empty() && kind != Kind::Text {
        return refuse(format!("`ORDER BY` inside `{}()` is not translated", call.name));
    }
    let mut sql = tailed(translator, sql, call.tail)?;
    if call.name == "total" {
        sql = format!("coalesce({sql}, 0)");
    }
    if !cast.is_empty() {
        sql = format!("({sql}::{cast})");
    }
    Ok(match (call.name, arguments) {
        ("min" | "max" | "sum", [value]) => Typed::new(kind, sql).written_as(value),
        _ => Typed::new(kind, sql),
    })
}

/// A value as DISTINCT tells it apart.
fn compared(value: &Typed, distinct: bool) -> Translated<String> {
    if distinct {
        super::clock::tells_apart(value)?;
    }
    Ok(match value.kind {
        Kind::Text if distinct => super::compare::collated(&value.sql, value.compared(), false),
        Kind::Json | Kind::JsonValue if distinct => {
            return refuse("JSON is told apart by its text in SQLite");
        }
        _ => value.sql.clone(),
    })
}

fn window(translator: &mut Translator<'_>, call: &Call<'_>, arguments: &[Typed]) -> Translated {
    let whole = |typed: &Typed| match typed.value {
        Some(Value::Integer(number)) if i32::try_from(number).is_ok() => Ok(number),
        _ => refuse(format!("`{}()` gets what is no constant", call.name)),
    };
    let name = call.name;
    let mut like = arguments
        .first()
        .cloned()
        .unwrap_or_else(|| Typed::new(Kind::Null, ""));
    let (kind, sql) = match (name, arguments) {
        ("row_number" | "rank" | "dense_rank", []) => (Kind::Integer, format!("{name}()")),
        ("percent_rank" | "cume_dist", []) => (Kind::Real, format!("{name}()")),
        ("ntile", [parts]) => (Kind::Integer, format!("ntile({})", whole(parts)?)),
        ("lag" | "lead" | "first_value" | "last_value", [value]) => {
            (value.kind, format!("{name}({})", value.sql))
        }
        ("lag" | "lead" | "nth_value", [value, place]) => {
            (value.kind, format!("{name}({}, {})", value.sql, whole(place)?))
        }
        ("lag" | "lead", [value, place, other]) => {
            let (any, parts) = super::compare::unify(translator.shape, &[value.clone(), other.clone()])?;
            let kind = any.kind;
            like = any;
            let cast = kind
                .target()
                .map_or(String::new(), |target| format!("::{target}"));
            let sql = format!(
                "{name}({}{cast}, {}, {}{cast})",
                parts[0],
                whole(place)?,
                parts[1]
            );
            (kind, sql)
        }
        _ => return refuse(format!("`{name}()` has an odd number of arguments")),
    };
    let sql = tailed(translator, sql, call.tail)?;
    Ok(match name {
        "ntile" => Typed::new(kind, format!("({sql}::bigint)")),
        "lag" | "lead" | "first_value" | "last_value" | "nth_value" => {
            Typed::new(kind, sql).written_as(&like)
        }
        _ => Typed::new(kind, sql),
    })
}

/// With `FILTER` and `OVER`.
fn tailed(translator: &mut Translator<'_>, mut sql: String, tail: &FunctionTail) -> Translated<String> {
    if let Some(filter) = &tail.filter_clause {
        let before = translator.bare.len();
        let condition = translator.condition(filter)?;
        if tail.over_clause.is_none() {
            translator.bare.truncate(before);
        }
        sql = format!("{sql} FILTER (WHERE {condition})");
    }
    match &tail.over_clause {
        None => {
            if let Some(seen) = translator.aggregates.last_mut() {
                *seen = true;
            }
            if tail.filter_clause.is_some() {
                sql = format!("({sql})");
            }
        }
        Some(Over::Name(name)) => sql = format!("({sql} OVER {})", quoted(name.as_str())),
        Some(Over::Window(window)) => sql = format!("({sql} OVER ({}))", definition(translator, window)?),
    }
    Ok(sql)
}

/// What stands in the brackets of a window.
pub(super) fn definition(translator: &mut Translator<'_>, window: &Window) -> Translated<String> {
    let mut parts = Vec::new();
    if let Some(base) = &window.base {
        parts.push(quoted(base.as_str()));
    }
    if !window.partition_by.is_empty() {
        let by = window
            .partition_by
            .iter()
            .map(|by| {
                let by = translator.expression(by)?;
                compared(&by, true)
            })
            .collect::<Translated<Vec<_>>>()?;
        parts.push(format!("PARTITION BY {}", by.join(", ")));
    }
    if !window.order_by.is_empty() {
        parts.push(
            order_by(translator, &window.order_by, "")?
                .trim_start()
                .to_owned(),
        );
    }
    if let Some(frame) = &window.frame_clause {
        parts.push(self::frame(translator, frame)?);
    }
    Ok(parts.join(" "))
}

/// ` ORDER BY …`, or nothing; NULL comes first in SQLite.
pub(super) fn order_by(
    translator: &mut Translator<'_>,
    order: &[SortedColumn],
    after: &str,
) -> Translated<String> {
    if order.is_empty() {
        return Ok(String::new());
    }
    let terms = order
        .iter()
        .map(|term| {
            let typed = translator.expression(&term.expr)?;
            sorted(&typed, term)
        })
        .collect::<Translated<Vec<_>>>()?;
    Ok(format!("{after} ORDER BY {}", terms.join(", ")))
}

/// One term of ORDER BY.
pub(super) fn sorted(typed: &Typed, term: &SortedColumn) -> Translated<String> {
    if matches!(typed.kind, Kind::Json | Kind::JsonB | Kind::JsonValue) {
        return refuse("JSON is ordered");
    }
    let down = term.order == Some(SortOrder::Desc);
    let first = term.nulls.map_or(!down, |nulls| nulls == NullsOrder::First);
    Ok(format!(
        "{}{} NULLS {}",
        match typed.kind {
            Kind::Text => {
                super::clock::tells_apart(typed)?;
                ordered(typed)
            }
            _ => super::clock::key(typed)?,
        },
        if down { " DESC" } else { "" },
        if first { "FIRST" } else { "LAST" }
    ))
}

fn frame(translator: &mut Translator<'_>, frame: &FrameClause) -> Translated<String> {
    let mode = match frame.mode {
        FrameMode::Groups => "GROUPS",
        FrameMode::Range => "RANGE",
        FrameMode::Rows => "ROWS",
    };
    let mut bound = |bound: &FrameBound| -> Translated<String> {
        let mut places = |expression: &turso_parser::ast::Expr, word: &str| match (
            translator.expression(expression)?.value,
            frame.mode,
        ) {
            (Some(Value::Integer(number)), FrameMode::Rows | FrameMode::Groups) => {
                Ok(format!("{number} {word}"))
            }
            _ => refuse("a bound of a window is not translated"),
        };
        Ok(match bound {
            FrameBound::CurrentRow => "CURRENT ROW".to_owned(),
            FrameBound::Following(expression) => places(expression, "FOLLOWING")?,
            FrameBound::Preceding(expression) => places(expression, "PRECEDING")?,
            FrameBound::UnboundedFollowing => "UNBOUNDED FOLLOWING".to_owned(),
            FrameBound::UnboundedPreceding => "UNBOUNDED PRECEDING".to_owned(),
        })
    };
    let start = bound(&frame.start)?;
    let mut sql = match &frame.end {
        Some(end) => format!("{mode} BETWEEN {start} AND {}", bound(end)?),
        None => format!("{mode} {start}"),
    };
    sql.push_str(match frame.exclude {
        None | Some(FrameExclude::NoOthers) => "",
        Some(FrameExclude::CurrentRow) => " EXCLUDE CURRENT ROW",
        Some(FrameExclude::Group) => " EXCLUDE GROUP",
        Some(FrameExclude::Ties) => " EXCLUDE TIES",
    });
    Ok(sql)
}

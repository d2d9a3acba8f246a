//! Functions over numbers, and least and greatest.

use super::super::arithmetic::wide;
use super::super::clock;
use super::super::compare::unify;
use super::super::translator::{Translator, ordered};
use super::super::typed::{Collation, Kind, Translated, Typed, Value, refuse};

/// A call; `None` where the name is another's.
pub(super) fn call(
    translator: &Translator<'_>,
    name: &str,
    arguments: &[Typed],
) -> Translated<Option<Typed>> {
    Ok(Some(match (name, arguments) {
        ("abs", [value]) => {
            let value = value.number()?;
            Typed::new(value.kind, format!("abs({})", wide(&value))).written_as(&value)
        }
        ("sign", [value]) => {
            let value = value.number()?;
            Typed::new(Kind::Integer, format!("(sign({})::bigint)", wide(&value)))
        }
        ("round", [value]) => round(value, 0)?,
        ("round", [value, places]) => match places.value {
            Some(Value::Integer(places)) => round(value, places.clamp(0, 30))?,
            _ => return refuse("the places of `round()` are not a constant"),
        },
        ("ceil" | "ceiling" | "floor" | "trunc", [value]) => {
            let value = value.number()?;
            match value.kind {
                Kind::Integer => value,
                Kind::Real => Typed::new(Kind::Real, format!("{name}({})", value.sql)).written_as(&value),
                kind => return refuse(format!("`{name}()` of {} gives a double", kind.name())),
            }
        }
        ("pi", []) => Typed::new(Kind::Real, "pi()"),
        ("min", [_, _, ..]) => extreme(translator, "least", arguments)?,
        ("max", [_, _, ..]) => extreme(translator, "greatest", arguments)?,
        _ => return Ok(None),
    }))
}

/// SQLite gives a double, rounded half away from zero. A tie that a double cannot hold exactly may fall the other way.
fn round(value: &Typed, places: i64) -> Translated {
    let value = value.number()?;
    let sql = match (value.kind, places) {
        (Kind::Null, _) => "NULL::double precision".to_owned(),
        (Kind::Integer, _) => format!("({}::double precision)", wide(&value)),
        (Kind::Numeric, _) => {
            return Ok(Typed::new(
                Kind::Numeric,
                format!("round({}, {places})", value.sql),
            ));
        }
        (_, 0) => {
            let value = value.sql;
            format!(
                "(CASE WHEN abs({value}) < 4503599627370496 THEN trunc({value} + sign({value}) * 0.5::double precision) ELSE {value} END)"
            )
        }
        _ => format!(
            "(round({}::text::numeric, {places})::double precision)",
            value.sql
        ),
    };
    Ok(Typed::new(Kind::Real, sql))
}

/// NULL where any is NULL, which `least` and `greatest` pass over.
fn extreme(translator: &Translator<'_>, function: &str, arguments: &[Typed]) -> Translated {
    let (any, parts) = unify(translator.shape, arguments)?;
    let kind = any.kind;
    clock::key(&any)?;
    let collated = |one: &Typed| one.kind == Kind::Text && one.compared() != Collation::Binary;
    if arguments.iter().any(collated) {
        return refuse("the least or greatest of texts without regard to case or spaces is not translated");
    }
    if matches!(
        kind,
        Kind::Json | Kind::JsonB | Kind::JsonValue | Kind::Uuid | Kind::Boolean | Kind::Other
    ) {
        return refuse(format!(
            "the least or greatest of {} differs in SQLite",
            kind.name()
        ));
    }
    let tests: Vec<_> = arguments
        .iter()
        .filter(|argument| argument.value.as_ref().is_none_or(|value| *value == Value::Null))
        .map(|argument| format!("{} IS NULL", argument.sql))
        .collect();
    let parts: Vec<_> = parts
        .iter()
        .zip(arguments)
        .map(|(sql, argument)| match kind {
            Kind::Text => ordered(&Typed {
                sql: sql.clone(),
                collation: None,
                ..argument.clone()
            }),
            _ => sql.clone(),
        })
        .collect();
    let call = format!("{function}({})", parts.join(", "));
    let sql = if tests.is_empty() {
        call
    } else {
        format!("(CASE WHEN {} THEN NULL ELSE {call} END)", tests.join(" OR "))
    };
    Ok(Typed { sql, ..any })
}

/// That many random bytes, from what PostgreSQL has without an extension: each random uuid gives 122 bits.
pub(super) fn random_bytes(length: i64) -> String {
    let block = |length: i64| {
        let seed = if length > 15 {
            "uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())"
        } else {
            "uuid_send(gen_random_uuid())"
        };
        format!("substring(sha256({seed}) from 1 for {length})")
    };
    let mut parts = Vec::new();
    let mut rest = length;
    while rest > 0 {
        parts.push(block(rest.min(32)));
        rest -= 32;
    }
    match parts.as_slice() {
        [part] => part.clone(),
        _ => format!("({})", parts.join(" || ")),
    }
}

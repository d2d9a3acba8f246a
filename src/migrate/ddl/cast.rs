//! `CAST`, which in SQLite never fails and takes what it can from the beginning of a text.

use super::translator::Allowed;
use super::typed::{Affinity, Kind, Translated, Typed, Value, refuse};

/// Spaces that SQLite skips before a number.
const SPACES: &str = "E' \\t\\n\\x0b\\f\\r'";

/// A number at the beginning of a text.
pub(super) const NUMBER: &str = "^[+-]?(?:[0-9]+[.]?[0-9]*|[.][0-9]+)(?:[eE][+-]?[0-9]+)?";

/// Casts to a type by its name in SQLite.
pub(super) fn cast(allowed: Allowed, operand: &Typed, name: &str) -> Translated {
    let cast = uncollated(allowed, operand, name)?;
    // SQLite compares a column that is cast as it compares the column.
    Ok(Typed {
        collation: operand.collation,
        ..cast
    })
}

fn uncollated(allowed: Allowed, operand: &Typed, name: &str) -> Translated {
    let upper = name.to_ascii_uppercase();
    let has = |part: &str| upper.contains(part);
    if has("INT") {
        integer(operand)
    } else if has("CHAR") || has("CLOB") || has("TEXT") {
        text(allowed, operand)
    } else if has("BLOB") || upper.is_empty() {
        blob(operand)
    } else if has("REAL") || has("FLOA") || has("DOUB") {
        real(operand)
    } else {
        match operand.kind {
            Kind::Integer | Kind::Numeric | Kind::Null => Ok(told(operand.clone(), Affinity::Number)),
            Kind::Boolean => Ok(told(operand.number()?, Affinity::Number)),
            _ => refuse(format!(
                "`CAST(… AS {name})` gives a number in SQLite, whole or not as each value is"
            )),
        }
    }
}

fn told(typed: Typed, affinity: Affinity) -> Typed {
    Typed {
        affinity,
        collation: None,
        ..typed
    }
}

fn integer(operand: &Typed) -> Translated {
    let sql = match operand.kind {
        Kind::Integer => return Ok(told(operand.clone(), Affinity::Number)),
        Kind::Null => "NULL::bigint".to_owned(),
        Kind::Boolean => operand.number()?.sql,
        Kind::Real | Kind::Numeric => super::arithmetic::cut(&operand.sql),
        Kind::Text if operand.digits.is_some() => operand.number()?.sql,
        Kind::Text => prefix(operand, "^[+-]?[0-9]+", "bigint"),
        _ if operand.is_moment() => {
            let number = operand.number()?;
            if number.kind == Kind::Integer {
                number.sql
            } else {
                format!("(trunc({})::bigint)", number.sql)
            }
        }
        kind => return refuse(format!("{} is cast to a whole number", kind.name())),
    };
    Ok(told(Typed::new(Kind::Integer, sql), Affinity::Number))
}

fn real(operand: &Typed) -> Translated {
    let sql = match operand.kind {
        Kind::Real => operand.sql.clone(),
        Kind::Null => "NULL::double precision".to_owned(),
        Kind::Text if operand.digits.is_none() => prefix(operand, NUMBER, "double precision"),
        _ => format!("({}::double precision)", operand.number()?.sql),
    };
    Ok(told(Typed::new(Kind::Real, sql), Affinity::Number))
}

/// The number at the beginning of a text, or 0; NULL for NULL.
pub(super) fn prefix(operand: &Typed, pattern: &str, target: &str) -> String {
    let text = &operand.sql;
    format!(
        "(CASE WHEN {text} IS NOT NULL THEN coalesce(substring(ltrim({text}, {SPACES}) from '{pattern}'), '0')::{target} END)"
    )
}

fn text(allowed: Allowed, operand: &Typed) -> Translated {
    let sql = match operand.kind {
        Kind::Text => return Ok(told(operand.clone(), Affinity::Text)),
        Kind::Blob if allowed == Allowed::Immutable => {
            return refuse(
                "bytes are cast to text, which PostgreSQL does not do in an index or a generated column",
            );
        }
        Kind::Blob => format!("convert_from({}, 'UTF8')", operand.sql),
        _ => operand.text()?,
    };
    Ok(told(Typed::new(Kind::Text, sql), Affinity::Text))
}

fn blob(operand: &Typed) -> Translated {
    match (operand.kind, &operand.value) {
        (Kind::Blob, _) => Ok(told(operand.clone(), Affinity::None)),
        (_, Some(Value::Text(text))) => Ok(Typed::constant(Value::Blob(text.clone().into_bytes()))),
        (Kind::Text | Kind::Integer | Kind::Json | Kind::Null, _) => {
            Ok(Typed::new(Kind::Blob, bytes(&operand.text()?)))
        }
        (kind, _) => refuse(format!("{} is cast to a blob", kind.name())),
    }
}

/// The bytes of a text in UTF-8. The cast reads backslashes, so they are doubled; `convert_to` may not stand in an index.
pub(super) fn bytes(text: &str) -> String {
    format!(r"(replace({text}, E'\\', E'\\\\')::bytea)")
}

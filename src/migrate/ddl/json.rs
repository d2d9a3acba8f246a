//! JSON: paths with names and places, and validity where the type proves it.

use super::literal;
use super::typed::{Kind, Translated, Typed, Value, refuse};

/// `json -> path`, `json ->> path`.
pub(super) fn arrow(left: &Typed, right: &Typed, value: bool) -> Translated {
    let steps = match &right.value {
        Some(Value::Text(text)) if text.starts_with('$') => path(text)?,
        Some(Value::Text(text)) => vec![text.clone()],
        Some(Value::Integer(place)) => vec![place.to_string()],
        _ => return refuse("a path into JSON is not a constant"),
    };
    let (kind, sql) = reached(left, &steps)?;
    Ok(Typed::new(if value { Kind::JsonValue } else { kind }, sql))
}

/// A call; `None` where the name is another's.
pub(super) fn call(name: &str, arguments: &[Typed]) -> Translated<Option<Typed>> {
    match (name, arguments) {
        ("json_extract", [json, path]) => {
            let Some(Value::Text(text)) = &path.value else {
                return refuse("a path into JSON is not a constant");
            };
            let (_, sql) = reached(json, &self::path(text)?)?;
            Ok(Some(Typed::new(Kind::JsonValue, sql)))
        }
        // Without spaces its text stays as it is.
        (
            "json",
            [
                Typed {
                    value: Some(Value::Text(text)),
                    ..
                },
            ],
        ) if serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
            && !text.contains(char::is_whitespace) =>
        {
            Ok(Some(Typed::constant(Value::Text(text.clone()))))
        }
        ("json_array", []) => Ok(Some(Typed::constant(Value::Text("[]".to_owned())))),
        ("json_object", []) => Ok(Some(Typed::constant(Value::Text("{}".to_owned())))),
        ("json_valid", [json]) => match json.kind {
            Kind::Json | Kind::JsonB => Ok(Some(Typed::new(
                Kind::Boolean,
                format!("(CASE WHEN {} IS NULL THEN NULL ELSE TRUE END)", json.sql),
            ))),
            Kind::Null => Ok(Some(Typed::new(Kind::Boolean, "NULL::boolean"))),
            kind => refuse(format!(
                "`json_valid()` of {} has no counterpart before PostgreSQL 16",
                kind.name()
            )),
        },
        _ => Ok(None),
    }
}

fn reached(json: &Typed, steps: &[String]) -> Translated<(Kind, String)> {
    let kind = match json.kind {
        Kind::Json | Kind::JsonB => json.kind,
        kind => return refuse(format!("{} is read as JSON", kind.name())),
    };
    let mut sql = json.sql.clone();
    for step in steps {
        sql = match step.parse::<u32>() {
            Ok(place) => format!("({sql} -> {place})"),
            Err(_) => format!("({sql} -> {})", literal(step)),
        };
    }
    Ok((kind, sql))
}

/// The steps of a path such as `$.a.b[0]`.
fn path(text: &str) -> Translated<Vec<String>> {
    let odd = || refuse(format!("the path `{text}` into JSON is not translated"));
    let Some(mut rest) = text.strip_prefix('$') else {
        return odd();
    };
    let mut steps = Vec::new();
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('.') {
            let (name, behind) = if let Some(quoted) = after.strip_prefix('"') {
                match quoted.split_once('"') {
                    Some(parts) => parts,
                    None => return odd(),
                }
            } else {
                after.split_at(after.find(['.', '[']).unwrap_or(after.len()))
            };
            // A name of digits would be read as a place.
            if name.is_empty() || name.bytes().all(|byte| byte.is_ascii_digit()) || name.contains('\\') {
                return odd();
            }
            steps.push(name.to_owned());
            rest = behind;
        } else if let Some((place, behind)) = rest.strip_prefix('[').and_then(|after| after.split_once(']')) {
            if place.is_empty() || !place.bytes().all(|byte| byte.is_ascii_digit()) {
                return odd();
            }
            steps.push(place.to_owned());
            rest = behind;
        } else {
            return odd();
        }
    }
    Ok(steps)
}

//! Comparisons: SQLite converts by affinity, where PostgreSQL wants equal types.

use super::shape::Shape;
use super::typed::{Affinity, Collation, Kind, Translated, Typed, Value, number_in, refuse};
use super::{clock, iso};
use crate::migrate::written::Written;

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    /// `=` and `==`.
    Equal,
    /// `<>` and `!=`.
    NotEqual,
    /// `<`.
    Less,
    /// `<=`.
    LessOrEqual,
    /// `>`.
    Greater,
    /// `>=`.
    GreaterOrEqual,
    /// `IS`: NULL equals NULL.
    Is,
    /// `IS NOT`.
    IsNot,
}

impl Comparison {
    fn sql(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "<>",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Is => "IS NOT DISTINCT FROM",
            Self::IsNot => "IS DISTINCT FROM",
        }
    }

    pub(super) fn orders(self) -> bool {
        matches!(
            self,
            Self::Less | Self::LessOrEqual | Self::Greater | Self::GreaterOrEqual
        )
    }
}

/// Compares.
pub(super) fn compare(comparison: Comparison, left: &Typed, right: &Typed) -> Translated {
    let null = |typed: &Typed| typed.kind == Kind::Null;
    if null(left) || null(right) {
        let other = if null(left) { right } else { left };
        return Ok(Typed::new(
            Kind::Boolean,
            match comparison {
                Comparison::Is => format!("({} IS NULL)", nullable(other)),
                Comparison::IsNot => format!("({} IS NOT NULL)", nullable(other)),
                _ => "NULL::boolean".to_owned(),
            },
        ));
    }
    clock::tells_apart(left)?;
    clock::tells_apart(right)?;
    if let Some((comparison, left, right)) = clock::sides(comparison, left, right)? {
        return Ok(Typed::new(
            Kind::Boolean,
            format!("({left} {} {right})", comparison.sql()),
        ));
    }
    if let Some(sql) = flag(comparison, left, right).or_else(|| flag(comparison, right, left)) {
        return Ok(Typed::new(Kind::Boolean, sql));
    }
    if let Some(sql) = classes(comparison, left, right) {
        return Ok(Typed::new(Kind::Boolean, sql));
    }
    let (left, right) = pair(left, right, comparison.orders())?;
    Ok(Typed::new(
        Kind::Boolean,
        format!("({left} {} {right})", comparison.sql()),
    ))
}

/// A number against a text of which SQLite makes none: the number is less, whatever it is.
pub(super) fn classes(comparison: Comparison, left: &Typed, right: &Typed) -> Option<String> {
    let is_number = |side: &Typed| {
        side.kind.is_number() || side.kind == Kind::Boolean && matches!(side.written, Written::Numbers)
    };
    let stays_text = |text: &Typed, number: &Typed| matches!(&text.value, Some(Value::Text(word)) if number.affinity != Affinity::Number || number_in(word).is_none());
    let (number, first) = if is_number(left) && stays_text(right, left) {
        (left, true)
    } else if is_number(right) && stays_text(left, right) {
        (right, false)
    } else {
        return None;
    };
    let holds = match comparison {
        Comparison::Is => return Some("FALSE".to_owned()),
        Comparison::IsNot => return Some("TRUE".to_owned()),
        Comparison::Equal => false,
        Comparison::NotEqual => true,
        Comparison::Less | Comparison::LessOrEqual => first,
        Comparison::Greater | Comparison::GreaterOrEqual => !first,
    };
    Some(format!(
        "(CASE WHEN {} IS NOT NULL THEN {} END)",
        number.sql,
        if holds { "TRUE" } else { "FALSE" }
    ))
}

/// SQL for a test on NULL; a value inside JSON is NULL where JSON says null.
pub(super) fn nullable(typed: &Typed) -> String {
    match typed.kind {
        Kind::JsonValue => format!("({} #>> '{{}}')", typed.sql),
        Kind::Null => "NULL::text".to_owned(),
        _ => typed.sql.clone(),
    }
}

/// A boolean column against a constant for true or false: the column itself.
fn flag(comparison: Comparison, flag: &Typed, constant: &Typed) -> Option<String> {
    if flag.kind != Kind::Boolean || flag.value.is_some() {
        return None;
    }
    let told = told(flag, constant.value.as_ref()?)?;
    let sql = &flag.sql;
    Some(match (comparison, told) {
        (Comparison::Equal, true) | (Comparison::NotEqual, false) => sql.clone(),
        (Comparison::Equal, false) | (Comparison::NotEqual, true) => format!("(NOT {sql})"),
        (Comparison::Is, true) => format!("({sql} IS TRUE)"),
        (Comparison::Is, false) => format!("({sql} IS FALSE)"),
        (Comparison::IsNot, true) => format!("({sql} IS NOT TRUE)"),
        (Comparison::IsNot, false) => format!("({sql} IS NOT FALSE)"),
        _ => return None,
    })
}

/// The boolean to which a constant is equal in SQLite, as the cells are written.
pub(super) fn told(flag: &Typed, constant: &Value) -> Option<bool> {
    let is_letter = matches!(constant, Value::Text(text) if text == "t" || text == "f");
    let is_digit = match constant {
        Value::Integer(_) => true,
        Value::Text(text) => flag.affinity == Affinity::Number && number_in(text).is_some(),
        _ => false,
    };
    match flag.written {
        Written::Letters => is_letter,
        Written::Numbers => is_digit,
        Written::Nothing => true,
        _ => false,
    }
    .then(|| boolean(constant))
    .flatten()
}

/// The boolean that a constant stands for in a column that became boolean.
pub(super) fn boolean(value: &Value) -> Option<bool> {
    match value {
        Value::Integer(0) => Some(false),
        Value::Integer(1) => Some(true),
        Value::Text(text) => match text.to_ascii_lowercase().as_str() {
            "0" | "f" | "false" => Some(false),
            "1" | "t" | "true" => Some(true),
            _ => None,
        },
        _ => None,
    }
}

/// Both sides in types that compare as SQLite does; `ordered` where the order matters, not only equality.
pub(super) fn pair(left: &Typed, right: &Typed, ordered: bool) -> Translated<(String, String)> {
    clock::tells_apart(left)?;
    clock::tells_apart(right)?;
    if !ordered && let Some((_, left, right)) = clock::sides(Comparison::Equal, left, right)? {
        return Ok((left, right));
    }
    if let Some(pair) = same_class(left, right, ordered)? {
        return Ok(pair);
    }
    if let Some(right) = toward(left, right, ordered)? {
        return Ok((own(left, ordered), right));
    }
    if let Some(left) = toward(right, left, ordered)? {
        return Ok((left, own(right, ordered)));
    }
    refuse(format!(
        "{} is compared with {}, which SQLite never holds equal or converts row by row",
        left.kind.name(),
        right.kind.name()
    ))
}

/// Whether SQLite may make a number of the other side's text, because the column is one of numbers.
fn converts(column: &Typed, other: &Typed) -> bool {
    let is_text = match &other.value {
        Some(Value::Text(text)) => number_in(text).is_none(),
        _ => other.moment.is_some() && other.digits.is_none(),
    };
    column.affinity == Affinity::Number && other.affinity != Affinity::Number && !is_text
}

/// Whether two booleans are equal in SQLite where they are here.
fn same_words(left: &Typed, right: &Typed) -> bool {
    let words = |side: &Typed| match side.written {
        Written::Nothing => Written::Numbers,
        written => written,
    };
    words(left) == words(right) && !matches!(left.written, Written::Mixed { .. })
}

fn same_class(left: &Typed, right: &Typed, ordered: bool) -> Translated<Option<(String, String)>> {
    let plain = Ok(Some((left.sql.clone(), right.sql.clone())));
    if left.kind.is_number() && right.kind.is_number() {
        return plain;
    }
    match (left.kind, right.kind) {
        (Kind::Text, Kind::Text) if converts(left, right) || converts(right, left) => refuse(
            "a text of a column of numbers is compared with a text, of which SQLite makes a number where it can",
        ),
        (Kind::Text, Kind::Text) => {
            let collation = collation(left, right);
            Ok(Some((
                collated(&left.sql, collation, ordered),
                collated(&right.sql, collation, false),
            )))
        }
        (Kind::Json, Kind::Json) => Ok(Some((left.text()?, right.text()?))),
        (Kind::JsonB | Kind::Uuid | Kind::Other, _) if left.kind == right.kind && ordered => {
            refuse(format!("{} has another order in SQLite", left.kind.name()))
        }
        (Kind::JsonValue, Kind::JsonValue) => {
            refuse("values inside JSON are compared, whose types depend on the row")
        }
        (Kind::Boolean, Kind::Boolean) if !same_words(left, right) => {
            refuse("booleans are compared that are written in more than one way in SQLite")
        }
        (a, b) if a == b && !left.is_clock() => plain,
        _ => Ok(None),
    }
}

/// The first side of a comparison with a converted second.
fn own(typed: &Typed, ordered: bool) -> String {
    match typed.kind {
        Kind::Text => collated(&typed.sql, typed.compared(), ordered),
        Kind::Boolean => format!("({}::integer::bigint)", typed.sql),
        Kind::Json => format!("({}::text)", typed.sql),
        Kind::JsonValue => format!("({} #>> '{{}}')", typed.sql),
        _ => typed.sql.clone(),
    }
}

/// The other side as SQLite converts it for a comparison with `fixed`.
fn toward(fixed: &Typed, other: &Typed, ordered: bool) -> Translated<Option<String>> {
    match (fixed.kind, &other.value) {
        (Kind::Integer | Kind::Real | Kind::Numeric, _) if other.kind == Kind::Boolean => {
            Ok(Some(other.number()?.sql))
        }
        (Kind::Integer | Kind::Real | Kind::Numeric, _)
            if fixed.affinity == Affinity::Number && other.kind == Kind::Text =>
        {
            match (&other.digits, &other.value) {
                (None, Some(Value::Text(text))) if number_in(text).is_none() => {
                    refuse(format!("a number is compared with the text {}", other.sql))
                }
                _ => Ok(Some(other.number()?.sql)),
            }
        }
        (Kind::Text, Some(Value::Integer(_) | Value::Real(_))) if fixed.affinity == Affinity::Text => {
            Ok(Some(collated(&other.text()?, fixed.compared(), false)))
        }
        (Kind::Date | Kind::Timestamp | Kind::TimestampTz, _) if other.kind == Kind::Text => {
            other.timestamp().map(Some)
        }
        (Kind::Uuid, Some(Value::Text(text))) if !ordered => match uuid(text) {
            Some(uuid) => Ok(Some(format!("'{uuid}'::uuid"))),
            None => refuse(format!("a uuid is compared with {}", other.sql)),
        },
        (Kind::Json, _) if other.kind == Kind::Text => {
            Ok(Some(collated(&other.sql, Collation::Binary, ordered)))
        }
        (Kind::JsonB, Some(Value::Text(text))) if !ordered => {
            if serde_json::from_str::<serde_json::Value>(text).is_ok() {
                Ok(Some(format!("{}::jsonb", other.sql)))
            } else {
                refuse(format!("JSON is compared with {}, which is none", other.sql))
            }
        }
        (Kind::JsonValue, Some(Value::Text(text))) if !ordered => {
            // A text that is no text of a number, of true or of false is equal only to that very string.
            let unsure = serde_json::from_str::<serde_json::Value>(text).is_ok() || number_in(text).is_some();
            if unsure {
                refuse(format!("a value inside JSON is compared with {}", other.sql))
            } else {
                Ok(Some(other.sql.clone()))
            }
        }
        _ => Ok(None),
    }
}

/// Which collation SQLite compares by: a COLLATE first, then the left side's column, then the right's.
pub(super) fn collation(left: &Typed, right: &Typed) -> Collation {
    [left, right]
        .iter()
        .find_map(|side| side.collation.filter(|(_, told)| *told))
        .or(left.collation)
        .or(right.collation)
        .map_or(Collation::Binary, |(collation, _)| collation)
}

/// A text with ASCII letters made small. Constants are folded here: in generated columns PostgreSQL folds them before it
/// knows the collation, and fails.
pub(super) fn folded(sql: &str) -> String {
    let inner = sql.strip_prefix('E').unwrap_or(sql);
    if inner.starts_with('\'') && inner.ends_with('\'') {
        let prefix = &sql[..sql.len() - inner.len()];
        return format!("{prefix}{}", inner.to_ascii_lowercase());
    }
    format!("lower({sql} COLLATE \"C\")")
}

/// A text as its collation compares it.
pub(super) fn collated(sql: &str, collation: Collation, ordered: bool) -> String {
    match (collation, ordered) {
        (Collation::Binary, false) => sql.to_owned(),
        (Collation::Binary, true) => format!("({sql} COLLATE \"C\")"),
        (Collation::NoCase, _) => folded(sql),
        (Collation::RTrim, false) => format!("rtrim({sql})"),
        (Collation::RTrim, true) => format!("(rtrim({sql}) COLLATE \"C\")"),
    }
}

/// A uuid in the usual form, from 32 hexadecimal digits with or without hyphens.
pub(super) fn uuid(text: &str) -> Option<String> {
    let digits: String = match text.len() {
        32 => text.to_owned(),
        36 => {
            let bytes = text.as_bytes();
            [8, 13, 18, 23]
                .iter()
                .all(|place| bytes[*place] == b'-')
                .then_some(())?;
            text.replace('-', "")
        }
        _ => return None,
    };
    if digits.len() != 32 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let digits = digits.to_ascii_lowercase();
    let part = |from: usize, to: usize| &digits[from..to];
    Some(format!(
        "{}-{}-{}-{}-{}",
        part(0, 8),
        part(8, 12),
        part(12, 16),
        part(16, 20),
        part(20, 32)
    ))
}

/// Several expressions in one type, as CASE, coalesce and compound selects need it; with what is known of any of them, its
/// SQL still to be written.
pub(super) fn unify(shape: &Shape, parts: &[Typed]) -> Translated<(Typed, Vec<String>)> {
    let filled = || parts.iter().filter(|part| part.kind != Kind::Null);
    let Some(first) = filled().next() else {
        let nothing = Typed::new(Kind::Null, "NULL");
        return Ok((nothing, parts.iter().map(|_| "NULL".to_owned()).collect()));
    };
    let told = |part: &Typed| part.value.as_ref().and_then(boolean).is_some() && part.kind != Kind::Text;
    let has = |kind: Kind| parts.iter().any(|part| part.kind == kind);
    let moments = filled().any(Typed::is_moment);
    let day = |part: &Typed| match &part.value {
        Some(Value::Text(text)) => iso::date(text).is_some(),
        _ => part.kind == Kind::Date,
    };
    let kind = if filled().all(|part| part.kind == first.kind) {
        first.kind
    } else if has(Kind::Boolean)
        && !shape.affinity
        && filled().all(|part| part.kind == Kind::Boolean || told(part))
    {
        Kind::Boolean
    } else if filled().all(|part| part.kind.is_number() || part.kind == Kind::Boolean) {
        if has(Kind::Real) {
            Kind::Real
        } else if has(Kind::Numeric) {
            Kind::Numeric
        } else {
            Kind::Integer
        }
    } else if moments && filled().all(day) {
        Kind::Date
    } else if moments && filled().all(|part| part.timestamp().is_ok()) {
        Kind::Timestamp
    } else {
        let other = filled().find(|part| part.kind != first.kind).unwrap_or(first);
        return refuse(format!(
            "{} and {} stand for the same value",
            first.kind.name(),
            other.kind.name()
        ));
    };
    let sql = parts
        .iter()
        .map(|part| match (kind, part.kind) {
            (_, Kind::Null) => Ok("NULL".to_owned()),
            (Kind::Boolean, Kind::Integer) => part.truth(),
            (Kind::Timestamp, _) => part.timestamp(),
            (Kind::Date, Kind::Text) => Ok(format!("date {}", part.sql)),
            (Kind::Real, Kind::Numeric | Kind::Integer | Kind::Boolean) => {
                Ok(format!("({}::double precision)", part.number()?.sql))
            }
            (Kind::Numeric, Kind::Integer | Kind::Boolean) => {
                Ok(format!("({}::numeric)", part.number()?.sql))
            }
            (Kind::Integer, _) => Ok(part.number()?.sql),
            _ => Ok(part.sql.clone()),
        })
        .collect::<Translated<Vec<_>>>()?;
    Ok((clock::joined(kind, parts), sql))
}

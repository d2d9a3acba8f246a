//! A value on its way into a column: what SQLite would store, in the column's type.

use super::compare::{boolean, uuid};
use super::moment::{LOCAL_NOW, NOW};
use super::typed::{Kind, Translated, Typed, Value, number_in, real_text, refuse};
use super::{iso, literal};
use crate::migrate::hexadecimal::hexadecimal;
use crate::migrate::target_type::TargetType;
use crate::migrate::written::{Parts, Written};

/// The SQL of a value for a column of this type.
pub(super) fn assign(typed: &Typed, target: &TargetType) -> Translated<String> {
    if let Some(value) = &typed.value {
        return constant(value, target);
    }
    let kind = Kind::of(target);
    match kind {
        _ if typed.kind == Kind::Null => Ok("NULL".to_owned()),
        Kind::Date | Kind::Timestamp | Kind::TimestampTz => moment(typed, kind),
        _ if typed.kind == kind && !matches!(kind, Kind::Text | Kind::Numeric) => Ok(typed.sql.clone()),
        Kind::Integer => match typed.number()? {
            Typed {
                kind: Kind::Integer,
                sql,
                ..
            } => Ok(sql),
            other => refuse(format!(
                "{} goes into a column of whole numbers",
                other.kind.name()
            )),
        },
        Kind::Real => Ok(format!("({}::double precision)", typed.number()?.sql)),
        Kind::Numeric => match typed.number()? {
            Typed {
                kind: Kind::Real,
                sql,
                ..
            } => Ok(format!("({sql}::text::numeric)")),
            other => Ok(other.sql),
        },
        Kind::Text => typed.text(),
        Kind::Time if matches!(typed.written, Written::Clock(form) if form.parts != Parts::Time) => {
            refuse("a moment with its date goes into a column of type `time`, which does not hold the date")
        }
        Kind::Time if typed.kind == Kind::Text => Ok(format!("({}::time)", typed.sql)),
        Kind::Uuid if typed.kind == Kind::Text => Ok(format!("({}::uuid)", typed.sql)),
        Kind::Uuid if typed.kind == Kind::Blob => Ok(format!("(encode({}, 'hex')::uuid)", typed.sql)),
        Kind::Json if typed.kind == Kind::Text => Ok(format!("({}::json)", typed.sql)),
        Kind::JsonB if matches!(typed.kind, Kind::Text | Kind::Json) => Ok(format!("({}::jsonb)", typed.sql)),
        _ => refuse(format!(
            "{} goes into a column of type `{target}`",
            typed.kind.name()
        )),
    }
}

fn moment(typed: &Typed, kind: Kind) -> Translated<String> {
    if typed.kind == kind {
        return Ok(typed.sql.clone());
    }
    let moment = match &typed.moment {
        Some(moment) => moment.clone(),
        None => typed.timestamp()?,
    };
    // A text that tells more would be stored whole in SQLite.
    let is_day = matches!(typed.written, Written::Clock(form) if form.parts == Parts::Date);
    if kind == Kind::Date && !is_day && typed.kind == Kind::Text {
        return refuse(
            "a moment with its time goes into a column of type `date`, which does not hold the time",
        );
    }
    Ok(match kind {
        Kind::Date => format!("({moment}::date)"),
        Kind::TimestampTz if moment == NOW || moment == LOCAL_NOW => "now()".to_owned(),
        Kind::TimestampTz => format!("({moment} AT TIME ZONE 'UTC')"),
        _ => moment,
    })
}

/// A constant in the type of a column.
fn constant(value: &Value, target: &TargetType) -> Translated<String> {
    let converted = match (target, value) {
        (_, Value::Null) => Some("NULL".to_owned()),
        (TargetType::Boolean, _) => boolean(value).map(|told| told.to_string()),
        (TargetType::SmallInt, _) => whole(value)
            .filter(|number| i16::try_from(*number).is_ok())
            .map(digits),
        (TargetType::Integer, _) => whole(value)
            .filter(|number| i32::try_from(*number).is_ok())
            .map(digits),
        (TargetType::BigInt, _) => whole(value).map(digits),
        (TargetType::Real | TargetType::DoublePrecision, _) => match number(value) {
            Some(Value::Integer(number)) => Some(digits(number)),
            Some(Value::Real(number)) => Some(Typed::constant(Value::Real(number)).sql),
            _ => None,
        },
        (TargetType::Numeric(bounds), _) => number(value).and_then(|value| decimal(&value, *bounds)),
        (TargetType::Text | TargetType::TextLike(_), _) => text(value),
        (TargetType::VarChar(length) | TargetType::Char(length), _) => {
            let fits = plain(value).is_some_and(|text| text.chars().count() <= *length as usize);
            text(value).filter(|_| fits)
        }
        (TargetType::Bytea, Value::Blob(bytes)) => Some(format!("'\\x{}'::bytea", hexadecimal(bytes))),
        (TargetType::Bytea, Value::Text(text)) => {
            Some(format!("'\\x{}'::bytea", hexadecimal(text.as_bytes())))
        }
        (TargetType::Date, Value::Text(text)) => iso::date(text).map(|date| format!("'{date}'::date")),
        (TargetType::Time, Value::Text(text)) => iso::time(text).map(|time| format!("'{time}'::time")),
        (TargetType::Timestamp, Value::Text(text)) => {
            iso::moment(text).map(|moment| format!("'{moment}'::timestamp"))
        }
        (TargetType::TimestampTz, Value::Text(text)) => {
            iso::moment(text).map(|moment| format!("'{moment}+00'::timestamptz"))
        }
        (TargetType::Uuid, Value::Text(text)) => uuid(text).map(|uuid| format!("'{uuid}'::uuid")),
        (TargetType::Uuid, Value::Blob(bytes)) => {
            uuid(&hexadecimal(bytes)).map(|uuid| format!("'{uuid}'::uuid"))
        }
        (TargetType::Json | TargetType::JsonB, _) => plain(value)
            .filter(|text| serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok())
            .map(|text| format!("{}::{target}", literal(&text))),
        (TargetType::Inet, Value::Text(text)) => text
            .parse::<std::net::IpAddr>()
            .ok()
            .map(|address| format!("'{address}'::inet")),
        _ => None,
    };
    match converted {
        Some(sql) => Ok(sql),
        None => refuse(format!("{} does not fit the type `{target}`", shown(value))),
    }
}

fn digits(number: i64) -> String {
    if number < 0 {
        format!("'{number}'::bigint")
    } else {
        number.to_string()
    }
}

/// A constant as the number that SQLite stores in a column of numbers.
fn number(value: &Value) -> Option<Value> {
    match value {
        Value::Integer(_) | Value::Real(_) => Some(value.clone()),
        Value::Text(text) => number_in(text),
        Value::Null | Value::Blob(_) => None,
    }
}

fn whole(value: &Value) -> Option<i64> {
    match number(value)? {
        Value::Integer(number) => Some(number),
        #[expect(clippy::cast_possible_truncation, reason = "the range was looked at")]
        Value::Real(number) if number.fract() == 0.0 && number.abs() < 9e15 => Some(number as i64),
        _ => None,
    }
}

/// A number that a decimal of these bounds holds without rounding.
fn decimal(value: &Value, bounds: Option<(u16, u16)>) -> Option<String> {
    let text = match value {
        Value::Integer(number) => number.to_string(),
        Value::Real(number) if number.is_finite() => number.to_string(),
        _ => return None,
    };
    if let Some((precision, scale)) = bounds {
        let plain = text.trim_start_matches('-');
        let (whole, fraction) = plain.split_once('.').unwrap_or((plain, ""));
        let whole = whole.trim_start_matches('0').len();
        let room = usize::from(precision.saturating_sub(scale));
        if whole > room || fraction.len() > usize::from(scale) {
            return None;
        }
    }
    Some(if text.starts_with('-') {
        format!("'{text}'::numeric")
    } else {
        text
    })
}

/// A constant as the text that SQLite stores in a column of text.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Real(number) => real_text(*number),
        Value::Null | Value::Blob(_) => None,
    }
    .filter(|text| !text.contains('\0'))
}

fn text(value: &Value) -> Option<String> {
    plain(value).map(|text| literal(&text))
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "`NULL`".to_owned(),
        Value::Integer(number) => format!("`{number}`"),
        Value::Real(number) => format!("`{number:?}`"),
        Value::Text(text) => format!("`'{text}'`"),
        Value::Blob(bytes) => format!("`x'{}'`", hexadecimal(bytes)),
    }
}

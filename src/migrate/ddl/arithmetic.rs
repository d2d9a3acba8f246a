//! Arithmetic, bits and `||`.

use turso_parser::ast::Operator;

use super::typed::{Kind, Translated, Typed, Value, refuse};
use crate::migrate::written::Written;

/// `-x`.
pub(super) fn negative(operand: &Typed) -> Translated {
    let operand = operand.operand()?;
    match operand.value {
        Some(Value::Integer(number)) => {
            if let Some(number) = number.checked_neg() {
                return Ok(Typed::constant(Value::Integer(number)));
            }
        }
        // SQLite reads the least number of 64 bits as one.
        Some(Value::Real(number)) if number.to_bits() == 9_223_372_036_854_775_808_f64.to_bits() => {
            return Ok(Typed::constant(Value::Integer(i64::MIN)));
        }
        Some(Value::Real(number)) => return Ok(Typed::constant(Value::Real(-number))),
        _ => {}
    }
    Ok(Typed::new(operand.kind, format!("(- {})", wide(&operand))).written_as(&operand))
}

/// `~x`.
pub(super) fn bitwise_not(operand: &Typed) -> Translated {
    let operand = whole(operand)?;
    Ok(Typed::new(Kind::Integer, format!("(~ {operand})")))
}

/// An operator between two values.
pub(super) fn binary(left: &Typed, operator: Operator, right: &Typed) -> Translated {
    match operator {
        Operator::Concat => concat(left, right),
        Operator::Add => plain(left, "+", right),
        Operator::Subtract => plain(left, "-", right),
        Operator::Multiply => plain(left, "*", right),
        Operator::Divide => divide(left, right),
        Operator::Modulus => remainder(left, right),
        Operator::BitwiseAnd => bits(left, "&", right),
        Operator::BitwiseOr => bits(left, "|", right),
        Operator::LeftShift => shift(left, "<<", right),
        Operator::RightShift => shift(left, ">>", right),
        _ => refuse("it has an operator that SQLite does not know"),
    }
}

fn concat(left: &Typed, right: &Typed) -> Translated {
    Ok(Typed::new(
        Kind::Text,
        format!("({} || {})", left.text()?, right.text()?),
    ))
}

fn plain(left: &Typed, operator: &str, right: &Typed) -> Translated {
    let (left, right) = (left.operand()?, right.operand()?);
    let kind = joined(&left, &right);
    let typed = Typed::new(kind, format!("({} {operator} {})", wide(&left), right.sql));
    Ok(if may_be_whole(&left, &right) {
        typed.written_as(if left.kind == Kind::Real { &left } else { &right })
    } else {
        typed
    })
}

/// Zero as a divisor gives NULL in SQLite.
fn divide(left: &Typed, right: &Typed) -> Translated {
    let (left, right) = (left.operand()?, right.operand()?);
    let kind = joined(&left, &right);
    if kind == Kind::Numeric || may_be_whole(&left, &right) {
        return refuse("a decimal is divided, which SQLite does by whole numbers or doubles as each cell is");
    }
    Ok(Typed::new(
        kind,
        format!("({} / {})", wide(&left), divisor(&right, &right.sql)),
    ))
}

fn remainder(left: &Typed, right: &Typed) -> Translated {
    let (left, right) = (left.operand()?, right.operand()?);
    let kind = joined(&left, &right);
    let sql = format!("({} % {})", wide_whole(&left)?, divisor(&right, &whole(&right)?));
    Ok(match kind {
        Kind::Real if !may_be_whole(&left, &right) => {
            Typed::new(Kind::Real, format!("({sql}::double precision)"))
        }
        Kind::Real | Kind::Numeric => {
            return refuse("the remainder of a decimal is whole or a double as each cell is");
        }
        kind => Typed::new(kind, sql),
    })
}

fn divisor(right: &Typed, sql: &str) -> String {
    match right.value {
        Some(Value::Integer(number)) if number != 0 => sql.to_owned(),
        Some(Value::Real(number)) if number.abs() >= 1.0 => sql.to_owned(),
        _ => format!("nullif({sql}, 0)"),
    }
}

fn bits(left: &Typed, operator: &str, right: &Typed) -> Translated {
    let (left, right) = (wide_whole(&left.operand()?)?, whole(&right.operand()?)?);
    Ok(Typed::new(Kind::Integer, format!("({left} {operator} {right})")))
}

fn shift(left: &Typed, operator: &str, right: &Typed) -> Translated {
    let Some(Value::Integer(places @ 0..=63)) = right.value else {
        return refuse(format!("`{operator}` by anything but 0 to 63 has no counterpart"));
    };
    let left = wide_whole(&left.operand()?)?;
    Ok(Typed::new(Kind::Integer, format!("({left} {operator} {places})")))
}

/// Whether a result that is a double here may be a whole number in SQLite: no operand always is a double there.
fn may_be_whole(left: &Typed, right: &Typed) -> bool {
    let is_double = |side: &Typed| side.kind == Kind::Real && !matches!(side.written, Written::Mixed { .. });
    joined(left, right) == Kind::Real && !is_double(left) && !is_double(right)
}

/// The type of a result.
fn joined(left: &Typed, right: &Typed) -> Kind {
    let has = |kind: Kind| left.kind == kind || right.kind == kind;
    if has(Kind::Null) {
        // NULL with anything is NULL; the type is the other's.
        if left.kind == Kind::Null {
            right.kind
        } else {
            left.kind
        }
    } else if has(Kind::Real) {
        Kind::Real
    } else if has(Kind::Numeric) {
        Kind::Numeric
    } else {
        Kind::Integer
    }
}

/// A whole number in the width of SQLite's: constants are narrower in PostgreSQL.
pub(super) fn wide(typed: &Typed) -> String {
    match (&typed.value, typed.kind) {
        (Some(Value::Integer(number)), _) if *number >= 0 => format!("({number}::bigint)"),
        (_, Kind::Null) => "NULL::bigint".to_owned(),
        _ => typed.sql.clone(),
    }
}

/// As a whole number, as SQLite cuts it.
fn whole(typed: &Typed) -> Translated<String> {
    let typed = typed.operand()?;
    Ok(match typed.kind {
        Kind::Integer => typed.sql,
        Kind::Null => "NULL::bigint".to_owned(),
        _ => cut(&typed.sql),
    })
}

/// A double or decimal without its fraction; SQLite takes the nearest of 64 bits for what is beyond them.
pub(super) fn cut(sql: &str) -> String {
    format!(
        "(CASE WHEN {sql} >= 9223372036854775807 THEN 9223372036854775807 \
         WHEN {sql} <= -9223372036854775808 THEN '-9223372036854775808'::bigint ELSE trunc({sql})::bigint END)"
    )
}

fn wide_whole(typed: &Typed) -> Translated<String> {
    if typed.kind == Kind::Integer {
        return Ok(wide(typed));
    }
    whole(typed)
}

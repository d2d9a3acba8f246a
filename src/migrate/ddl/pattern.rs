//! LIKE and GLOB.
//!
//! SQLite's LIKE takes ASCII letters of either case for the same, and no others: both sides are folded in the collation C,
//! which does just that (ILIKE folds more). GLOB with a constant pattern becomes a regular expression.

use turso_parser::ast::{Expr, LikeOperator};

use super::compare::folded;
use super::literal;
use super::translator::Translator;
use super::typed::{Kind, Translated, Typed, Value, refuse};

/// `x LIKE pattern`, `x GLOB pattern`.
pub(super) fn like(
    translator: &mut Translator<'_>,
    value: &Expr,
    not: bool,
    operator: LikeOperator,
    pattern: &Expr,
    escape: Option<&Expr>,
) -> Translated {
    let value = translator.expression(value)?;
    let pattern = translator.expression(pattern)?;
    let escape = escape.map(|escape| translator.expression(escape)).transpose()?;
    match operator {
        LikeOperator::Like => matches(&value, not, &pattern, escape.as_ref()),
        LikeOperator::Glob => glob(&value, not, &pattern),
        LikeOperator::Regexp => refuse("`REGEXP` is a function of the application's own"),
        LikeOperator::Match => refuse("`MATCH` needs SQLite's full-text search"),
    }
}

/// LIKE between two values.
pub(super) fn matches(value: &Typed, not: bool, pattern: &Typed, escape: Option<&Typed>) -> Translated {
    let escape = match escape.map(|escape| &escape.value) {
        None => String::new(),
        Some(Some(Value::Text(text))) if text.chars().count() == 1 && !text.contains(char::is_alphabetic) => {
            text.clone()
        }
        Some(_) => return refuse("the `ESCAPE` of a `LIKE` is no single sign"),
    };
    let not = if not { "NOT " } else { "" };
    Ok(Typed::new(
        Kind::Boolean,
        format!(
            "({} {not}LIKE {} ESCAPE {})",
            folded(&value.text()?),
            folded(&pattern.text()?),
            literal(&escape)
        ),
    ))
}

/// GLOB between a value and a constant.
pub(super) fn glob(value: &Typed, not: bool, pattern: &Typed) -> Translated {
    let Some(Value::Text(text)) = &pattern.value else {
        return refuse("the pattern of a `GLOB` is not a constant");
    };
    let Some(expression) = expression(text) else {
        return refuse(format!("the pattern {} of a `GLOB` is odd", pattern.sql));
    };
    let not = if not { "!" } else { "" };
    Ok(Typed::new(
        Kind::Boolean,
        format!(
            "(({} COLLATE \"C\") {not}~ {})",
            value.text()?,
            literal(&expression)
        ),
    ))
}

/// The regular expression that matches what a pattern of GLOB does.
fn expression(pattern: &str) -> Option<String> {
    let mut expression = "^".to_owned();
    let mut chars = pattern.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '*' => expression.push_str(".*"),
            '?' => expression.push('.'),
            '[' => {
                expression.push('[');
                if chars.next_if_eq(&'^').is_some() {
                    expression.push('^');
                }
                let mut set: Vec<char> = Vec::new();
                if chars.next_if_eq(&']').is_some() {
                    set.push(']');
                }
                loop {
                    match chars.next()? {
                        ']' => break,
                        char => set.push(char),
                    }
                }
                expression.push_str(&class(&set)?);
                expression.push(']');
            }
            char if char.is_ascii_alphanumeric() || !char.is_ascii() || char == ' ' || char == '_' => {
                expression.push(char);
            }
            char => {
                expression.push('\\');
                expression.push(char);
            }
        }
    }
    expression.push('$');
    Some(expression)
}

/// The inside of a set; `None` where it is empty or a range runs backwards.
fn class(set: &[char]) -> Option<String> {
    let mut class = String::new();
    let mut rest = set;
    let sign = |char: char| {
        if matches!(char, '\\' | ']' | '[' | '^' | '-') {
            format!("\\{char}")
        } else {
            char.to_string()
        }
    };
    loop {
        match rest {
            [] => break,
            [from, '-', to, more @ ..] => {
                if from > to {
                    return None;
                }
                class = format!("{class}{}-{}", sign(*from), sign(*to));
                rest = more;
            }
            [one, more @ ..] => {
                class.push_str(&sign(*one));
                rest = more;
            }
        }
    }
    (!class.is_empty()).then_some(class)
}

//! Whether a CHECK lets only JSON into a column.

use turso_parser::ast::{Expr, Operator};

/// Whether `json_valid(column)` must hold, possibly beside `column IS NULL`, as Django writes it.
pub(super) fn asks_for_json(check: &Expr, column: &str) -> bool {
    match check {
        Expr::Parenthesized(inner) => matches!(inner.as_slice(), [inner] if asks_for_json(inner, column)),
        Expr::Binary(one, Operator::Or, other) => {
            (asks_for_json(one, column) && is_null(other, column))
                || (is_null(one, column) && asks_for_json(other, column))
        }
        Expr::Binary(one, Operator::And, other) => asks_for_json(one, column) || asks_for_json(other, column),
        // With a second argument other kinds of JSON are let in.
        Expr::FunctionCall { name, args, .. } => {
            name.as_str().eq_ignore_ascii_case("json_valid")
                && matches!(args.as_slice(), [argument] if is_column(argument, column))
        }
        _ => false,
    }
}

fn is_null(expression: &Expr, column: &str) -> bool {
    match expression {
        Expr::Parenthesized(inner) => matches!(inner.as_slice(), [inner] if is_null(inner, column)),
        Expr::IsNull(inner) => is_column(inner, column),
        Expr::Binary(inner, Operator::Is, null) => {
            is_column(inner, column) && matches!(&**null, Expr::Literal(turso_parser::ast::Literal::Null))
        }
        _ => false,
    }
}

fn is_column(expression: &Expr, column: &str) -> bool {
    match expression {
        Expr::Id(name) | Expr::Name(name) => name.as_str().eq_ignore_ascii_case(column),
        Expr::Parenthesized(inner) => matches!(inner.as_slice(), [inner] if is_column(inner, column)),
        _ => false,
    }
}

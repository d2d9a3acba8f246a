//! SELECT in a trigger's body, which mostly is there for its `RAISE`.

use turso_parser::ast::{Expr, FromClause, OneSelect, ResolveType, ResultColumn, Select};

use super::Frame;
use super::statement::scoped;
use crate::migrate::ddl::from::from;
use crate::migrate::ddl::scope::Scope;
use crate::migrate::ddl::translator::Translator;
use crate::migrate::ddl::typed::{Translated, refuse};

/// `SELECT RAISE(…)`, alone or in the branches of a CASE; any other SELECT has no effect but is run all the same.
pub(super) fn select(translator: &mut Translator<'_>, select: &Select, frame: &Frame) -> Translated<String> {
    if let OneSelect::Select {
        columns,
        from,
        where_clause,
        group_by: None,
        ..
    } = &select.body.select
        && let [ResultColumn::Expr(expression, _)] = columns.as_slice()
        && select.body.compounds.is_empty()
        && select.with.is_none()
    {
        let mut raised = &**expression;
        while let Expr::Parenthesized(parts) = raised
            && let [part] = parts.as_slice()
        {
            raised = part;
        }
        let any = match raised {
            Expr::Raise(..) => true,
            Expr::Case {
                when_then_pairs,
                else_expr,
                ..
            } => when_then_pairs
                .iter()
                .map(|(_, then)| then)
                .chain(else_expr)
                .any(|then| matches!(**then, Expr::Raise(..))),
            _ => false,
        };
        if any {
            return scoped(translator, Scope::default(), |translator| {
                raises(translator, raised, from.as_ref(), where_clause.as_deref(), frame)
            });
        }
    }
    let (sql, _) = translator.subquery(select)?;
    Ok(format!("PERFORM 1 FROM ({sql}) AS q;"))
}

fn raises(
    translator: &mut Translator<'_>,
    expression: &Expr,
    from: Option<&FromClause>,
    filter: Option<&Expr>,
    frame: &Frame,
) -> Translated<String> {
    let from = from.map(|clause| self::from(translator, clause)).transpose()?;
    let filter = filter.map(|filter| translator.condition(filter)).transpose()?;
    let test = |more: Option<&str>| {
        let all: Vec<_> = [filter.as_deref(), more].into_iter().flatten().collect();
        let all = if all.is_empty() {
            "TRUE".to_owned()
        } else {
            all.join(" AND ")
        };
        match &from {
            Some(from) => format!("EXISTS (SELECT 1 FROM {from} WHERE {all})"),
            None => all,
        }
    };
    match expression {
        Expr::Raise(resolve, message) => {
            let raise = raise(translator, *resolve, message.as_deref(), frame)?;
            Ok(format!("IF {} THEN {raise} END IF;", test(None)))
        }
        Expr::Case {
            base: None,
            when_then_pairs,
            else_expr,
        } => {
            if from.is_some() && (when_then_pairs.len() > 1 || else_expr.is_some()) {
                return refuse(
                    "a `RAISE` in one of several branches for the rows of a table is not translated",
                );
            }
            let mut sql = String::new();
            for (when, then) in when_then_pairs {
                let word = if sql.is_empty() { "IF" } else { " ELSIF" };
                let condition = translator.condition(when)?;
                let then = branch(translator, then, frame)?;
                sql = format!("{sql}{word} {} THEN {then}", test(Some(&condition)));
            }
            if let Some(other) = else_expr {
                let other = branch(translator, other, frame)?;
                if filter.is_some() {
                    sql = format!("{sql} ELSIF {} THEN {other}", test(None));
                } else {
                    sql = format!("{sql} ELSE {other}");
                }
            }
            Ok(sql + " END IF;")
        }
        _ => refuse("a `RAISE` stands where it is not translated"),
    }
}

fn branch(translator: &mut Translator<'_>, then: &Expr, frame: &Frame) -> Translated<String> {
    if let Expr::Raise(resolve, message) = then {
        return raise(translator, *resolve, message.as_deref(), frame);
    }
    // Its value goes nowhere; that it can be translated shows that it has no effect.
    translator.expression(then)?;
    Ok("NULL;".to_owned())
}

fn raise(
    translator: &mut Translator<'_>,
    resolve: ResolveType,
    message: Option<&Expr>,
    frame: &Frame,
) -> Translated<String> {
    match (resolve, message) {
        (ResolveType::Ignore, _) => match &frame.ignore {
            Some(sql) => Ok(sql.clone()),
            None => refuse("`RAISE(IGNORE)` after the row keeps what was written, which PostgreSQL cannot"),
        },
        (_, Some(message)) => {
            let message = translator.expression(message)?.text()?;
            // The class that drivers report as an error of integrity, as they do for SQLite.
            Ok(format!(
                "RAISE EXCEPTION USING MESSAGE = {message}, ERRCODE = '23000';"
            ))
        }
        (_, None) => refuse("a `RAISE` has no message"),
    }
}

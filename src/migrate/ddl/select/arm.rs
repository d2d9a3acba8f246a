//! One arm of a SELECT: its result, FROM, WHERE, groups, windows and order.

use turso_parser::ast::{As, Distinctness, Expr, OneSelect, ResultColumn, SortedColumn};

use super::super::aggregate::{definition, sorted};
use super::super::clock;
use super::super::from;
use super::super::quoted;
use super::super::scope::Scope;
use super::super::translator::Translator;
use super::super::typed::{Collation, Kind, Translated, Typed, refuse};
use super::columns::tell_apart;
use super::{Output, place};

/// One arm of a compound: its columns, and what stands before and behind them.
pub(super) struct Arm {
    /// `DISTINCT ` or nothing.
    pub head: &'static str,
    /// Its columns.
    pub columns: Vec<Output>,
    /// All from `FROM` on.
    pub tail: String,
}

/// One arm, with ORDER BY and LIMIT where it stands alone.
pub(super) fn arm(
    translator: &mut Translator<'_>,
    select: &OneSelect,
    order_by: &[SortedColumn],
    limit: Option<&str>,
) -> Translated<Arm> {
    match select {
        OneSelect::Values(rows) => values(translator, rows, limit.unwrap_or_default()),
        OneSelect::Select { .. } => {
            let depth = translator.scopes.len();
            translator.scopes.push(Scope::default());
            translator.aggregates.push(false);
            let outer = std::mem::take(&mut translator.grouped);
            let result = one(translator, select, order_by, limit.unwrap_or_default());
            translator.bare.retain(|(at, ..)| *at < depth);
            translator.grouped = outer;
            translator.aggregates.pop();
            translator.scopes.pop();
            result
        }
    }
}

#[expect(clippy::vec_box, reason = "the parser gives rows so")]
pub(super) fn values(
    translator: &mut Translator<'_>,
    rows: &[Vec<Box<Expr>>],
    limit: &str,
) -> Translated<Arm> {
    let rows = rows
        .iter()
        .map(|row| translator.expressions(row))
        .collect::<Translated<Vec<_>>>()?;
    let width = rows.first().map_or(0, Vec::len);
    if rows.iter().any(|row| row.len() != width) {
        return refuse("the rows of VALUES differ in length");
    }
    let [row] = rows.as_slice() else {
        return refuse("VALUES of several rows is not translated");
    };
    let columns = row
        .iter()
        .enumerate()
        .map(|(place, typed)| Output {
            source: format!("column{}", place + 1),
            typed: typed.clone(),
        })
        .collect();
    Ok(Arm {
        head: "",
        columns,
        tail: limit.to_owned(),
    })
}

pub(super) fn one(
    translator: &mut Translator<'_>,
    select: &OneSelect,
    order_by: &[SortedColumn],
    limit: &str,
) -> Translated<Arm> {
    let OneSelect::Select {
        distinctness,
        columns,
        from,
        where_clause,
        group_by,
        window_clause,
    } = select
    else {
        return refuse("VALUES stands where it may not");
    };
    let depth = translator.scopes.len() - 1;
    let mut tail = String::new();
    if let Some(from) = from {
        let sql = from::from(translator, from)?;
        tail = format!("{tail} FROM {sql}");
    }
    let aliases: Vec<(String, Expr)> = columns
        .iter()
        .filter_map(|column| match column {
            ResultColumn::Expr(expression, Some(name)) if name.is_explicit() => {
                Some((name.name().as_str().to_owned(), (**expression).clone()))
            }
            _ => None,
        })
        .collect();
    translator.aliases.clone_from(&aliases);
    if let Some(condition) = where_clause {
        let condition = translator.condition(condition)?;
        tail = format!("{tail} WHERE {condition}");
    }
    let mut grouped_by = Vec::new();
    if let Some(group) = group_by {
        for term in &group.exprs {
            let typed = translator.expression(result_term(term, columns, &[]).unwrap_or(term))?;
            grouped_by.push(group_key(typed)?);
        }
    }
    translator.bare.retain(|(at, ..)| *at < depth);
    translator.grouped.clone_from(&grouped_by);
    let mut having = String::new();
    if let Some(group) = group_by {
        if !grouped_by.is_empty() {
            tail = format!("{tail} GROUP BY {}", grouped_by.join(", "));
        }
        if let Some(condition) = &group.having {
            having = format!(" HAVING {}", translator.condition(condition)?);
        }
    }
    tail.push_str(&having);
    for window in window_clause {
        let sql = definition(translator, &window.window)?;
        tail = format!("{tail} WINDOW {} AS ({sql})", quoted(window.name.as_str()));
    }
    translator.aliases.clear();
    let outputs = results(translator, columns)?;
    if !order_by.is_empty() {
        let terms = order_by
            .iter()
            .map(|term| {
                let typed = match result_term(&term.expr, columns, &aliases) {
                    Some(expression) => translator.expression(expression)?,
                    None => match place(&term.expr, &outputs) {
                        Some(place) if is_number(&term.expr) => outputs[place].typed.clone(),
                        _ => {
                            translator.aliases.clone_from(&aliases);
                            let typed = translator.expression(&term.expr)?;
                            translator.aliases.clear();
                            typed
                        }
                    },
                };
                sorted(&typed, term)
            })
            .collect::<Translated<Vec<_>>>()?;
        tail = format!("{tail} ORDER BY {}", terms.join(", "));
    }
    let aggregate = translator.aggregates.last().copied().unwrap_or(false);
    if aggregate || group_by.is_some() {
        bare(translator, depth, &grouped_by)?;
    }
    tail.push_str(limit);
    let distinct = matches!(distinctness, Some(Distinctness::Distinct));
    if distinct {
        tell_apart(&outputs)?;
    }
    Ok(Arm {
        head: if distinct { "DISTINCT " } else { "" },
        columns: outputs,
        tail,
    })
}

/// What a term of GROUP BY is grouped by.
fn group_key(typed: Typed) -> Translated<String> {
    if typed.kind == Kind::Text && typed.compared() != Collation::Binary {
        return refuse("rows are grouped by text without regard to its case");
    }
    if matches!(typed.kind, Kind::Json | Kind::JsonValue) {
        return refuse("rows are grouped by JSON");
    }
    clock::tells_apart(&typed)?;
    Ok(match (&typed.value, typed.kind.target()) {
        // PostgreSQL takes a bare constant for the place of a column.
        (Some(_), Some(target)) => format!("{}::{target}", typed.sql),
        _ => typed.sql,
    })
}

pub(super) fn is_number(term: &Expr) -> bool {
    matches!(term, Expr::Literal(turso_parser::ast::Literal::Numeric(_)))
}

/// The expression of the result that a term names by its number, or by its alias where aliases come first.
pub(super) fn result_term<'a>(
    term: &'a Expr,
    columns: &'a [ResultColumn],
    aliases: &'a [(String, Expr)],
) -> Option<&'a Expr> {
    match term {
        Expr::Literal(turso_parser::ast::Literal::Numeric(text)) => {
            match columns.get(text.parse::<usize>().ok()?.checked_sub(1)?)? {
                // Places count columns only where no `*` stands for several.
                ResultColumn::Expr(expression, _)
                    if columns
                        .iter()
                        .all(|column| matches!(column, ResultColumn::Expr(..))) =>
                {
                    Some(expression)
                }
                _ => None,
            }
        }
        Expr::Id(name) | Expr::Name(name) => aliases
            .iter()
            .find(|(alias, _)| alias.eq_ignore_ascii_case(name.as_str()))
            .map(|(_, expression)| expression),
        _ => None,
    }
}

/// Refuses columns outside aggregates that are not grouped by, of which SQLite shows any row's.
pub(super) fn bare(translator: &Translator<'_>, depth: usize, grouped: &[String]) -> Translated<()> {
    for (at, table, sql) in &translator.bare {
        if *at != depth || grouped.contains(sql) {
            continue;
        }
        let table = &translator.scopes[depth].tables[*table];
        let key = !table.primary_key.is_empty()
            && table
                .primary_key
                .iter()
                .all(|place| grouped.contains(&table.column(*place).sql));
        if !key {
            return refuse(format!(
                "the column {sql} is neither grouped by nor in an aggregate; SQLite shows that of any row"
            ));
        }
    }
    Ok(())
}

/// The columns of a result, each `*` written out.
pub(super) fn results(translator: &mut Translator<'_>, columns: &[ResultColumn]) -> Translated<Vec<Output>> {
    let depth = translator.scopes.len() - 1;
    let mut outputs = Vec::new();
    for column in columns {
        match column {
            ResultColumn::Expr(expression, name) => {
                let typed = translator.expression(expression)?;
                let source = match (name, &**expression) {
                    (Some(name), _) if name.is_explicit() => name.name().as_str().to_owned(),
                    (_, Expr::Id(name) | Expr::Name(name) | Expr::Qualified(_, name)) => {
                        name.as_str().to_owned()
                    }
                    (Some(As::ImplicitColumnName(name)), _) => name.as_str().trim().to_owned(),
                    _ => format!("column{}", outputs.len() + 1),
                };
                outputs.push(Output { source, typed });
            }
            ResultColumn::Star | ResultColumn::TableStar(_) => {
                let only = match column {
                    ResultColumn::TableStar(name) => Some(name.as_str()),
                    _ => None,
                };
                let scope = translator.scopes[depth].clone();
                let mut any = false;
                for (place, table) in scope.tables.iter().enumerate() {
                    if only.is_some_and(|only| !table.source.eq_ignore_ascii_case(only)) {
                        continue;
                    }
                    any = true;
                    for (at, shape) in table.columns.iter().enumerate() {
                        let merged = scope
                            .merged
                            .iter()
                            .any(|(of, name)| *of == place && name.eq_ignore_ascii_case(&shape.source));
                        if merged && only.is_none() {
                            continue;
                        }
                        let typed = table.column(at);
                        translator.bare.push((depth, place, typed.sql.clone()));
                        outputs.push(Output {
                            source: shape.source.clone(),
                            typed,
                        });
                    }
                }
                if !any {
                    return refuse("`*` stands for no table");
                }
            }
        }
    }
    Ok(outputs)
}

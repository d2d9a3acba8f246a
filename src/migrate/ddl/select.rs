//! SELECT: its parts, and the rules in which SQLite is freer than PostgreSQL.

mod arm;
mod columns;
mod cte;

use turso_parser::ast::{CompoundOperator, Distinctness, Expr, Limit, OneSelect, ResultColumn, Select};

use super::aggregate::sorted;
use super::assign::assign;
use super::compare::{Comparison, compare};
use super::quoted;
use super::translator::Translator;
use super::typed::{Collation, Kind, Translated, Typed, Value, refuse};
use crate::migrate::target_type::TargetType;
use crate::migrate::written::Written;

use arm::arm;
use columns::finished;
pub(super) use columns::{derived, rename, shapes};

/// A column of a result.
#[derive(Debug, Clone)]
pub(super) struct Output {
    /// Its name in SQLite.
    pub source: String,
    /// What it gives.
    pub typed: Typed,
}

/// A whole SELECT in a scope of its own: its SQL, in which column N is called by its name in PostgreSQL, and its columns.
pub(super) fn select(translator: &mut Translator<'_>, select: &Select) -> Translated<(String, Vec<Output>)> {
    let ctes = translator.ctes.len();
    let aliases = std::mem::take(&mut translator.aliases);
    let grouped = std::mem::take(&mut translator.grouped);
    let result = with(translator, select);
    translator.ctes.truncate(ctes);
    translator.aliases = aliases;
    translator.grouped = grouped;
    result
}

/// A SELECT whose columns go into columns of these types.
pub(super) fn into_columns(
    translator: &mut Translator<'_>,
    select: &Select,
    targets: &[TargetType],
) -> Translated<String> {
    let body = &select.body;
    if select.with.is_some()
        || body
            .compounds
            .iter()
            .any(|part| part.operator != CompoundOperator::UnionAll)
    {
        return refuse("rows are inserted from a WITH or a compound other than UNION ALL");
    }
    let limit = select
        .limit
        .as_ref()
        .map(|limit| self::limit(translator, limit))
        .transpose()?;
    let limit = limit.unwrap_or_default();
    let alone = body.compounds.is_empty();
    if !alone && (!limit.is_empty() || !select.order_by.is_empty()) {
        return refuse("rows are inserted from a compound with an order or a limit");
    }
    let mut arms = Vec::new();
    for part in std::iter::once(&body.select).chain(body.compounds.iter().map(|part| &part.select)) {
        let arm = arm(translator, part, &select.order_by, Some(&limit))?;
        if arm.columns.len() != targets.len() {
            return refuse("a row that is inserted is shorter or longer than its columns");
        }
        let list = arm
            .columns
            .iter()
            .zip(targets)
            .map(|(column, target)| assign(&column.typed, target))
            .collect::<Translated<Vec<_>>>()?;
        arms.push(format!("SELECT {}{}{}", arm.head, list.join(", "), arm.tail));
    }
    Ok(arms.join(" UNION ALL "))
}

/// A subquery that stands for a value: SQLite takes its first row.
pub(super) fn scalar(translator: &mut Translator<'_>, select: &Select) -> Translated {
    let (mut sql, columns) = translator.subquery(select)?;
    let [column] = columns.as_slice() else {
        return refuse("a subquery stands for a value and has more than one column");
    };
    if select.limit.is_none() && !one_row(select) {
        sql.push_str(" LIMIT 1");
    }
    Ok(Typed {
        sql: format!("({sql})"),
        value: None,
        moment: None,
        digits: None,
        collation: column.typed.collation.map(|(collation, _)| (collation, false)),
        ..column.typed.clone()
    })
}

/// `x IN (SELECT …)`.
pub(super) fn in_select(
    translator: &mut Translator<'_>,
    left: &Expr,
    not: bool,
    select: &Select,
) -> Translated {
    let left = translator.expression(left)?;
    let (sql, columns) = translator.subquery(select)?;
    let [column] = columns.as_slice() else {
        return refuse("the subquery of `IN` has more than one column");
    };
    super::clock::tells_apart(&left)?;
    super::clock::tells_apart(&column.typed)?;
    let alike = |one: &Typed, other: &Typed| {
        one.moments == other.moments
            && (one.written == other.written
                || other.written == Written::Nothing
                || one.written == Written::Nothing)
    };
    if left.is_clock() && column.typed.is_clock() && !alike(&left, &column.typed) {
        return refuse("dates are looked for among dates that are written in another way in SQLite");
    }
    let same = left.kind == column.typed.kind || left.kind.is_number() && column.typed.kind.is_number();
    let text = left.kind == Kind::Text && left.compared() != Collation::Binary;
    if !same
        || text
        || matches!(
            left.kind,
            Kind::Json | Kind::JsonB | Kind::JsonValue | Kind::Other
        )
    {
        return refuse(format!(
            "{} is looked for among values of a subquery of {}",
            left.kind.name(),
            column.typed.kind.name()
        ));
    }
    let not = if not { "NOT " } else { "" };
    Ok(Typed::new(
        Kind::Boolean,
        format!("({} {not}IN ({sql}))", left.sql),
    ))
}

/// Whether a SELECT always gives one row: an aggregate without groups.
fn one_row(select: &Select) -> bool {
    let OneSelect::Select {
        columns,
        group_by: None,
        ..
    } = &select.body.select
    else {
        return false;
    };
    select.body.compounds.is_empty()
        && columns.iter().all(|column| match column {
            ResultColumn::Expr(expression, _) => match &**expression {
                Expr::FunctionCall {
                    name,
                    filter_over,
                    args,
                    ..
                } => {
                    let name = name.as_str().to_ascii_lowercase();
                    filter_over.over_clause.is_none()
                        && match name.as_str() {
                            "min" | "max" => args.len() == 1,
                            "count" | "sum" | "total" | "avg" | "group_concat" | "string_agg" => true,
                            _ => false,
                        }
                }
                Expr::FunctionCallStar { filter_over, .. } => filter_over.over_clause.is_none(),
                _ => false,
            },
            _ => false,
        })
}

fn with(translator: &mut Translator<'_>, select: &Select) -> Translated<(String, Vec<Output>)> {
    let mut sql = String::new();
    if let Some(with) = &select.with {
        sql = cte::ctes(translator, with)?;
    }
    let (body, columns) = compound(translator, select)?;
    Ok((sql + &body, columns))
}

fn operator(operator: CompoundOperator) -> &'static str {
    match operator {
        CompoundOperator::Union => "UNION",
        CompoundOperator::UnionAll => "UNION ALL",
        CompoundOperator::Except => "EXCEPT",
        CompoundOperator::Intersect => "INTERSECT",
    }
}

fn compound(translator: &mut Translator<'_>, select: &Select) -> Translated<(String, Vec<Output>)> {
    let limit = select
        .limit
        .as_ref()
        .map(|limit| self::limit(translator, limit))
        .transpose()?;
    let limit = limit.unwrap_or_default();
    let simple = select.body.compounds.is_empty();
    let distinct = matches!(
        &select.body.select,
        OneSelect::Select {
            distinctness: Some(Distinctness::Distinct),
            ..
        }
    );
    if simple && !distinct {
        let arm = arm(translator, &select.body.select, &select.order_by, Some(&limit))?;
        return finished(translator, vec![(None, arm)]);
    }
    let mut arms = vec![(None, arm(translator, &select.body.select, &[], None)?)];
    for part in &select.body.compounds {
        let arm = arm(translator, &part.select, &[], None)?;
        arms.push((Some(part.operator), arm));
    }
    let (sql, columns) = finished(translator, arms)?;
    if select.order_by.is_empty() {
        return Ok((sql + &limit, columns));
    }
    let terms = select
        .order_by
        .iter()
        .map(|term| {
            let Some(place) = place(&term.expr, &columns) else {
                return refuse("what a compound or DISTINCT is ordered by is none of its columns");
            };
            let mut typed = columns[place].typed.clone();
            if let Expr::Collate(..) = &*term.expr {
                return refuse("a compound is ordered with a COLLATE");
            }
            typed.sql = format!("q.{}", quoted(&format!("c{}", place + 1)));
            sorted(&typed, term)
        })
        .collect::<Translated<Vec<_>>>()?;
    let names: Vec<_> = (1..=columns.len()).map(|place| format!("c{place}")).collect();
    let sql = format!(
        "SELECT * FROM ({sql}) AS q ({}) ORDER BY {}{limit}",
        names.join(", "),
        terms.join(", ")
    );
    Ok((sql, columns))
}

/// The place of the column that a term of ORDER BY names by number or name.
fn place(term: &Expr, columns: &[Output]) -> Option<usize> {
    match term {
        Expr::Literal(turso_parser::ast::Literal::Numeric(text)) => text
            .parse::<usize>()
            .ok()?
            .checked_sub(1)
            .filter(|place| *place < columns.len()),
        Expr::Id(name) | Expr::Name(name) | Expr::Qualified(_, name) => columns
            .iter()
            .position(|column| column.source.eq_ignore_ascii_case(name.as_str())),
        Expr::Parenthesized(parts) if parts.len() == 1 => place(&parts[0], columns),
        _ => None,
    }
}

fn limit(translator: &mut Translator<'_>, limit: &Limit) -> Translated<String> {
    let mut number = |expression: &Expr| match translator.expression(expression)?.value {
        Some(Value::Integer(number)) => Ok(number),
        _ => refuse("a LIMIT is not a constant"),
    };
    let count = number(&limit.expr)?;
    let mut sql = String::new();
    if count >= 0 {
        sql = format!("{sql} LIMIT {count}");
    }
    if let Some(offset) = &limit.offset {
        sql = format!("{sql} OFFSET {}", number(offset)?.max(0));
    }
    Ok(sql)
}

/// Two columns of joined tables as equal, for USING and NATURAL.
pub(super) fn equal(left: &Typed, right: &Typed) -> Translated<String> {
    Ok(compare(Comparison::Equal, left, right)?.sql)
}

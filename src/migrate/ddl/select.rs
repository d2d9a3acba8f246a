//! SELECT: its parts, and the rules in which SQLite is freer than PostgreSQL.

use turso_parser::ast::{
    As, CompoundOperator, Distinctness, Expr, Limit, OneSelect, ResultColumn, Select, SortedColumn, With,
};

use super::aggregate::{definition, sorted};
use super::assign::assign;
use super::compare::{Comparison, compare, unify};
use super::from;
use super::quoted;
use super::scope::{Scope, ScopeTable};
use super::shape::ColumnShape;
use super::translator::Translator;
use super::typed::{Collation, Kind, Translated, Typed, Value, refuse};
use crate::migrate::encoding::Moments;
use crate::migrate::target_type::TargetType;

/// A column of a result.
#[derive(Debug, Clone)]
pub(super) struct Output {
    /// Its name in SQLite.
    pub source: String,
    /// What it gives.
    pub typed: Typed,
}

/// One arm of a compound: its columns, and what stands before and behind them.
struct Arm {
    head: &'static str,
    columns: Vec<Output>,
    tail: String,
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
    if select.with.is_some() || body.compounds.iter().any(|part| part.operator != CompoundOperator::UnionAll) {
        return refuse("rows are inserted from a WITH or a compound other than UNION ALL");
    }
    let limit = select.limit.as_ref().map(|limit| self::limit(translator, limit)).transpose()?;
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
pub(super) fn in_select(translator: &mut Translator<'_>, left: &Expr, not: bool, select: &Select) -> Translated {
    let left = translator.expression(left)?;
    let (sql, columns) = translator.subquery(select)?;
    let [column] = columns.as_slice() else {
        return refuse("the subquery of `IN` has more than one column");
    };
    let same = left.kind == column.typed.kind || left.kind.is_number() && column.typed.kind.is_number();
    let text = left.kind == Kind::Text && left.compared() != Collation::Binary;
    if !same || text || matches!(left.kind, Kind::Json | Kind::JsonB | Kind::JsonValue | Kind::Other) {
        return refuse(format!(
            "{} is looked for among values of a subquery of {}",
            left.kind.name(),
            column.typed.kind.name()
        ));
    }
    let not = if not { "NOT " } else { "" };
    Ok(Typed::new(Kind::Boolean, format!("({} {not}IN ({sql}))", left.sql)))
}

/// Whether a SELECT always gives one row: an aggregate without groups.
fn one_row(select: &Select) -> bool {
    let OneSelect::Select { columns, group_by: None, .. } = &select.body.select else {
        return false;
    };
    select.body.compounds.is_empty()
        && columns.iter().all(|column| match column {
            ResultColumn::Expr(expression, _) => match &**expression {
                Expr::FunctionCall { name, filter_over, args, .. } => {
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
        sql = ctes(translator, with)?;
    }
    let (body, columns) = compound(translator, select)?;
    Ok((sql + &body, columns))
}

fn ctes(translator: &mut Translator<'_>, with: &With) -> Translated<String> {
    let mut parts = Vec::new();
    let mut recursive = false;
    for cte in &with.ctes {
        let name = cte.tbl_name.as_str();
        let names: Vec<_> = cte.columns.iter().map(|column| column.col_name.as_str()).collect();
        let body = &cte.select.body;
        let own = refers(&cte.select, name);
        let (sql, columns) = if own {
            recursive = true;
            if cte.select.limit.is_some() || !cte.select.order_by.is_empty() || cte.select.with.is_some() {
                return refuse(format!("the recursive `{name}` has an order or a limit, which PostgreSQL lacks there"));
            }
            let [step] = body.compounds.as_slice() else {
                return refuse(format!("the recursive `{name}` has more than two parts"));
            };
            let word = operator(step.operator);
            if !matches!(step.operator, CompoundOperator::Union | CompoundOperator::UnionAll) {
                return refuse(format!("the recursive `{name}` is joined by `{word}`"));
            }
            let first = arm(translator, &body.select, &[], None)?;
            let (start, columns) = finished(translator, vec![(None, first)])?;
            let table = derived(name, &rename(columns.clone(), &names)?, translator.shape.folded);
            translator.ctes.push(table);
            let next = arm(translator, &step.select, &[], None)?;
            if next.columns.len() != columns.len() {
                return refuse("the parts of a compound differ in columns");
            }
            let mut list = Vec::new();
            for (column, first) in next.columns.iter().zip(&columns) {
                let fits = column.typed.kind == first.typed.kind || column.typed.kind == Kind::Null;
                let (true, Some(target)) = (fits, first.typed.kind.target()) else {
                    return refuse(format!("the parts of `{name}` differ in types"));
                };
                list.push(format!("{}::{target}", column.typed.sql));
            }
            translator.ctes.pop();
            let sql = format!("{start} {word} SELECT {}{}{}", next.head, list.join(", "), next.tail);
            (sql, columns)
        } else {
            self::select(translator, &cte.select)?
        };
        let columns = rename(columns, &names)?;
        let table = derived(name, &columns, translator.shape.folded);
        let list: Vec<_> = table.columns.iter().map(|column| quoted(&column.name)).collect();
        parts.push(format!("{} ({}) AS ({sql})", quoted(&table.source), list.join(", ")));
        translator.ctes.push(table);
    }
    let word = if recursive { "WITH RECURSIVE" } else { "WITH" };
    Ok(format!("{word} {} ", parts.join(", ")))
}

/// Whether FROM of any part of a SELECT, or of a subquery in it, names this table.
fn refers(select: &Select, name: &str) -> bool {
    from::tables(select).iter().any(|table| table.eq_ignore_ascii_case(name))
}

/// The columns under the names that a list gives them; without a list as they are.
pub(super) fn rename(mut columns: Vec<Output>, names: &[&str]) -> Translated<Vec<Output>> {
    if names.is_empty() {
        return Ok(columns);
    }
    if names.len() != columns.len() {
        return refuse("a list of column names is shorter or longer than the result");
    }
    for (column, name) in columns.iter_mut().zip(names) {
        (*name).clone_into(&mut column.source);
    }
    Ok(columns)
}

/// A result as a table in sight, each column under a name of its own.
pub(super) fn derived(name: &str, columns: &[Output], folded: bool) -> ScopeTable {
    ScopeTable {
        source: name.to_owned(),
        prefix: quoted(name),
        columns: shapes(columns, folded),
        rowid_alias: None,
        has_rowid: false,
        primary_key: Vec::new(),
        named_only: false,
    }
}

/// The columns of a result as those of a table.
pub(super) fn shapes(columns: &[Output], folded: bool) -> Vec<ColumnShape> {
    let mut shapes: Vec<ColumnShape> = Vec::with_capacity(columns.len());
    for column in columns {
        let mut source = column.source.clone();
        let taken = |shapes: &[ColumnShape], name: &str| {
            shapes.iter().any(|shape| shape.source.eq_ignore_ascii_case(name))
        };
        let mut count = 0;
        while taken(&shapes, &source) {
            count += 1;
            source = format!("{}:{count}", column.source);
        }
        shapes.push(ColumnShape {
            name: super::view::column_name(&source, folded),
            source,
            declared: column.typed.declared.clone().unwrap_or_default(),
            target: column.typed.kind.target().unwrap_or(TargetType::Text),
            moments: column.typed.moments,
            collation: match column.typed.compared() {
                Collation::Binary => None,
                Collation::NoCase => Some("NOCASE".to_owned()),
                Collation::RTrim => Some("RTRIM".to_owned()),
            },
        });
    }
    shapes
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
    let limit = select.limit.as_ref().map(|limit| self::limit(translator, limit)).transpose()?;
    let limit = limit.unwrap_or_default();
    let simple = select.body.compounds.is_empty();
    let distinct = matches!(
        &select.body.select,
        OneSelect::Select { distinctness: Some(Distinctness::Distinct), .. }
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
        Expr::Literal(turso_parser::ast::Literal::Numeric(text)) => {
            text.parse::<usize>().ok()?.checked_sub(1).filter(|place| *place < columns.len())
        }
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
        sql.push_str(&format!(" LIMIT {count}"));
    }
    if let Some(offset) = &limit.offset {
        sql.push_str(&format!(" OFFSET {}", number(offset)?.max(0)));
    }
    Ok(sql)
}

/// One arm, with ORDER BY and LIMIT where it stands alone.
fn arm(
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

fn values(translator: &mut Translator<'_>, rows: &[Vec<Box<Expr>>], limit: &str) -> Translated<Arm> {
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
        .map(|(place, typed)| Output { source: format!("column{}", place + 1), typed: typed.clone() })
        .collect();
    Ok(Arm { head: "", columns, tail: limit.to_owned() })
}

fn one(
    translator: &mut Translator<'_>,
    select: &OneSelect,
    order_by: &[SortedColumn],
    limit: &str,
) -> Translated<Arm> {
    let OneSelect::Select { distinctness, columns, from, where_clause, group_by, window_clause } = select else {
        return refuse("VALUES stands where it may not");
    };
    let depth = translator.scopes.len() - 1;
    let mut tail = String::new();
    if let Some(from) = from {
        let sql = from::from(translator, from)?;
        tail.push_str(&format!(" FROM {sql}"));
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
        tail.push_str(&format!(" WHERE {condition}"));
    }
    let mut grouped_by = Vec::new();
    if let Some(group) = group_by {
        for term in &group.exprs {
            let typed = translator.expression(result_term(term, columns, &[]).unwrap_or(term))?;
            if typed.kind == Kind::Text && typed.compared() != Collation::Binary {
                return refuse("rows are grouped by text without regard to its case");
            }
            if matches!(typed.kind, Kind::Json | Kind::JsonValue) {
                return refuse("rows are grouped by JSON");
            }
            grouped_by.push(typed.sql);
        }
    }
    translator.bare.retain(|(at, ..)| *at < depth);
    translator.grouped.clone_from(&grouped_by);
    let mut having = String::new();
    if let Some(group) = group_by {
        if !grouped_by.is_empty() {
            tail.push_str(&format!(" GROUP BY {}", grouped_by.join(", ")));
        }
        if let Some(condition) = &group.having {
            having = format!(" HAVING {}", translator.condition(condition)?);
        }
    }
    tail.push_str(&having);
    for window in window_clause {
        let sql = definition(translator, &window.window)?;
        tail.push_str(&format!(" WINDOW {} AS ({sql})", quoted(window.name.as_str())));
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
        tail.push_str(&format!(" ORDER BY {}", terms.join(", ")));
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
    Ok(Arm { head: if distinct { "DISTINCT " } else { "" }, columns: outputs, tail })
}

fn is_number(term: &Expr) -> bool {
    matches!(term, Expr::Literal(turso_parser::ast::Literal::Numeric(_)))
}

/// The expression of the result that a term names by its number, or by its alias where aliases come first.
fn result_term<'a>(term: &'a Expr, columns: &'a [ResultColumn], aliases: &'a [(String, Expr)]) -> Option<&'a Expr> {
    match term {
        Expr::Literal(turso_parser::ast::Literal::Numeric(text)) => {
            match columns.get(text.parse::<usize>().ok()?.checked_sub(1)?)? {
                // Places count columns only where no `*` stands for several.
                ResultColumn::Expr(expression, _)
                    if columns.iter().all(|column| matches!(column, ResultColumn::Expr(..))) =>
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
fn bare(translator: &Translator<'_>, depth: usize, grouped: &[String]) -> Translated<()> {
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

/// DISTINCT and compounds tell rows apart by what PostgreSQL finds equal.
fn tell_apart(columns: &[Output]) -> Translated<()> {
    for column in columns {
        if matches!(column.typed.kind, Kind::Json | Kind::JsonValue) {
            return refuse("rows are told apart by JSON");
        }
        if column.typed.kind == Kind::Text && column.typed.compared() != Collation::Binary {
            return refuse("rows are told apart by text without regard to its case");
        }
    }
    Ok(())
}

/// The columns of a result, each `*` written out.
fn results(translator: &mut Translator<'_>, columns: &[ResultColumn]) -> Translated<Vec<Output>> {
    let depth = translator.scopes.len() - 1;
    let mut outputs = Vec::new();
    for column in columns {
        match column {
            ResultColumn::Expr(expression, name) => {
                let typed = translator.expression(expression)?;
                let source = match (name, &**expression) {
                    (Some(name), _) if name.is_explicit() => name.name().as_str().to_owned(),
                    (_, Expr::Id(name) | Expr::Name(name) | Expr::Qualified(_, name)) => name.as_str().to_owned(),
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
                        outputs.push(Output { source: shape.source.clone(), typed });
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

/// The arms as one statement, their columns in one type each.
fn finished(
    translator: &Translator<'_>,
    mut arms: Vec<(Option<CompoundOperator>, Arm)>,
) -> Translated<(String, Vec<Output>)> {
    let width = arms[0].1.columns.len();
    if arms.iter().any(|(_, arm)| arm.columns.len() != width) {
        return refuse("the parts of a compound differ in columns");
    }
    let all = arms.iter().all(|(word, _)| matches!(word, None | Some(CompoundOperator::UnionAll)));
    for (_, arm) in &arms {
        if !all {
            tell_apart(&arm.columns)?;
        }
    }
    // INTERSECT binds more tightly in PostgreSQL; SQLite goes from left to right.
    let mixed = arms.len() > 2
        && arms.iter().any(|(word, _)| *word == Some(CompoundOperator::Intersect))
        && arms.iter().any(|(word, _)| word.is_some_and(|word| word != CompoundOperator::Intersect));
    if mixed {
        return refuse("`INTERSECT` is mixed with other compounds");
    }
    for place in 0..width {
        let parts: Vec<_> = arms.iter().map(|(_, arm)| arm.columns[place].typed.clone()).collect();
        let (kind, sql) = unify(translator.shape, &parts)?;
        let Some(target) = kind.target() else {
            return refuse(format!("{} is a column of the result", kind.name()));
        };
        let count = arms.len();
        for ((_, arm), sql) in arms.iter_mut().zip(sql) {
            let typed = &mut arm.columns[place].typed;
            let told = typed.value.is_some() || typed.kind == Kind::Null || kind == Kind::Null || count > 1;
            typed.sql = match (kind, told) {
                (Kind::Boolean, _) if translator.shape.affinity => format!("({sql}::integer::bigint)"),
                (_, true) => format!("({sql}::{target})"),
                _ => sql,
            };
            if kind == Kind::Boolean && translator.shape.affinity {
                typed.kind = Kind::Integer;
            } else {
                typed.kind = kind;
            }
            typed.value = None;
            if count > 1 {
                typed.moments = Moments::Iso;
            }
        }
    }
    let mut sql = String::new();
    for (word, arm) in &arms {
        if let Some(word) = word {
            sql.push_str(&format!(" {} ", operator(*word)));
        }
        let list: Vec<_> = arm.columns.iter().map(|column| column.typed.sql.as_str()).collect();
        let (head, tail) = (arm.head, &arm.tail);
        sql.push_str(&format!("SELECT {head}{}{tail}", list.join(", ")));
    }
    let (_, first) = arms.swap_remove(0);
    Ok((sql, first.columns))
}

/// Two columns of joined tables as equal, for USING and NATURAL.
pub(super) fn equal(left: &Typed, right: &Typed) -> Translated<String> {
    Ok(compare(Comparison::Equal, left, right)?.sql)
}

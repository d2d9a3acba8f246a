//! FROM: tables, subqueries and joins.

use turso_parser::ast::{
    As, FromClause, JoinConstraint, JoinOperator, JoinType, JoinedSelectTable, OneSelect, QualifiedName,
    Select, SelectTable,
};

use super::quoted;
use super::scope::ScopeTable;
use super::select::{derived, equal};
use super::translator::Translator;
use super::typed::{Translated, refuse};

/// FROM's SQL; its tables come into the innermost scope.
///
/// A comma becomes CROSS JOIN: SQLite joins strictly from left to right, and PostgreSQL binds JOIN before a comma.
pub(super) fn from(translator: &mut Translator<'_>, from: &FromClause) -> Translated<String> {
    let mut sql = match &*from.select {
        SelectTable::Sub(inner, None) => self::from(translator, inner)?,
        single => {
            let (sql, first) = table(translator, single)?;
            add(translator, first);
            sql
        }
    };
    for join in &from.joins {
        let kind = match join.operator {
            JoinOperator::Comma | JoinOperator::TypedJoin(None) => JoinType::INNER,
            JoinOperator::TypedJoin(Some(kind)) => kind,
        };
        if let SelectTable::Sub(inner, None) = &*join.table
            && !inner.joins.is_empty()
        {
            sql = bracketed(translator, &sql, inner, join, kind)?;
            continue;
        }
        let (right, shape) = table(translator, &join.table)?;
        let has = |name: &str| {
            shape
                .columns
                .iter()
                .any(|column| column.source.eq_ignore_ascii_case(name))
        };
        let innermost = translator.scopes.len() - 1;
        let shared: Vec<String> = match &join.constraint {
            Some(JoinConstraint::Using(names)) => names.iter().map(|name| name.as_str().to_owned()).collect(),
            None if kind.contains(JoinType::NATURAL) => {
                let mut names: Vec<String> = Vec::new();
                for table in &translator.scopes[innermost].tables {
                    for column in &table.columns {
                        let known = names.iter().any(|name| name.eq_ignore_ascii_case(&column.source));
                        if has(&column.source) && !known {
                            names.push(column.source.clone());
                        }
                    }
                }
                names
            }
            _ => Vec::new(),
        };
        let mut conditions = Vec::new();
        for name in &shared {
            let left = translator.scopes[innermost].find(None, name)?;
            let (Some(left), Some(place)) = (left, shape.place(name)?) else {
                return refuse(format!("`USING ({name})` names what is no column of both sides"));
            };
            conditions.push(equal(&left.typed, &shape.column(place))?);
        }
        let outer = kind.contains(JoinType::RIGHT);
        if outer && !shared.is_empty() {
            return refuse("a RIGHT or FULL JOIN with USING or NATURAL is not translated");
        }
        let place = add(translator, shape);
        for name in shared {
            translator.scopes[innermost].merged.push((place, name));
        }
        if let Some(JoinConstraint::On(condition)) = &join.constraint {
            conditions.push(translator.condition(condition)?);
        }
        let left = kind.contains(JoinType::LEFT);
        let word = match (left, outer) {
            (true, true) => "FULL JOIN",
            (true, false) => "LEFT JOIN",
            (false, true) => "RIGHT JOIN",
            (false, false) if conditions.is_empty() => "CROSS JOIN",
            (false, false) => "JOIN",
        };
        sql = format!("{sql} {word} {right}");
        if word != "CROSS JOIN" {
            let condition = if conditions.is_empty() {
                "TRUE".to_owned()
            } else {
                conditions.join(" AND ")
            };
            sql = format!("{sql} ON {condition}");
        }
    }
    Ok(sql)
}

/// A join with another join in brackets on its right.
fn bracketed(
    translator: &mut Translator<'_>,
    sql: &str,
    inner: &FromClause,
    join: &JoinedSelectTable,
    kind: JoinType,
) -> Translated<String> {
    if matches!(join.constraint, Some(JoinConstraint::Using(_))) || kind.contains(JoinType::NATURAL) {
        return refuse("joins in brackets are joined with USING or NATURAL");
    }
    // What is in the brackets sees no columns of its neighbours.
    let innermost = translator.scopes.len() - 1;
    let neighbours = std::mem::take(&mut translator.scopes[innermost]);
    let result = from(translator, inner);
    let inside = std::mem::replace(&mut translator.scopes[innermost], neighbours);
    let right = result?;
    let scope = &mut translator.scopes[innermost];
    let before = scope.tables.len();
    scope.tables.extend(inside.tables);
    let merged = inside.merged.into_iter();
    scope
        .merged
        .extend(merged.map(|(place, name)| (place + before, name)));
    let condition = match &join.constraint {
        Some(JoinConstraint::On(condition)) => translator.condition(condition)?,
        _ => "TRUE".to_owned(),
    };
    let word = match (kind.contains(JoinType::LEFT), kind.contains(JoinType::RIGHT)) {
        (true, true) => "FULL JOIN",
        (true, false) => "LEFT JOIN",
        (false, true) => "RIGHT JOIN",
        (false, false) => "JOIN",
    };
    Ok(format!("{sql} {word} ({right}) ON {condition}"))
}

fn add(translator: &mut Translator<'_>, table: ScopeTable) -> usize {
    let innermost = translator.scopes.len() - 1;
    translator.scopes[innermost].tables.push(table);
    translator.scopes[innermost].tables.len() - 1
}

/// A table of FROM: its SQL with an alias, and what is seen of it.
fn table(translator: &mut Translator<'_>, table: &SelectTable) -> Translated<(String, ScopeTable)> {
    match table {
        SelectTable::Table(name, alias, _) => named(translator, name, alias.as_ref()),
        SelectTable::TableCall(name, ..) => refuse(format!(
            "the table function `{}` has no counterpart",
            name.name.as_str()
        )),
        SelectTable::Select(inner, alias) => {
            // A subquery in FROM sees no columns of its neighbours.
            let innermost = translator.scopes.len() - 1;
            let neighbours = std::mem::take(&mut translator.scopes[innermost]);
            let result = translator.subquery(inner);
            translator.scopes[innermost] = neighbours;
            let (sql, columns) = result?;
            let name = alias.as_ref().map_or("", |alias| alias.name().as_str());
            let mut shape = derived(name, &columns, translator.shape.folded);
            if name.is_empty() {
                shape.prefix = quoted(&format!(
                    "subquery{}",
                    translator.scopes[innermost].tables.len() + 1
                ));
            }
            let list: Vec<_> = shape.columns.iter().map(|column| quoted(&column.name)).collect();
            Ok((
                format!("({sql}) AS {} ({})", shape.prefix, list.join(", ")),
                shape,
            ))
        }
        SelectTable::Sub(inner, None) => {
            if !inner.joins.is_empty() {
                return refuse("joins in brackets stand where they are not translated");
            }
            self::table(translator, &inner.select)
        }
        SelectTable::Sub(_, Some(_)) => refuse("joins in brackets with a name are not translated"),
    }
}

fn named(
    translator: &Translator<'_>,
    name: &QualifiedName,
    alias: Option<&As>,
) -> Translated<(String, ScopeTable)> {
    let source = name.name.as_str();
    let shown = alias.map_or(source, |alias| alias.name().as_str());
    let prefix = quoted(shown);
    let cte = translator
        .ctes
        .iter()
        .rev()
        .find(|cte| cte.source.eq_ignore_ascii_case(source));
    if let Some(cte) = cte {
        let sql = format!("{} AS {prefix}", quoted(&cte.source));
        return Ok((
            sql,
            ScopeTable {
                source: shown.to_owned(),
                prefix,
                ..cte.clone()
            },
        ));
    }
    let Some(table) = translator.shape.table(source) else {
        return refuse(format!("there is no table `{source}` in PostgreSQL"));
    };
    if table.columns.is_empty() {
        return refuse(format!("the view `{source}` is not carried"));
    }
    let sql = format!("{} AS {prefix}", translator.shape.qualified(&table.name));
    Ok((sql, ScopeTable::of(table, shown, prefix)))
}

/// The names of all tables that a SELECT takes rows from in FROM, those of subqueries in FROM included.
pub(super) fn tables(select: &Select) -> Vec<String> {
    let mut names = Vec::new();
    collect(select, &mut names, 0);
    names
}

fn collect(select: &Select, names: &mut Vec<String>, depth: usize) {
    if depth > 100 {
        return;
    }
    for cte in select.with.iter().flat_map(|with| &with.ctes) {
        collect(&cte.select, names, depth + 1);
    }
    let arms =
        std::iter::once(&select.body.select).chain(select.body.compounds.iter().map(|part| &part.select));
    for arm in arms {
        if let OneSelect::Select { from: Some(from), .. } = arm {
            clause(from, names, depth + 1);
        }
    }
}

fn clause(from: &FromClause, names: &mut Vec<String>, depth: usize) {
    let tables = std::iter::once(&from.select).chain(from.joins.iter().map(|join| &join.table));
    for table in tables {
        match &**table {
            SelectTable::Table(name, ..) | SelectTable::TableCall(name, ..) => {
                names.push(name.name.as_str().to_owned());
            }
            SelectTable::Select(inner, _) => collect(inner, names, depth + 1),
            SelectTable::Sub(inner, _) if depth <= 100 => clause(inner, names, depth + 1),
            SelectTable::Sub(..) => {}
        }
    }
}

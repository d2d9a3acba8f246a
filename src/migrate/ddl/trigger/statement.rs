//! The statements in a trigger's body.

use turso_parser::ast::{Expr, OneSelect, ResolveType, Select, Set, TriggerCmd, Upsert, UpsertDo};

use super::Frame;
use crate::migrate::ddl::assign::assign;
use crate::migrate::ddl::from::from;
use crate::migrate::ddl::quoted;
use crate::migrate::ddl::scope::{Scope, ScopeTable};
use crate::migrate::ddl::select::into_columns;
use crate::migrate::ddl::shape::TableShape;
use crate::migrate::ddl::translator::Translator;
use crate::migrate::ddl::typed::{Translated, refuse};

/// A statement of PL/pgSQL with its semicolon.
pub(super) fn statement(
    translator: &mut Translator<'_>,
    command: &TriggerCmd,
    frame: &Frame,
) -> Translated<String> {
    match command {
        TriggerCmd::Update {
            or_conflict,
            tbl_name,
            sets,
            from,
            where_clause,
        } => {
            let table = target(translator, tbl_name.as_str(), frame)?;
            if or_conflict.is_some_and(|resolve| resolve != ResolveType::Abort) {
                return refuse("`UPDATE OR …` has no counterpart");
            }
            let scope = ScopeTable::of(table, &table.source, quoted(&table.name));
            scoped(translator, Scope::single(scope), |translator| {
                let from = from
                    .as_ref()
                    .map(|clause| self::from(translator, clause))
                    .transpose()?;
                let sets = self::sets(translator, table, sets)?;
                let mut sql = format!(
                    "UPDATE {} AS {} SET {sets}",
                    qualified(translator, table),
                    quoted(&table.name)
                );
                if let Some(from) = from {
                    sql = format!("{sql} FROM {from}");
                }
                condition(translator, &mut sql, where_clause.as_deref())?;
                Ok(sql + ";")
            })
        }
        TriggerCmd::Delete {
            tbl_name,
            where_clause,
        } => {
            let table = target(translator, tbl_name.as_str(), frame)?;
            let scope = ScopeTable::of(table, &table.source, quoted(&table.name));
            scoped(translator, Scope::single(scope), |translator| {
                let mut sql = format!(
                    "DELETE FROM {} AS {}",
                    qualified(translator, table),
                    quoted(&table.name)
                );
                condition(translator, &mut sql, where_clause.as_deref())?;
                Ok(sql + ";")
            })
        }
        TriggerCmd::Insert {
            or_conflict,
            tbl_name,
            col_names,
            select,
            upsert,
            returning,
        } => {
            if !returning.is_empty() {
                return refuse("`RETURNING` stands in a trigger");
            }
            let table = target(translator, tbl_name.as_str(), frame)?;
            let names: Vec<_> = col_names.iter().map(turso_parser::ast::Name::as_str).collect();
            insert(translator, table, &names, select, *or_conflict, upsert.as_deref())
        }
        TriggerCmd::Select(select) => super::raise::select(translator, select, frame),
    }
}

/// The table that a statement writes to.
fn target<'a>(translator: &Translator<'a>, name: &str, frame: &Frame) -> Translated<&'a TableShape> {
    if frame
        .untouched
        .as_deref()
        .is_some_and(|table| table.eq_ignore_ascii_case(name))
    {
        return refuse("it writes to its own table before the row, which PostgreSQL refuses");
    }
    match translator.shape.table(name) {
        Some(table) if !table.columns.is_empty() => Ok(table),
        _ => refuse(format!("it writes to `{name}`, which is not carried")),
    }
}

fn qualified(translator: &Translator<'_>, table: &TableShape) -> String {
    translator.shape.qualified(&table.name)
}

/// A step with one more scope.
pub(super) fn scoped<T>(
    translator: &mut Translator<'_>,
    scope: Scope,
    step: impl FnOnce(&mut Translator<'_>) -> Translated<T>,
) -> Translated<T> {
    translator.scopes.push(scope);
    let result = step(translator);
    translator.scopes.pop();
    result
}

fn condition(translator: &mut Translator<'_>, sql: &mut String, condition: Option<&Expr>) -> Translated<()> {
    if let Some(condition) = condition {
        *sql = format!("{sql} WHERE {}", translator.condition(condition)?);
    }
    Ok(())
}

fn sets(translator: &mut Translator<'_>, table: &TableShape, sets: &[Set]) -> Translated<String> {
    let scope = ScopeTable::of(table, &table.source, String::new());
    let sets = sets
        .iter()
        .map(|set| {
            let [name] = set.col_names.as_slice() else {
                return refuse("`SET (a, b) = …` is not translated");
            };
            let Some(place) = scope.place(name.as_str())? else {
                return refuse(format!("there is no column `{}`", name.as_str()));
            };
            let column = &scope.columns[place];
            let value = translator.expression(&set.expr)?;
            Ok(format!(
                "{} = {}",
                quoted(&column.name),
                assign(&value, &column.target)?
            ))
        })
        .collect::<Translated<Vec<_>>>()?;
    Ok(sets.join(", "))
}

fn insert(
    translator: &mut Translator<'_>,
    table: &TableShape,
    names: &[&str],
    select: &Select,
    conflict: Option<ResolveType>,
    upsert: Option<&Upsert>,
) -> Translated<String> {
    let scope = ScopeTable::of(table, &table.source, quoted(&table.name));
    let mut places = Vec::new();
    for name in names {
        match scope.place(name)? {
            Some(place) => places.push(place),
            None => return refuse(format!("there is no column `{name}`")),
        }
    }
    if names.is_empty() {
        places = (0..scope.columns.len()).collect();
    }
    let targets: Vec<_> = places
        .iter()
        .map(|place| scope.columns[*place].target.clone())
        .collect();
    let rows = match &select.body.select {
        OneSelect::Values(rows) if select.body.compounds.is_empty() => {
            let mut lines = Vec::new();
            for row in rows {
                if row.len() != targets.len() {
                    return refuse("a row that is inserted is shorter or longer than its columns");
                }
                let values = row
                    .iter()
                    .zip(&targets)
                    .map(|(value, target)| assign(&translator.expression(value)?, target))
                    .collect::<Translated<Vec<_>>>()?;
                lines.push(format!("({})", values.join(", ")));
            }
            format!("VALUES {}", lines.join(", "))
        }
        _ => into_columns(translator, select, &targets)?,
    };
    let list: Vec<_> = places
        .iter()
        .map(|place| quoted(&scope.columns[*place].name))
        .collect();
    let mut sql = format!(
        "INSERT INTO {} AS {} ({}) {rows}",
        qualified(translator, table),
        quoted(&table.name),
        list.join(", ")
    );
    match (conflict, upsert) {
        (None | Some(ResolveType::Abort | ResolveType::Rollback), None) => {}
        (Some(ResolveType::Ignore), None) => sql.push_str(" ON CONFLICT DO NOTHING"),
        (Some(ResolveType::Replace), None) => sql.push_str(&replace(table, &places)?),
        (None, Some(upsert)) => {
            let clause = scoped(translator, Scope::single(scope), |translator| {
                self::upsert(translator, table, upsert)
            })?;
            sql.push_str(&clause);
        }
        _ => return refuse("what an `INSERT` does on a conflict has no counterpart"),
    }
    Ok(sql + ";")
}

/// `OR REPLACE`, where there is one key by which a row can be in the way.
fn replace(table: &TableShape, places: &[usize]) -> Translated<String> {
    if let Some(reason) = &table.irreplaceable {
        return refuse(format!(
            "`OR REPLACE` deletes and inserts rows of `{}`, and {reason}",
            table.source
        ));
    }
    let mut keys: Vec<&Vec<usize>> = std::iter::once(&table.primary_key)
        .chain(&table.unique)
        .filter(|key| !key.is_empty())
        .collect();
    // A key that the database fills by itself is never in the way.
    keys.retain(|key| {
        key.iter().any(|place| places.contains(place)) || table.rowid_alias != key.first().copied()
    });
    let [key] = keys.as_slice() else {
        return refuse("`OR REPLACE` meets a table with no key or with several");
    };
    let key = on(table, key)?;
    let sets: Vec<_> = table
        .columns
        .iter()
        .enumerate()
        .map(|(place, column)| {
            let name = quoted(&column.name);
            if places.contains(&place) {
                format!("{name} = EXCLUDED.{name}")
            } else {
                format!("{name} = DEFAULT")
            }
        })
        .collect();
    if table.rowid_alias.is_some_and(|alias| !places.contains(&alias)) {
        return refuse("`OR REPLACE` would give the row another id");
    }
    Ok(format!(" ON CONFLICT ({key}) DO UPDATE SET {}", sets.join(", ")))
}

/// A key's columns, where PostgreSQL has the key over just these.
fn on(table: &TableShape, key: &[usize]) -> Translated<String> {
    if key.iter().any(|place| table.columns[*place].collation.is_some()) {
        return refuse("a conflict is told by a key without regard to case");
    }
    let names: Vec<_> = key
        .iter()
        .map(|place| quoted(&table.columns[*place].name))
        .collect();
    Ok(names.join(", "))
}

fn upsert(translator: &mut Translator<'_>, table: &TableShape, upsert: &Upsert) -> Translated<String> {
    if upsert.next.is_some() {
        return refuse("an `INSERT` has more than one `ON CONFLICT`");
    }
    let mut sql = " ON CONFLICT".to_owned();
    if let Some(index) = &upsert.index {
        let scope = ScopeTable::of(table, &table.source, String::new());
        let mut key = Vec::new();
        for target in &index.targets {
            match &*target.expr {
                Expr::Id(name) | Expr::Name(name) => key.extend(scope.place(name.as_str())?),
                _ => return refuse("an `ON CONFLICT` is over an expression"),
            }
        }
        let same =
            |other: &Vec<usize>| other.len() == key.len() && other.iter().all(|place| key.contains(place));
        let known = same(&table.primary_key) || table.unique.iter().any(same);
        if !known || key.len() != index.targets.len() || index.where_clause.is_some() {
            return refuse("an `ON CONFLICT` names columns that are no key of their own");
        }
        sql = format!("{sql} ({})", on(table, &key)?);
    }
    match &upsert.do_clause {
        UpsertDo::Nothing => sql.push_str(" DO NOTHING"),
        UpsertDo::Set { .. } if upsert.index.is_none() => {
            return refuse("an `ON CONFLICT DO UPDATE` names no columns");
        }
        UpsertDo::Set { sets, where_clause } => {
            let excluded = ScopeTable {
                named_only: true,
                ..ScopeTable::of(table, "excluded", "EXCLUDED".to_owned())
            };
            let innermost = translator.scopes.len() - 1;
            translator.scopes[innermost].tables.push(excluded);
            let sets = self::sets(translator, table, sets)?;
            sql = format!("{sql} DO UPDATE SET {sets}");
            condition(translator, &mut sql, where_clause.as_deref())?;
        }
    }
    Ok(sql)
}

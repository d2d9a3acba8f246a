//! What only the text of a `CREATE TABLE` tells: CHECKs, expressions of generated columns, names of keys, deferral of
//! foreign keys.

use turso_parser::ast::{
    ColumnConstraint, CreateTableBody, DeferSubclause, Expr, InitDeferredPred, Name, NamedColumnConstraint,
    ResolveType, Stmt, TableConstraint,
};

use super::key_names;
use crate::migrate::sqlite::catalog::{Check, Table};
use crate::migrate::sqlite::parse;

/// Adds it to a table, or the reason why it is not known.
pub(super) fn add(table: &mut Table) {
    table.unparsed = match parse::statement(&table.sql) {
        Ok(Stmt::CreateTable { body, .. }) => add_body(table, body).err(),
        Ok(_) => Some("it is no CREATE TABLE".to_owned()),
        Err(why) => Some(why),
    };
}

/// A foreign key's name, and whether it is deferred.
type Reference = (Option<String>, bool);

fn add_body(table: &mut Table, body: CreateTableBody) -> Result<(), String> {
    let CreateTableBody::ColumnsAndConstraints {
        columns, constraints, ..
    } = body
    else {
        return Err("its columns are not written".to_owned());
    };
    key_names::add(table, &columns, &constraints);
    let mut references = Vec::new();
    let mut generated = Vec::new();
    let mut checks = Vec::new();
    let mut clauses = Vec::new();
    for column in columns {
        let place = table
            .column(column.col_name.as_str())
            .ok_or_else(|| format!("SQLite knows no column `{}`", column.col_name.as_str()))?;
        for constraint in column.constraints {
            clauses.extend(column_clause(&constraint.constraint));
            match column_constraint(constraint) {
                Found::Check(check) => checks.push(check),
                Found::Generated(expression) => generated.push((place, expression)),
                Found::Reference(reference) => references.push(reference),
                Found::Nothing => {}
            }
        }
    }
    for constraint in constraints {
        clauses.extend(table_clause(&constraint.constraint));
        let name = constraint.name.as_ref().map(text);
        match constraint.constraint {
            TableConstraint::Check { expr, .. } => checks.push(Check {
                name,
                expression: expr,
            }),
            TableConstraint::ForeignKey { defer_clause, .. } => {
                references.push((name, is_deferred(defer_clause.as_ref())));
            }
            TableConstraint::PrimaryKey { .. } | TableConstraint::Unique { .. } => {}
        }
    }
    table.checks = checks;
    table.conflict_clauses = clauses.into_iter().filter_map(other_than_refusing).collect();
    for (place, expression) in generated {
        if let Some(generated) = &mut table.columns[place].generated {
            generated.expression = Some(expression);
        }
    }
    if references.len() != table.foreign_keys.len() {
        return Err("its foreign keys are not those that SQLite knows".to_owned());
    }
    for (key, (name, deferred)) in table.foreign_keys.iter_mut().zip(references) {
        key.name = name;
        key.deferred = deferred;
    }
    Ok(())
}

fn column_clause(constraint: &ColumnConstraint) -> Option<ResolveType> {
    match constraint {
        ColumnConstraint::PrimaryKey { conflict_clause, .. }
        | ColumnConstraint::NotNull { conflict_clause, .. }
        | ColumnConstraint::Unique(conflict_clause) => *conflict_clause,
        _ => None,
    }
}

fn table_clause(constraint: &TableConstraint) -> Option<ResolveType> {
    match constraint {
        TableConstraint::PrimaryKey { conflict_clause, .. }
        | TableConstraint::Unique { conflict_clause, .. } => *conflict_clause,
        _ => None,
    }
}

/// ABORT, FAIL and ROLLBACK refuse the row, as PostgreSQL does.
fn other_than_refusing(clause: ResolveType) -> Option<String> {
    match clause {
        ResolveType::Replace => Some("REPLACE".to_owned()),
        ResolveType::Ignore => Some("IGNORE".to_owned()),
        _ => None,
    }
}

enum Found {
    Check(Check),
    Generated(Box<Expr>),
    Reference(Reference),
    Nothing,
}

fn column_constraint(constraint: NamedColumnConstraint) -> Found {
    let name = constraint.name.as_ref().map(text);
    match constraint.constraint {
        ColumnConstraint::Check { expr, .. } => Found::Check(Check {
            name,
            expression: expr,
        }),
        ColumnConstraint::Generated { expr, .. } => Found::Generated(expr),
        ColumnConstraint::ForeignKey { defer_clause, .. } => {
            Found::Reference((name, is_deferred(defer_clause.as_ref())))
        }
        _ => Found::Nothing,
    }
}

fn text(name: &Name) -> String {
    name.as_str().to_owned()
}

fn is_deferred(clause: Option<&DeferSubclause>) -> bool {
    clause.is_some_and(|clause| {
        clause.deferrable && matches!(clause.init_deferred, Some(InitDeferredPred::InitiallyDeferred))
    })
}

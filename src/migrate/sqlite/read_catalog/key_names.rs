//! The names that a `CREATE TABLE` gives to its primary key and its UNIQUE constraints: SQLite itself forgets them, and
//! migrations of an application drop constraints by them.

use turso_parser::ast::{
    ColumnConstraint, ColumnDefinition, Expr, NamedTableConstraint, SortedColumn, TableConstraint,
};

use crate::migrate::sqlite::catalog::{IndexOn, Table};

/// Adds them to the table, whose indexes are known.
pub(super) fn add(table: &mut Table, columns: &[ColumnDefinition], constraints: &[NamedTableConstraint]) {
    for column in columns {
        for constraint in &column.constraints {
            let Some(name) = &constraint.name else {
                continue;
            };
            match constraint.constraint {
                ColumnConstraint::PrimaryKey { .. } => table.key_name = Some(name.as_str().to_owned()),
                ColumnConstraint::Unique(_) => unique(table, &[column.col_name.as_str()], name.as_str()),
                _ => {}
            }
        }
    }
    for constraint in constraints {
        let Some(name) = &constraint.name else {
            continue;
        };
        match &constraint.constraint {
            TableConstraint::PrimaryKey { .. } => table.key_name = Some(name.as_str().to_owned()),
            TableConstraint::Unique { columns, .. } => {
                let named: Option<Vec<_>> = columns.iter().map(column_name).collect();
                if let Some(named) = named {
                    unique(table, &named, name.as_str());
                }
            }
            _ => {}
        }
    }
}

/// Gives the name to the index that SQLite made for a UNIQUE constraint over these columns. It makes none where another
/// constraint does the same.
fn unique(table: &mut Table, columns: &[&str], name: &str) {
    let places: Option<Vec<_>> = columns.iter().map(|column| table.column(column)).collect();
    let Some(places) = places else {
        return;
    };
    let index = table.indexes.iter_mut().find(|index| {
        let parts = index.parts.iter().map(|part| match part.on {
            IndexOn::Column(column) => Some(column),
            _ => None,
        });
        index.is_constraint && index.constraint_name.is_none() && parts.eq(places.iter().copied().map(Some))
    });
    if let Some(index) = index {
        index.constraint_name = Some(name.to_owned());
    }
}

/// `name`, `name DESC` or `name COLLATE NOCASE`.
fn column_name(column: &SortedColumn) -> Option<&str> {
    let mut expression = &*column.expr;
    if let Expr::Collate(inner, _) = expression {
        expression = inner;
    }
    match expression {
        Expr::Id(name) | Expr::Name(name) => Some(name.as_str()),
        _ => None,
    }
}

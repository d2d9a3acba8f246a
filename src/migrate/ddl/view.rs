//! Views: one at a time, and all of a file in the order in which they can be made.

use turso_parser::ast::Stmt;

use super::quoted;
use super::room::with_room;
use super::scope::Scope;
use super::select::{Output, rename, select, shapes};
use super::shape::Shape;
use super::translator::{Allowed, Translator};
use super::typed::{Translated, refuse};
use crate::migrate::identifier::shortened;
use crate::migrate::sqlite::catalog::View;

/// The statements that make a view, and its columns.
pub(super) fn view(view: &View, name: &str, shape: &Shape) -> Translated<(Vec<String>, Vec<Output>)> {
    let statement = match &view.statement {
        Ok(statement) => statement,
        Err(error) => return refuse(format!("it is not understood: {error}")),
    };
    let Stmt::CreateView {
        temporary,
        columns,
        select: body,
        ..
    } = &**statement
    else {
        return refuse("it is no `CREATE VIEW`");
    };
    if *temporary {
        return refuse("it is temporary");
    }
    let mut translator = Translator::new(shape, Allowed::Anything, Scope::default());
    let (sql, outputs) = select(&mut translator, body)?;
    let names: Vec<_> = columns.iter().map(|column| column.col_name.as_str()).collect();
    let outputs = rename(outputs, &names)?;
    let list: Vec<_> = shapes(&outputs, shape.folded)
        .iter()
        .map(|column| quoted(&column.name))
        .collect();
    let statement = format!(
        "CREATE VIEW {} ({}) AS {sql}",
        shape.qualified(name),
        list.join(", ")
    );
    Ok((vec![statement], outputs))
}

/// Translates all views, those that others read from first, and fills their columns into `shape`, whose entries for views
/// give their names. For each, its place in `views` and its statements.
pub(super) fn views(views: &[View], shape: &mut Shape) -> Vec<(usize, Translated<Vec<String>>)> {
    let mut left: Vec<usize> = (0..views.len()).collect();
    let mut done = Vec::with_capacity(views.len());
    while !left.is_empty() {
        let waits = |place: &usize| {
            sources(&views[*place]).iter().any(|source| {
                left.iter()
                    .any(|other| other != place && views[*other].name.eq_ignore_ascii_case(source))
            })
        };
        // Views that wait for one another are taken as they come; each then is refused by name.
        let next = left.iter().position(|place| !waits(place)).unwrap_or(0);
        let place = left.remove(next);
        let view = &views[place];
        let name = shape
            .table(&view.name)
            .map_or_else(|| view.name.clone(), |table| table.name.clone());
        let result = with_room(|| self::view(view, &name, shape)).map(|(statements, outputs)| {
            let columns = shapes(&outputs, shape.folded);
            for table in &mut shape.tables {
                if table.source.eq_ignore_ascii_case(&view.name) {
                    table.columns.clone_from(&columns);
                }
            }
            statements
        });
        done.push((place, result));
    }
    done
}

/// The tables and views that a view reads from, subqueries in expressions included.
fn sources(view: &View) -> Vec<String> {
    let Ok(statement) = &view.statement else {
        return Vec::new();
    };
    let Stmt::CreateView { select, .. } = &**statement else {
        return Vec::new();
    };
    let mut names = super::from::tables(select);
    // Subqueries in expressions are found by the words of the text: a word too many only delays.
    names.extend(
        view.sql
            .split(|char: char| !(char.is_alphanumeric() || char == '_'))
            .filter(|word| !word.is_empty() && !word.eq_ignore_ascii_case(&view.name))
            .map(str::to_owned),
    );
    names
}

/// The name of a view's column in PostgreSQL, which folds ASCII letters only.
pub(super) fn column_name(source: &str, folded: bool) -> String {
    let name = if folded {
        source.to_ascii_lowercase()
    } else {
        source.to_owned()
    };
    let name = if name.is_empty() {
        "column".to_owned()
    } else {
        name
    };
    shortened(&name, source)
}

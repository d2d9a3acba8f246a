//! `[environments.NAME]`: tables laid over the others.

use std::collections::HashSet;

use serde_json::{Value, json};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::load::read_stack;
use super::problems::{Node, Problems};
use super::read::Read;
use super::scalar;
use super::stack_file::StackFile;
use crate::diagnostic::{Code, Diagnostic, Severity, nearest, quoted};
use crate::model::EnvironmentName;

const TABLE: &str = "environments";

/// The tables of one environment. What they hold is checked once they are laid over the rest.
#[derive(Debug, Clone)]
pub struct Overlay;

impl Read for Overlay {
    fn read(node: &Node<'_>, problems: &mut Problems) -> Option<Self> {
        problems.table(node).map(|_| Self)
    }

    fn schema() -> Value {
        json!({ "$ref": "#/definitions/Overlay" })
    }
}

/// The names of the environments in the file.
pub fn names<'a>(document: &'a DeTable<'_>) -> impl Iterator<Item = &'a str> {
    tables(document).map(|(key, _)| key.get_ref().as_ref())
}

fn tables<'a, 'i>(
    document: &'a DeTable<'i>,
) -> impl Iterator<Item = (&'a Spanned<std::borrow::Cow<'i, str>>, &'a Node<'i>)> {
    let environments = document.get(TABLE).and_then(|node| node.get_ref().as_table());
    environments.into_iter().flatten()
}

/// The file with one environment laid over the rest, and that environment's name.
pub fn merged<'i>(
    document: &DeTable<'i>,
    wanted: &str,
    problems: &mut Problems,
) -> Option<(DeTable<'i>, EnvironmentName)> {
    let Some((key, node)) = tables(document).find(|(key, _)| key.get_ref() == wanted) else {
        problems.push(unknown(document, wanted));
        return None;
    };
    problems.within(TABLE, |problems| {
        let name = scalar::name(&Spanned::new(key.span(), wanted.to_owned()), problems)?;
        let over = problems.within(wanted, |problems| problems.table(node))?;
        let mut merged = document.clone();
        lay_over(&mut merged, over);
        Some((merged, name))
    })
}

/// Tells names that can't be part of a project's name.
pub fn check_names(file: &StackFile, problems: &mut Problems) {
    for (key, _) in file.environments.iter().flat_map(|entries| &entries.read) {
        let _: Option<EnvironmentName> = problems.within(TABLE, |problems| scalar::name(key, problems));
    }
}

/// Tells the problems of every environment but the one that is in use: each must be valid where it is laid over
/// the rest.
pub fn check_others(document: &DeTable<'_>, in_use: Option<&str>, problems: &mut Problems) {
    for (key, node) in tables(document) {
        let Some(over) = node.get_ref().as_table() else {
            continue;
        };
        let name = key.get_ref().as_ref();
        if let Some((inner, _)) = over.get_key_value(TABLE) {
            problems.push(
                Diagnostic::error(
                    Code::UnknownKey,
                    inner.span(),
                    "an environment has no environments",
                )
                .at(format!("{TABLE}.{name}.{TABLE}"))
                .help(format!("write `[{TABLE}.OTHER]` beside `[{TABLE}.{name}]`")),
            );
        }
        if in_use == Some(name) {
            continue;
        }
        let mut found = Problems::default();
        if let Some((table, name)) = merged(document, name, &mut found) {
            read_stack(table, Some(name), &mut found);
        }
        let mut places = HashSet::from([key.span().start]);
        starts(over, &mut places);
        for mut problem in found.into_sorted() {
            let is_here = problem
                .labels
                .iter()
                .any(|label| places.contains(&label.span.start));
            if is_here && problem.severity == Severity::Error {
                if !problem.key.starts_with(TABLE) {
                    problem.key = format!("{TABLE}.{name}.{}", problem.key);
                }
                problems.push(problem);
            }
        }
    }
}

/// Where the keys and values of the table begin, those of tables in it included.
fn starts(table: &DeTable<'_>, places: &mut HashSet<usize>) {
    for (key, node) in table {
        places.insert(key.span().start);
        start(node, places);
    }
}

fn start(node: &Node<'_>, places: &mut HashSet<usize>) {
    places.insert(node.span().start);
    match node.get_ref() {
        DeValue::Table(table) => starts(table, places),
        DeValue::Array(items) => {
            for item in items {
                start(item, places);
            }
        }
        _ => {}
    }
}

/// Lays one table over another, key by key; anything that is not a table on both sides is replaced.
fn lay_over<'i>(base: &mut DeTable<'i>, over: &DeTable<'i>) {
    for (key, value) in over {
        if let (Some(DeValue::Table(below)), DeValue::Table(above)) = (
            base.get_mut(key.get_ref().as_ref()).map(Spanned::get_mut),
            value.get_ref(),
        ) {
            lay_over(below, above);
        } else {
            // An insert alone would keep the place of the old key.
            base.remove(key.get_ref().as_ref());
            base.insert(key.clone(), value.clone());
        }
    }
}

fn unknown(document: &DeTable<'_>, wanted: &str) -> Diagnostic {
    let names: Vec<&str> = names(document).collect();
    let help = match nearest(wanted, names.iter().copied()) {
        Some(near) => format!("did you mean `--env {near}`?"),
        None if names.is_empty() => format!("the file defines none; add a table `[{TABLE}.{wanted}]`"),
        None => format!("the file defines `{}`", names.join("`, `")),
    };
    Diagnostic::of_file(
        Code::UnknownEnvironment,
        format!("there is no environment {}", quoted(wanted)),
    )
    .at(TABLE)
    .help(help)
}

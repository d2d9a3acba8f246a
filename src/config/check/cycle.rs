//! Services that wait for each other.

use std::collections::{BTreeMap, HashSet};

use super::super::declared::Declared;
use super::super::problems::Problems;
use crate::diagnostic::{Code, Diagnostic, Span};

/// What each service waits for, with the place where it says so.
type Arrows<'a> = BTreeMap<&'a str, Vec<(&'a str, Span)>>;

/// Tells each cycle of `depends_on` once, at its first arrow.
pub fn check(declared: &[Declared], problems: &mut Problems) {
    let arrows = arrows(declared);
    let mut done = HashSet::new();
    for start in arrows.keys() {
        if let Some(cycle) = find(&arrows, start, &mut done) {
            problems.push(problem(&cycle));
        }
    }
}

fn arrows(declared: &[Declared]) -> Arrows<'_> {
    declared
        .iter()
        .map(|declared| {
            let names = declared
                .service
                .depends_on
                .iter()
                .flat_map(|depends_on| &depends_on.0);
            let places = names.map(|(name, _)| (name.get_ref().as_str(), name.span()));
            (declared.name.get_ref().as_str(), places.collect())
        })
        .collect()
}

/// An arrow of a cycle: who waits, for whom, where it says so.
type Arrow<'a> = (&'a str, &'a str, Span);

/// Walks depth-first without recursion, because a file may hold a chain of thousands. `done` keeps what was left
/// behind, so that a cycle is found from one service only.
fn find<'a>(arrows: &Arrows<'a>, start: &'a str, done: &mut HashSet<&'a str>) -> Option<Vec<Arrow<'a>>> {
    let mut path: Vec<(&str, usize)> = vec![(start, 0)];
    let mut on_path = HashSet::from([start]);
    let mut found = None;
    while let Some((name, next)) = path.last_mut() {
        let arrow = arrows.get(name).and_then(|targets| targets.get(*next));
        let Some((target, _)) = arrow.filter(|_| !done.contains(name)) else {
            done.insert(name);
            on_path.remove(name);
            path.pop();
            continue;
        };
        *next += 1;
        if on_path.contains(target) {
            found = found.or_else(|| Some(cycle(arrows, &path, target)));
        } else if !done.contains(target) {
            on_path.insert(target);
            path.push((target, 0));
        }
    }
    found
}

/// The end of the path from the service that it came back to.
fn cycle<'a>(arrows: &Arrows<'a>, path: &[(&'a str, usize)], back_to: &str) -> Vec<Arrow<'a>> {
    let start = path.iter().position(|(name, _)| *name == back_to).unwrap_or(0);
    path[start..]
        .iter()
        .filter_map(|(name, next)| {
            let (target, span) = arrows.get(name)?.get(next.checked_sub(1)?)?;
            Some((*name, *target, span.clone()))
        })
        .collect()
}

fn problem(cycle: &[Arrow<'_>]) -> Diagnostic {
    let (first, _, span) = cycle.first().cloned().unwrap_or_default();
    let names: Vec<&str> = cycle.iter().map(|(from, _, _)| *from).chain([first]).collect();
    let (message, help) = if cycle.len() == 1 {
        (
            format!("`{first}` waits for itself"),
            "remove it from its own `depends_on`",
        )
    } else {
        (
            format!("services wait for each other: `{}`", names.join("` -> `")),
            "remove one of these names from `depends_on`",
        )
    };
    let label = |from: &str, to: &str| format!("`{from}` waits for `{to}`");
    let mut problem = Diagnostic::error(Code::DependencyCycle, span, message)
        .at(format!("services.{first}.depends_on"))
        .help(help);
    for (index, (from, to, span)) in cycle.iter().enumerate() {
        problem = match index {
            0 => problem.labelled(label(from, to)),
            _ => problem.and(span.clone(), label(from, to)),
        };
    }
    problem
}

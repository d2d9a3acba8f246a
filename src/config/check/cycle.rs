//! Services that wait for each other.

use super::super::problems::Problems;
use super::super::stack_file::StackFile;
use crate::diagnostic::{Code, Diagnostic};
use crate::model::Stack;

/// Tells each cycle of `depends_on` once, at its first service.
pub fn check(file: &StackFile, stack: &Stack, problems: &mut Problems) {
    let mut done: Vec<&str> = Vec::new();
    for service in &stack.services {
        if let Some(cycle) = find(stack, service.name.as_str(), &mut Vec::new(), &mut done) {
            let arrows = cycle.join("` -> `");
            let span = file
                .services
                .iter()
                .flat_map(|entries| &entries.0)
                .find(|(key, _)| key.get_ref() == cycle[0])
                .map_or(0..0, |(key, _)| key.span());
            problems.push(
                Diagnostic::error(
                    Code::DependencyCycle,
                    span,
                    format!("services wait for each other: `{arrows}`"),
                )
                .at(format!("services.{}.depends_on", cycle[0]))
                .help("remove one of these names from `depends_on`"),
            );
        }
    }
}

/// Depth-first; `done` holds what has been walked from before, so that a cycle is found from one service only.
fn find<'a>(
    stack: &'a Stack,
    name: &'a str,
    path: &mut Vec<&'a str>,
    done: &mut Vec<&'a str>,
) -> Option<Vec<&'a str>> {
    if let Some(start) = path.iter().position(|visited| *visited == name) {
        let mut cycle = path[start..].to_vec();
        cycle.push(name);
        return Some(cycle);
    }
    if done.contains(&name) {
        return None;
    }
    path.push(name);
    let dependencies = stack.service(name).map_or(&[][..], |service| &service.depends_on);
    let found = dependencies
        .iter()
        .find_map(|dependency| find(stack, dependency.service.as_str(), path, done));
    path.pop();
    done.push(name);
    found
}

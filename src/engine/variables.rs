//! The variables that `.env` and the shell must give: looked for before anything starts.

use std::collections::BTreeSet;
use std::path::Path;

use super::error::Problem;
use crate::model::{EnvironmentValue, Stack};

/// The variables that a service needs and nobody sets.
pub fn missing(stack: &Stack, root: &Path, is_exported: impl Fn(&str) -> bool) -> Vec<Problem> {
    let written = std::fs::read_to_string(root.join(".env")).unwrap_or_default();
    let written = names(&written);
    let mut told = BTreeSet::new();
    stack
        .services
        .iter()
        .flat_map(|service| service.environment.values().map(move |value| (service, value)))
        .filter_map(|(service, value)| match value {
            EnvironmentValue::Env {
                variable,
                default: None,
            } => Some((service, variable.as_str())),
            _ => None,
        })
        .filter(|(_, name)| !written.contains(name) && !is_exported(name) && told.insert(name.to_string()))
        .map(|(service, name)| {
            Problem::new(
                format!(
                    "`{}` needs the variable `{name}`, which is not set, or empty",
                    service.name
                ),
                format!("write `{name}=…` into `.env` beside stack.toml, or export it"),
            )
        })
        .collect()
}

/// The names that a `.env` file sets to something: Compose takes an empty one for one that is not set.
fn names(text: &str) -> BTreeSet<&str> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.strip_prefix("export ").unwrap_or(line))
        .filter_map(|line| line.split_once(['=', ':']))
        .filter(|(_, value)| !matches!(value.trim(), "" | "\"\"" | "''"))
        .map(|(name, _)| name.trim())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_every_form_compose_reads() {
        let text = "# X=1\nA=1\nexport B=two\n  C = 3\nD: 4\nnothing\nE=\nF=\"\"\n";
        assert_eq!(names(text).into_iter().collect::<Vec<_>>(), ["A", "B", "C", "D"]);
    }
}

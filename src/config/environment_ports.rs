//! Environments that want the same port of the host: fine on two hosts, impossible on one.

use toml::de::DeTable;

use super::load::{environments, load};
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::model::{PublishedPort, Stack};

/// A warning for each environment that publishes a port which the base or an environment before it publishes too.
/// Environments that are not valid are left out; whoever loads them is told why.
#[must_use]
pub fn environment_port_clashes(text: &str) -> Vec<Diagnostic> {
    let names = environments(text);
    if names.is_empty() {
        return Vec::new();
    }
    let base = load(text, None).map(|loaded| ("the base".to_owned(), loaded.stack));
    let others = names.iter().filter_map(|name| {
        let loaded = load(text, Some(name)).ok()?;
        Some((format!("`{name}`"), loaded.stack))
    });
    let stacks: Vec<(String, Stack)> = base.into_iter().chain(others).collect();
    let clashes = stacks.iter().enumerate().filter_map(|(index, (name, stack))| {
        let (other, port) = stacks[..index]
            .iter()
            .find_map(|(other, before)| Some((other, clash(stack, before)?)))?;
        let key = name.trim_matches('`');
        let message = format!("{name} publishes port {} of the host as {other} does", port.host);
        Some(
            Diagnostic::warning(Code::EnvironmentPortClash, place(text, key)?, message)
                .at(format!("environments.{key}"))
                .help("give the environment other ports if both shall stand on one host"),
        )
    });
    clashes.collect()
}

fn clash(stack: &Stack, before: &Stack) -> Option<PublishedPort> {
    let taken = published(before);
    published(stack)
        .into_iter()
        .find(|port| taken.iter().any(|other| port.clashes_with(other)))
}

fn published(stack: &Stack) -> Vec<PublishedPort> {
    let database = stack.postgres.iter().flat_map(|postgres| &postgres.ports);
    let services = stack.services.iter().flat_map(|service| &service.published);
    database.chain(services).copied().collect()
}

/// Where an environment's name stands.
fn place(text: &str, environment: &str) -> Option<Span> {
    let (document, _) = DeTable::parse_recoverable(text);
    let environments = document.get_ref().get("environments")?.get_ref().as_table()?;
    Some(environments.get_key_value(environment)?.0.span())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_environment_is_told_once() {
        let text = r#"
[stack]
name = "shop"
[services.web]
image = "nginx:1.27"
ports = ["8080:80"]
healthcheck = { disable = true }
[environments.staging]
services.web.memory = "1GB"
[environments.test]
services.web.ports = ["9090:80"]
"#;
        let told = environment_port_clashes(text);
        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!(
            told[0].message,
            "`staging` publishes port 8080 of the host as the base does"
        );
        assert_eq!(&text[told[0].labels[0].span.clone()], "staging");
    }
}

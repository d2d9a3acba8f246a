//! Environment variables of a service.

use std::collections::BTreeMap;

use super::jobs;
use super::text::Text;
use crate::model::{EnvironmentValue, Service, Stack};

/// Names variables and the files that the entrypoint reads them from, as `NAME=PATH` with spaces between.
pub const SECRET_ENV: &str = "STACKCTL_SECRET_ENV";

/// What Compose sets, sorted by name. A secret's value is not among it.
pub fn of(stack: &Stack, service: &Service) -> BTreeMap<String, Text> {
    let mut variables = BTreeMap::new();
    let mut from_files = Vec::new();
    let own = [
        ("TZ", Some(stack.timezone.to_string())),
        ("PORT", service.port.map(|port| port.to_string())),
    ];
    for (name, value) in own {
        if let (Some(value), false) = (value, service.environment.contains_key(name)) {
            variables.insert(name.to_owned(), Text::plain(value));
        }
    }
    let of_agent = service.role.jobs().map(jobs::variables).unwrap_or_default();
    for (name, value) in of_agent {
        if !service.environment.contains_key(name) {
            variables.insert(name.to_owned(), Text::plain(value));
        }
    }
    for (name, value) in &service.environment {
        let text = match value {
            EnvironmentValue::Literal(text) => Text::plain(text),
            EnvironmentValue::Env { variable, default } => {
                Text::variable(variable.as_str(), default.as_deref())
            }
            EnvironmentValue::SecretFile(secret) => Text::plain(format!("/run/secrets/{secret}")),
            EnvironmentValue::Secret(secret) => {
                from_files.push(format!("{name}=/run/secrets/{secret}"));
                continue;
            }
        };
        variables.insert(name.to_string(), text);
    }
    if !from_files.is_empty() {
        variables.insert(SECRET_ENV.to_owned(), Text::plain(from_files.join(" ")));
    }
    variables
}

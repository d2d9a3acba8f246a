//! Environment variables, secrets and schemas of a service.

use std::collections::BTreeMap;

use super::super::environment_variable::EnvironmentVariable;
use super::super::problems::Problems;
use super::super::scalar;
use super::super::secret_in_clear;
use super::super::service::Service;
use crate::diagnostic::{Code, Diagnostic, quoted};
use crate::model::{Access, EnvironmentValue, Identifier, SecretName, ServiceSource, VariableName};

impl Service {
    /// The variables that could be read.
    pub(super) fn environment(
        &self,
        source: Option<&ServiceSource>,
        problems: &mut Problems,
    ) -> BTreeMap<VariableName, EnvironmentValue> {
        let mut environment = BTreeMap::new();
        for (key, variable) in self.environment.iter().flat_map(|entries| &entries.read) {
            problems.within("environment", |problems| {
                let found = [in_clear(key.get_ref(), variable), uninterpolated(variable)];
                for problem in found.into_iter().flatten() {
                    problems.push(problem);
                }
                if let (
                    EnvironmentValue::Secret(_),
                    Some(ServiceSource::Image(_) | ServiceSource::Sync(_) | ServiceSource::Dockerfile { .. }),
                ) = (&variable.value, source)
                {
                    problems.push(
                        Diagnostic::error(
                            Code::SecretNeedsBuild,
                            variable.span.clone(),
                            "only services built from `python` can have a secret's value in a variable",
                        )
                        .help(format!(
                            "write `{}_FILE = {{ secret_file = \"…\" }}` if the program reads it from a file",
                            key.get_ref()
                        )),
                    );
                }
                if let Some(name) = scalar::name(key, problems) {
                    environment.insert(name, variable.value.clone());
                }
            });
        }
        environment
    }

    /// The secrets it may read, those of its variables included.
    pub(super) fn secrets(
        &self,
        environment: &BTreeMap<VariableName, EnvironmentValue>,
        problems: &mut Problems,
    ) -> Vec<SecretName> {
        let listed = self
            .secrets
            .iter()
            .flatten()
            .filter_map(|name| problems.within("secrets", |problems| scalar::name(name, problems)));
        let mut names: Vec<SecretName> = listed.collect();
        names.extend(environment.values().filter_map(|value| match value {
            EnvironmentValue::Secret(name) | EnvironmentValue::SecretFile(name) => Some(name.clone()),
            EnvironmentValue::Literal(_) | EnvironmentValue::Env { .. } => None,
        }));
        names.sort();
        names.dedup();
        names
    }

    /// The schemas it may use.
    pub(super) fn databases(&self, problems: &mut Problems) -> Vec<(Identifier, Access)> {
        let written = self.databases.iter().flat_map(|databases| &databases.0);
        let mut databases: Vec<(Identifier, Access)> = Vec::new();
        for (name, access) in written {
            let Some(schema) = problems.within("databases", |problems| scalar::name(name, problems)) else {
                continue;
            };
            if databases.iter().any(|(other, _)| *other == schema) {
                problems.push(Diagnostic::error(
                    Code::DuplicateName,
                    name.span(),
                    format!("the schema `{schema}` is listed twice"),
                ));
            } else {
                databases.push((schema, access.unwrap_or(Access::Write)));
            }
        }
        databases
    }
}

/// The problem of a text that Compose or a shell would fill in and stackctl does not.
fn uninterpolated(variable: &EnvironmentVariable) -> Option<Diagnostic> {
    let EnvironmentValue::Literal(text) = &variable.value else {
        return None;
    };
    let (_, rest) = text.split_once("${").filter(|_| !variable.cleared)?;
    let (name, _) = rest.split_once('}')?;
    let name: VariableName = name.split(':').next()?.parse().ok()?;
    Some(
        Diagnostic::warning(
            Code::InvalidValue,
            variable.span.clone(),
            format!("`${{{name}}}` is not filled in; the container finds the text as it stands"),
        )
        .help(format!(
            "write `{{ env = \"{name}\" }}` for the variable, or `{{ literal = \"…\" }}` if the text is meant"
        )),
    )
}

/// The problem of a variable whose text looks like a secret.
fn in_clear(name: &str, variable: &EnvironmentVariable) -> Option<Diagnostic> {
    let (text, help) = match &variable.value {
        EnvironmentValue::Literal(text) if !variable.cleared => (
            text,
            "name it under `[secrets]` and write `{ secret = \"name\" }`; `stackctl explain secret-in-clear` shows how",
        ),
        EnvironmentValue::Env {
            default: Some(text), ..
        } => (
            text,
            "leave `default` out and set the variable in `.env` beside stack.toml",
        ),
        _ => return None,
    };
    let reason = secret_in_clear::suspect(name, text)?;
    let what = format!("{} holds a secret in clear", quoted(name));
    Some(
        Diagnostic::error(Code::SecretInClear, variable.span.clone(), what)
            .labelled(reason)
            .help(help),
    )
}

//! .env.example: the variables that services take from outside.

use std::collections::BTreeMap;

use serde::Serialize;

use super::File;
use super::error::ArtifactError;
use super::template::Templates;
use crate::model::{EnvironmentValue, Stack};

/// What .env.example is made from.
#[derive(Serialize)]
struct EnvExample<'a> {
    variables: Vec<Variable<'a>>,
}

/// One variable, with everything that reads it.
#[derive(Serialize)]
struct Variable<'a> {
    name: &'a str,
    /// Whether `up` refuses to start without it, because one of its readers has no default.
    required: bool,
    readers: Vec<Reader<'a>>,
}

#[derive(Serialize)]
struct Reader<'a> {
    service: &'a str,
    /// The variable's name in the container.
    inside: &'a str,
    default: Option<&'a str>,
}

/// Renders .env.example, also for a stack that takes nothing from outside, so that the file says so.
pub fn file(stack: &Stack, templates: &Templates) -> Result<File, ArtifactError> {
    let mut readers: BTreeMap<&str, Vec<Reader<'_>>> = BTreeMap::new();
    for service in &stack.services {
        for (inside, value) in &service.environment {
            if let EnvironmentValue::Env { variable, default } = value {
                readers.entry(variable.as_str()).or_default().push(Reader {
                    service: service.name.as_str(),
                    inside: inside.as_str(),
                    default: default.as_deref(),
                });
            }
        }
    }
    let variables = readers
        .into_iter()
        .map(|(name, readers)| Variable {
            name,
            required: readers.iter().any(|reader| reader.default.is_none()),
            readers,
        })
        .collect();
    let text = templates.render(".env.example.j2", &EnvExample { variables })?;
    Ok(File::plain(".env.example", text))
}

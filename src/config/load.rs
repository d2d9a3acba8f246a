//! The way from text to model, in order: parse, merge the environment, read, convert, check.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::DeValue;

use super::check;
use super::document;
use super::problems::Problems;
use super::read::{Entries, Read};
use super::scalar;
use super::service;
use super::stack_file::StackFile;
use crate::diagnostic::{Code, Diagnostic, Severity, Span, nearest};
use crate::model::{Build, EnvironmentName, Secret, SecretName, Service, Stack, StackName, TimeZone};

/// A path that stack.toml names, for whoever may look at the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// The key that names it.
    pub key: String,
    /// Relative to stack.toml, or absolute.
    pub path: String,
    /// Where it stands.
    pub span: Span,
    /// Whether it is a pattern that must match at least one file.
    pub is_pattern: bool,
}

impl Mention {
    pub(super) fn file(key: &str, path: &Spanned<String>) -> Self {
        Self {
            key: key.to_owned(),
            path: path.get_ref().clone(),
            span: path.span(),
            is_pattern: false,
        }
    }

    pub(super) fn pattern(key: &str, path: &Spanned<String>) -> Self {
        Self {
            is_pattern: true,
            ..Self::file(key, path)
        }
    }
}

/// A valid stack and what is to be told about it.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The stack.
    pub stack: Stack,
    /// Warnings only.
    pub warnings: Vec<Diagnostic>,
    /// Every path the file names.
    pub mentions: Vec<Mention>,
}

/// Reads the text of a stack.toml.
///
/// # Errors
/// Every problem of the file, sorted by place; warnings are among them.
pub fn load(text: &str, environment: Option<&str>) -> Result<Loaded, Vec<Diagnostic>> {
    let mut problems = Problems::default();
    let loaded = read_stack(text, environment, &mut problems);
    let found = problems.into_sorted();
    match loaded {
        Some((stack, mentions)) if found.iter().all(|problem| problem.severity == Severity::Warning) => {
            Ok(Loaded {
                stack,
                warnings: found,
                mentions,
            })
        }
        _ => Err(found),
    }
}

/// The names of the environments that the text defines; empty where it can't be read.
#[must_use]
pub fn environments(text: &str) -> Vec<String> {
    let table = document::parse(text, &mut Problems::default());
    let environments = table
        .as_ref()
        .and_then(|table| table.get_ref().get("environments"));
    let names = environments.and_then(|node| node.get_ref().as_table());
    names
        .into_iter()
        .flatten()
        .map(|(key, _)| key.get_ref().to_string())
        .collect()
}

fn read_stack(
    text: &str,
    environment: Option<&str>,
    problems: &mut Problems,
) -> Option<(Stack, Vec<Mention>)> {
    let mut document = document::parse(text, problems)?;
    let environment = match environment {
        Some(name) => Some(merge_environment(&mut document, name, problems)?),
        None => None,
    };
    let span = 0..0;
    let node = Spanned::new(span.clone(), DeValue::Table(document.into_inner()));
    let file = StackFile::read(&node, problems)?;

    let mut mentions = Vec::new();
    let stack_table = file.stack.clone().unwrap_or_default();
    let name = stack_table.name.as_ref().map(|name| name.get_ref().clone());
    if name.is_none()
        && node
            .get_ref()
            .as_table()
            .is_none_or(|table| !has_key(table, "stack", "name"))
    {
        problems.missing(
            span.clone(),
            "stack.name",
            "start the file with\n[stack]\nname = \"myapp\"",
        );
    }
    let postgres = file.postgres.as_ref().and_then(|table| {
        problems.within("postgres", |problems| {
            table.convert(name.as_ref(), &mut mentions, problems)
        })
    });
    let secrets = secrets(&file, &mut mentions, problems);
    let services = services(&file, &mut mentions, problems);
    let build = file.build.as_ref().map_or_else(Build::default, |build| {
        problems.within("build", |problems| build.convert(&mut mentions, problems))
    });
    if file
        .services
        .as_ref()
        .is_none_or(|services| services.0.is_empty())
        && file.postgres.is_none()
    {
        problems.missing(
            span,
            "services",
            "a stack has at least one service, or `[postgres]`:\n[services.web]\nimage = \"nginx:1.27\"",
        );
    }
    let mut stack = Stack {
        name: name.unwrap_or_else(placeholder_name),
        environment,
        timezone: stack_table
            .timezone
            .as_ref()
            .map_or(TimeZone::UTC, |zone| *zone.get_ref()),
        postgres,
        services,
        secrets,
        build,
    };
    check::all(&file, &mut stack, problems);
    Some((stack, mentions))
}

/// Stands for a name that was told to be wrong, so that the rest can still be checked; never leaves this file
/// without an error beside it.
fn placeholder_name() -> StackName {
    "stack".parse().expect("the text is a valid stack name")
}

fn has_key(table: &toml::de::DeTable<'_>, outer: &str, inner: &str) -> bool {
    table
        .get(outer)
        .and_then(|node| node.get_ref().as_table())
        .is_some_and(|table| table.contains_key(inner))
}

fn merge_environment(
    document: &mut Spanned<toml::de::DeTable<'_>>,
    wanted: &str,
    problems: &mut Problems,
) -> Option<EnvironmentName> {
    let environments = document
        .get_ref()
        .get("environments")
        .and_then(|node| node.get_ref().as_table())
        .cloned()
        .unwrap_or_default();
    let Some((key, over)) = environments.get_key_value(wanted) else {
        let names: Vec<&str> = environments.keys().map(|key| key.get_ref().as_ref()).collect();
        let help = match nearest(wanted, names.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if names.is_empty() => {
                format!("the file defines none; add a table `[environments.{wanted}]`")
            }
            None => format!("the file defines `{}`", names.join("`, `")),
        };
        problems.push(
            Diagnostic::error(
                Code::UnknownEnvironment,
                0..0,
                format!("there is no environment `{wanted}`"),
            )
            .at("environments")
            .help(help),
        );
        return None;
    };
    let name = scalar::name(&Spanned::new(key.span(), wanted.to_owned()), problems)?;
    let over = problems.within("environments", |problems| {
        problems.within(wanted, |problems| problems.table(over).cloned())
    })?;
    document::merge(document.get_mut(), &over);
    Some(name)
}

fn secrets(
    file: &StackFile,
    mentions: &mut Vec<Mention>,
    problems: &mut Problems,
) -> BTreeMap<SecretName, Secret> {
    let mut secrets = BTreeMap::new();
    for (key, table) in file.secrets.iter().flat_map(|entries| &entries.0) {
        problems.within("secrets", |problems| {
            let name: Option<SecretName> = scalar::name(key, problems);
            let origin = problems.within(key.get_ref(), |problems| table.origin(problems));
            mentions.extend(
                table
                    .file
                    .iter()
                    .map(|file| Mention::file(&format!("secrets.{}.file", key.get_ref()), file)),
            );
            if let (Some(name), Some(origin)) = (name, origin) {
                secrets.insert(name.clone(), Secret { name, origin });
            }
        });
    }
    secrets
}

fn services(file: &StackFile, mentions: &mut Vec<Mention>, problems: &mut Problems) -> Vec<Service> {
    let none = Entries::default();
    let mut services = Vec::new();
    for (key, table) in &file.services.as_ref().unwrap_or(&none).0 {
        problems.within("services", |problems| {
            let name = service::service_name(key, problems);
            problems.within(key.get_ref(), |problems| {
                if key.get_ref() == crate::model::Postgres::SERVICE {
                    problems.push(
                        Diagnostic::error(
                            Code::ReservedName,
                            key.span(),
                            "`postgres` is the name of the database's service",
                        )
                        .help(
                            "describe the database in `[postgres]`, or choose another name for this service",
                        ),
                    );
                }
                let before = mentions.len();
                if let Some(name) = &name {
                    services.extend(table.convert(key, name, mentions, problems));
                }
                for mention in &mut mentions[before..] {
                    mention.key = format!("services.{}.{}", key.get_ref(), mention.key);
                }
            });
        });
    }
    services.sort_by(|a, b| a.name.cmp(&b.name));
    services
}

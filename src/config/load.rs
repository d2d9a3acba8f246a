//! The way from text to model, in order: parse, merge the environment, read, convert, check.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::check;
use super::declared::{self, Declared};
use super::document;
use super::environment;
use super::problems::Problems;
use super::read::Read;
use super::role;
use super::scalar;
use super::service;
use super::sqlite;
use super::stack_file::StackFile;
use super::table::Table;
use crate::diagnostic::{Code, Diagnostic, Severity, Span};
use crate::model::{
    Build, EnvironmentName, Postgres, Role, Secret, SecretName, Service, ServiceName, SqliteFile, Stack,
    StackName, TimeZone,
};

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
    let loaded = load_document(text, environment, &mut problems);
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
    let document = document::parse(text, &mut Problems::default()).unwrap_or_default();
    environment::names(&document).map(str::to_owned).collect()
}

fn load_document(text: &str, wanted: Option<&str>, problems: &mut Problems) -> Option<(Stack, Vec<Mention>)> {
    let document = document::parse(text, problems)?;
    let loaded = match wanted {
        None => read_stack(document.clone(), None, problems),
        Some(wanted) => environment::merged(&document, wanted, problems).and_then(|(merged, name)| {
            check::inherited_ports(&document, &merged, &name, problems);
            read_stack(merged, Some(name), problems)
        }),
    };
    environment::check_others(&document, wanted, problems);
    loaded
}

/// Reads one tree of tables, an environment already laid over it.
pub(super) fn read_stack(
    document: DeTable<'_>,
    environment: Option<EnvironmentName>,
    problems: &mut Problems,
) -> Option<(Stack, Vec<Mention>)> {
    let header = document.get_key_value("stack").map(|(key, _)| key.span());
    let node = Spanned::new(0..0, DeValue::Table(document));
    let file = StackFile::read(&node, problems)?;
    check_minimum(&file, header, problems);
    environment::check_names(&file, problems);

    let mut mentions = Vec::new();
    let stack_table = file.stack.clone().unwrap_or_default();
    let name = stack_table.name.as_ref().map(|name| name.get_ref().clone());
    let postgres = file.postgres.as_ref().and_then(|table| {
        problems.within("postgres", |problems| {
            table.convert(name.as_ref(), &mut mentions, problems)
        })
    });
    let sqlite = sqlite::all(&file, problems);
    let postgres = postgres.map(|postgres| with_schemas(postgres, &sqlite));
    let secrets = secrets(&file, &mut mentions, problems);
    let declared = declared::all(&file);
    let services = services(&file, &declared, &mut mentions, problems);
    let build = file.build.as_ref().map_or_else(Build::default, |build| {
        problems.within("build", |problems| build.convert(&mut mentions, problems))
    });
    let mut stack = Stack {
        name: name.unwrap_or_else(placeholder_name),
        environment,
        timezone: stack_table
            .timezone
            .as_ref()
            .map_or(TimeZone::UTC, |zone| *zone.get_ref()),
        postgres,
        sqlite,
        services,
        secrets,
        build,
    };
    check::all(&file, &declared, &mut stack, problems);
    Some((stack, mentions))
}

/// The database with the schemas that SQLite files fill, so that services can be given access to them.
fn with_schemas(mut postgres: Postgres, files: &[SqliteFile]) -> Postgres {
    for file in files {
        let is_there = file.schema.as_str() == "public" || postgres.schemas.contains(&file.schema);
        if !is_there {
            postgres.schemas.push(file.schema.clone());
        }
    }
    postgres
}

/// Stands for a name that was told to be wrong, so that the rest can still be checked; never leaves this file
/// without an error beside it.
fn placeholder_name() -> StackName {
    "stack".parse().expect("the text is a valid stack name")
}

/// What even the smallest stack has: a name, and something that runs.
fn check_minimum(file: &StackFile, header: Option<Span>, problems: &mut Problems) {
    let unreadable = file.unreadable();
    let stack = file.stack.clone().unwrap_or_default();
    let problem = match header {
        _ if stack.name.is_some()
            || stack.unreadable().contains(&"name")
            || unreadable.contains(&"stack") =>
        {
            None
        }
        Some(header) => Some(
            Diagnostic::error(Code::MissingKey, header, "missing key `name` in `[stack]`")
                .help("give the stack a name, such as `name = \"myapp\"`"),
        ),
        None => Some(
            Diagnostic::of_file(Code::MissingKey, "missing table `[stack]`")
                .help("start the file with\n[stack]\nname = \"myapp\""),
        ),
    };
    if let Some(problem) = problem {
        problems.push(problem.at("stack.name"));
    }
    let runs_nothing = declared::names(file).is_empty();
    let told = ["services", "sync", "jobs", "postgres"]
        .iter()
        .any(|key| unreadable.contains(key));
    if runs_nothing && file.postgres.is_none() && !told {
        problems.push(
            Diagnostic::of_file(Code::MissingKey, "the stack has no services")
                .at("services")
                .help("add one, or a table `[postgres]`:\n[services.cache]\nimage = \"redis:7.4\"\nhealthcheck = { test = [\"CMD\", \"redis-cli\", \"ping\"] }"),
        );
    }
}

fn secrets(
    file: &StackFile,
    mentions: &mut Vec<Mention>,
    problems: &mut Problems,
) -> BTreeMap<SecretName, Secret> {
    let mut secrets = BTreeMap::new();
    for (key, table) in file.secrets.iter().flat_map(|entries| &entries.read) {
        problems.within("secrets", |problems| {
            let name: Option<SecretName> = scalar::name(key, problems);
            if matches!(key.get_ref().as_str(), "build_ca" | "build_env") {
                problems.push(
                    Diagnostic::error(
                        Code::ReservedName,
                        key.span(),
                        format!(
                            "`{}` is what builds and jobs find the network's settings in",
                            key.get_ref()
                        ),
                    )
                    .help("choose another name"),
                );
            }
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

/// Its folder below `mounts/` is that of image builds.
const BUILD_CONSUMER: &str = "build";

fn services(
    file: &StackFile,
    declared: &[Declared],
    mentions: &mut Vec<Mention>,
    problems: &mut Problems,
) -> Vec<Service> {
    let nameless: ServiceName = "service".parse().expect("the text is a valid service name");
    let mut roles = role::all(file, mentions, problems);
    let mut services: Vec<Service> = Vec::new();
    let mut taken: BTreeMap<&str, &Declared> = BTreeMap::new();
    for declared in declared {
        let (key, table) = (&declared.key, &declared.service);
        problems.within(declared.table, |problems| {
            let name = service::service_name(&declared.name, problems);
            problems.within(key.get_ref(), |problems| {
                check_reserved(&declared.name, problems);
                if let Some(other) = taken.insert(declared.name.get_ref(), declared) {
                    problems.push(
                        Diagnostic::error(
                            Code::DuplicateName,
                            key.span(),
                            format!("two services are called `{}`", declared.name.get_ref()),
                        )
                        .and(other.key.span(), format!("`{}` here", other.place()))
                        .help("choose another name for one of them"),
                    );
                }
                let before = mentions.len();
                let role = roles.remove(&declared.place());
                let source = role::source(declared, role.as_ref(), mentions, problems);
                for mention in &mut mentions[before..] {
                    mention.key = format!("{}.{}", declared.place(), mention.key);
                }
                // What has no valid name or role is read as well, so that the rest of it is checked.
                let is_whole = name.is_some() && role.as_ref().is_none_or(Option::is_some);
                let role = role.flatten().unwrap_or(Role::Program);
                let name = name.as_ref().unwrap_or(&nameless);
                let service = table.convert(key, name, role, source, problems);
                services.extend(service.filter(|_| is_whole).map(role::complete));
            });
        });
    }
    services.sort_by(|a, b| a.name.cmp(&b.name));
    services
}

fn check_reserved(name: &Spanned<String>, problems: &mut Problems) {
    let reserved = [
        (
            Postgres::SERVICE,
            "`postgres` is the name of the database's service",
            "describe the database in `[postgres]`, or choose another name for this service",
        ),
        (
            BUILD_CONSUMER,
            "`build` is the name under which image builds get their files",
            "choose another name for this service, such as `builder`",
        ),
    ];
    for (_, message, help) in reserved.iter().filter(|(word, _, _)| word == name.get_ref()) {
        problems.push(Diagnostic::error(Code::ReservedName, name.span(), *message).help(*help));
    }
}

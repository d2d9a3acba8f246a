//! Names that point to other tables.

use std::collections::{BTreeMap, BTreeSet};

use toml::Spanned;

use super::super::declared::{self, Declared};
use super::super::problems::Problems;
use super::super::read::Entries;
use super::super::service::Service as Written;
use super::super::sqlite;
use super::super::stack_file::StackFile;
use super::super::table::Table;
use crate::diagnostic::{Code, Diagnostic, nearest, quoted};
use crate::model::{
    Dependency, DependencyCondition, Postgres, Probe, SecretName, Service, ServiceName, Stack,
};

/// Resolves `depends_on`, and tells every reference to something that is not there.
pub fn resolve(file: &StackFile, declared: &[Declared], stack: &mut Stack, problems: &mut Problems) {
    let written = declared::names(file);
    let mut names: BTreeSet<&str> = written.iter().map(String::as_str).collect();
    let has_database = file.postgres.is_some() || file.unreadable().contains(&"postgres");
    if has_database {
        names.insert(Postgres::SERVICE);
    }
    let secrets: BTreeSet<&str> = file.secrets.iter().flat_map(Entries::names).collect();
    let defaults: BTreeMap<ServiceName, DependencyCondition> = stack
        .services
        .iter()
        .map(|service| (service.name.clone(), default_condition(service)))
        .collect();
    let mut services: BTreeMap<String, &mut Service> = stack
        .services
        .iter_mut()
        .map(|service| (service.name.to_string(), service))
        .collect();
    for declared in declared {
        let (table, here) = (&declared.service, declared.place());
        let dependencies = dependencies(table, &names, &here, &defaults, problems);
        if !file.unreadable().contains(&"secrets") {
            check_secrets(table, &secrets, &here, problems);
        }
        check_schemas(file, table, &here, problems);
        check_tools(file, table, &here, problems);
        if let Some(service) = services.get_mut(declared.name.get_ref()) {
            service.depends_on = dependencies;
            depend_on_database(service, file.postgres.is_some());
        }
    }
    if !file.unreadable().contains(&"secrets") {
        check_sync_secrets(file, &secrets, problems);
    }
    check_syncs(file, problems);
}

/// What a sync reads to log in.
fn check_sync_secrets(file: &StackFile, secrets: &BTreeSet<&str>, problems: &mut Problems) {
    for (key, sync) in file.sync.iter().flat_map(|entries| &entries.read) {
        let password = sync.password.iter().map(|name| ("password", name));
        let keys = sync.ssh_key.iter().flat_map(|names| &names.0);
        for (of, name) in password.chain(keys.map(|name| ("ssh_key", name))) {
            if !secrets.contains(name.get_ref().as_str()) {
                let place = format!("sync.{}.{of}", key.get_ref());
                problems.push(unknown("secret", name, secrets, &place));
            }
        }
    }
}

/// The syncs that jobs come from.
fn check_syncs(file: &StackFile, problems: &mut Problems) {
    if file.unreadable().contains(&"sync") {
        return;
    }
    let syncs: BTreeSet<&str> = file.sync.iter().flat_map(Entries::names).collect();
    for (key, jobs) in file.jobs.iter().flat_map(|entries| &entries.read) {
        let unknown_sync = jobs
            .sync
            .iter()
            .find(|name| !syncs.contains(name.get_ref().as_str()));
        if let Some(name) = unknown_sync {
            problems.push(unknown(
                "sync",
                name,
                &syncs,
                &format!("jobs.{}.sync", key.get_ref()),
            ));
        }
    }
}

fn dependencies(
    table: &Written,
    names: &BTreeSet<&str>,
    here: &str,
    defaults: &BTreeMap<ServiceName, DependencyCondition>,
    problems: &mut Problems,
) -> Vec<Dependency> {
    let written = table.depends_on.iter().flat_map(|depends_on| &depends_on.0);
    let mut dependencies: Vec<Dependency> = written
        .filter_map(|(name, condition)| {
            if !names.contains(name.get_ref().as_str()) {
                problems.push(unknown("service", name, names, &format!("{here}.depends_on")));
                return None;
            }
            let service: ServiceName = name.get_ref().parse().ok()?;
            let condition = condition
                .or_else(|| defaults.get(&service).copied())
                .unwrap_or(DependencyCondition::Healthy);
            Some(Dependency { service, condition })
        })
        .collect();
    dependencies.sort();
    dependencies.dedup_by(|a, b| a.service == b.service);
    dependencies
}

/// What a bare name in `depends_on` means: the strongest thing that can hold of that service.
fn default_condition(service: &Service) -> DependencyCondition {
    match service.healthcheck.probe {
        _ if service.one_shot => DependencyCondition::Completed,
        Probe::Disabled => DependencyCondition::Started,
        _ => DependencyCondition::Healthy,
    }
}

fn depend_on_database(service: &mut Service, has_database: bool) {
    let named = service
        .depends_on
        .iter()
        .any(|dependency| dependency.service.as_str() == Postgres::SERVICE);
    if has_database && !service.databases.is_empty() && !named {
        let database = Postgres::SERVICE
            .parse()
            .expect("the constant is a valid service name");
        service.depends_on.push(Dependency {
            service: database,
            condition: DependencyCondition::Healthy,
        });
        service.depends_on.sort();
    }
}

fn check_secrets(table: &Written, secrets: &BTreeSet<&str>, here: &str, problems: &mut Problems) {
    use crate::model::EnvironmentValue::{Env, Literal, Secret, SecretFile};
    for name in table
        .secrets
        .iter()
        .flatten()
        .filter(|name| !secrets.contains(name.get_ref().as_str()))
    {
        problems.push(unknown("secret", name, secrets, &format!("{here}.secrets")));
    }
    for (key, variable) in table.environment.iter().flat_map(|entries| &entries.read) {
        let name: &SecretName = match &variable.value {
            Secret(name) | SecretFile(name) => name,
            Literal(_) | Env { .. } => continue,
        };
        if !secrets.contains(name.as_str()) {
            let name = Spanned::new(variable.span.clone(), name.to_string());
            problems.push(unknown(
                "secret",
                &name,
                secrets,
                &format!("{here}.environment.{}", key.get_ref()),
            ));
        }
    }
}

fn check_schemas(file: &StackFile, table: &Written, here: &str, problems: &mut Problems) {
    let schemas = file.postgres.as_ref().map(|postgres| {
        let mut names = postgres.schema_names();
        names.extend(sqlite::schema_names(file));
        names
    });
    for (name, _) in table.databases.iter().flat_map(|databases| &databases.0) {
        match &schemas {
            None if file.unreadable().contains(&"postgres") => {}
            None => problems.push(
                Diagnostic::error(Code::UnknownReference, name.span(), "the stack has no database")
                    .at(format!("{here}.databases"))
                    .help("add a `[postgres]` table"),
            ),
            Some(schemas) if !schemas.contains(name.get_ref()) => {
                let is_unread = file
                    .postgres
                    .iter()
                    .any(|table| table.unreadable().contains(&"schemas"))
                    || file.unreadable().contains(&"sqlite")
                    || file.sqlite.iter().any(|entries| !entries.unreadable.is_empty());
                if is_unread {
                    continue;
                }
                let names = schemas.iter().map(String::as_str).collect();
                problems.push(unknown("schema", name, &names, &format!("{here}.databases")));
            }
            Some(_) => {}
        }
    }
}

fn check_tools(file: &StackFile, table: &Written, here: &str, problems: &mut Problems) {
    let downloads = file.build.iter().flat_map(|build| &build.downloads);
    let names: BTreeSet<&str> = downloads.flat_map(Entries::names).collect();
    for tool in table.python.iter().flat_map(|python| &python.0.tools).flatten() {
        if !names.contains(tool.get_ref().as_str()) {
            problems.push(unknown("download", tool, &names, &format!("{here}.python.tools")));
        }
    }
}

fn unknown(kind: &str, name: &Spanned<String>, names: &BTreeSet<&str>, key: &str) -> Diagnostic {
    let problem = Diagnostic::error(
        Code::UnknownReference,
        name.span(),
        format!("there is no {kind} {}", quoted(name.get_ref())),
    )
    .at(key);
    match nearest(name.get_ref(), names.iter().copied()) {
        Some(near) => problem.labelled(format!("did you mean `{near}`?")),
        None if kind == "schema" => problem.help(format!(
            "list it: `[postgres] schemas = [\"{}\"]`",
            name.get_ref()
        )),
        None if kind == "secret" => problem.help(format!(
            "define it: `[secrets] {} = {{}}` makes one up, `{{ file = \"…\" }}` reads yours",
            name.get_ref()
        )),
        None if kind == "sync" => problem.help(format!(
            "describe the repository: `[sync.{}]`, and `repo = \"https://…\"` below it",
            name.get_ref()
        )),
        None if names.is_empty() => problem.help(format!("the file defines no {kind}s")),
        None => problem.help(format!("the {kind}s here are {}", listed(names))),
    }
}

/// The first names of a list that may be long.
fn listed(names: &BTreeSet<&str>) -> String {
    const SHOWN: usize = 12;
    let first: Vec<&str> = names.iter().copied().take(SHOWN).collect();
    let rest = names.len().saturating_sub(SHOWN);
    let more = if rest > 0 {
        format!(" and {rest} more")
    } else {
        String::new()
    };
    format!("`{}`{more}", first.join("`, `"))
}

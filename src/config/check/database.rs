//! What a service that uses the database gets: a role, its secrets, and the variables that programs read.

use std::collections::{BTreeMap, BTreeSet};

use super::super::declared::{self, Declared};
use super::super::problems::Problems;
use super::super::stack_file::StackFile;
use crate::diagnostic::{Code, Diagnostic};
use crate::model::{
    EnvironmentValue, Identifier, Postgres, Secret, SecretName, SecretOrigin, Service, ServiceSource,
    SqliteFile, Stack, VariableName,
};

/// Bytes of a generated database password.
const PASSWORD_BYTES: u16 = 32;

/// The service whose role's secret would have the name of the superuser's.
const OF_SUPERUSER: &str = "password";

/// Adds secrets and variables for the database and every service that uses it.
pub fn complete(file: &StackFile, declared: &[Declared], stack: &mut Stack, problems: &mut Problems) {
    let Some(database) = stack.postgres.as_ref().map(|postgres| postgres.database.clone()) else {
        return;
    };
    let services: BTreeSet<String> = declared::names(file);
    for (key, _) in file.secrets.iter().flat_map(|entries| &entries.read) {
        let taken = |prefix: &str| {
            key.get_ref()
                .strip_prefix(prefix)
                .is_some_and(|name| services.contains(name))
        };
        let of_schema = key.get_ref().starts_with("schema_url_");
        if key.get_ref() == "postgres_password" || taken("postgres_") || taken("database_url_") || of_schema {
            problems.push(
                Diagnostic::error(
                    Code::ReservedName,
                    key.span(),
                    format!("stackctl makes the secret `{}` itself", key.get_ref()),
                )
                .at(format!("secrets.{}", key.get_ref()))
                .help("choose another name"),
            );
        }
    }
    check_roles(declared, problems);
    insert(
        &mut stack.secrets,
        Postgres::superuser_secret(),
        SecretOrigin::Generated {
            bytes: PASSWORD_BYTES,
        },
    );
    let Stack {
        services,
        secrets,
        sqlite,
        ..
    } = stack;
    for service in services
        .iter_mut()
        .filter(|service| !service.databases.is_empty())
    {
        let password = Postgres::role_secret(&service.name);
        let url = Postgres::url_secret(&service.name);
        insert(
            secrets,
            password.clone(),
            SecretOrigin::Generated {
                bytes: PASSWORD_BYTES,
            },
        );
        let origin = SecretOrigin::DatabaseUrl {
            role: service.name.clone(),
            password: password.clone(),
            database: database.clone(),
            schema: None,
        };
        insert(secrets, url.clone(), origin);
        add_variables(service, &database, &password, &url);
        add_schema_urls(service, sqlite, &database, &password, secrets);
        service.secrets.extend([password, url]);
        service.secrets.sort();
    }
}

/// A service's role has its name, and `PostgreSQL` keeps some names for itself
/// (`IsReservedName` and `check_rolespec_name` in its sources).
fn check_roles(declared: &[Declared], problems: &mut Problems) {
    for declared in declared
        .iter()
        .filter(|declared| declared.service.databases.is_some())
    {
        let key = &declared.key;
        let name = key.get_ref().as_str();
        if name.starts_with("pg_") || matches!(name, "public" | "none") {
            problems.push(
                Diagnostic::error(
                    Code::ReservedName,
                    key.span(),
                    format!("PostgreSQL keeps the role `{name}` for itself"),
                )
                .at(declared.place())
                .help("a service with `databases` gets a role of its own name; choose another"),
            );
        }
        if key.get_ref() == OF_SUPERUSER {
            problems.push(
                Diagnostic::error(
                    Code::ReservedName,
                    key.span(),
                    "the password of this service's role would be the superuser's",
                )
                .at(declared.place())
                .help("the secret `postgres_NAME` holds it; choose another name for the service"),
            );
        }
    }
}

fn insert(secrets: &mut BTreeMap<SecretName, Secret>, name: SecretName, origin: SecretOrigin) {
    secrets.insert(name.clone(), Secret { name, origin });
}

/// The connection string of each schema that a SQLite file fills, under the variable by which programs found the file.
fn add_schema_urls(
    service: &mut Service,
    files: &[SqliteFile],
    database: &Identifier,
    password: &SecretName,
    secrets: &mut BTreeMap<SecretName, Secret>,
) {
    for file in files {
        let Some(variable) = &file.variable else { continue };
        if !service.databases.iter().any(|(schema, _)| schema == &file.schema) {
            continue;
        }
        let url = Postgres::schema_url_secret(&file.schema, &service.name);
        let origin = SecretOrigin::DatabaseUrl {
            role: service.name.clone(),
            password: password.clone(),
            database: database.clone(),
            schema: Some(file.schema.clone()),
        };
        insert(secrets, url.clone(), origin);
        let (name, value) = if matches!(service.source, ServiceSource::Python(_)) {
            (variable.to_string(), EnvironmentValue::Secret(url.clone()))
        } else {
            (
                format!("{variable}_FILE"),
                EnvironmentValue::SecretFile(url.clone()),
            )
        };
        // A name that is too long with its end has no variable; the file is under `/run/secrets` all the same.
        if let Ok(name) = name.parse::<VariableName>() {
            service.environment.entry(name).or_insert(value);
        }
        service.secrets.push(url);
    }
}

/// The variables of libpq and of most frameworks; one that the user set stays as it is.
fn add_variables(service: &mut Service, database: &Identifier, password: &SecretName, url: &SecretName) {
    let literal = |text: &str| EnvironmentValue::Literal(text.to_owned());
    let mut variables = vec![
        ("PGHOST", literal(Postgres::SERVICE)),
        ("PGPORT", literal("5432")),
        ("PGDATABASE", literal(database.as_str())),
        ("PGUSER", literal(service.name.as_str())),
    ];
    // An image that stackctl does not build has no entrypoint of ours that could read a secret's file.
    if matches!(service.source, ServiceSource::Python(_)) {
        variables.push(("PGPASSWORD", EnvironmentValue::Secret(password.clone())));
        variables.push(("DATABASE_URL", EnvironmentValue::Secret(url.clone())));
    } else {
        variables.push(("PGPASSWORD_FILE", EnvironmentValue::SecretFile(password.clone())));
        variables.push(("DATABASE_URL_FILE", EnvironmentValue::SecretFile(url.clone())));
    }
    if service.role.jobs().is_some() {
        // What scripts for the official image's variables read.
        variables.extend([
            ("DB_HOST", literal(Postgres::SERVICE)),
            ("POSTGRES_DB", literal(database.as_str())),
            ("POSTGRES_USER", literal(service.name.as_str())),
            ("POSTGRES_PASSWORD", EnvironmentValue::Secret(password.clone())),
        ]);
    }
    for (name, value) in variables {
        let name: VariableName = name.parse().expect("the literals above are valid variable names");
        service.environment.entry(name).or_insert(value);
    }
}

//! 10-access.sql: roles, schemas, extensions and grants. It runs when the database is made, and again whenever
//! `up` finds it changed, so it says what shall hold and not what to do.

use serde::Serialize;

use super::super::File;
use super::super::error::ArtifactError;
use super::super::template::Templates;
use super::owner_role;
use crate::model::{Access, Identifier, Postgres, Service, Stack};

/// What 10-access.sql is made from.
#[derive(Serialize)]
struct AccessView<'a> {
    superuser: &'a str,
    database: &'a str,
    schemas: Vec<Schema<'a>>,
    extensions: &'a [String],
    roles: Vec<Role<'a>>,
}

/// A schema, `public` included, and the role that owns what is in it.
#[derive(Serialize)]
struct Schema<'a> {
    name: &'a str,
    owner: String,
}

/// A service's role.
#[derive(Serialize)]
struct Role<'a> {
    name: &'a str,
    password_file: String,
    /// Schemas in which a name without one is looked for, in this order.
    search_path: Vec<&'a str>,
    grants: Vec<Grant<'a>>,
    /// Whether it may write anywhere.
    may_write: bool,
}

#[derive(Serialize)]
struct Grant<'a> {
    schema: &'a str,
    access: &'static str,
}

const PUBLIC: &str = "public";

/// Renders 10-access.sql.
pub fn file(stack: &Stack, postgres: &Postgres, templates: &Templates) -> Result<File, ArtifactError> {
    let public: Identifier = PUBLIC.parse().expect("the constant is a valid identifier");
    let listed = postgres.schemas.iter().filter(|schema| **schema != public);
    let view = AccessView {
        superuser: Postgres::SUPERUSER,
        database: postgres.database.as_str(),
        schemas: std::iter::once(&public)
            .chain(listed)
            .map(|schema| Schema {
                name: if schema == &public {
                    PUBLIC
                } else {
                    schema.as_str()
                },
                owner: owner_role::name(schema),
            })
            .collect(),
        extensions: &postgres.extensions,
        roles: stack
            .services
            .iter()
            .filter(|service| !service.databases.is_empty())
            .map(role)
            .collect(),
    };
    let text = templates.render("postgres/initdb.d/10-access.sql.j2", &view)?;
    Ok(File::plain("postgres/initdb.d/10-access.sql", text))
}

fn role(service: &Service) -> Role<'_> {
    let mut search_path: Vec<&str> = service
        .databases
        .iter()
        .map(|(schema, _)| schema.as_str())
        .collect();
    if !search_path.contains(&PUBLIC) {
        search_path.push(PUBLIC);
    }
    Role {
        name: service.name.as_str(),
        password_file: format!("/run/secrets/{}", Postgres::role_secret(&service.name)),
        search_path,
        may_write: service
            .databases
            .iter()
            .any(|(_, access)| *access != Access::Read),
        grants: service
            .databases
            .iter()
            .map(|(schema, access)| Grant {
                schema: schema.as_str(),
                access: match access {
                    Access::Read => "read",
                    Access::Write => "write",
                    Access::Own => "own",
                },
            })
            .collect(),
    }
}

//! Secrets: files of the state folder, one copy for each service that reads it.

use serde::Serialize;

use super::text::Text;
use crate::model::{Postgres, SecretName, Stack};

/// A secret at the file's top level.
#[derive(Debug, Serialize)]
pub struct Secret {
    file: Text,
}

/// A secret of one service.
#[derive(Debug, Serialize)]
pub struct SecretMount {
    source: String,
    target: SecretName,
}

/// Secrets that only image builds see: a shell file that exports variables, and a file of authorities.
pub const BUILD: [(&str, &str); 2] = [("build_ca", "build/ca.crt"), ("build_env", "build/env")];

impl Secret {
    /// A file below the state folder's `mounts`.
    pub fn in_mounts(stack: &Stack, path: &str) -> Self {
        Self {
            file: Text::plain(format!("../{}/mounts/{path}", stack.state_directory())),
        }
    }
}

/// A service's secrets with the names of their copies at the top level, each a path below `mounts`.
pub fn copies<'a>(owner: &str, names: impl IntoIterator<Item = &'a SecretName>) -> Vec<(String, String)> {
    let copy = |name: &SecretName| (format!("{owner}.{name}"), format!("{owner}/{name}"));
    names.into_iter().map(copy).collect()
}

/// What a service mounts under `/run/secrets`.
pub fn mounts<'a>(owner: &str, names: impl IntoIterator<Item = &'a SecretName>) -> Vec<SecretMount> {
    let mount = |name: &SecretName| SecretMount {
        source: format!("{owner}.{name}"),
        target: name.clone(),
    };
    names.into_iter().map(mount).collect()
}

/// What the database reads: the superuser's password and every role's.
pub fn of_database(stack: &Stack) -> Vec<SecretName> {
    let users = stack
        .services
        .iter()
        .filter(|service| !service.databases.is_empty());
    let mut names: Vec<SecretName> = users
        .map(|service| Postgres::role_secret(&service.name))
        .chain([Postgres::superuser_secret()])
        .collect();
    names.sort();
    names
}

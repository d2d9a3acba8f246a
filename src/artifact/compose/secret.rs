//! Secrets: files of the state folder, one copy for each service that reads it.

use serde::Serialize;

use super::text::Text;
use crate::model::{Role, SecretName, Service, Stack};

/// A secret at the file's top level.
#[derive(Debug, Serialize)]
pub struct Secret {
    file: Text,
}

/// A secret of one service.
#[derive(Debug, Serialize)]
pub struct SecretMount {
    source: String,
    target: String,
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

/// Settings of the network that a container needs like a build does, because it installs by itself.
pub const NETWORK: [&str; 2] = ["build_ca", "build_env"];

/// The files under `/run/secrets`, one by one. A sync has its folder mounted whole instead, so that it finds a new
/// token without a new container: a single file that is replaced stays the old one in there.
fn names(service: &Service) -> Vec<&str> {
    let own = service.secrets.iter().map(SecretName::as_str);
    match service.role {
        Role::Program => own.collect(),
        Role::Jobs(_) => {
            let mut names: Vec<&str> = own.chain(NETWORK).collect();
            names.sort_unstable();
            names
        }
        Role::Sync(_) => Vec::new(),
    }
}

/// The name at the top level of a service's copy, and its path below `mounts`.
pub fn copies(service: &Service) -> impl Iterator<Item = (String, String)> {
    let owner = &service.name;
    names(service)
        .into_iter()
        .map(move |name| (format!("{owner}.{name}"), format!("{owner}/{name}")))
}

/// The folder of a service's copies, as compose.yaml names it.
pub fn folder(stack: &Stack, service: &str) -> String {
    format!("../{}/mounts/{service}", stack.state_directory())
}

/// What the service mounts under `/run/secrets`.
pub fn mounts(service: &Service) -> Vec<SecretMount> {
    let mount = |name: &str| SecretMount {
        source: format!("{}.{name}", service.name),
        target: name.to_owned(),
    };
    names(service).into_iter().map(mount).collect()
}

//! Secrets: files of the state folder, one copy for each service that reads it.

use serde::Serialize;

use super::text::Text;
use crate::model::{SecretName, Service, Stack};

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

/// The name at the top level of a service's copy, and its path below `mounts`.
pub fn copies(service: &Service) -> impl Iterator<Item = (String, String)> {
    let owner = &service.name;
    service
        .secrets
        .iter()
        .map(move |name| (format!("{owner}.{name}"), format!("{owner}/{name}")))
}

/// What the service mounts under `/run/secrets`.
pub fn mounts(service: &Service) -> Vec<SecretMount> {
    let mount = |name: &SecretName| SecretMount {
        source: format!("{}.{name}", service.name),
        target: name.clone(),
    };
    service.secrets.iter().map(mount).collect()
}

//! The top level of compose.yaml.

use std::collections::BTreeMap;

use serde::Serialize;

use super::super::File;
use super::database;
use super::network::{self, Network};
use super::secret::{self, Secret};
use super::service::Service;
use crate::model::{Postgres, Stack};

/// The whole file. Services are sorted by name, the database among them.
#[derive(Debug, Serialize)]
pub struct Document {
    name: String,
    services: BTreeMap<String, Service>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    networks: BTreeMap<&'static str, Network>,
    /// With Compose's defaults.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    volumes: BTreeMap<String, serde_json::Map<String, serde_json::Value>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    secrets: BTreeMap<String, Secret>,
}

impl Document {
    /// The file of a stack; `files` are the other rendered ones.
    pub fn new(stack: &Stack, files: &[File]) -> Self {
        let mut services: BTreeMap<String, Service> = stack
            .services
            .iter()
            .map(|service| (service.name.to_string(), Service::new(stack, service, files)))
            .collect();
        let mut networks = BTreeMap::new();
        if let Some(postgres) = &stack.postgres {
            services.insert(
                Postgres::SERVICE.to_owned(),
                database::service(stack, postgres, files),
            );
            networks.insert(network::DATA, Network::DATA);
        }
        Self {
            name: stack.project(),
            services,
            networks,
            volumes: stack
                .volumes()
                .iter()
                .map(|name| (name.to_string(), serde_json::Map::new()))
                .collect(),
            secrets: secrets(stack),
        }
    }
}

fn secrets(stack: &Stack) -> BTreeMap<String, Secret> {
    let copies = stack.services.iter().flat_map(secret::copies);
    let is_building = stack.services.iter().any(crate::model::Service::is_built);
    let build = secret::BUILD
        .into_iter()
        .filter(|_| is_building)
        .map(|(name, path)| (name.to_owned(), path.to_owned()));
    copies
        .chain(build)
        .map(|(name, path)| (name, Secret::in_mounts(stack, &path)))
        .collect()
}

//! The whole stack.

use std::collections::{BTreeMap, BTreeSet};

use super::build::Build;
use super::mount::MountSource;
use super::name::{EnvironmentName, SecretName, StackName, VolumeName};
use super::postgres::Postgres;
use super::secret::Secret;
use super::service::Service;
use super::sqlite::SqliteFile;
use super::time_zone::TimeZone;

/// A valid stack with one environment merged in.
#[derive(Debug, Clone, PartialEq)]
pub struct Stack {
    /// The name of the stack.
    pub name: StackName,
    /// The environment that was merged in, if any.
    pub environment: Option<EnvironmentName>,
    /// `TZ` of every container.
    pub timezone: TimeZone,
    /// The database, for stacks that have one.
    pub postgres: Option<Postgres>,
    /// SQLite files that become schemas of the database, in the order of the file.
    pub sqlite: Vec<SqliteFile>,
    /// The services, sorted by name.
    pub services: Vec<Service>,
    /// The secrets, those that stackctl itself needs included.
    pub secrets: BTreeMap<SecretName, Secret>,
    /// How images are built.
    pub build: Build,
}

impl Stack {
    /// Compose's project name: the stack's, with the environment's behind it.
    #[must_use]
    pub fn project(&self) -> String {
        match &self.environment {
            Some(environment) => format!("{}-{environment}", self.name),
            None => self.name.to_string(),
        }
    }

    /// The folder, relative to stack.toml, that holds the rendered files.
    #[must_use]
    pub fn rendered_directory(&self) -> String {
        match &self.environment {
            Some(environment) => format!("rendered-{environment}"),
            None => "rendered".to_owned(),
        }
    }

    /// The folder, relative to stack.toml, that holds what is private to this project on this host.
    #[must_use]
    pub fn state_directory(&self) -> String {
        format!(".stackctl/{}", self.project())
    }

    /// The service of that name.
    #[must_use]
    pub fn service(&self, name: &str) -> Option<&Service> {
        self.services.iter().find(|service| service.name.as_str() == name)
    }

    /// Every named volume, the database's included.
    #[must_use]
    pub fn volumes(&self) -> BTreeSet<VolumeName> {
        let mounted = self
            .services
            .iter()
            .flat_map(|service| &service.volumes)
            .filter_map(|mount| match &mount.source {
                MountSource::Volume(name) => Some(name.clone()),
                MountSource::Host(_) => None,
            });
        let database = self.postgres.iter().map(|_| {
            Postgres::VOLUME
                .parse()
                .expect("the constant is a valid volume name")
        });
        mounted.chain(database).collect()
    }
}

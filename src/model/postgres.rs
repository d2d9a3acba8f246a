//! The database service.

use std::collections::BTreeMap;

use super::duration::Duration;
use super::image::ImageRef;
use super::name::{Identifier, SecretName, ServiceName};
use super::passthrough::Passthrough;
use super::port::PublishedPort;
use super::service::{Limits, Logging};
use super::size::Size;

/// The database of a stack: one server, one database, a schema for each purpose.
#[derive(Debug, Clone, PartialEq)]
pub struct Postgres {
    /// The major version.
    pub version: u16,
    /// The image it runs.
    pub image: ImageRef,
    /// The database's name.
    pub database: Identifier,
    /// Schemas that are made besides `public`.
    pub schemas: Vec<Identifier>,
    /// Extensions that are made in the database.
    pub extensions: Vec<String>,
    /// Lines of postgresql.conf, as the user wrote their values.
    pub settings: BTreeMap<String, String>,
    /// The user's SQL files, relative to stack.toml, in the order in which they run.
    pub init: Vec<String>,
    /// Ports on the host; none unless asked for.
    pub ports: Vec<PublishedPort>,
    /// What the container may use.
    pub limits: Limits,
    /// The size of `/dev/shm`, which parallel queries allocate from; Docker's 64 MB make them fail.
    pub shm_size: Size,
    /// How long a shutdown may take before the server is killed and must recover.
    pub stop_grace_period: Duration,
    /// Its log's bounds.
    pub logging: Logging,
    /// Merged last over the rendered service.
    pub compose: Passthrough,
}

impl Postgres {
    /// The name of the database's service, also its host name.
    pub const SERVICE: &'static str = "postgres";
    /// The superuser, who reaches the server by its socket only.
    pub const SUPERUSER: &'static str = "postgres";
    /// uid and gid of the server in the official Debian images.
    pub const USER: u32 = 999;
    /// The volume that holds the data.
    pub const VOLUME: &'static str = "postgres_data";

    /// The secret with the superuser's password.
    #[must_use]
    pub fn superuser_secret() -> SecretName {
        "postgres_password"
            .parse()
            .expect("the text is a valid secret name")
    }

    /// The secret with the password of a service's role.
    #[must_use]
    pub fn role_secret(service: &ServiceName) -> SecretName {
        derived_secret("postgres_", service)
    }

    /// The secret with the whole connection string of a service's role.
    #[must_use]
    pub fn url_secret(service: &ServiceName) -> SecretName {
        derived_secret("database_url_", service)
    }

    /// The secret with the connection string of a service's role for one schema. A schema's name has no dash, so that
    /// no two services and schemas have one name.
    #[must_use]
    pub fn schema_url_secret(schema: &Identifier, service: &ServiceName) -> SecretName {
        derived_secret(&format!("schema_url_{schema}-"), service)
    }
}

fn derived_secret(prefix: &str, service: &ServiceName) -> SecretName {
    format!("{prefix}{service}")
        .parse()
        .expect("a secret's name may be longer than prefix and service's name")
}

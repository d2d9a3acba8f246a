//! The stack's networks.

use serde::Serialize;

use crate::model::{Postgres, Service};

/// The network every service is on, with a way to the outside.
pub const DEFAULT: &str = "default";
/// The network of the database and of the services that use it.
pub const DATA: &str = "data";

/// A network's settings.
#[derive(Debug, Serialize)]
pub struct Network {
    /// Without a way to the outside.
    internal: bool,
}

impl Network {
    /// The database's network.
    pub const DATA: Self = Self { internal: true };
}

/// The networks of a service.
pub fn of_service(service: &Service, has_database: bool) -> Vec<&'static str> {
    let uses_database = !service.databases.is_empty()
        || service
            .depends_on
            .iter()
            .any(|dependency| dependency.service.as_str() == Postgres::SERVICE);
    if has_database && uses_database {
        vec![DEFAULT, DATA]
    } else {
        vec![DEFAULT]
    }
}

/// The networks of the database: a port can't be published from an internal network alone.
pub fn of_database(postgres: &Postgres) -> Vec<&'static str> {
    if postgres.ports.is_empty() {
        vec![DATA]
    } else {
        vec![DEFAULT, DATA]
    }
}

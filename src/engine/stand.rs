//! What each service runs at this moment, told after something failed. Pure.

use std::fmt;

use serde::Serialize;

use super::action::Action;
use super::plan::Plan;
use crate::runtime::docker::{Container, HealthStatus, Status};

/// Which version of a service runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Version {
    /// The one that is wanted.
    Wanted,
    /// The one from before.
    Earlier,
    /// None.
    None,
}

/// What a service runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stand {
    /// The service.
    pub service: String,
    /// What its container does, in a word or two.
    pub state: String,
    /// Which version that is.
    pub version: Version,
}

impl Stand {
    /// Of every service in a plan that was made of what runs now.
    #[must_use]
    pub fn all(plan: &Plan, containers: &[Container]) -> Vec<Self> {
        let services = plan.services.iter();
        services
            .map(|planned| {
                let own = containers
                    .iter()
                    .find(|container| container.service() == planned.service);
                Self {
                    service: planned.service.clone(),
                    state: own.map_or_else(|| "not made".to_owned(), state),
                    version: match (&planned.action, own) {
                        (Action::Create, _) | (_, None) => Version::None,
                        // One that ends again and again is replaced though it is the one that is wanted.
                        (Action::Recreate(_), Some(own)) if own.status != Status::Restarting => {
                            Version::Earlier
                        }
                        _ => Version::Wanted,
                    },
                }
            })
            .collect()
    }
}

/// What a container does, in a word or two.
pub fn state(container: &Container) -> String {
    match (container.status, container.health_status()) {
        (Status::Running, HealthStatus::Healthy) => "healthy".to_owned(),
        (Status::Running, HealthStatus::Unhealthy) => "unhealthy".to_owned(),
        (Status::Running, HealthStatus::Starting) => "starting".to_owned(),
        (Status::Running, HealthStatus::None) => "running".to_owned(),
        (Status::Paused, _) => "paused".to_owned(),
        (Status::Restarting, _) => "restarting".to_owned(),
        (Status::Created, _) => "never started".to_owned(),
        (Status::Removing, _) => "going away".to_owned(),
        (Status::Dead, _) => "broken".to_owned(),
        (Status::Exited, _) => match container.exit_code {
            0 => "ended".to_owned(),
            code => format!("ended with code {code}"),
        },
    }
}

impl fmt::Display for Stand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.service, self.state)?;
        match self.version {
            Version::Earlier => f.write_str(", the version from before"),
            Version::Wanted | Version::None => Ok(()),
        }
    }
}

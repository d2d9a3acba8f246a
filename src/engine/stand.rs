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
                        (Action::Recreate(because), Some(_)) if because != Action::ENDLESS => {
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
    if container.keeps_ending() {
        return "restarting".to_owned();
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::action::Planned;

    #[test]
    fn a_wanted_container_that_ends_again_and_again_is_not_called_the_one_from_before() {
        let container: Container = serde_json::from_value(serde_json::json!({
            "Id": "0", "Name": "/p-web-1", "Image": "sha256:1",
            "State": { "Status": "restarting" },
            "Config": { "Labels": { "com.docker.compose.service": "web" } },
        }))
        .unwrap();
        let told = |because: &str| {
            let plan = Plan {
                services: vec![Planned {
                    service: "web".to_owned(),
                    action: Action::Recreate(because.to_owned()),
                }],
                leftovers: Vec::new(),
                orphans: Vec::new(),
                steps: Vec::new(),
            };
            Stand::all(&plan, std::slice::from_ref(&container))[0].to_string()
        };
        assert_eq!(told(Action::ENDLESS), "web: restarting");
        assert_eq!(
            told("its configuration changed"),
            "web: restarting, the version from before"
        );
    }
}

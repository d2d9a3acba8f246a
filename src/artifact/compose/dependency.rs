//! What must come before a service.

use serde::Serialize;

use crate::model::{Dependency as Model, DependencyCondition};

/// One entry of `depends_on`.
#[derive(Debug, Serialize)]
pub struct Dependency {
    condition: &'static str,
    /// Whether the service is restarted when Compose replaces the other one.
    restart: bool,
}

impl From<&Model> for Dependency {
    fn from(dependency: &Model) -> Self {
        Self {
            condition: match dependency.condition {
                DependencyCondition::Started => "service_started",
                DependencyCondition::Healthy => "service_healthy",
                DependencyCondition::Completed => "service_completed_successfully",
            },
            restart: false,
        }
    }
}

//! `down`: containers and networks go, data stay unless asked otherwise.

use std::time::Duration;

use serde::Serialize;

use super::progress::{count, phase};
use super::project::Project;
use super::{EngineError, lock, preflight};
use crate::runtime::docker::docker;

/// What `down` removes and keeps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// The project.
    pub project: String,
    /// Containers that are stopped and removed.
    pub containers: Vec<String>,
    /// Volumes whose data are deleted.
    pub deleted_volumes: Vec<String>,
    /// Volumes that stay.
    pub kept_volumes: Vec<String>,
}

impl Plan {
    /// Looks at what is there; deletes data only if `volumes` says so.
    pub fn new(project: &Project<'_>, volumes: bool) -> Result<Self, EngineError> {
        preflight::engine(project)?;
        let containers = project.docker.project(project.name())?;
        preflight::folder(project, &containers)?;
        let found = project.docker.volumes(project.name())?;
        let (deleted_volumes, kept_volumes) = if volumes {
            (found, Vec::new())
        } else {
            (Vec::new(), found)
        };
        Ok(Self {
            project: project.name().to_owned(),
            containers: containers.into_iter().map(|container| container.name).collect(),
            deleted_volumes,
            kept_volumes,
        })
    }

    /// Whether there is nothing to remove.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.containers.is_empty() && self.deleted_volumes.is_empty()
    }
}

/// Takes the stack down.
pub fn down(project: &Project<'_>, plan: &Plan, wait_lock: Duration) -> Result<(), EngineError> {
    let _lock = lock::take(project, "down", wait_lock)?;
    // By its name alone: a compose.yaml that is missing or invalid must not keep anybody from taking it down.
    let cmd = docker().args(["compose", "-p", project.name(), "down", "--remove-orphans"]);
    phase(project.observer(), "stopping containers", || {
        project.runner().run(&cmd)?;
        Ok((
            (),
            format!(
                "stopped and removed {}",
                count(plan.containers.len(), "container")
            ),
        ))
    })?;
    if !plan.deleted_volumes.is_empty() {
        phase(project.observer(), "deleting volumes", || {
            let cmd = docker().args(["volume", "rm"]).args(&plan.deleted_volumes);
            project.runner().run(&cmd)?;
            Ok((
                (),
                format!("deleted {}", count(plan.deleted_volumes.len(), "volume")),
            ))
        })?;
    }
    Ok(())
}

//! What syncs and jobs say of themselves: asked in their containers, as only they know.

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::engine::project::Project;
use crate::jobs::report::Report as JobsReport;
use crate::model::Role;
use crate::runtime::docker::{Container, docker};
use crate::sync::report::Report as SyncReport;

/// Where images have the program.
const STACKCTL: &str = "/usr/local/bin/stackctl";
/// After which a container counts as silent: `status` must answer, whatever it does.
const PATIENCE: Duration = Duration::from_secs(5);

/// A sync or jobs, and what they say.
#[derive(Debug, Clone, Serialize)]
pub struct Inside<T> {
    /// Its name in stack.toml.
    pub name: String,
    /// Its service.
    pub service: String,
    /// What it says; none where it does not run or gave no answer.
    pub report: Option<T>,
    /// Why a container that runs gave no answer.
    pub silent: Option<String>,
}

/// Every sync.
pub fn syncs(project: &Project<'_>, containers: &[Container]) -> Vec<Inside<SyncReport>> {
    let services = project.stack().services.iter();
    let syncs = services.filter_map(|service| Some((service.role.sync()?.name.as_str(), &service.name)));
    syncs
        .map(|(name, service)| ask(project, containers, name, service.as_str(), "sync"))
        .collect()
}

/// All jobs.
pub fn jobs(project: &Project<'_>, containers: &[Container]) -> Vec<Inside<JobsReport>> {
    let services = project.stack().services.iter();
    services
        .filter(|service| matches!(service.role, Role::Jobs(_)))
        .map(|service| {
            let name = service.name.as_str();
            ask(project, containers, name, name, "jobs")
        })
        .collect()
}

fn ask<T: DeserializeOwned>(
    project: &Project<'_>,
    containers: &[Container],
    name: &str,
    service: &str,
    subcommand: &str,
) -> Inside<T> {
    let mut inside = Inside {
        name: name.to_owned(),
        service: service.to_owned(),
        report: None,
        silent: None,
    };
    let running = containers
        .iter()
        .find(|container| container.service() == service && container.is_running());
    // That it does not run is told with the services.
    let Some(container) = running else {
        return inside;
    };
    let cmd = docker()
        .args(["exec", &container.name, STACKCTL, subcommand])
        .args(["status", "--format", "json"])
        .data()
        .deadline(PATIENCE);
    match project.runner().finish(&cmd, &mut |_| {}) {
        // It exits with another code where something is wrong, and says what on stdout all the same.
        Ok(captured) => {
            inside.report = serde_json::from_str(&captured.stdout).ok();
            if inside.report.is_none() {
                let last = captured.stderr.iter().rev().find(|line| !line.trim().is_empty());
                inside.silent = Some(last.map_or_else(|| captured.status.to_string(), Clone::clone));
            }
        }
        Err(error) => inside.silent = Some(error.to_string()),
    }
    inside
}

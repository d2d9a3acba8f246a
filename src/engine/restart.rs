//! `restart`: services end and start again, one behind the other, each awaited until it is well.

use std::time::Duration;

use super::error::UpFailure;
use super::plan::Plan;
use super::progress::phase;
use super::project::Project;
use super::stand::Stand;
use super::wait::Wait;
use super::{EngineError, lock, preflight, service_name};

/// The services that will be restarted, in the order of their dependencies; all long-running ones if none is
/// named.
pub fn plan(project: &Project<'_>, named: &[String]) -> Result<Vec<String>, EngineError> {
    service_name::check(project.stack(), named)?;
    preflight::engine(project)?;
    let containers = project.docker.project(project.name())?;
    preflight::folder(project, &containers)?;
    let has_container = |service: &str| containers.iter().any(|container| container.service() == service);
    if let Some(absent) = named.iter().find(|service| !has_container(service)) {
        return Err(EngineError::NotRunning(absent.clone()));
    }
    let config = project.compose.config(&project.docker)?;
    let one_shots = project.one_shots();
    let services = config.order().into_iter().filter(|service| {
        if named.is_empty() {
            has_container(service) && !one_shots.contains(service)
        } else {
            named.iter().any(|name| name == service)
        }
    });
    Ok(services.map(str::to_owned).collect())
}

/// Restarts these services.
pub fn restart(
    project: &Project<'_>,
    services: &[String],
    timeout: Duration,
    wait_lock: Duration,
) -> Result<(), EngineError> {
    let _lock = lock::take(project, "restart", wait_lock)?;
    for service in services {
        phase(project.observer(), &format!("restarting {service}"), || {
            let wait = Wait::new(project, &[], timeout);
            let cmd = project.compose.command().args(["restart", "--no-deps", service]);
            project.runner().run(&cmd)?;
            let blamed = wait.until_well(std::slice::from_ref(service))?;
            if blamed.is_empty() {
                return Ok(((), format!("{service} is well")));
            }
            let mut hints: Vec<String> = blamed.iter().filter_map(|blame| blame.mend.clone()).collect();
            hints.push(format!("`stackctl logs {service}` shows all it said"));
            Err(EngineError::Up(Box::new(UpFailure {
                message: format!("`{service}` {}", blamed[0].reason),
                stands: stands(project)?,
                blamed,
                hints,
            })))
        })?;
    }
    Ok(())
}

fn stands(project: &Project<'_>) -> Result<Vec<Stand>, EngineError> {
    let config = project.compose.config(&project.docker)?;
    let observed = project.observe(&config)?;
    let plan = Plan::new(&project.asked(&config, &[]), &observed);
    Ok(Stand::all(&plan, &observed.containers))
}

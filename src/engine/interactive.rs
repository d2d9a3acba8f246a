//! `logs` and `exec`: stackctl checks what was asked for and becomes the docker command, which then has the
//! terminal and the exit code to itself.

use super::project::Project;
use super::{EngineError, preflight, service_name};
use crate::model::Postgres;
use crate::runtime::docker::{Container, docker};

/// Shows what services print. Returns only if that failed.
#[must_use]
pub fn logs(project: &Project<'_>, options: &[String], services: &[String]) -> EngineError {
    match containers(project, services) {
        Err(error) => error,
        Ok(containers) => {
            let silent = services
                .iter()
                .find(|service| !containers.iter().any(|container| container.service() == *service));
            if let Some(service) = silent {
                return EngineError::NotRunning(service.clone());
            }
            if containers.is_empty() {
                return EngineError::NotUp(project.name().to_owned());
            }
            let cmd = docker().args(["compose", "-p", project.name(), "logs"]);
            project.runner().replace(&cmd.args(options).args(services)).into()
        }
    }
}

/// Runs a command in a service. Returns only if that failed.
#[must_use]
pub fn exec(project: &Project<'_>, service: &str, command: &[String], is_terminal: bool) -> EngineError {
    let containers = match containers(project, &[service.to_owned()]) {
        Ok(containers) => containers,
        Err(error) => return error,
    };
    let runs = |container: &Container| container.service() == service && container.is_running();
    if !containers.iter().any(runs) {
        return EngineError::NotRunning(service.to_owned());
    }
    let mut cmd = docker().args(["compose", "-p", project.name(), "exec"]);
    if !is_terminal {
        cmd = cmd.arg("-T");
    }
    cmd = cmd.arg(service);
    let cmd = match (&project.stack().postgres, command) {
        (Some(postgres), []) if service == Postgres::SERVICE => {
            let database = postgres.database.as_str();
            cmd.args(["psql", "-U", Postgres::SUPERUSER, "-d", database])
        }
        (_, []) => cmd.arg("sh"),
        _ => cmd.args(command),
    };
    project.runner().replace(&cmd).into()
}

fn containers(project: &Project<'_>, services: &[String]) -> Result<Vec<Container>, EngineError> {
    service_name::check(project.stack(), services)?;
    preflight::engine(project)?;
    Ok(project.docker.project(project.name())?)
}

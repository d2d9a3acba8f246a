//! What would make `up` fail halfway, looked for before anything is touched.

pub(super) mod disk;
mod foreign;
pub(super) mod ports;
mod postgres_volume;

use super::EngineError;
use super::error::Problem;
use super::images::Images;
use super::plan::{Observed, Plan};
use super::project::Project;
use super::variables;
use crate::event::Event;
use crate::runtime::compose::Config;
use crate::runtime::docker::{Container, Version, Versions};

/// The oldest Compose that stackctl works with: the first that prints `--progress` and `config` as used here.
pub(super) const COMPOSE: Version = Version::new(2, 20);
/// The oldest engine that stackctl works with.
pub(super) const ENGINE: Version = Version::new(20, 10);

/// The engine answers, and its parts are new enough.
pub fn engine(project: &Project<'_>) -> Result<Versions, EngineError> {
    let versions = project.docker.versions()?;
    let problems = [
        too_old("the Docker engine", versions.engine, ENGINE, "docker-ce"),
        too_old(
            "Docker Compose",
            versions.compose,
            COMPOSE,
            "docker-compose-plugin",
        ),
    ];
    let problems: Vec<Problem> = problems.into_iter().flatten().collect();
    if problems.is_empty() {
        Ok(versions)
    } else {
        Err(EngineError::Refused(problems))
    }
}

/// A part that is older than stackctl needs.
pub(super) fn too_old(part: &str, found: Option<Version>, wanted: Version, package: &str) -> Option<Problem> {
    let found = found?;
    (found < wanted).then(|| {
        Problem::new(
            format!("{part} is version {found}; stackctl needs {wanted} or later"),
            format!("`sudo apt-get install --only-upgrade {package}` from Docker's packages, https://docs.docker.com/engine/install/"),
        )
    })
}

/// The variables that services need are set.
pub fn variables(project: &Project<'_>) -> Result<(), EngineError> {
    let is_exported = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    refuse(variables::missing(project.stack(), &project.root, is_exported))
}

/// The project's containers are this folder's.
pub fn folder(project: &Project<'_>, containers: &[Container]) -> Result<(), EngineError> {
    refuse(foreign::other_folder(project, containers).into_iter().collect())
}

/// Nothing on the host stands in the way of the plan.
pub fn host(
    project: &Project<'_>,
    config: &Config,
    observed: &Observed,
    plan: &Plan,
    images: &Images,
) -> Result<(), EngineError> {
    let mut problems = foreign::problems(project, config, observed)?;
    if !problems.is_empty() {
        return refuse(problems);
    }
    problems.extend(postgres_volume::problem(project, config, observed)?);
    if !plan.steps.is_empty() {
        problems.extend(ports::problems(project, config, observed, plan)?);
    }
    if !images.is_empty() || !plan.steps.is_empty() {
        let room = disk::room(project)?;
        problems.extend(room.problem());
        if let Some(warning) = room.warning() {
            project.observer().on(Event::Warning(&warning));
        }
    }
    refuse(problems)
}

fn refuse(problems: Vec<Problem>) -> Result<(), EngineError> {
    if problems.is_empty() {
        Ok(())
    } else {
        Err(EngineError::Refused(problems))
    }
}

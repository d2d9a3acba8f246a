//! The database's volume against the server that shall use it: another major version can't read it.

use super::{Config, Observed, Problem, Project};
use crate::engine::EngineError;
use crate::engine::translate;
use crate::model::Postgres;
use crate::runtime::command::CommandError;
use crate::runtime::docker::root_script;

/// Prints the version that the data were made with, which lie in the volume or in a folder of it.
const READ: &str = "cat /data/PG_VERSION /data/*/PG_VERSION /data/*/docker/PG_VERSION 2>/dev/null || true";

/// A volume of another major version.
pub fn problem(
    project: &Project<'_>,
    config: &Config,
    observed: &Observed,
) -> Result<Option<Problem>, EngineError> {
    let Some(postgres) = &project.stack().postgres else {
        return Ok(None);
    };
    let wanted = postgres.version.to_string();
    let running = observed
        .containers
        .iter()
        .find(|container| container.service() == Postgres::SERVICE && container.is_running());
    let found = match running {
        // A server that runs can read its data.
        Some(container) => container.variable("PG_MAJOR").map(str::to_owned),
        None => in_volume(project, config, observed)?,
    };
    Ok(found
        .filter(|found| *found != wanted)
        .and_then(|found| translate::other_major(&found, &wanted))
        .map(Problem::from))
}

/// Reads the version out of the volume by an image that is there anyway. Without one the volume can't be read
/// yet, and the server's own words are translated if it fails.
fn in_volume(
    project: &Project<'_>,
    config: &Config,
    observed: &Observed,
) -> Result<Option<String>, EngineError> {
    let volume = config
        .volumes
        .get(Postgres::VOLUME)
        .and_then(Option::as_ref)
        .map_or_else(
            || format!("{}_{}", project.name(), Postgres::VOLUME),
            |volume| volume.name.clone(),
        );
    let image = config.image(project.name(), Postgres::SERVICE);
    if !observed.images.contains_key(&image) || !project.docker.has_volume(&volume)? {
        return Ok(None);
    }
    let cmd = root_script(&format!("{volume}:/data:ro"), &image, READ);
    match project.docker.ask(cmd).map_err(EngineError::from) {
        Ok(captured) => Ok(captured.stdout.split_whitespace().next().map(str::to_owned)),
        // An image that can't run a shell says nothing about the volume.
        Err(EngineError::Docker(crate::runtime::docker::DockerError::Command(CommandError::Status {
            ..
        }))) => Ok(None),
        Err(error) => Err(error),
    }
}

//! Containers of others that have the project's name, or the name that a container of it will get.

use std::path::Path;

use super::{Config, Observed, Problem, Project};
use crate::engine::EngineError;
use crate::event::Event;
use crate::runtime::docker::{Container, label};

/// What others hold.
pub fn problems(
    project: &Project<'_>,
    config: &Config,
    observed: &Observed,
) -> Result<Vec<Problem>, EngineError> {
    if let Some(problem) = other_folder(project, &observed.containers) {
        return Ok(vec![problem]);
    }
    let names: Vec<String> = config
        .services
        .iter()
        .map(|(service, definition)| match &definition.container_name {
            Some(name) => name.clone(),
            None => format!("{}-{service}-1", project.name()),
        })
        .collect();
    let holders = project.docker.containers(&names)?;
    Ok(holders
        .iter()
        .filter(|holder| holder.label(label::PROJECT) != Some(project.name()))
        // A container's identifier may begin like a name; only names clash.
        .filter(|holder| names.contains(&holder.name))
        .map(|holder| {
            let whose = match holder.label(label::PROJECT) {
                Some(other) => format!("belongs to the project `{other}`"),
                None => "was not made by Compose".to_owned(),
            };
            let name = &holder.name;
            Problem::new(
                format!("there is already a container `{name}`, which {whose}"),
                format!("`docker inspect {name}` shows what it is; `docker rename {name} {name}-old` makes room for the stack's own"),
            )
        })
        .collect())
}

/// Another folder's stack of the same name: bringing this one up would replace its containers.
pub fn other_folder(project: &Project<'_>, containers: &[Container]) -> Option<Problem> {
    let own = project.compose.working_dir();
    let canonical = |path: &str| Path::new(path).canonicalize().ok();
    let other = containers
        .iter()
        .filter_map(|container| container.label(label::WORKING_DIR))
        .find(|folder| Path::new(folder) != own && canonical(folder) != own.canonicalize().ok())?;
    if !Path::new(other).exists() {
        let note = format!(
            "the stack's containers were made from `{other}`, which is gone; they are taken over by this folder"
        );
        project.observer().on(Event::Note(&note));
        return None;
    }
    let name = project.name();
    Some(Problem::new(
        format!("a stack `{name}` runs already, from `{other}`"),
        format!(
            "give this one another `name` in `[stack]` or another `--env`; or take that one down first: \
             `docker compose -p {name} down` keeps its data"
        ),
    ))
}

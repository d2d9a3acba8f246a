//! What `up` will do: from what is wanted and what runs to steps in order. Pure.
//!
//! Containers that have to be made or started go together by rank, a rank being services that depend on nothing
//! behind them. Containers that replace a running one go one at a time, each only when the one before is healthy:
//! Compose stops the old container first, so a new version that does not work costs one service and no more.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::action::{Action, Planned, Wanted};
use crate::runtime::compose::Config;
use crate::runtime::docker::{Container, Status, label};

/// What runs, and what is there to run.
#[derive(Debug, Default)]
pub struct Observed {
    /// Every container of the project.
    pub containers: Vec<Container>,
    /// The identifiers of the images that the engine has, by name.
    pub images: BTreeMap<String, String>,
    /// By service: a mounted file whose content differs from when the container was made.
    pub changed_files: BTreeMap<String, String>,
}

/// What is asked for.
#[derive(Debug)]
pub struct Asked<'a> {
    /// The project's name.
    pub project: &'a str,
    /// compose.yaml, as Compose understands it.
    pub config: &'a Config,
    /// The services that run to their end.
    pub one_shots: BTreeSet<&'a str>,
    /// Services to bring up, with what they depend on; empty for all.
    pub selection: Vec<&'a str>,
}

/// A container that no service wants any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unwanted {
    /// Its identifier.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Whether it holds a port that a service of the plan needs.
    #[serde(skip)]
    pub is_in_the_way: bool,
}

/// One command that brings services up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The services.
    pub services: Vec<String>,
    /// Whether they are made anew though Compose sees no difference.
    pub is_forced: bool,
}

/// Everything `up` will do with containers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// What happens to each service, in the order of dependencies.
    pub services: Vec<Planned>,
    /// Containers that a killed `up` left half made; they never ran.
    pub leftovers: Vec<Unwanted>,
    /// Containers of services that stack.toml has no more.
    pub orphans: Vec<Unwanted>,
    /// The commands, in order.
    #[serde(skip)]
    pub steps: Vec<Step>,
}

impl Plan {
    /// Plans.
    #[must_use]
    pub fn new(asked: &Asked<'_>, observed: &Observed) -> Self {
        let config = asked.config;
        let selected: Vec<&str> = if asked.selection.is_empty() {
            config.services.keys().map(String::as_str).collect()
        } else {
            config.closure(&asked.selection)
        };
        let (leftovers, containers): (Vec<&Container>, Vec<&Container>) = observed
            .containers
            .iter()
            .partition(|container| is_leftover(container));
        let services: Vec<Planned> = config
            .order()
            .into_iter()
            .filter(|service| selected.contains(service))
            .map(|service| planned(service, asked, observed, &containers))
            .collect();
        let orphans = if asked.selection.is_empty() {
            orphans(asked, &containers, &services)
        } else {
            Vec::new()
        };
        Self {
            steps: steps(config, &services),
            leftovers: leftovers.into_iter().map(unwanted).collect(),
            orphans,
            services,
        }
    }

    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty() && self.leftovers.is_empty() && self.orphans.is_empty()
    }

    /// The services that change.
    pub fn changes(&self) -> impl Iterator<Item = &Planned> {
        self.services.iter().filter(|planned| planned.action.is_change())
    }
}

fn planned(service: &str, asked: &Asked<'_>, observed: &Observed, containers: &[&Container]) -> Planned {
    let image = asked.config.image(asked.project, service);
    let wanted = Wanted {
        config: &asked.config.services[service],
        image_id: observed.images.get(&image).map(String::as_str),
        is_one_shot: asked.one_shots.contains(service),
        changed_file: observed.changed_files.get(service).map(String::as_str),
    };
    let own: Vec<&Container> = containers
        .iter()
        .copied()
        .filter(|container| container.service() == service)
        .collect();
    Planned {
        service: service.to_owned(),
        action: Action::decide(&wanted, &own),
    }
}

/// A container that Compose makes to replace another is named `<id of the old one>_<name>` until it is started; a
/// killed Compose leaves it so, and takes it for a second instance later.
fn is_leftover(container: &Container) -> bool {
    let is_temporary = container
        .name
        .split_once('_')
        .is_some_and(|(head, _)| head.len() == 12 && head.bytes().all(|byte| byte.is_ascii_hexdigit()));
    container.status == Status::Created && is_temporary
}

fn unwanted(container: &Container) -> Unwanted {
    Unwanted {
        id: container.id.clone(),
        name: container.name.clone(),
        is_in_the_way: false,
    }
}

fn orphans(asked: &Asked<'_>, containers: &[&Container], services: &[Planned]) -> Vec<Unwanted> {
    let needed: BTreeSet<u16> = services
        .iter()
        .filter(|planned| planned.action.is_change())
        .flat_map(|planned| &asked.config.services[&planned.service].ports)
        .filter_map(|port| port.published.parse().ok())
        .collect();
    containers
        .iter()
        .filter(|container| !asked.config.services.contains_key(container.service()))
        .filter(|container| container.label(label::SERVICE).is_some())
        .map(|container| Unwanted {
            is_in_the_way: container.ports.iter().any(|port| needed.contains(&port.host)),
            ..unwanted(container)
        })
        .collect()
}

fn steps(config: &Config, services: &[Planned]) -> Vec<Step> {
    let mut ranks: BTreeMap<&str, usize> = BTreeMap::new();
    for planned in services {
        let dependencies = config.services[&planned.service].depends_on.keys();
        let rank = dependencies
            .filter_map(|other| ranks.get(other.as_str()))
            .max()
            .map_or(0, |rank| rank + 1);
        ranks.insert(&planned.service, rank);
    }
    let last = ranks.values().max().copied().unwrap_or_default();
    let mut steps = Vec::new();
    for rank in 0..=last {
        let of_rank = || {
            services
                .iter()
                .filter(|planned| ranks[planned.service.as_str()] == rank)
        };
        let fresh: Vec<String> = of_rank()
            .filter(|planned| matches!(planned.action, Action::Create | Action::Start(_)))
            .map(|planned| planned.service.clone())
            .collect();
        if !fresh.is_empty() {
            steps.push(Step {
                services: fresh,
                is_forced: false,
            });
        }
        let replaced = of_rank().filter(|planned| matches!(planned.action, Action::Recreate(_)));
        steps.extend(replaced.map(|planned| Step {
            services: vec![planned.service.clone()],
            is_forced: true,
        }));
    }
    steps
}

#[cfg(test)]
mod tests;

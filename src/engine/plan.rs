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
    /// By service: a secret that was written after its container had read it.
    pub changed_secrets: BTreeMap<String, String>,
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
        changed_secret: observed.changed_secrets.get(service).map(String::as_str),
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
mod tests {
    use super::*;

    fn config() -> Config {
        let text = r#"{"services":{
            "postgres":{"image":"pg"},
            "mig":{"image":"app","depends_on":{"postgres":{}}},
            "api":{"image":"app","depends_on":{"mig":{}},"ports":[{"published":"80"}]},
            "bot":{"image":"app","depends_on":{"postgres":{}}},
            "web":{"image":"web"}}}"#;
        let mut config: Config = serde_json::from_str(text).unwrap();
        for service in config.services.values_mut() {
            service.hash = "new".to_owned();
        }
        config
    }

    fn container(service: &str, state: &str, hash: &str) -> Container {
        named(&format!("p-{service}-1"), service, state, hash)
    }

    fn named(name: &str, service: &str, state: &str, hash: &str) -> Container {
        let (status, code) = state.split_once(' ').unwrap_or((state, "0"));
        serde_json::from_value(serde_json::json!({
            "Id": format!("{name:0<64}"), "Name": format!("/{name}"), "Image": "sha256:1",
            "State": { "Status": status, "ExitCode": code.parse::<i32>().unwrap() },
            "HostConfig": { "PortBindings": { "80/tcp": [{ "HostIp": "", "HostPort": "80" }] } },
            "Config": { "Image": "x", "Labels": { label::SERVICE: service, label::CONFIG_HASH: hash } },
        }))
        .unwrap()
    }

    fn plan(selection: &[&'static str], containers: Vec<Container>) -> Plan {
        let config = config();
        let asked = Asked {
            project: "p",
            config: &config,
            one_shots: BTreeSet::from(["mig"]),
            selection: selection.to_vec(),
        };
        let observed = Observed {
            containers,
            images: BTreeMap::from([("web".to_owned(), "sha256:1".to_owned())]),
            changed_secrets: BTreeMap::new(),
        };
        Plan::new(&asked, &observed)
    }

    fn told(plan: &Plan) -> Vec<String> {
        plan.services.iter().map(ToString::to_string).collect()
    }

    fn commands(plan: &Plan) -> Vec<String> {
        plan.steps.iter().map(|step| step.services.join(" ")).collect()
    }

    fn running() -> Vec<Container> {
        vec![
            container("api", "running", "new"),
            container("bot", "running", "new"),
            container("mig", "exited", "new"),
            container("postgres", "running", "new"),
            container("web", "running", "new"),
        ]
    }

    #[test]
    fn an_empty_host_gets_everything_by_rank() {
        let plan = plan(&[], Vec::new());
        assert_eq!(commands(&plan), ["postgres web", "bot mig", "api"]);
    }

    #[test]
    fn a_running_stack_is_left_alone() {
        let plan = plan(&[], running());
        assert!(plan.is_empty());
        assert_eq!(told(&plan)[3], "keep mig: it ran to its end");
    }

    #[test]
    fn changed_services_are_replaced_one_at_a_time() {
        let mut containers = running();
        containers[1] = container("bot", "running", "old");
        containers[2] = container("mig", "exited", "old");
        containers[4] = container("web", "exited 3", "new");
        let plan = plan(&[], containers);
        assert_eq!(commands(&plan), ["web", "bot", "mig"]);
        assert!(plan.steps[1].is_forced && !plan.steps[0].is_forced);
        assert_eq!(told(&plan)[1], "start web: it ended with code 3");
    }

    #[test]
    fn a_new_image_recreates_its_container() {
        let mut containers = running();
        containers[4].image_id = "sha256:0".to_owned();
        let plan = plan(&[], containers);
        assert_eq!(commands(&plan), ["web"]);
    }

    #[test]
    fn a_failed_one_shot_runs_again() {
        let mut containers = running();
        containers[2] = container("mig", "exited 1", "new");
        assert_eq!(commands(&plan(&[], containers)), ["mig"]);
    }

    #[test]
    fn a_selection_brings_what_it_depends_on_and_removes_nothing() {
        let gone = container("gone", "running", "old");
        let plan = plan(&["bot"], vec![gone]);
        assert_eq!(commands(&plan), ["postgres", "bot"]);
        assert!(plan.orphans.is_empty());
    }

    #[test]
    fn an_orphan_with_a_needed_port_is_in_the_way() {
        let mut containers = running();
        containers.remove(0);
        containers.push(container("gone", "running", "old"));
        let plan = plan(&[], containers);
        assert_eq!(plan.orphans.len(), 1);
        assert!(plan.orphans[0].is_in_the_way);
    }

    #[test]
    fn half_made_containers_of_a_killed_compose_are_leftovers() {
        let mut containers = running();
        containers[0] = named("0a1b2c3d4e5f_p-api-1", "api", "created", "new");
        let plan = plan(&[], containers);
        assert_eq!(plan.leftovers.len(), 1);
        assert_eq!(commands(&plan), ["api"]);
        assert_eq!(told(&plan)[4], "create api");
    }
}

//! `up`: from stack.toml to containers that are well.

use std::time::Duration;

use serde::Serialize;

use super::action::Action;
use super::blame::Blame;
use super::error::UpFailure;
use super::images::Images;
use super::plan::{Observed, Plan, Step, Unwanted};
use super::progress::{count, list, phase};
use super::project::Project;
use super::stand::Stand;
use super::wait::Wait;
use super::{EngineError, Planned, access, lock, preflight, prepare, service_name};
use crate::error::Advice;
use crate::model::Postgres;
use crate::runtime::compose::{self, Config};
use crate::runtime::docker::docker;

/// What is asked of `up`.
#[derive(Debug, Clone)]
pub struct Options {
    /// Services to bring up, with what they depend on; empty for all.
    pub services: Vec<String>,
    /// Time until all containers must be well.
    pub timeout: Duration,
    /// Whether images that have sources are built again.
    pub build: bool,
    /// Whether to wait for another stackctl that works on this stack.
    pub wait_lock: bool,
}

/// What `up` will do.
#[derive(Debug, Clone, Serialize)]
pub struct Preview {
    /// What changes in the rendered folder, in words.
    pub rendered: Option<String>,
    /// Images that are got first.
    pub images: Images,
    /// Containers.
    #[serde(flatten)]
    pub plan: Plan,
}

/// What `up` did.
#[derive(Debug, Clone, Serialize)]
pub struct Done {
    /// The project.
    pub project: String,
    /// What changed.
    pub changed: Vec<Planned>,
    /// Containers that were removed.
    pub removed: Vec<String>,
    /// What each service runs now.
    pub services: Vec<Stand>,
}

/// Looks and plans; changes nothing.
pub fn preview(project: &mut Project<'_>, options: &Options) -> Result<Preview, EngineError> {
    service_name::check(project.stack(), &options.services)?;
    preflight::engine(project)?;
    let prepared = prepare::prepare(project, true)?;
    preflight::variables(project)?;
    let config = project.compose.config(&project.docker)?;
    let observed = project.observe(&config)?;
    let plan = Plan::new(&project.asked(&config, &options.services), &observed);
    let images = images(project, &config, &observed, &plan, options);
    preflight::host(project, &config, &observed, &plan, &images)?;
    Ok(Preview {
        rendered: prepared.rendered,
        images,
        plan,
    })
}

/// Brings the stack up.
pub fn up(project: &mut Project<'_>, options: &Options) -> Result<Done, EngineError> {
    service_name::check(project.stack(), &options.services)?;
    preflight::engine(project)?;
    let _lock = lock::take(project, "up", options.wait_lock)?;
    prepare::prepare(project, false)?;
    preflight::variables(project)?;
    let project = &*project;
    let config = project.compose.config(&project.docker)?;
    let mut observed = project.observe(&config)?;
    let mut plan = Plan::new(&project.asked(&config, &options.services), &observed);
    let images = images(project, &config, &observed, &plan, options);
    preflight::host(project, &config, &observed, &plan, &images)?;
    if !images.is_empty() {
        images.get(project)?;
        observed = project.observe(&config)?;
        plan = Plan::new(&project.asked(&config, &options.services), &observed);
    }
    Up {
        project,
        config: &config,
        options,
        plan: &plan,
        wait: Wait::new(project, &observed.containers, options.timeout),
    }
    .act()
}

fn images(
    project: &Project<'_>,
    config: &Config,
    observed: &Observed,
    plan: &Plan,
    options: &Options,
) -> Images {
    let services: Vec<&str> = plan
        .services
        .iter()
        .map(|planned| planned.service.as_str())
        .collect();
    Images::plan(project.name(), config, observed, &services, options.build)
}

struct Up<'a> {
    project: &'a Project<'a>,
    config: &'a Config,
    options: &'a Options,
    plan: &'a Plan,
    wait: Wait<'a>,
}

impl Up<'_> {
    fn act(&self) -> Result<Done, EngineError> {
        self.remove(&self.plan.leftovers, "removing half-made containers")?;
        let (first, last): (Vec<_>, Vec<_>) = self
            .plan
            .orphans
            .iter()
            .cloned()
            .partition(|orphan| orphan.is_in_the_way);
        self.remove(&first, "removing containers of services that are gone")?;
        let ignores_dependencies = self.ignores_dependencies()?;
        for step in &self.plan.steps {
            let names = list(&step.services);
            phase(self.project.observer(), &format!("starting {names}"), || {
                self.step(step, ignores_dependencies)?;
                Ok((
                    (),
                    format!(
                        "{names} {}",
                        if step.services.len() == 1 {
                            "is well"
                        } else {
                            "are well"
                        }
                    ),
                ))
            })?;
        }
        self.finish()?;
        self.remove(&last, "removing containers of services that are gone")?;
        Ok(Done {
            project: self.project.name().to_owned(),
            changed: self.plan.changes().cloned().collect(),
            removed: self
                .plan
                .orphans
                .iter()
                .map(|orphan| orphan.name.clone())
                .collect(),
            services: self.stands()?,
        })
    }

    /// Whether services can be started without regard to what they depend on.
    fn ignores_dependencies(&self) -> Result<bool, EngineError> {
        let depends = self
            .plan
            .changes()
            .any(|planned| !self.config.services[&planned.service].depends_on.is_empty());
        Ok(!depends || !compose::dependencies_are_hashed(&self.project.docker)?)
    }

    /// Starts the services of a step and waits until they are well.
    fn step(&self, step: &Step, ignores_dependencies: bool) -> Result<(), EngineError> {
        let depends = |service: &String| !self.config.services[service].depends_on.is_empty();
        let mut cmd = self.project.compose.command().args(["up", "-d", "--no-build"]);
        if ignores_dependencies || !step.services.iter().any(depends) {
            cmd = cmd.arg("--no-deps");
        }
        if step.is_forced {
            cmd = cmd.arg("--force-recreate");
        }
        let cmd = cmd
            .args(&step.services)
            .deadline(self.wait.left().max(Duration::from_secs(30)));
        if let Err(error) = self.project.runner().run(&cmd) {
            return Err(self.command_failed(step, error.into()));
        }
        let blamed = self.wait.until_well(&step.services)?;
        if !blamed.is_empty() {
            return Err(self.failed(blamed));
        }
        if step.services.iter().any(|service| service == Postgres::SERVICE) {
            access::apply(self.project)?;
        }
        Ok(())
    }

    /// Waits for the services that were kept: they may still be starting, or be broken.
    fn finish(&self) -> Result<(), EngineError> {
        let kept: Vec<String> = self
            .plan
            .services
            .iter()
            .filter(|planned| planned.action == Action::Keep)
            .map(|planned| planned.service.clone())
            .collect();
        let blamed = self
            .wait
            .until_well(&kept)
            .map_err(|error| error.during("waiting"))?;
        if blamed.is_empty() {
            Ok(())
        } else {
            Err(self.failed(blamed))
        }
    }

    fn remove(&self, containers: &[Unwanted], doing: &str) -> Result<(), EngineError> {
        if containers.is_empty() {
            return Ok(());
        }
        let ids = containers.iter().map(|container| container.id.as_str());
        let names: Vec<&str> = containers
            .iter()
            .map(|container| container.name.as_str())
            .collect();
        phase(self.project.observer(), doing, || {
            // Stopped first, as each has its own time to end in.
            self.project
                .runner()
                .run(&docker().arg("stop").args(ids.clone()))?;
            self.project
                .runner()
                .run(&docker().args(["rm", "-f"]).args(ids))?;
            Ok(((), format!("removed {}", list(&names))))
        })
    }

    fn stands(&self) -> Result<Vec<Stand>, EngineError> {
        let observed = self.project.observe(self.config)?;
        let plan = Plan::new(
            &self.project.asked(self.config, &self.options.services),
            &observed,
        );
        Ok(Stand::all(&plan, &observed.containers))
    }

    /// Compose could not do a step. A container that could not start says why; otherwise Compose's words are told.
    fn command_failed(&self, step: &Step, error: EngineError) -> EngineError {
        if matches!(error, EngineError::Interrupted { .. }) {
            return error;
        }
        let containers = self
            .project
            .docker
            .project(self.project.name())
            .unwrap_or_default();
        let blamed: Vec<Blame> = containers
            .iter()
            .filter(|container| step.services.iter().any(|service| service == container.service()))
            .filter(|container| !container.is_running() && !container.error.is_empty())
            .map(|container| Blame::new(&self.project.docker, container, super::Reason::of_end(container)))
            .collect();
        if !blamed.is_empty() {
            return self.failed(blamed);
        }
        let mut hints: Vec<String> = error.hint().into_iter().collect();
        hints.push("`stackctl up -v` shows what Docker said".to_owned());
        EngineError::Up(Box::new(UpFailure {
            message: format!("{} could not be started: {error}", list(&step.services)),
            blamed,
            stands: self.stands().unwrap_or_default(),
            hints,
        }))
    }

    fn failed(&self, blamed: Vec<Blame>) -> EngineError {
        let message = match &blamed[..] {
            [one] => format!("`{}` {}", one.service, one.reason),
            several => format!("{} are not well", count(several.len(), "service")),
        };
        let mut hints: Vec<String> = blamed.iter().filter_map(|blame| blame.mend.clone()).collect();
        let services: Vec<&str> = blamed.iter().map(|blame| blame.service.as_str()).collect();
        hints.push(format!(
            "`stackctl logs {}` shows all it said; `stackctl up` tries again and keeps what is well",
            services.join(" ")
        ));
        // What runs is told as far as it can be had; the failure itself matters more.
        let stands = self.stands().unwrap_or_default();
        EngineError::Up(Box::new(UpFailure {
            message,
            blamed,
            stands,
            hints,
        }))
    }
}

impl Done {
    /// Whether nothing was changed.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.changed.is_empty() && self.removed.is_empty()
    }
}

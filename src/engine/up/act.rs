//! Carrying out the plan of `up`, step by step, and telling truly where it stopped.

use std::time::Duration;

use super::{Done, Options};
use crate::engine::action::Action;
use crate::engine::blame::{Blame, Reason};
use crate::engine::error::{EngineError, UpFailure};
use crate::engine::plan::{Plan, Step, Unwanted};
use crate::engine::progress::{count, list, phase};
use crate::engine::project::Project;
use crate::engine::stand::Stand;
use crate::engine::wait::Wait;
use crate::engine::{access, start};
use crate::error::Advice;
use crate::model::Postgres;
use crate::runtime::compose::Config;
use crate::runtime::docker::docker;

/// An `up` that has begun.
pub struct Act<'a> {
    pub project: &'a Project<'a>,
    pub config: &'a Config,
    pub options: &'a Options,
    pub plan: &'a Plan,
    pub wait: Wait<'a>,
}

impl Act<'_> {
    /// Does everything that the plan says. An interrupt is told with what runs then.
    pub fn run(&self) -> Result<Done, EngineError> {
        self.all().map_err(|error| match error {
            EngineError::Interrupted { doing, .. } => EngineError::Interrupted {
                doing,
                stands: self.stands(&self.project.undisturbed()).unwrap_or_default(),
            },
            other => other,
        })
    }

    fn all(&self) -> Result<Done, EngineError> {
        let plan = self.plan;
        self.remove(&plan.leftovers, "removing half-made containers")?;
        let (first, last): (Vec<_>, Vec<_>) = plan
            .orphans
            .iter()
            .cloned()
            .partition(|orphan| orphan.is_in_the_way);
        self.remove(&first, "removing containers of services that are gone")?;
        let way = start::Way::choose(self.project, self.config, plan)?;
        if !plan.steps.iter().any(is_database) {
            self.database_kept()?;
        }
        for step in &plan.steps {
            let names = list(&step.services);
            phase(self.project.observer(), &format!("starting {names}"), || {
                self.step(step, way)?;
                let are = if step.services.len() == 1 { "is" } else { "are" };
                Ok(((), format!("{names} {are} well")))
            })?;
            if is_database(step) {
                access::apply(self.project)?;
            }
        }
        self.wait_for_kept(|_| true)?;
        self.remove(&last, "removing containers of services that are gone")?;
        Ok(Done {
            project: self.project.name().to_owned(),
            changed: plan.changes().cloned().collect(),
            removed: plan.orphans.iter().map(|orphan| orphan.name.clone()).collect(),
            services: self.stands(self.project)?,
        })
    }

    /// A database that runs already still gets the roles and rights of new services.
    fn database_kept(&self) -> Result<(), EngineError> {
        let is_kept = |service: &str| service == Postgres::SERVICE;
        if self.plan.services.iter().any(|planned| is_kept(&planned.service)) {
            self.wait_for_kept(is_kept)?;
            access::apply(self.project)?;
        }
        Ok(())
    }

    /// Starts the services of a step and waits until they are well. What they depend on must be well before.
    fn step(&self, step: &Step, way: start::Way) -> Result<(), EngineError> {
        let services: Vec<&str> = step.services.iter().map(String::as_str).collect();
        let needed = self.config.closure(&services);
        self.wait_for_kept(|service| needed.contains(&service))?;
        let limit = self.wait.left().max(Duration::from_secs(30));
        if let Err(error) = way.start(self.project, self.config, step, limit) {
            return Err(self.start_failed(step, error));
        }
        self.wait_for(&step.services)
    }

    /// Waits for services that are not touched: they may still be starting, or be broken.
    fn wait_for_kept(&self, which: impl Fn(&str) -> bool) -> Result<(), EngineError> {
        let kept: Vec<String> = self
            .plan
            .services
            .iter()
            .filter(|planned| planned.action == Action::Keep && which(&planned.service))
            .map(|planned| planned.service.clone())
            .collect();
        self.wait_for(&kept)
    }

    fn wait_for(&self, services: &[String]) -> Result<(), EngineError> {
        let doing = || format!("waiting for {}", list(services));
        let blamed = self
            .wait
            .until_well(services)
            .map_err(|error| error.during(&doing()))?;
        if blamed.is_empty() {
            Ok(())
        } else {
            Err(self.not_well(blamed))
        }
    }

    fn remove(&self, containers: &[Unwanted], doing: &str) -> Result<(), EngineError> {
        if containers.is_empty() {
            return Ok(());
        }
        let ids: Vec<&str> = containers.iter().map(|container| container.id.as_str()).collect();
        let names: Vec<&str> = containers
            .iter()
            .map(|container| container.name.as_str())
            .collect();
        phase(self.project.observer(), doing, || {
            // Stopped first, as each has its own time to end in.
            let runner = self.project.runner();
            runner.run(&docker().arg("stop").args(ids.iter().copied()))?;
            runner.run(&docker().args(["rm", "-f"]).args(ids.iter().copied()))?;
            Ok(((), format!("removed {}", list(&names))))
        })
    }

    fn stands(&self, project: &Project<'_>) -> Result<Vec<Stand>, EngineError> {
        let observed = project.observe(self.config)?;
        let plan = Plan::new(&project.asked(self.config, &self.options.services), &observed);
        Ok(Stand::all(&plan, &observed.containers))
    }

    /// Compose could not do a step. A container that could not start says why; otherwise Compose's words are told.
    fn start_failed(&self, step: &Step, error: EngineError) -> EngineError {
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
            .map(|container| Blame::new(&self.project.docker, container, Reason::of_end(container)))
            .collect();
        if !blamed.is_empty() {
            return self.not_well(blamed);
        }
        let mut hints: Vec<String> = error.hint().into_iter().collect();
        hints.push("`stackctl up -v` shows what Docker said".to_owned());
        self.failure(
            format!("{} could not be started: {error}", list(&step.services)),
            blamed,
            hints,
        )
    }

    fn not_well(&self, blamed: Vec<Blame>) -> EngineError {
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
        self.failure(message, blamed, hints)
    }

    fn failure(&self, message: String, blamed: Vec<Blame>, hints: Vec<String>) -> EngineError {
        EngineError::Up(Box::new(UpFailure {
            message,
            blamed,
            // What runs is told as far as it can be had; the failure itself matters more.
            stands: self.stands(self.project).unwrap_or_default(),
            hints,
        }))
    }
}

fn is_database(step: &Step) -> bool {
    step.services.iter().any(|service| service == Postgres::SERVICE)
}

//! How a container is made and started without touching the ones beside it.
//!
//! `up --no-deps` would do, but older Composes then leave `depends_on` out of the service's hash, so that the
//! container counts as changed for everybody who brings the stack up by Compose itself. And without `--no-deps`
//! they run every one-shot again that the service depends on. Measured with 2.26.1.

use std::time::Duration;

use super::EngineError;
use super::plan::{Plan, Step};
use super::project::Project;
use crate::runtime::compose::{self, Config};
use crate::runtime::docker::{Status, docker};

/// How to start services that depend on others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// By `up --no-deps`.
    Alone,
    /// By `up`: what they depend on is as wanted and runs, so nothing happens to it.
    Together,
    /// By `create`, which starts nothing, and then by the engine.
    InTwo,
}

impl Way {
    /// Chooses for the services that a plan changes.
    pub fn choose(project: &Project<'_>, config: &Config, plan: &Plan) -> Result<Self, EngineError> {
        let depends = plan
            .changes()
            .any(|planned| !config.services[&planned.service].depends_on.is_empty());
        if !depends || !compose::dependencies_are_hashed(&project.docker)? {
            return Ok(Self::Alone);
        }
        // Compose puts what is not in a file into a container when it starts it; the engine would not.
        let has_one_shots = !project.one_shots().is_empty();
        Ok(if has_one_shots && !config.is_injected() {
            Self::InTwo
        } else {
            Self::Together
        })
    }

    /// Makes and starts the services of a step; does not wait for them.
    pub fn start(
        self,
        project: &Project<'_>,
        config: &Config,
        step: &Step,
        limit: Duration,
    ) -> Result<(), EngineError> {
        let depends = step
            .services
            .iter()
            .any(|service| !config.services[service].depends_on.is_empty());
        let compose = project.compose.command();
        let cmd = match self {
            _ if !depends => compose.args(["up", "-d", "--no-build", "--no-deps"]),
            Self::Alone => compose.args(["up", "-d", "--no-build", "--no-deps"]),
            Self::Together => compose.args(["up", "-d", "--no-build"]),
            Self::InTwo => compose.args(["create", "--no-build"]),
        };
        let cmd = if step.is_forced {
            cmd.arg("--force-recreate")
        } else {
            cmd
        };
        project.runner().run(&cmd.args(&step.services).deadline(limit))?;
        if self == Self::InTwo && depends {
            let made = project.docker.project(project.name())?;
            let ids = made
                .iter()
                .filter(|container| step.services.iter().any(|service| service == container.service()))
                .filter(|container| matches!(container.status, Status::Created | Status::Exited))
                .map(|container| container.name.as_str());
            let cmd = docker().arg("start").args(ids).deadline(limit);
            project.runner().run(&cmd)?;
        }
        Ok(())
    }
}

//! `up`: from stack.toml to containers that are well.

mod act;

use std::time::Duration;

use serde::Serialize;

use super::images::Images;
use super::plan::{Observed, Plan};
use super::project::Project;
use super::stand::Stand;
use super::wait::Wait;
use super::{EngineError, Planned, lock, ownership, preflight, prepare, service_name, unfinished};
use crate::runtime::compose::Config;
use act::Act;

/// What is asked of `up`.
#[derive(Debug, Clone)]
pub struct Options {
    /// Services to bring up, with what they depend on; empty for all.
    pub services: Vec<String>,
    /// Time until all containers must be well.
    pub timeout: Duration,
    /// Whether images that have sources are built again.
    pub build: bool,
    /// Time to wait for another stackctl that works on this stack.
    pub wait_lock: Duration,
}

/// What `up` will do.
#[derive(Debug, Clone, Serialize)]
pub struct Preview {
    /// What changes in the rendered folder, in words.
    pub rendered: Option<String>,
    /// Secrets that are made up.
    pub generated: Vec<String>,
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
    preflight::variables(project)?;
    let prepared = prepare::preview(project)?;
    let config = project.compose.config(&project.docker)?;
    let observed = project.observe(&config)?;
    let plan = Plan::new(&project.asked(&config, &options.services), &observed);
    let images = images(project, &config, &observed, &plan, options);
    preflight::host(project, &config, &observed, &plan, &images)?;
    Ok(Preview {
        rendered: prepared.rendered,
        generated: prepared.generated,
        images,
        plan,
    })
}

/// Brings the stack up.
pub fn up(project: &mut Project<'_>, options: &Options) -> Result<Done, EngineError> {
    service_name::check(project.stack(), &options.services)?;
    preflight::engine(project)?;
    let _lock = lock::take(project, "up", options.wait_lock)?;
    preflight::variables(project)?;
    refuse_before_writing(project, options)?;
    let prepared = prepare::prepare(project)?;
    let project = &*project;
    let config = project.compose.config(&project.docker)?;
    let mut observed = project.observe(&config)?;
    let mut plan = Plan::new(&project.asked(&config, &options.services), &observed);
    let images = images(project, &config, &observed, &plan, options);
    preflight::host(project, &config, &observed, &plan, &images)?;
    let was_unfinished = unfinished::mark(project)?;
    if !images.is_empty() {
        observed = images
            .get(project, &config, &observed)
            .map_err(|error| untouched(error, &observed))?;
        plan = Plan::new(&project.asked(&config, &options.services), &observed);
    }
    ownership::give(project, &prepared.needs_chown, &observed)?;
    let done = Act {
        project,
        config: &config,
        options,
        plan: &plan,
        wait: Wait::new(project, &observed.containers, options.timeout),
    }
    .run()?;
    // Some services brought up say nothing of the others, at which an earlier one may have stopped.
    if options.services.is_empty() || !was_unfinished {
        unfinished::clear(project)?;
    }
    Ok(done)
}

/// What the host would refuse is refused while the files and secrets still are those of what runs: a container that
/// the engine starts again by itself would else start with what was never brought up.
fn refuse_before_writing(project: &mut Project<'_>, options: &Options) -> Result<(), EngineError> {
    let on_disk = project.compose.clone();
    let prepared = prepare::preview(project)?;
    if prepared.writes_nothing() && project.secrets_to_write.is_empty() {
        return Ok(());
    }
    let config = project.compose.config(&project.docker)?;
    let observed = project.observe(&config)?;
    let plan = Plan::new(&project.asked(&config, &options.services), &observed);
    let images = images(project, &config, &observed, &plan, options);
    preflight::host(project, &config, &observed, &plan, &images)?;
    project.compose = on_disk;
    project.secrets_to_write.clear();
    Ok(())
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

/// A build or pull that failed has touched nothing, and that is worth saying.
fn untouched(error: EngineError, observed: &Observed) -> EngineError {
    let running = observed
        .containers
        .iter()
        .filter(|container| container.is_running());
    match error {
        interrupted @ EngineError::Interrupted { .. } => interrupted,
        cause => EngineError::Image {
            cause: Box::new(cause),
            running: running.map(|container| container.service().to_owned()).collect(),
        },
    }
}

impl Done {
    /// Whether nothing was changed.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.changed.is_empty() && self.removed.is_empty()
    }
}

//! `status`: what runs, whether it is well, and whether it is what stack.toml says.

mod headline;
mod inside;
mod migrations;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::action::{Action, Planned};
use super::plan::{Plan, Unwanted};
use super::project::Project;
use super::{EngineError, preflight, prepare, stand, unfinished};
use crate::jobs::report::Report as JobsReport;
use crate::runtime::compose::Config;
use crate::runtime::docker::{Binding, Container, HealthStatus, Image, Status, since};
use crate::sync::report::Report as SyncReport;

pub use headline::Headline;
pub use inside::Inside;
pub use migrations::{MigrationRun, Migrations};

/// The whole answer.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// The project.
    pub project: String,
    /// Whether all is well, and what to type if not.
    #[serde(flatten)]
    pub headline: Headline,
    /// Each service.
    pub services: Vec<ServiceStatus>,
    /// What syncs say of themselves.
    pub syncs: Vec<Inside<SyncReport>>,
    /// What jobs say of themselves.
    pub jobs: Vec<Inside<JobsReport>>,
    /// What the database says of migrations of the stack's SQLite files.
    pub migrations: Migrations,
    /// Containers of services that stack.toml has no more.
    pub orphans: Vec<Unwanted>,
    /// What rendering would change, in words; nothing if the files are up to date.
    pub rendered: Option<String>,
    /// Whether the last `up` failed or was interrupted.
    pub is_unfinished: bool,
}

/// One service.
#[derive(Debug, Clone, Serialize)]
pub struct ServiceStatus {
    /// Its name.
    pub service: String,
    /// What its container does, in a word or two.
    pub state: String,
    /// How it is meant.
    pub condition: Condition,
    /// What its health check says.
    pub health: HealthStatus,
    /// Its last exit code.
    pub exit_code: Option<i32>,
    /// How often it was started again by the engine.
    pub restarts: u32,
    /// Ports of the host that lead to it.
    pub ports: Vec<Binding>,
    /// Its image.
    pub image: String,
    /// Seconds since the image was built.
    pub image_age: Option<u64>,
    /// Seconds since it was started, if it runs.
    pub uptime: Option<u64>,
    /// The container.
    pub container: Option<String>,
    /// What `up` would do with it.
    #[serde(flatten)]
    pub action: Action,
}

/// Whether a service does what it should.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Condition {
    /// It does.
    Well,
    /// It may soon.
    Starting,
    /// It does not.
    Broken,
    /// It has no container.
    Absent,
}

/// Looks; changes nothing.
pub fn status(project: &mut Project<'_>) -> Result<Report, EngineError> {
    preflight::engine(project)?;
    let rendered = prepare::difference(project)?;
    let config = project.compose.config(&project.docker)?;
    let observed = project.observe(&config)?;
    let plan = Plan::new(&project.asked(&config, &[]), &observed);
    let used: BTreeSet<String> = plan
        .services
        .iter()
        .map(|planned| {
            let own = own(&observed.containers, &planned.service);
            own.map_or_else(
                || config.image(project.name(), &planned.service),
                |container| container.image_id.clone(),
            )
        })
        .collect();
    let images = project.docker.images(&used)?;
    let services: Vec<ServiceStatus> = plan
        .services
        .iter()
        .map(|planned| {
            let own = own(&observed.containers, &planned.service);
            service(project, &config, &images, planned, own)
        })
        .collect();
    let is_unfinished = unfinished::is_marked(project);
    let syncs = inside::syncs(project, &observed.containers);
    let jobs = inside::jobs(project, &observed.containers);
    let migrations = migrations::migrations(project, &observed.containers);
    let headline = Headline::of(&services, &plan.orphans, rendered.as_deref(), project.name())
        .unless_unfinished(is_unfinished)
        .unless_inside(&syncs, &jobs, now())
        .unless_open(&migrations);
    Ok(Report {
        project: project.name().to_owned(),
        headline,
        services,
        syncs,
        jobs,
        migrations,
        orphans: plan.orphans,
        rendered,
        is_unfinished,
    })
}

/// Seconds since 1970.
fn now() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.map_or(0, |now| now.as_secs())
}

fn own<'a>(containers: &'a [Container], service: &str) -> Option<&'a Container> {
    containers.iter().find(|container| container.service() == service)
}

fn service(
    project: &Project<'_>,
    config: &Config,
    images: &BTreeMap<String, Image>,
    planned: &Planned,
    container: Option<&Container>,
) -> ServiceStatus {
    let name = planned.service.as_str();
    let is_one_shot = project.one_shots().contains(name);
    let image = config.image(project.name(), name);
    let used = container.map_or(image.as_str(), |container| container.image_id.as_str());
    let age = images.get(used).and_then(|found| since(&found.created));
    ServiceStatus {
        service: name.to_owned(),
        state: container.map_or_else(|| "absent".to_owned(), stand::state),
        condition: condition(container, is_one_shot),
        health: container.map_or(HealthStatus::None, Container::health_status),
        exit_code: container
            .filter(|container| container.status == Status::Exited)
            .map(|container| container.exit_code),
        restarts: container.map_or(0, |container| container.restarts),
        ports: container
            .map(|container| container.ports.clone())
            .unwrap_or_default(),
        image,
        image_age: age.map(|age| age.as_secs()),
        uptime: container
            .filter(|container| container.is_running())
            .and_then(|container| since(&container.started_at))
            .map(|age| age.as_secs()),
        container: container.map(|container| container.name.clone()),
        action: planned.action.clone(),
    }
}

fn condition(container: Option<&Container>, is_one_shot: bool) -> Condition {
    let Some(container) = container else {
        return Condition::Absent;
    };
    if container.keeps_ending() {
        return Condition::Broken;
    }
    match (container.status, container.health_status()) {
        (Status::Exited, _) if is_one_shot && container.exit_code == 0 => Condition::Well,
        (Status::Running, _) if is_one_shot => Condition::Starting,
        (Status::Running, HealthStatus::Healthy | HealthStatus::None) => Condition::Well,
        (Status::Running, HealthStatus::Starting) => Condition::Starting,
        _ => Condition::Broken,
    }
}

//! One service of compose.yaml. The fields stand in the order in which they are written.

use std::collections::BTreeMap;

use serde::Serialize;

use super::build::Build;
use super::dependency::Dependency;
use super::healthcheck::Healthcheck;
use super::logging::Logging;
use super::mount::Mount;
use super::secret::{self, SecretMount};
use super::text::{Text, plain_list};
use super::{environment, image_name, jobs, network, sync, tmpfs};
use crate::artifact::{self, File, python, sha256};
use crate::model::{
    Cpus, Duration, Jobs, Limits, Logging as LoggingModel, Restart, Role, Service as Model, ServiceSource,
    Stack, User,
};

/// A service with Compose's own keys.
#[derive(Debug, Serialize)]
pub struct Service {
    pub image: Text,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pull_policy: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub build: Option<Build>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entrypoint: Option<Vec<Text>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<Vec<Text>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub working_dir: Option<Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    pub environment: BTreeMap<String, Text>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<SecretMount>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ports: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub volumes: Vec<Mount>,
    pub networks: Vec<&'static str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub depends_on: BTreeMap<String, Dependency>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub healthcheck: Option<Healthcheck>,
    pub init: bool,
    pub restart: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop_signal: Option<Text>,
    pub stop_grace_period: Duration,
    pub read_only: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tmpfs: Vec<Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shm_size: Option<String>,
    pub cap_drop: [&'static str; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cap_add: Vec<String>,
    pub security_opt: [&'static str; 1],
    pub mem_limit: String,
    pub memswap_limit: String,
    pub cpus: serde_json::Number,
    pub pids_limit: u32,
    pub logging: Logging,
    pub labels: BTreeMap<&'static str, String>,
}

impl Service {
    /// A container with what every one gets: bounds, no powers, a log that ends.
    pub fn hardened(stack: &Stack, image: String, limits: &Limits, logging: LoggingModel) -> Self {
        Self {
            image: Text::plain(image),
            pull_policy: None,
            build: None,
            entrypoint: None,
            command: None,
            working_dir: None,
            user: None,
            environment: BTreeMap::new(),
            secrets: Vec::new(),
            ports: Vec::new(),
            volumes: Vec::new(),
            networks: Vec::new(),
            depends_on: BTreeMap::new(),
            healthcheck: None,
            init: true,
            restart: "unless-stopped",
            stop_signal: None,
            stop_grace_period: Duration::from_secs(30),
            read_only: true,
            tmpfs: Vec::new(),
            shm_size: None,
            cap_drop: ["ALL"],
            cap_add: Vec::new(),
            security_opt: ["no-new-privileges:true"],
            mem_limit: limits.memory.to_compose(),
            memswap_limit: limits.memory.to_compose(),
            cpus: number(limits.cpus),
            pids_limit: limits.pids,
            logging: logging.into(),
            labels: BTreeMap::from([("io.stackctl.stack", stack.name.to_string())]),
        }
    }

    /// A service of stack.toml.
    pub fn new(stack: &Stack, service: &Model, files: &[File]) -> Self {
        let image = match &service.source {
            ServiceSource::Image(image) => image.at_registry(stack.build.registry.as_deref()),
            ServiceSource::Python(_) | ServiceSource::Sync(_) | ServiceSource::Dockerfile { .. } => {
                image_name::of(stack, &service.name)
            }
        };
        let rendered = rendered_files(service);
        let mut new = Self {
            pull_policy: service.is_built().then_some("build"),
            build: Build::of(stack, service),
            entrypoint: entrypoint(service),
            command: command(service),
            working_dir: service.working_dir.as_ref().map(Text::plain),
            user: match service.user {
                User::Numeric { uid, gid } => Some(format!("{uid}:{gid}")),
                User::Image => None,
            },
            environment: environment::of(stack, service),
            secrets: secret::mounts(service),
            ports: service.published.iter().map(ToString::to_string).collect(),
            volumes: mounts(stack, service, &rendered),
            networks: network::of_service(service, stack.postgres.is_some()),
            depends_on: service
                .depends_on
                .iter()
                .map(|dependency| (dependency.service.to_string(), dependency.into()))
                .collect(),
            healthcheck: Healthcheck::of(&service.healthcheck),
            init: service.init,
            restart: restart(service.restart),
            stop_signal: service.stop_signal.as_ref().map(Text::plain),
            stop_grace_period: service.stop_grace_period,
            read_only: service.read_only,
            tmpfs: tmpfs::of(&service.tmpfs, &service.limits, service.user),
            cap_add: service.cap_add.clone(),
            ..Self::hardened(stack, image, &service.limits, service.logging)
        };
        let mounted = rendered
            .iter()
            .filter_map(|(path, _)| files.iter().find(|file| file.path == *path))
            .map(|file| file.bytes.as_slice());
        if !rendered.is_empty() {
            new.labels
                .insert("io.stackctl.files", sha256::hexadecimal(mounted));
        }
        new
    }
}

/// Rendered files that the container reads, each with its place in there.
fn rendered_files(service: &Model) -> Vec<(String, &'static str)> {
    match &service.role {
        Role::Jobs(jobs) if !jobs.cron.is_empty() => {
            vec![(artifact::jobs::path(service), Jobs::INLINE_CRONTAB)]
        }
        Role::Sync(sync) if !sync.sparse.is_empty() => vec![(
            artifact::sync::sparse_checkout(service),
            artifact::sync::SPARSE_CHECKOUT,
        )],
        Role::Program | Role::Sync(_) | Role::Jobs(_) => Vec::new(),
    }
}

fn command(service: &Model) -> Option<Vec<Text>> {
    match &service.role {
        Role::Program => service.command.as_deref().map(plain_list),
        Role::Sync(sync) => Some(plain_list(&sync::flags(sync))),
        Role::Jobs(jobs) => Some(plain_list(&jobs::command(jobs))),
    }
}

fn mounts(stack: &Stack, service: &Model, rendered: &[(String, &'static str)]) -> Vec<Mount> {
    let mut mounts: Vec<Mount> = service.volumes.iter().map(Mount::from).collect();
    let files = rendered.iter();
    mounts.extend(files.map(|(path, target)| Mount::bind(&format!("./{path}"), target, true)));
    if service.role.sync().is_some() && !service.secrets.is_empty() {
        let folder = secret::folder(stack, service.name.as_str());
        mounts.push(Mount::bind(&folder, "/run/secrets", true));
    }
    mounts
}

/// The image's entrypoint replaced, but for the script that reads secrets, which then runs the other.
fn entrypoint(service: &Model) -> Option<Vec<Text>> {
    let written = service.entrypoint.as_ref()?;
    let first = match service.source {
        ServiceSource::Python(_) => Some(python::ENTRYPOINT),
        ServiceSource::Image(_) | ServiceSource::Sync(_) | ServiceSource::Dockerfile { .. } => None,
    };
    let words = first.into_iter().chain(written.iter().map(String::as_str));
    Some(words.map(Text::plain).collect())
}

fn restart(restart: Restart) -> &'static str {
    match restart {
        Restart::No => "no",
        Restart::OnFailure => "on-failure",
        Restart::UnlessStopped => "unless-stopped",
        Restart::Always => "always",
    }
}

fn number(cpus: Cpus) -> serde_json::Number {
    if cpus.millis.is_multiple_of(1000) {
        (cpus.millis / 1000).into()
    } else {
        serde_json::Number::from_f64(f64::from(cpus.millis) / 1000.0)
            .expect("a quotient of integers is finite")
    }
}

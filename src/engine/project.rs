//! One stack on one engine: what every operation works with.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::EngineError;
use super::plan::{Asked, Observed};
use crate::config::Loaded;
use crate::event::Observer;
use crate::model::{Postgres, Stack};
use crate::runtime::command::Runner;
use crate::runtime::compose::{Compose, Config};
use crate::runtime::docker::{Container, Docker, parse_timestamp};

/// A stack, its folder, and the commands that work on it.
pub struct Project<'a> {
    pub(super) loaded: &'a Loaded,
    pub(super) root: PathBuf,
    pub(super) compose: Compose,
    pub(super) docker: Docker<'a>,
    /// By service: a secret that the next `up` writes anew, where it is only looked at.
    pub(super) secrets_to_write: BTreeMap<String, String>,
}

impl<'a> Project<'a> {
    /// The stack whose stack.toml stands in `root`.
    #[must_use]
    pub fn new(loaded: &'a Loaded, root: &Path, runner: Runner<'a>) -> Self {
        let stack = &loaded.stack;
        Self {
            loaded,
            root: root.to_owned(),
            compose: Compose::new(&stack.project(), root, &stack.rendered_directory()),
            docker: Docker::new(runner),
            secrets_to_write: BTreeMap::new(),
        }
    }

    /// The stack.
    #[must_use]
    pub fn stack(&self) -> &'a Stack {
        &self.loaded.stack
    }

    /// The project's name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.compose.project()
    }

    /// Compose on this project.
    #[must_use]
    pub fn compose(&self) -> &Compose {
        &self.compose
    }

    /// The engine.
    #[must_use]
    pub fn docker(&self) -> &Docker<'a> {
        &self.docker
    }

    /// The same stack for the last questions after an interrupt.
    pub(super) fn undisturbed(&self) -> Self {
        Self {
            loaded: self.loaded,
            root: self.root.clone(),
            compose: self.compose.clone(),
            docker: Docker::new(self.runner().undisturbed()),
            secrets_to_write: self.secrets_to_write.clone(),
        }
    }

    pub(super) fn runner(&self) -> &Runner<'a> {
        self.docker.runner()
    }

    pub(super) fn observer(&self) -> &'a dyn Observer {
        self.docker.runner().observer()
    }

    /// stackctl's own folder for this project.
    pub(super) fn state_directory(&self) -> PathBuf {
        self.root.join(self.stack().state_directory())
    }

    /// Whether the rendered folder has a compose.yaml.
    #[must_use]
    pub fn is_rendered(&self) -> bool {
        self.root
            .join(self.stack().rendered_directory())
            .join("compose.yaml")
            .is_file()
    }

    /// The services that run to their end.
    pub(super) fn one_shots(&self) -> BTreeSet<&'a str> {
        let services = self.stack().services.iter();
        services
            .filter(|service| service.one_shot)
            .map(|service| service.name.as_str())
            .collect()
    }

    /// What the plan is made from, on the wanted side.
    pub(super) fn asked<'b>(&'b self, config: &'b Config, selection: &'b [String]) -> Asked<'b> {
        Asked {
            project: self.name(),
            config,
            one_shots: self.one_shots(),
            selection: selection.iter().map(String::as_str).collect(),
        }
    }

    /// What the plan is made from, on the engine's side.
    pub(super) fn observe(&self, config: &Config) -> Result<Observed, EngineError> {
        let mut observed = Observed {
            containers: self.docker.project(self.name())?,
            ..Observed::default()
        };
        let mounts = self.state_directory().join("mounts");
        for container in &observed.containers {
            // The database mounts the folder of passwords whole and is told of new ones by its script; a sync mounts
            // its folder whole as well and reads a token before each use.
            let service = container.service();
            let is_sync = self
                .stack()
                .service(service)
                .is_some_and(|service| service.role.sync().is_some());
            if service == Postgres::SERVICE || is_sync {
                continue;
            }
            let to_write = || self.secrets_to_write.get(service).cloned();
            if let Some(secret) = newer_secret(&mounts.join(service), container).or_else(to_write) {
                observed.changed_secrets.insert(service.to_owned(), secret);
            }
        }
        let names: BTreeSet<String> = config
            .services
            .keys()
            .map(|service| config.image(self.name(), service))
            .collect();
        let images = self.docker.images(&names)?;
        observed.images = images.into_iter().map(|(name, image)| (name, image.id)).collect();
        Ok(observed)
    }
}

/// A secret that was written after a container was started: a mounted file that is replaced stays the old one in
/// there.
fn newer_secret(folder: &Path, container: &Container) -> Option<String> {
    let started = parse_timestamp(&container.started_at)?;
    let files = std::fs::read_dir(folder).ok()?.flatten();
    files
        .filter(|file| {
            let written = file.metadata().and_then(|found| found.modified());
            written.is_ok_and(|written| written > started)
        })
        .map(|file| file.file_name().to_string_lossy().into_owned())
        .min()
}

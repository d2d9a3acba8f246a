//! The container of jobs, as a service that somebody could have written.

use toml::Spanned;

use super::super::healthcheck::Healthcheck;
use super::super::read::OneOrMany;
use super::super::service::Service;
use super::Jobs;
use crate::model::mount::is_container_path;
use crate::model::{Duration, Jobs as Model, Mount, MountSource, ServiceName, Sync};

/// The first sync and the first installation of dependencies take their time; the first success counts at once.
const START_PERIOD: Duration = Duration::from_secs(900);
const INTERVAL: Duration = Duration::from_secs(10);

/// Time for running jobs when nothing else is written.
pub const DRAIN: Duration = Duration::from_secs(25);
/// Where the code appears when nothing else is written.
pub const PROJECT: &str = "/app/project";

impl Jobs {
    /// What the keys that every service has say of the container. `key` is the table's name.
    pub fn service(&self, key: &Spanned<String>) -> Service {
        let at = |text: &str| Spanned::new(key.span(), text.to_owned());
        let words = ["CMD", "/usr/local/bin/stackctl", "jobs", "health"];
        let mut python = self.python.clone();
        if let Some(python) = &mut python {
            // The code comes from the repository, not from the project.
            python.0.source.get_or_insert_with(|| OneOrMany(Vec::new()));
        }
        Service {
            python,
            environment: self.environment.clone(),
            volumes: Some(self.mounts(key)),
            depends_on: self.depends_on.clone(),
            databases: self.databases.clone(),
            secrets: self.secrets.clone(),
            user: self.user.clone(),
            read_only: self.read_only.clone(),
            tmpfs: Some(self.memory_folders(key)),
            cap_add: self.cap_add.clone(),
            // The agent is the first process and reaps by itself.
            init: Some(Spanned::new(key.span(), false)),
            stop_grace_period: Some(Spanned::new(key.span(), self.grace())),
            healthcheck: Some(Healthcheck {
                test: Some(OneOrMany(words.map(at).to_vec())),
                interval: Some(Spanned::new(key.span(), INTERVAL)),
                start_period: Some(Spanned::new(key.span(), START_PERIOD)),
                ..Healthcheck::default()
            }),
            memory: self.memory.clone(),
            cpus: self.cpus.clone(),
            pids_limit: self.pids_limit.clone(),
            logging: self.logging.clone(),
            compose: self.compose.clone(),
            unreadable: self.unreadable.clone(),
            ..Service::default()
        }
    }

    /// Running jobs have the time of the drain, and then as much as it takes to kill them.
    fn grace(&self) -> Duration {
        let drain = self.drain.as_ref().map_or(DRAIN, |time| *time.get_ref());
        drain.plus(Model::AFTER_DRAIN)
    }

    fn mounts(&self, key: &Spanned<String>) -> Vec<Spanned<Mount>> {
        let volume = |name, target: String, read_only| {
            let source = MountSource::Volume(name);
            let mount = Mount {
                source,
                target,
                read_only,
            };
            Spanned::new(key.span(), mount)
        };
        let sync: Option<ServiceName> = self.sync.as_ref().and_then(|name| name.get_ref().parse().ok());
        let code = sync.and_then(|name| {
            let target = Sync::reader_root(&name);
            Some(volume(Sync::volume(&name)?, target, true))
        });
        let service: Option<ServiceName> = key.get_ref().parse().ok();
        let state = service
            .as_ref()
            .and_then(Model::volume)
            .map(|name| volume(name, Model::STATE.to_owned(), false));
        let own = self.volumes.iter().flatten().cloned();
        code.into_iter().chain(state).chain(own).collect()
    }

    /// The folder of the code is in memory: it holds nothing but the link.
    fn memory_folders(&self, key: &Spanned<String>) -> OneOrMany<Spanned<String>> {
        let mut folders = match &self.tmpfs {
            Some(folders) => folders.0.clone(),
            None => vec![Spanned::new(key.span(), "/tmp".to_owned())],
        };
        let project = match &self.project {
            Some(project) => project.clone(),
            None => Spanned::new(key.span(), PROJECT.to_owned()),
        };
        // Another path was told in words of its own.
        if is_container_path(project.get_ref()) {
            let text = format!("{}:mode=1777,size=1m", project.get_ref().trim_end_matches('/'));
            folders.push(Spanned::new(project.span(), text));
        }
        OneOrMany(folders)
    }
}

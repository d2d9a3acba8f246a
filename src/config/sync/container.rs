//! The container of a sync, as a service that somebody could have written.

use toml::Spanned;

use super::super::healthcheck::Healthcheck;
use super::super::read::OneOrMany;
use super::super::service::Service;
use super::Sync;
use super::convert::{EVERY, TIMEOUT};
use crate::model::{Duration, KnownHosts, Mount, MountSource, Sync as Model};

/// A first sync over a slow line takes its time; the first success counts at once.
const START_PERIOD: Duration = Duration::from_secs(300);
/// A shorter time would call a server's restart an illness.
const OLDEST: Duration = Duration::from_secs(300);
const INTERVAL: Duration = Duration::from_secs(10);

impl Sync {
    /// What the keys that every service has say of the container. `key` is the sync's name.
    pub fn service(&self, key: &Spanned<String>) -> Service {
        let at = |text: &str| Spanned::new(key.span(), text.to_owned());
        let volume = key.get_ref().parse().ok().as_ref().and_then(Model::volume);
        let mount = volume.map(|volume| {
            let mount = Mount {
                source: MountSource::Volume(volume),
                target: Model::ROOT.to_owned(),
                read_only: false,
            };
            Spanned::new(key.span(), mount)
        });
        let age = format!("--max-age={}", self.oldest());
        let words = [
            "CMD",
            "/usr/local/bin/stackctl",
            "sync",
            "health",
            "--root",
            Model::ROOT,
            &age,
        ];
        Service {
            environment: self.environment.clone(),
            depends_on: self.depends_on.clone(),
            volumes: Some(mount.into_iter().collect()),
            user: Some(Spanned::new(key.span(), Model::USER)),
            healthcheck: Some(Healthcheck {
                test: Some(OneOrMany(words.map(at).to_vec())),
                interval: Some(Spanned::new(key.span(), INTERVAL)),
                start_period: Some(Spanned::new(key.span(), START_PERIOD)),
                ..Healthcheck::default()
            }),
            // It is its own init where it is the first process of its container.
            init: Some(Spanned::new(key.span(), false)),
            memory: self.memory.clone(),
            cpus: self.cpus.clone(),
            pids_limit: self.pids_limit.clone(),
            logging: self.logging.clone(),
            compose: self.compose.clone(),
            ..Service::default()
        }
    }
}

impl Sync {
    /// How old the last good sync may be: three rounds in a row may fail.
    fn oldest(&self) -> Duration {
        let time =
            |written: Option<&Spanned<Duration>>, default| written.map_or(default, |time| *time.get_ref());
        let every = time(self.every.as_ref(), EVERY);
        let jitter = time(self.jitter.as_ref(), Duration::from_secs(0));
        let round = every.plus(jitter).plus(time(self.timeout.as_ref(), TIMEOUT));
        round.plus(round).plus(round).max(OLDEST)
    }
}

/// Files of the host that the container reads.
pub fn file_mounts(sync: &Model) -> Vec<Mount> {
    let known_hosts = match &sync.known_hosts {
        Some(KnownHosts::File(path)) => Some((path, Model::KNOWN_HOSTS)),
        Some(KnownHosts::Secret(_)) | None => None,
    };
    let files = known_hosts
        .into_iter()
        .chain(sync.ca.as_ref().map(|path| (path, Model::CA)));
    files
        .map(|(path, target)| Mount {
            source: MountSource::Host(path.clone()),
            target: target.to_owned(),
            read_only: true,
        })
        .collect()
}

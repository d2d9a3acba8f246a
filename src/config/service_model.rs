//! A service as written -> a valid one with every default, and what one service can get wrong by itself.

mod amounts;
mod environment;
mod paths;
mod probe;
mod source;

use toml::Spanned;

use super::problems::Problems;
use super::service::Service;
use super::words::Words;
use crate::model::{
    Cpus, Duration, Limits, Logging, PublishedPort, Restart, Role, Service as Model, ServiceName,
    ServiceSource, Size, User,
};

pub use amounts::{check_container_memory, check_size};

const STOP_GRACE_PERIOD: Duration = Duration::from_secs(30);
/// What programs expect to be able to write.
const TMPFS: &str = "/tmp";

impl Service {
    /// The valid service without what depends on other tables: `depends_on` is left to [`super::check`]. Without a
    /// source, which was told, the rest is checked all the same.
    pub fn convert(
        &self,
        key: &Spanned<String>,
        name: &ServiceName,
        role: Role,
        source: Option<ServiceSource>,
        problems: &mut Problems,
    ) -> Option<Model> {
        let healthcheck = self.healthcheck(key.span(), problems);
        let environment = self.environment(source.as_ref(), problems);
        let secrets = self.secrets(&environment, problems);
        let databases = self.databases(problems);
        self.check_paths(problems);
        self.check_commands(problems);
        self.check_amounts(problems);
        let flag =
            |value: &Option<Spanned<bool>>, default| value.as_ref().map_or(default, |value| *value.get_ref());
        let one_shot = flag(&self.one_shot, false);
        let published: Vec<PublishedPort> = self
            .port
            .iter()
            .map(|port| port.get_ref().published)
            .chain(
                self.ports
                    .iter()
                    .flat_map(|ports| &ports.0)
                    .map(|port| *port.get_ref()),
            )
            .collect();
        Some(Model {
            name: name.clone(),
            role,
            source: source?,
            command: self.command.as_ref().map(Words::texts),
            entrypoint: self.entrypoint.as_ref().map(Words::texts),
            working_dir: self.working_dir.as_ref().map(|path| path.get_ref().clone()),
            environment,
            port: self.port.as_ref().map(|port| port.get_ref().published.container),
            published,
            healthcheck: healthcheck?,
            volumes: self
                .volumes
                .iter()
                .flatten()
                .map(|mount| mount.get_ref().clone())
                .collect(),
            depends_on: Vec::new(),
            databases,
            secrets,
            user: self.user.as_ref().map_or(User::DEFAULT, |user| *user.get_ref()),
            read_only: flag(&self.read_only, true),
            tmpfs: self.tmpfs(),
            cap_add: self
                .cap_add
                .iter()
                .flatten()
                .map(|name| name.get_ref().clone())
                .collect(),
            init: flag(&self.init, true),
            one_shot,
            restart: self.restart.as_ref().map_or(
                if one_shot {
                    Restart::No
                } else {
                    Restart::UnlessStopped
                },
                |restart| *restart.get_ref(),
            ),
            stop_grace_period: self
                .stop_grace_period
                .as_ref()
                .map_or(STOP_GRACE_PERIOD, |time| *time.get_ref()),
            stop_signal: self.stop_signal.as_ref().map(|signal| signal.get_ref().clone()),
            limits: self.limits(),
            logging: self.logging(),
            compose: self.compose.clone().unwrap_or_default().0,
        })
    }

    fn tmpfs(&self) -> Vec<String> {
        let mut mounted = self.volumes.iter().flatten().map(|mount| &mount.get_ref().target);
        match &self.tmpfs {
            Some(paths) => texts(&paths.0),
            // The engine refuses two mounts at one path.
            None if mounted.any(|target| target == TMPFS) => Vec::new(),
            None => vec![TMPFS.to_owned()],
        }
    }

    fn limits(&self) -> Limits {
        Limits {
            memory: self
                .memory
                .as_ref()
                .map_or(Limits::DEFAULT.memory, |size| *size.get_ref()),
            cpus: self
                .cpus
                .as_ref()
                .map_or(Limits::DEFAULT.cpus, |cpus: &Spanned<Cpus>| *cpus.get_ref()),
            pids: self
                .pids_limit
                .as_ref()
                .map_or(Limits::DEFAULT.pids, |count| count.get_ref().get()),
        }
    }

    fn logging(&self) -> Logging {
        let Some(table) = &self.logging else {
            return Logging::DEFAULT;
        };
        Logging {
            max_size: table
                .max_size
                .as_ref()
                .map_or(Logging::DEFAULT.max_size, |size: &Spanned<Size>| *size.get_ref()),
            max_file: table
                .max_file
                .as_ref()
                .map_or(Logging::DEFAULT.max_file, |count| count.get_ref().get()),
        }
    }
}

fn texts(values: &[Spanned<String>]) -> Vec<String> {
    values.iter().map(|value| value.get_ref().clone()).collect()
}

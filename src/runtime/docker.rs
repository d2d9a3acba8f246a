//! Docker by its command: what runs, which images there are, how the engine is.

mod container;
mod error;
mod image;
mod info;
mod timestamp;
mod version;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::de::DeserializeOwned;

use crate::runtime::command::{Captured, Cmd, CommandError, Following, Runner};

pub use container::{Binding, Container, Health, HealthStatus, Probe, Status};
pub use error::DockerError;
pub use image::Image;
pub use info::Info;
pub use timestamp::{parse as parse_timestamp, since};
pub use version::{Version, Versions};

/// After which a question to the engine has no answer.
const ANSWER: Duration = Duration::from_secs(60);

/// Labels that Compose puts on what it makes.
pub mod label {
    /// The project.
    pub const PROJECT: &str = "com.docker.compose.project";
    /// The service.
    pub const SERVICE: &str = "com.docker.compose.service";
    /// The hash of the service's configuration.
    pub const CONFIG_HASH: &str = "com.docker.compose.config-hash";
    /// The folder of compose.yaml.
    pub const WORKING_DIR: &str = "com.docker.compose.project.working_dir";
    /// `True` for a container of `docker compose run`.
    pub const ONE_OFF: &str = "com.docker.compose.oneoff";
    /// The image the container was made from.
    pub const IMAGE: &str = "com.docker.compose.image";
}

/// Asks the engine.
#[derive(Clone)]
pub struct Docker<'a> {
    runner: Runner<'a>,
}

/// The docker command, with the settings that keep its output plain.
#[must_use]
pub fn docker() -> Cmd {
    Cmd::new("docker")
        .env("DOCKER_CLI_HINTS", "false")
        .env("BUILDKIT_PROGRESS", "plain")
        .env("COMPOSE_ANSI", "never")
        .env("COMPOSE_MENU", "false")
}

/// Runs a shell script as root in a container that is removed behind it, without a network: what only root inside
/// the engine may do or read. `mount` is `SOURCE:TARGET[:ro]`.
#[must_use]
pub fn root_script(mount: &str, image: &str, script: &str) -> Cmd {
    docker()
        .args([
            "run",
            "--rm",
            "--network",
            "none",
            "--user",
            "0:0",
            "--entrypoint",
            "sh",
        ])
        .args(["-v", mount, image, "-ec", script])
}

impl<'a> Docker<'a> {
    /// Asks by `runner`.
    #[must_use]
    pub fn new(runner: Runner<'a>) -> Self {
        Self { runner }
    }

    /// Runs commands.
    #[must_use]
    pub fn runner(&self) -> &Runner<'a> {
        &self.runner
    }

    /// The versions of client, engine, compose and buildx.
    pub fn versions(&self) -> Result<Versions, DockerError> {
        let cmd = docker().args(["version", "--format", "{{json .}}"]);
        let engine = self.json(cmd)?;
        let compose = self.ask(docker().args(["compose", "version", "--short"]))?.stdout;
        Ok(Versions::new(engine, &compose))
    }

    /// The version of buildx, if it is installed.
    pub fn buildx(&self) -> Result<Option<Version>, DockerError> {
        let captured = self.finish(&docker().args(["buildx", "version"]))?;
        Ok(captured
            .status
            .success()
            .then(|| Version::within(&captured.stdout))
            .flatten())
    }

    /// How the engine is.
    pub fn info(&self) -> Result<Info, DockerError> {
        self.json(docker().args(["info", "--format", "{{json .}}"]))
    }

    /// Every container of a Compose project, running or not, but those of `docker compose run`.
    pub fn project(&self, project: &str) -> Result<Vec<Container>, DockerError> {
        let mut containers = self.labelled(&format!("{}={project}", label::PROJECT))?;
        containers.retain(|container| container.label(label::ONE_OFF) != Some("True"));
        containers.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(containers)
    }

    /// Containers with a label.
    fn labelled(&self, label: &str) -> Result<Vec<Container>, DockerError> {
        let list = docker().args(["ps", "--all", "--quiet", "--no-trunc", "--filter"]);
        self.containers(&self.ids(list.arg(format!("label={label}")))?)
    }

    /// Every running container of the host.
    pub fn running(&self) -> Result<Vec<Container>, DockerError> {
        self.containers(&self.ids(docker().args(["ps", "--quiet", "--no-trunc"]))?)
    }

    /// These containers; those that have gone are left out.
    pub fn containers<T: AsRef<str>>(&self, names: &[T]) -> Result<Vec<Container>, DockerError> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let cmd = docker().args(["inspect", "--type", "container"]);
        self.inspect(&cmd.args(names.iter().map(AsRef::as_ref)))
    }

    /// The image of this name, if the engine has it.
    pub fn image(&self, name: &str) -> Result<Option<Image>, DockerError> {
        let images = self.inspect::<Image>(&docker().args(["image", "inspect", name]))?;
        Ok(images.into_iter().next())
    }

    /// Those of these images that the engine has, by name.
    pub fn images(&self, names: &BTreeSet<String>) -> Result<BTreeMap<String, Image>, DockerError> {
        if names.is_empty() {
            return Ok(BTreeMap::new());
        }
        let found = self.inspect::<Image>(&docker().args(["image", "inspect"]).args(names))?;
        if found.len() == names.len() {
            return Ok(names.iter().cloned().zip(found).collect());
        }
        // The engine does not say which ones are missing in a form that all versions share.
        let mut images = BTreeMap::new();
        for name in names {
            if let Some(image) = self.image(name)? {
                images.insert(name.clone(), image);
            }
        }
        Ok(images)
    }

    /// Whether there is a volume of this name.
    pub fn has_volume(&self, name: &str) -> Result<bool, DockerError> {
        let cmd = docker().args(["volume", "inspect", name]);
        Ok(!self.inspect::<serde_json::Value>(&cmd)?.is_empty())
    }

    /// When a volume was made, as the engine prints it.
    pub fn volume_created(&self, name: &str) -> Result<Option<String>, DockerError> {
        let found = self.inspect::<serde_json::Value>(&docker().args(["volume", "inspect", name]))?;
        let created = found.first().and_then(|volume| volume.get("CreatedAt")?.as_str());
        Ok(created.map(str::to_owned))
    }

    /// The names of the volumes with a project's label.
    pub fn volumes(&self, project: &str) -> Result<Vec<String>, DockerError> {
        let list = docker().args(["volume", "ls", "--quiet", "--filter"]);
        self.ids(list.arg(format!("label={}={project}", label::PROJECT)))
    }

    /// The last lines a container printed, of both streams, in order.
    pub fn last_lines(&self, container: &str, count: usize) -> Result<Vec<String>, DockerError> {
        // Docker gives each stream of the container on its own; a shell's redirection keeps their order.
        let script = "exec docker logs --tail \"$1\" \"$2\" 2>&1";
        let cmd = Cmd::new("sh").args(["-c", script, "docker-logs", &count.to_string(), container]);
        Ok(self.ask(cmd)?.stdout.lines().map(str::to_owned).collect())
    }

    /// Follows what happens to the containers of a project, one line for each event.
    pub fn follow(&self, project: &str) -> Result<Following, DockerError> {
        let events = ["health_status", "die", "start", "oom", "kill", "restart"];
        let cmd = docker()
            .args(["events", "--format", "{{.Action}}", "--filter"])
            .arg(format!("label={}={project}", label::PROJECT))
            .args(
                events
                    .iter()
                    .flat_map(|event| ["--filter".to_owned(), format!("event={event}")]),
            );
        Ok(self.runner.follow(&cmd)?)
    }

    /// Runs a command whose stdout is data; any status but 0 is an error.
    pub fn ask(&self, cmd: Cmd) -> Result<Captured, DockerError> {
        Ok(self.runner.run(&cmd.data().deadline(ANSWER))?)
    }

    fn finish(&self, cmd: &Cmd) -> Result<Captured, DockerError> {
        let cmd = cmd.clone().data().deadline(ANSWER);
        Ok(self.runner.finish(&cmd, &mut |_| {})?)
    }

    fn ids(&self, cmd: Cmd) -> Result<Vec<String>, DockerError> {
        Ok(self.ask(cmd)?.stdout.lines().map(str::to_owned).collect())
    }

    fn json<T: DeserializeOwned>(&self, cmd: Cmd) -> Result<T, DockerError> {
        let line = cmd.to_string();
        error::parse(&line, &self.ask(cmd)?.stdout)
    }

    /// Things by name; those that are not there are left out.
    fn inspect<T: DeserializeOwned>(&self, cmd: &Cmd) -> Result<Vec<T>, DockerError> {
        let captured = self.finish(cmd)?;
        let is_absence = |line: &String| line.to_lowercase().contains("no such");
        if !captured.status.success() && !captured.stderr.iter().any(is_absence) {
            return Err(DockerError::Command(CommandError::Status {
                command: cmd.to_string(),
                status: captured.status.to_string(),
                code: captured.status.code(),
                stderr: captured.stderr,
            }));
        }
        error::parse(&cmd.to_string(), &captured.stdout)
    }
}

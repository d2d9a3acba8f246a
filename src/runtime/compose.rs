//! Compose by its command, on one project.

mod config;

use std::path::{Path, PathBuf};

use crate::runtime::command::Cmd;
use crate::runtime::docker::{Docker, DockerError, docker};

pub use config::{Condition, Config, ConfigService, Published};

/// A project: its name, folder and compose.yaml.
#[derive(Debug, Clone)]
pub struct Compose {
    project: String,
    root: PathBuf,
    /// Relative to the root.
    rendered: String,
    /// Stands for compose.yaml on disk where it is not written yet.
    text: Option<String>,
    has_env_file: bool,
}

impl Compose {
    /// The project in the folder `root` whose rendered folder is `rendered`.
    #[must_use]
    pub fn new(project: &str, root: &Path, rendered: &str) -> Self {
        Self {
            project: project.to_owned(),
            root: root.to_owned(),
            rendered: rendered.to_owned(),
            text: None,
            has_env_file: root.join(".env").is_file(),
        }
    }

    /// The same project with this text in place of the file; nothing is written.
    #[must_use]
    pub fn with_text(self, text: String) -> Self {
        Self {
            text: Some(text),
            ..self
        }
    }

    /// Its name.
    #[must_use]
    pub fn project(&self) -> &str {
        &self.project
    }

    /// The folder of compose.yaml as Compose labels containers with it.
    #[must_use]
    pub fn working_dir(&self) -> PathBuf {
        let root = self.root.canonicalize().unwrap_or_else(|_| self.root.clone());
        root.join(&self.rendered)
    }

    /// `docker compose` on this project, run in the folder of stack.toml so that it can be typed there.
    #[must_use]
    pub fn command(&self) -> Cmd {
        let cmd = docker()
            .directory(&self.root)
            .args(["compose", "-p", &self.project]);
        let cmd = match &self.text {
            None => cmd.args(["-f".to_owned(), format!("{}/compose.yaml", self.rendered)]),
            Some(text) => cmd
                .args(["-f", "-", "--project-directory", &self.rendered])
                .input(text.as_str()),
        };
        if self.has_env_file {
            cmd.args(["--env-file", ".env"])
        } else {
            cmd
        }
    }

    /// What compose.yaml means after Compose has read it.
    pub fn config(&self, docker: &Docker<'_>) -> Result<Config, DockerError> {
        let cmd = self.command().args(["config", "--format", "json"]);
        let text = docker.ask(cmd.clone())?.stdout;
        let mut config = Config::parse(&cmd.to_string(), &text)?;
        let hashes = docker.ask(self.command().args(["config", "--hash", "*"]))?;
        config.set_hashes(&hashes.stdout);
        Ok(config)
    }
}

/// Whether this Compose counts `depends_on` in a service's hash. Then a container that was made with `--no-deps`
/// counts as changed for everybody else, so it must not be used; newer versions leave `depends_on` out.
pub fn dependencies_are_hashed(docker: &Docker<'_>) -> Result<bool, DockerError> {
    let probe = "services: {c: {image: x}, d: {image: x, depends_on: [c]}}\n";
    let cmd = super::docker::docker()
        .args(["compose", "-p", "probe", "-f", "-", "config", "--hash", "*"])
        .input(probe);
    let hashes = docker.ask(cmd)?.stdout;
    let hash = |service: &str| hashes.lines().find_map(|line| line.strip_prefix(service));
    Ok(hash("c ") != hash("d "))
}

//! compose.yaml as Compose understands it (`docker compose config --format json`).

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::runtime::docker::DockerError;

/// The services of a project.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Config {
    /// By name.
    #[serde(default)]
    pub services: BTreeMap<String, ConfigService>,
    /// Named volumes: their real names by the names in the file.
    #[serde(default)]
    pub volumes: BTreeMap<String, Option<Named>>,
    /// Configuration files.
    #[serde(default)]
    configs: BTreeMap<String, serde_json::Value>,
    /// Secret files.
    #[serde(default)]
    secrets: BTreeMap<String, serde_json::Value>,
}

/// Something with a name on the engine.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Named {
    /// Its name.
    #[serde(default)]
    pub name: String,
}

/// One service.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ConfigService {
    /// The image it runs, or gets when it is built.
    #[serde(default)]
    pub image: Option<String>,
    /// How it is built, if it is.
    #[serde(default)]
    pub build: Option<serde_json::Value>,
    /// A name in place of Compose's own.
    #[serde(default)]
    pub container_name: Option<String>,
    /// Services that must be ready first.
    #[serde(default)]
    pub depends_on: BTreeMap<String, Dependency>,
    /// Ports of the host.
    #[serde(default)]
    pub ports: Vec<Published>,
    /// The hash of its configuration.
    #[serde(skip)]
    pub hash: String,
}

/// What a service waits for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Dependency {
    /// The state the other one must be in.
    #[serde(default)]
    pub condition: Condition,
}

/// A state to wait for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub enum Condition {
    /// It was started.
    #[default]
    #[serde(rename = "service_started")]
    Started,
    /// Its health check says so.
    #[serde(rename = "service_healthy")]
    Healthy,
    /// It ran and ended well.
    #[serde(rename = "service_completed_successfully")]
    Completed,
}

/// A published port.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Published {
    /// The host's address; empty for every address.
    #[serde(default)]
    pub host_ip: String,
    /// The host's port, or a range of them; empty for any.
    #[serde(default)]
    pub published: String,
    /// `tcp` or `udp`.
    #[serde(default)]
    pub protocol: String,
}

impl Config {
    pub(super) fn parse(command: &str, text: &str) -> Result<Self, DockerError> {
        serde_json::from_str(text).map_err(|source| DockerError::Unreadable {
            command: command.to_owned(),
            source,
        })
    }

    /// Whether Compose puts something into containers that is in no file.
    #[must_use]
    pub fn is_injected(&self) -> bool {
        let mut all = self.configs.values().chain(self.secrets.values());
        all.any(|source| source.get("content").is_some() || source.get("environment").is_some())
    }

    /// Takes lines of `service hash`.
    pub(super) fn set_hashes(&mut self, lines: &str) {
        for (name, hash) in lines.lines().filter_map(|line| line.split_once(' ')) {
            if let Some(service) = self.services.get_mut(name) {
                hash.trim().clone_into(&mut service.hash);
            }
        }
    }

    /// The image that a service runs.
    #[must_use]
    pub fn image(&self, project: &str, service: &str) -> String {
        self.services
            .get(service)
            .and_then(|service| service.image.clone())
            .unwrap_or_else(|| format!("{project}-{service}"))
    }

    /// Services in an order in which each stands behind those it depends on; names decide between equals.
    #[must_use]
    pub fn order(&self) -> Vec<&str> {
        let mut order: Vec<&str> = Vec::new();
        let mut waiting: Vec<&str> = self.services.keys().map(String::as_str).collect();
        while !waiting.is_empty() {
            let is_ready = |name: &&str| {
                self.services[*name]
                    .depends_on
                    .keys()
                    .all(|other| order.contains(&other.as_str()) || !self.services.contains_key(other))
            };
            let (ready, rest): (Vec<&str>, Vec<&str>) = waiting.iter().partition(|name| is_ready(name));
            if ready.is_empty() {
                // A cycle, which Compose refuses; the names' order is as good as any.
                order.extend(rest);
                break;
            }
            order.extend(ready);
            waiting = rest;
        }
        order
    }

    /// These services and everything they depend on.
    #[must_use]
    pub fn closure<'a>(&'a self, names: &[&'a str]) -> Vec<&'a str> {
        let mut found: Vec<&str> = names.to_vec();
        let mut next = 0;
        while let Some(service) = found.get(next).and_then(|name| self.services.get(*name)) {
            for other in service.depends_on.keys() {
                if !found.contains(&other.as_str()) && self.services.contains_key(other) {
                    found.push(other);
                }
            }
            next += 1;
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> Config {
        Config::parse(
            "",
            r#"{"services":{
                "api":{"image":"a","depends_on":{"mig":{"condition":"service_completed_successfully","required":true}},
                    "ports":[{"mode":"ingress","host_ip":"127.0.0.1","target":80,"published":"8080","protocol":"tcp"}]},
                "bot":{"build":{"context":"."}},
                "mig":{"image":"m","depends_on":{"postgres":{"condition":"service_healthy"}}},
                "postgres":{"image":"p"}},
              "volumes":{"data":{"name":"x_data"}}}"#,
        )
        .unwrap()
    }

    #[test]
    fn services_stand_behind_what_they_depend_on() {
        assert_eq!(config().order(), ["bot", "postgres", "mig", "api"]);
        assert_eq!(config().closure(&["mig"]), ["mig", "postgres"]);
    }

    #[test]
    fn hashes_and_images_are_known_by_service() {
        let mut config = config();
        config.set_hashes("api abc\nbot def\n");
        assert_eq!(config.services["api"].hash, "abc");
        assert_eq!(config.image("p", "bot"), "p-bot");
        assert_eq!(
            config.services["api"].depends_on["mig"].condition,
            Condition::Completed
        );
    }
}

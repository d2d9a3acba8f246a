//! A container as `docker inspect` tells it.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use serde::Deserialize;

use super::{label, since};

/// A container that ran for so long has started well: the engine too forgets its restarts then.
const LASTING: Duration = Duration::from_secs(10);

/// A container.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "Raw")]
pub struct Container {
    /// Its whole identifier.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it does.
    pub status: Status,
    /// How its last run ended; 0 while it runs for the first time.
    pub exit_code: i32,
    /// Whether its last run was ended because memory was short.
    pub oom_killed: bool,
    /// What the engine said when it could not be started.
    pub error: String,
    /// When it was started last, in RFC 3339.
    pub started_at: String,
    /// How often the engine started it again.
    pub restarts: u32,
    /// Whether the engine starts it again when it ends.
    pub is_restarted: bool,
    /// What its health check says, if it has one.
    pub health: Option<Health>,
    /// The image it was made from, `sha256:` and digits.
    pub image_id: String,
    /// The image's name when it was made.
    pub image: String,
    /// Ports of the host that lead to it.
    pub ports: Vec<Binding>,
    /// Its addresses on the networks of the engine, while it runs.
    pub addresses: Vec<IpAddr>,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Its variables, `NAME=value`; never printed.
    environment: Vec<String>,
}

/// What a container does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Made, never started.
    Created,
    /// It runs.
    Running,
    /// Its processes are frozen.
    Paused,
    /// It ended and will be started again.
    Restarting,
    /// It goes away.
    Removing,
    /// It ended.
    Exited,
    /// It could not be removed.
    Dead,
}

/// What a health check says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// The verdict.
    pub status: HealthStatus,
    /// The last probes, oldest first.
    pub log: Vec<Probe>,
    /// Time between two probes.
    pub interval: Duration,
    /// After which a probe has failed.
    pub timeout: Duration,
}

/// A health check's verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum HealthStatus {
    /// No verdict yet.
    Starting,
    /// It works.
    Healthy,
    /// It does not.
    Unhealthy,
    /// There is no check.
    None,
}

/// One probe of a health check.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Probe {
    /// How it ended.
    pub exit_code: i32,
    /// What it printed.
    #[serde(default)]
    pub output: String,
}

/// A port of the host that leads to a port of a container.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Binding {
    /// The host's address; empty for every address.
    pub address: String,
    /// The host's port.
    pub host: u16,
    /// The container's port.
    pub container: u16,
    /// `tcp` or `udp`.
    pub protocol: String,
}

impl Container {
    /// A label's value.
    #[must_use]
    pub fn label(&self, name: &str) -> Option<&str> {
        self.labels.get(name).map(String::as_str)
    }

    /// The service it belongs to.
    #[must_use]
    pub fn service(&self) -> &str {
        self.label(label::SERVICE).unwrap_or_default()
    }

    /// A variable of its environment.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.environment
            .iter()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix('='))
    }

    /// Whether its processes run now.
    #[must_use]
    pub fn is_running(&self) -> bool {
        matches!(self.status, Status::Running | Status::Paused)
    }

    /// Whether it ends again and again: the engine waits with its next attempt, or has just made one.
    #[must_use]
    pub fn keeps_ending(&self) -> bool {
        let is_young = || since(&self.started_at).is_some_and(|age| age < LASTING);
        match self.status {
            Status::Restarting => true,
            Status::Running => {
                self.restarts > 0 && self.health_status() != HealthStatus::Healthy && is_young()
            }
            _ => false,
        }
    }

    /// What its health check says; `None` where it has no check.
    #[must_use]
    pub fn health_status(&self) -> HealthStatus {
        self.health
            .as_ref()
            .map_or(HealthStatus::None, |health| health.status)
    }

    /// The first twelve digits of its identifier.
    #[must_use]
    pub fn short_id(&self) -> &str {
        self.id.get(..12).unwrap_or(&self.id)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Raw {
    id: String,
    name: String,
    image: String,
    #[serde(default)]
    restart_count: u32,
    state: RawState,
    config: RawConfig,
    #[serde(default)]
    host_config: RawHost,
    #[serde(default)]
    network_settings: RawNetworks,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RawState {
    status: Status,
    #[serde(default)]
    exit_code: i32,
    #[serde(default, rename = "OOMKilled")]
    oom_killed: bool,
    #[serde(default)]
    error: String,
    #[serde(default)]
    started_at: String,
    health: Option<RawHealth>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RawHealth {
    status: HealthStatus,
    log: Option<Vec<Probe>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RawConfig {
    #[serde(default)]
    image: String,
    labels: Option<BTreeMap<String, String>>,
    env: Option<Vec<String>>,
    healthcheck: Option<RawCheck>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RawCheck {
    #[serde(default)]
    interval: u64,
    #[serde(default)]
    timeout: u64,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct RawHost {
    restart_policy: RawPolicy,
    port_bindings: Option<BTreeMap<String, Option<Vec<RawBinding>>>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct RawPolicy {
    name: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct RawNetworks {
    networks: Option<BTreeMap<String, Option<RawNetwork>>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct RawNetwork {
    /// Empty while the container does not run.
    #[serde(rename = "IPAddress")]
    ip_address: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RawBinding {
    #[serde(default)]
    host_ip: String,
    #[serde(default)]
    host_port: String,
}

impl From<Raw> for Container {
    fn from(raw: Raw) -> Self {
        let check = raw.config.healthcheck;
        let health = raw
            .state
            .health
            .filter(|health| health.status != HealthStatus::None)
            .map(|health| Health {
                status: health.status,
                log: health.log.unwrap_or_default(),
                interval: or_default(check.as_ref().map(|check| check.interval)),
                timeout: or_default(check.as_ref().map(|check| check.timeout)),
            });
        Self {
            id: raw.id,
            name: raw.name.trim_start_matches('/').to_owned(),
            status: raw.state.status,
            exit_code: raw.state.exit_code,
            oom_killed: raw.state.oom_killed,
            error: raw.state.error,
            started_at: raw.state.started_at,
            restarts: raw.restart_count,
            is_restarted: !matches!(raw.host_config.restart_policy.name.as_str(), "" | "no"),
            health,
            image_id: raw.image,
            image: raw.config.image,
            ports: bindings(raw.host_config.port_bindings.unwrap_or_default()),
            addresses: addresses(raw.network_settings),
            labels: raw.config.labels.unwrap_or_default(),
            environment: raw.config.env.unwrap_or_default(),
        }
    }
}

/// Docker's own default for both times of a health check is 30 seconds.
fn or_default(nanoseconds: Option<u64>) -> Duration {
    match nanoseconds {
        None | Some(0) => Duration::from_secs(30),
        Some(nanoseconds) => Duration::from_nanos(nanoseconds),
    }
}

fn bindings(raw: BTreeMap<String, Option<Vec<RawBinding>>>) -> Vec<Binding> {
    let mut bindings = Vec::new();
    for (container, hosts) in raw {
        let (port, protocol) = container.split_once('/').unwrap_or((&container, "tcp"));
        for host in hosts.into_iter().flatten() {
            if let (Ok(container), Ok(published)) = (port.parse(), host.host_port.parse()) {
                bindings.push(Binding {
                    address: host.host_ip,
                    host: published,
                    container,
                    protocol: protocol.to_owned(),
                });
            }
        }
    }
    bindings.sort();
    bindings
}

fn addresses(raw: RawNetworks) -> Vec<IpAddr> {
    let networks = raw.networks.unwrap_or_default().into_values().flatten();
    networks
        .filter_map(|network| network.ip_address.parse().ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_container_keeps_ending_while_it_is_young_again() {
        let epoch = std::time::SystemTime::UNIX_EPOCH;
        let now = epoch.elapsed().unwrap().as_secs();
        let container = |status: &str, restarts: u32, age: u64, health: &str| -> Container {
            let started = format!("1970-01-01T00:00:{}Z", now - age);
            serde_json::from_value(serde_json::json!({
                "Id": "0", "Name": "/p-web-1", "Image": "sha256:1", "RestartCount": restarts,
                "State": { "Status": status, "StartedAt": started, "Health": { "Status": health } },
                "Config": {},
            }))
            .unwrap()
        };
        assert!(container("restarting", 1, 60, "none").keeps_ending());
        assert!(container("running", 3, 2, "none").keeps_ending());
        assert!(container("running", 3, 2, "starting").keeps_ending());
        assert!(!container("running", 0, 2, "starting").keeps_ending());
        assert!(!container("running", 3, 60, "none").keeps_ending());
        assert!(!container("running", 3, 2, "healthy").keeps_ending());
        assert!(!container("exited", 3, 2, "none").keeps_ending());
    }

    #[test]
    fn a_container_is_read_from_what_the_engine_prints() {
        let text = r#"{"Id":"f17afcd3bb6321ca041ab8a3b33f121e","Name":"/p-web-1","Image":"sha256:5d","RestartCount":2,
            "State":{"Status":"running","ExitCode":0,"OOMKilled":false,"StartedAt":"2026-11-21T13:29:07.8Z",
              "Health":{"Status":"starting","Log":[{"ExitCode":1,"Output":"no"}]}},
            "HostConfig":{"RestartPolicy":{"Name":"unless-stopped"},
              "PortBindings":{"8000/tcp":[{"HostIp":"127.0.0.1","HostPort":"18931"}],"9/udp":null}},
            "NetworkSettings":{"Networks":{"p_default":{"IPAddress":"172.18.0.2"},"p_none":{"IPAddress":""},"x":null}},
            "Config":{"Image":"web:1","Env":["PG_MAJOR=15","A="],"Labels":{"com.docker.compose.service":"web"},
              "Healthcheck":{"Test":["CMD","x"],"Interval":1000000000}}}"#;
        let container: Container = serde_json::from_str(text).unwrap();
        assert_eq!((container.service(), container.name.as_str()), ("web", "p-web-1"));
        assert_eq!(container.variable("PG_MAJOR"), Some("15"));
        assert_eq!(container.ports[0].host, 18931);
        assert_eq!(container.addresses, ["172.18.0.2".parse::<IpAddr>().unwrap()]);
        let health = container.health.unwrap();
        assert_eq!((health.interval.as_secs(), health.timeout.as_secs()), (1, 30));
        assert_eq!(health.log[0].output, "no");
        assert!(container.is_restarted);
    }
}

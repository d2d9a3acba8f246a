//! How the engine knows that a container works.

use serde::Serialize;

use super::text::{Text, plain_list};
use crate::model::{Duration, Healthcheck as Model, Probe};

/// Below 400 is well; a redirect is not followed, and a proxy of the environment not used. 127.0.0.1 rather
/// than `localhost`, which may be `::1` first.
const HTTP: &str = "import http.client, sys; c = http.client.HTTPConnection('127.0.0.1', int(sys.argv[1]), timeout=float(sys.argv[3])); c.request('GET', sys.argv[2]); s = c.getresponse().status; sys.exit(s >= 400 and f'answered {s}')";
const TCP: &str = "import socket, sys; socket.create_connection(('127.0.0.1', int(sys.argv[1])), float(sys.argv[2])).close()";

/// `healthcheck` of a service.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Healthcheck {
    /// A command.
    Command(Command),
    /// None, not even the image's own.
    Disabled {
        /// Always true.
        disable: bool,
    },
}

/// A command and when it is run.
#[derive(Debug, Serialize)]
pub struct Command {
    test: Vec<Text>,
    interval: Duration,
    timeout: Duration,
    retries: u32,
    start_period: Duration,
}

impl Healthcheck {
    /// The check; none where the image's own is to be used.
    pub fn of(healthcheck: &Model) -> Option<Self> {
        let seconds = healthcheck.timeout.get().as_secs_f64().to_string();
        let test = match &healthcheck.probe {
            Probe::Image => return None,
            Probe::Disabled => return Some(Self::Disabled { disable: true }),
            Probe::Http { port, path } => {
                plain_list(&["CMD", "python", "-c", HTTP, &port.to_string(), path, &seconds])
            }
            Probe::Tcp { port } => plain_list(&["CMD", "python", "-c", TCP, &port.to_string(), &seconds]),
            Probe::Command(words) => std::iter::once("CMD")
                .chain(words.iter().map(String::as_str))
                .map(Text::plain)
                .collect(),
            Probe::Shell(line) => plain_list(&["CMD-SHELL", line]),
        };
        Some(Self::Command(Command {
            test,
            interval: healthcheck.interval,
            timeout: healthcheck.timeout,
            retries: healthcheck.retries,
            start_period: healthcheck.start_period,
        }))
    }
}

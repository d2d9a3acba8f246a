//! `[services.NAME]`.

use std::num::NonZeroU32;

use serde_json::Value;
use toml::Spanned;

use super::environment_variable::EnvironmentVariable;
use super::healthcheck::Healthcheck;
use super::names::{Databases, DependsOn};
use super::passthrough::Passthrough;
use super::problems::Problems;
use super::python::Python;
use super::read::{Entries, OneOrMany};
use super::scalar::{self, Fault, Scalar};
use super::table::table;
use super::words::Words;
use crate::model::{Cpus, Duration, ImageRef, Mount, Port, PublishedPort, Restart, ServiceName, Size, User};

table! {
    /// A container. Exactly one of `image`, `python` and `dockerfile` says what runs in it.
    Service {
        /// An image that is pulled as it is, such as `redis:7.4`.
        image: Spanned<ImageRef>,
        /// A Python program: a version such as `"3.11"`, or a table with `version`, `requirements` and more.
        python: Python,
        /// Your own Dockerfile, relative to stack.toml. The `.dockerignore` of its context must leave `.stackctl` out, and `.env` and files of secrets.
        dockerfile: Spanned<String>,
        /// The folder sent to the builder with `dockerfile`. Default: the folder of stack.toml.
        context: Spanned<String>,
        /// The command: one text, split into words as a shell would but run without one, or a list.
        command: Words,
        /// The image's entrypoint, replaced: one text or a list.
        entrypoint: Words,
        /// The folder it starts in.
        working_dir: Spanned<String>,
        /// Environment variables. A value is a text, a number, a boolean, `{ secret = "…" }`, `{ secret_file = "…" }` or `{ env = "…", default = "…" }`.
        environment: Entries<EnvironmentVariable>,
        /// The port it listens on, given to it as `PORT` and published on 127.0.0.1. `"9001:8001"` publishes another number.
        port: Spanned<ListeningPort>,
        /// Further ports on the host, `HOST:CONTAINER`; on 127.0.0.1 unless an address is given.
        ports: OneOrMany<Spanned<PublishedPort>>,
        /// A path that answers below 400 when the service works, such as `/health`; for python services with a `port`.
        health: Spanned<String>,
        /// The check in full, with Compose's names.
        healthcheck: Healthcheck,
        /// What is mounted: `name:/path` for a volume, `./folder:/path` for a folder of the host, `:ro` to read only.
        volumes: Vec<Spanned<Mount>>,
        /// Services that must come first: a list of names, or a table of name and condition.
        depends_on: DependsOn,
        /// Schemas of the database it may use: a list of names, or a table of name and `read`, `write` or `own`.
        databases: Databases,
        /// Secrets mounted under /run/secrets.
        secrets: Vec<Spanned<String>>,
        /// Numeric `UID:GID` it runs as, or `image` for the image's own user. Default: `10001:10001`.
        user: Spanned<User>,
        /// Whether the image's files can't be written. Default: `true`.
        read_only: Spanned<bool>,
        /// Folders in memory that can be written. Default: `/tmp`.
        tmpfs: OneOrMany<Spanned<String>>,
        /// Capabilities given back after all were dropped, such as `NET_BIND_SERVICE`.
        cap_add: Vec<Spanned<String>>,
        /// Whether a small init reaps zombies and forwards signals. Default: `true`.
        init: Spanned<bool>,
        /// Whether it runs once and ends, such as a database migration. Default: `false`.
        one_shot: Spanned<bool>,
        /// `no`, `on-failure`, `unless-stopped` or `always`. Default: `unless-stopped`; `no` for a one-shot.
        restart: Spanned<Restart>,
        /// How long it may take to stop before it is killed. Default: `30s`.
        stop_grace_period: Spanned<Duration>,
        /// The signal that asks it to stop, such as `SIGINT`.
        stop_signal: Spanned<String>,
        /// Memory above which it is killed. Default: `512MB`.
        memory: Spanned<Size>,
        /// Processors it may use, such as `0.5`. Default: `1`.
        cpus: Spanned<Cpus>,
        /// Processes and threads it may have. Default: `256`.
        pids_limit: Spanned<NonZeroU32>,
        /// Bounds of its log on disk. Default: 3 files of 10 MB.
        logging: Logging,
        /// Any key of a Compose service, merged last. Here `$` is Compose's: write `$$` for a plain one.
        compose: Passthrough,
    }
}

table! {
    /// Bounds of a container's log on disk.
    Logging {
        /// Size of one file. Default: `10MB`.
        max_size: Spanned<Size>,
        /// Files kept. Default: `3`.
        max_file: Spanned<NonZeroU32>,
    }
}

/// `port = 8001` or `port = "9001:8001"`.
#[derive(Debug, Clone, Copy)]
pub struct ListeningPort {
    /// Where it is reached on the host.
    pub published: PublishedPort,
}

impl Scalar for ListeningPort {
    const TAKES_INTEGER: bool = true;
    const EXPECTED: &'static str = "a port: a number, or `\"HOST:CONTAINER\"`";

    fn parse(text: &str) -> Result<Self, Fault> {
        let port = match text.parse::<Port>() {
            Ok(port) => Ok(PublishedPort::loopback(port)),
            Err(_) => PublishedPort::parse(text),
        };
        port.map(|published| Self { published })
    }

    fn schema() -> Value {
        PublishedPort::schema()
    }
}

/// Reads a service's name out of a key or a reference.
pub fn service_name(key: &Spanned<String>, problems: &mut Problems) -> Option<ServiceName> {
    scalar::name(key, problems)
}

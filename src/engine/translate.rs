//! What Docker, Compose and programs in containers say when something is wrong -> the cause in plain words and
//! the command that mends it. Pure.
//!
//! Each rule is a text that stands in a line and a function that reads that line; the first rule of the table that
//! fits any line is told.

mod build;
mod container;
mod daemon;
mod registry;

/// A cause in plain words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Translation {
    /// What is wrong: a fragment without a final period.
    pub problem: String,
    /// What mends it.
    pub hint: String,
    /// The port of the host that it is about, so that its holder can be looked for.
    pub port: Option<u16>,
}

/// A text and what a line that holds it means; `None` if it means something else after all.
type Rule = (&'static str, fn(&str) -> Option<Translation>);

/// What a command's stderr means.
pub fn command<T: AsRef<str>>(lines: &[T]) -> Option<Translation> {
    let tables = [daemon::RULES, build::RULES, registry::RULES];
    tables.iter().find_map(|rules| first(rules, lines))
}

/// What the last lines of a container, or of its health check, mean.
pub fn container<T: AsRef<str>>(lines: &[T]) -> Option<Translation> {
    first(container::RULES, lines)
}

fn first<T: AsRef<str>>(rules: &[Rule], lines: &[T]) -> Option<Translation> {
    rules.iter().find_map(|(text, read)| {
        let holding = lines.iter().map(AsRef::as_ref).filter(|line| line.contains(text));
        holding.rev().find_map(read)
    })
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "it ends most rules, which may also find nothing"
)]
fn told(problem: impl Into<String>, hint: impl Into<String>) -> Option<Translation> {
    Some(Translation {
        problem: problem.into(),
        hint: hint.into(),
        port: None,
    })
}

/// The text between two others.
fn between<'a>(line: &'a str, before: &str, behind: &str) -> Option<&'a str> {
    let rest = &line[line.find(before)? + before.len()..];
    Some(&rest[..rest.find(behind)?]).filter(|found| !found.is_empty())
}

/// The text behind another, up to the end of the line.
fn behind<'a>(line: &'a str, before: &str) -> Option<&'a str> {
    let rest = line[line.find(before)? + before.len()..].trim();
    Some(rest).filter(|found| !found.is_empty())
}

pub use container::other_major;

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn problem(line: &str) -> String {
        command(&["something before", line, "something behind"])
            .map_or_else(String::new, |found| found.problem)
    }

    #[test]
    fn commands_are_translated() {
        for (line, told) in [
            (
                "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
                "the Docker engine is not running",
            ),
            (
                "Cannot connect to the Docker daemon at tcp://10.0.0.9:2375. Is the docker daemon running?",
                "no Docker engine answers at `tcp://10.0.0.9:2375`",
            ),
            (
                "permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: Get x",
                "this user may not talk to the Docker engine",
            ),
            (
                "docker: 'compose' is not a docker command.",
                "the compose plugin of Docker is not installed",
            ),
            (
                "unknown command: docker compose",
                "the compose plugin of Docker is not installed",
            ),
            (
                "Error response from daemon: driver failed programming external connectivity on endpoint a-1 (8e): Bind for 127.0.0.1:8001 failed: port is already allocated",
                "the port `127.0.0.1:8001` is taken",
            ),
            (
                "Error response from daemon: driver failed programming: Error starting userland proxy: listen tcp4 0.0.0.0:80: bind: address already in use",
                "the port `0.0.0.0:80` is taken",
            ),
            (
                "Error response from daemon: Conflict. The container name \"/shop-api-1\" is already in use by container \"0a1b\". You have to remove it",
                "another container has the name `shop-api-1`",
            ),
            (
                "Error response from daemon: could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network",
                "Docker has no free address range for another network",
            ),
            (
                "Error response from daemon: pull access denied for acme/none, repository does not exist or may require 'docker login'",
                "the image `acme/none` does not exist, or it is private",
            ),
            (
                "Error response from daemon: manifest for redis:99 not found: manifest unknown: manifest unknown",
                "the registry has no `redis:99`",
            ),
            (
                "Error response from daemon: invalid mount config for type \"bind\": bind source path does not exist: /srv/x y",
                "`/srv/x y` is to be mounted and does not exist",
            ),
            (
                "#9 3.1 ERROR: No matching distribution found for flask==99",
                "pip finds no `flask==99`",
            ),
            (
                "failed to solve: failed to compute cache key: \"/nope\" not found: not found",
                "`nope` is to be copied into the image and does not exist",
            ),
            (
                "failed to solve: rpc error: failed to create LLB definition: dockerfile parse error line 2: unknown instruction: RUNN",
                "the Dockerfile can't be read: line 2: unknown instruction: RUNN",
            ),
            (
                "#9 ERROR: failed to calculate checksum of ref 4c::z: \"/api/nope.txt\": not found",
                "`api/nope.txt` is to be copied into the image and does not exist",
            ),
            (
                "Error response from daemon: Get \"https://registry-1.docker.io/v2/\": dial tcp: lookup registry-1.docker.io on 10.0.0.2:53: no such host",
                "the registry `registry-1.docker.io` can't be reached",
            ),
            (
                "error while interpolating services.a.environment.X: required variable TOKEN is missing a value: set it",
                "the variable `TOKEN` is not set, or empty",
            ),
            (
                "write /var/lib/docker/tmp/x: no space left on device",
                "the disk is full",
            ),
            ("all is well", ""),
        ] {
            assert_eq!(problem(line), told, "{line}");
        }
    }

    #[test]
    fn the_port_is_handed_on() {
        let found = command(&["Bind for 0.0.0.0:8001 failed: port is already allocated"]);
        assert_eq!(found.and_then(|found| found.port), Some(8001));
    }

    #[test]
    fn containers_are_translated() {
        for (line, told) in [
            (
                "DETAIL:  The data directory was initialized by PostgreSQL version 14, which is not compatible with this version 15.6 (Debian 15.6-1).",
                "the volume holds a database of PostgreSQL 14, and version 15 can't read it",
            ),
            (
                "OSError: [Errno 30] Read-only file system: '/app/cache'",
                "the program writes to `/app/cache`, which is read-only",
            ),
            (
                "PermissionError: [Errno 13] Permission denied: '/data/x.db'",
                "the program may not use `/data/x.db`",
            ),
            (
                "OCI runtime exec failed: exec failed: unable to start container process: exec: \"curl\": executable file not found in $PATH: unknown",
                "the image has no program `curl`",
            ),
            (
                "ModuleNotFoundError: No module named 'flask'",
                "Python finds no module `flask`",
            ),
            (
                "psycopg.OperationalError: FATAL:  password authentication failed for user \"api\"",
                "the database refuses the password of `api`",
            ),
        ] {
            assert_eq!(
                container(&[line]).map(|found| found.problem).as_deref(),
                Some(told),
                "{line}"
            );
        }
    }
}

//! A long-running or one-shot container of the stack.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use super::access::Access;
use super::duration::Duration;
use super::environment_value::EnvironmentValue;
use super::healthcheck::Healthcheck;
use super::image::ImageRef;
use super::mount::Mount;
use super::name::{Identifier, SecretName, ServiceName, VariableName};
use super::passthrough::Passthrough;
use super::port::{Port, PublishedPort};
use super::python::Python;
use super::role::Role;
use super::size::Size;
use super::sync::SyncBackend;

/// What a service's image is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServiceSource {
    /// An image pulled as it is.
    Image(ImageRef),
    /// An image built from Python sources by a rendered Dockerfile.
    Python(Python),
    /// An image that holds stackctl to keep a repository.
    Sync(SyncBackend),
    /// An image built by the user's own Dockerfile.
    Dockerfile {
        /// The Dockerfile, relative to stack.toml.
        path: String,
        /// The folder sent to the builder, relative to stack.toml.
        context: String,
    },
}

/// The user a container's process runs as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum User {
    /// Numeric ids, so that the engine can prove that it is not root.
    Numeric {
        /// The user.
        uid: u32,
        /// The group.
        gid: u32,
    },
    /// The one the image names, asked for with `user = "image"`.
    Image,
}

impl User {
    /// The user of services that name none: above the ids of Debian's own and of logged-in users.
    pub const DEFAULT: Self = Self::Numeric {
        uid: 10_001,
        gid: 10_001,
    };
}

/// The text is not a user.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("write numeric ids as `UID:GID`, one number for both, or `image` for the image's own user")]
pub struct UserError;

impl FromStr for User {
    type Err = UserError;

    fn from_str(text: &str) -> Result<Self, UserError> {
        if text == "image" {
            return Ok(Self::Image);
        }
        let (uid, gid) = text.split_once(':').unwrap_or((text, text));
        let id = |text: &str| text.parse::<u32>().map_err(|_| UserError);
        Ok(Self::Numeric {
            uid: id(uid)?,
            gid: id(gid)?,
        })
    }
}

/// What must hold of another service before this one starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DependencyCondition {
    /// Its process runs.
    Started,
    /// Its healthcheck passes.
    Healthy,
    /// It ran once and exited with 0.
    Completed,
}

/// A service that must come first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dependency {
    /// Its name; `postgres` is the database.
    pub service: ServiceName,
    /// What must hold of it.
    pub condition: DependencyCondition,
}

/// When the engine starts a container again by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restart {
    /// Never: for services that run once.
    No,
    /// When it exits with another code than 0.
    OnFailure,
    /// Whenever it ends, also after the host restarts, unless a person stopped it.
    UnlessStopped,
    /// Whenever it ends, also after a person stopped it and the host restarts.
    Always,
}

/// A share of processors: `0.5` is half of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cpus {
    /// Thousandths of one processor.
    pub millis: u32,
}

/// The text is not a share of processors.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("write a number of processors above 0 with at most three decimals, for example `0.5` or `2`")]
pub struct CpusError;

impl FromStr for Cpus {
    type Err = CpusError;

    fn from_str(text: &str) -> Result<Self, CpusError> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole) || !digits(fraction) || fraction.len() > 3 {
            return Err(CpusError);
        }
        let whole: u32 = whole.parse().map_err(|_| CpusError)?;
        let fraction: u32 = format!("{fraction:0<3}").parse().map_err(|_| CpusError)?;
        let millis = whole
            .checked_mul(1000)
            .and_then(|n| n.checked_add(fraction))
            .ok_or(CpusError)?;
        if millis == 0 {
            Err(CpusError)
        } else {
            Ok(Self { millis })
        }
    }
}

impl fmt::Display for Cpus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{}.{:03}", self.millis / 1000, self.millis % 1000);
        f.write_str(text.trim_end_matches('0').trim_end_matches('.'))
    }
}

/// What a container may use of the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Memory above which the kernel kills it.
    pub memory: Size,
    /// Processors.
    pub cpus: Cpus,
    /// Processes and threads.
    pub pids: u32,
}

impl Limits {
    /// The limits of a service that names none.
    pub const DEFAULT: Self = Self {
        memory: Size::from_mebibytes(512),
        cpus: Cpus { millis: 1000 },
        pids: 256,
    };
}

/// Bounds of a container's log on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Logging {
    /// Size of one file.
    pub max_size: Size,
    /// Files kept.
    pub max_file: u32,
}

impl Logging {
    /// Three files of ten megabytes.
    pub const DEFAULT: Self = Self {
        max_size: Size::from_mebibytes(10),
        max_file: 3,
    };
}

/// One service.
#[derive(Debug, Clone, PartialEq)]
pub struct Service {
    /// Its name, also its host name on the stack's networks.
    pub name: ServiceName,
    /// What it is for.
    pub role: Role,
    /// Its image.
    pub source: ServiceSource,
    /// The command, in place of the image's.
    pub command: Option<Vec<String>>,
    /// The entrypoint, in place of the image's.
    pub entrypoint: Option<Vec<String>>,
    /// The folder it starts in, in place of the image's.
    pub working_dir: Option<String>,
    /// Environment variables.
    pub environment: BTreeMap<VariableName, EnvironmentValue>,
    /// The port it listens on in the container, also given to it as `PORT`.
    pub port: Option<Port>,
    /// Ports on the host.
    pub published: Vec<PublishedPort>,
    /// How the engine knows that it works.
    pub healthcheck: Healthcheck,
    /// What is mounted.
    pub volumes: Vec<Mount>,
    /// What must come first, sorted by name, the database included where it uses one.
    pub depends_on: Vec<Dependency>,
    /// Schemas of the database it may use; the first one is its default.
    pub databases: Vec<(Identifier, Access)>,
    /// Secrets mounted under `/run/secrets`, those named in `environment` included.
    pub secrets: Vec<SecretName>,
    /// Who it runs as.
    pub user: User,
    /// Whether the image's files can't be written.
    pub read_only: bool,
    /// Folders in memory that can be.
    pub tmpfs: Vec<String>,
    /// Capabilities given back after all were dropped.
    pub cap_add: Vec<String>,
    /// Whether a small init reaps zombies and forwards signals.
    pub init: bool,
    /// Whether it runs once and ends.
    pub one_shot: bool,
    /// When the engine starts it again.
    pub restart: Restart,
    /// How long it may take to stop before it is killed.
    pub stop_grace_period: Duration,
    /// The signal that asks it to stop, in place of the image's.
    pub stop_signal: Option<String>,
    /// What it may use.
    pub limits: Limits,
    /// Its log's bounds.
    pub logging: Logging,
    /// Merged last over the rendered service.
    pub compose: Passthrough,
}

impl Service {
    /// Whether its image is built from the project rather than pulled.
    #[must_use]
    pub fn is_built(&self) -> bool {
        !matches!(self.source, ServiceSource::Image(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_of_processors_are_exact() {
        for (text, shown) in [("0.5", "0.5"), ("2", "2"), ("1.250", "1.25"), ("0.001", "0.001")] {
            assert_eq!(text.parse::<Cpus>().map(|c| c.to_string()), Ok(shown.to_owned()));
        }
        for text in ["", "0", "-1", "1e3", ".5", "1.0001", "nan"] {
            assert!(text.parse::<Cpus>().is_err(), "{text}");
        }
    }

    #[test]
    fn users_are_numeric_or_the_images_own() {
        assert_eq!("999".parse(), Ok(User::Numeric { uid: 999, gid: 999 }));
        assert_eq!("1000:100".parse(), Ok(User::Numeric { uid: 1000, gid: 100 }));
        assert_eq!("image".parse(), Ok(User::Image));
        assert_eq!("root".parse::<User>(), Err(UserError));
    }
}

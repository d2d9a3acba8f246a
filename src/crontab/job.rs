//! A job of a crontab.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use super::environment::Environment;
use super::policy::Policy;
use super::timing::Timing;
use crate::model::TimeZone;

/// What a job is, across reloads: the hash of its schedule, time zone, command, standard input and variables. Neither
/// its name nor its place nor its options are in it, so that changing those is no new job.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub(super) [u8; 16]);

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JobId({self})")
    }
}

impl serde::Serialize for JobId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for JobId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text: Cow<'_, str> = serde::Deserialize::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// The text is no id of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an id of a job has 32 hexadecimal digits")]
pub struct JobIdError;

impl FromStr for JobId {
    type Err = JobIdError;

    fn from_str(text: &str) -> Result<Self, JobIdError> {
        let is_hex = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !is_hex {
            return Err(JobIdError);
        }
        u128::from_str_radix(text, 16)
            .map(|number| Self(number.to_be_bytes()))
            .map_err(|_| JobIdError)
    }
}

/// A job of a crontab.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its name, unique among the jobs it was settled with: given, or made from the command.
    pub name: String,
    /// Whether the crontab gives the name.
    pub is_named: bool,
    /// The crontab, as the parser was told.
    pub source: Arc<str>,
    /// The line it begins on, from 1.
    pub line: usize,
    /// Its schedule as written, such as `*/5 * * * *`, with one space between fields.
    pub schedule: String,
    /// When it is due.
    pub timing: Timing,
    /// The command for the shell; may hold bytes that are not UTF-8, and no NUL.
    pub command: Vec<u8>,
    /// What the command reads, where a `%` gives it; else nothing.
    pub stdin: Option<Vec<u8>>,
    /// The shell that runs `-c COMMAND`.
    pub shell: Vec<u8>,
    /// The variables that the crontab sets for it, `SHELL`, `TZ` and `CRON_TZ` among them.
    pub environment: Environment,
    /// How its runs are handled.
    pub policy: Policy,
    /// Its name before equal ones are told apart.
    pub(super) wanted_name: String,
    /// Its id before equal jobs are told apart.
    pub(super) content: [u8; 16],
    pub(super) id: JobId,
}

impl Job {
    /// What it is, across reloads. Exact duplicates are counted, so that each has an id of its own.
    #[must_use]
    pub fn id(&self) -> JobId {
        self.id
    }

    /// The time zone that its schedule counts in.
    #[must_use]
    pub fn zone(&self) -> TimeZone {
        self.timing.zone()
    }

    /// The command as text; a byte that is not UTF-8 stands as the replacement character.
    #[must_use]
    pub fn command_text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.command)
    }
}

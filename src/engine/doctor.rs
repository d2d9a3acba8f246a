//! `doctor`: what is missing on this host, and the command that mends it.

mod docker_parts;
mod host;
mod stack;

use std::path::Path;

use serde::Serialize;

use super::error::Problem;
use crate::config::Loaded;
use crate::runtime::command::Runner;
use crate::runtime::docker::Docker;

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Nothing is wrong.
    Ok,
    /// It will hurt later.
    Warning,
    /// `up` will fail.
    Broken,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What was looked at.
    pub name: &'static str,
    /// How it is.
    pub state: State,
    /// What was found.
    pub found: String,
    /// What mends it.
    pub mend: Option<String>,
}

impl Check {
    fn ok(name: &'static str, found: impl Into<String>) -> Self {
        Self {
            name,
            state: State::Ok,
            found: found.into(),
            mend: None,
        }
    }

    fn warning(name: &'static str, found: impl Into<String>, mend: impl Into<String>) -> Self {
        Self {
            name,
            state: State::Warning,
            found: found.into(),
            mend: Some(mend.into()),
        }
    }

    fn broken(name: &'static str, problem: Problem) -> Self {
        Self {
            name,
            state: State::Broken,
            found: problem.what,
            mend: Some(problem.mend),
        }
    }
}

/// Looks at the host and, if there is a valid one, at the stack in `root`.
#[must_use]
pub fn doctor(root: &Path, loaded: Option<&Loaded>, runner: &Runner<'_>) -> Vec<Check> {
    let docker = Docker::new(runner.clone());
    let (mut checks, engine_answers) = docker_parts::checks(&docker, loaded);
    checks.extend(host::checks(&docker, engine_answers));
    if let Some(loaded) = loaded {
        checks.extend(stack::checks(root, loaded, &docker, engine_answers));
    }
    checks
}

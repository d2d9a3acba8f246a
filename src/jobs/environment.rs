//! The jobs' dependencies: one virtual environment for each set of requirements, beside one another.
//!
//! ```text
//! STATE_DIR/envs/<key>/                    the environment, built at the path where it stays: its scripts name it
//! STATE_DIR/envs/<key>/.complete           written last; without it the folder does not count and is made again
//! STATE_DIR/envs/<key>/requirements.lock   what was really installed
//! STATE_DIR/envs/<key>/source/             the commit's files, where the requirements name some of them as packages
//! STATE_DIR/envs/.lock                     held by whoever builds or removes
//! STATE_DIR/builds.json                    failed builds, and when each is tried again
//! STATE_DIR/python.json                    what the interpreter said of itself
//! ```
//!
//! Environments see the packages of the interpreter that they are made from: what the image was built with stays
//! there for the jobs, whether a line of the crontab says `python3` and finds the environment through PATH, or names
//! the image's interpreter by its path and finds it through `PYTHONUSERBASE`. In both cases the environment's own
//! packages come first.

mod advice;
mod attempts;
mod build;
mod credentials;
mod error;
mod install;
mod key;
mod lock;
mod network;
mod prune;
mod python;
mod removal;
mod requirements;
mod settings;
mod status;
mod tree;
mod variables;

use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

pub use attempts::{Attempts, Failure};
pub use build::build;
pub use error::{BuildError, EnvironmentError};
pub use key::{Key, key};
pub use prune::{Pruned, prune};
pub use python::{Facts, facts};
pub use status::{Environment, Status, is_complete, status};
pub use variables::Variables;

/// What packages are wanted, and what installs them.
#[derive(Debug, Clone)]
pub struct Request {
    /// The commit's files, by their fixed path.
    pub worktree: PathBuf,
    /// The requirements file, relative to the worktree; none where there are no requirements.
    pub requirements: Option<PathBuf>,
    /// The interpreter: a path, or a name that is looked for on PATH.
    pub python: PathBuf,
    /// What installs.
    pub installer: Installer,
    /// Where environments are kept; absolute.
    pub state_dir: PathBuf,
    /// The process's variables: the installers' settings, PATH, and what requirements files refer to.
    pub variables: Variables,
}

/// What installs packages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Installer {
    /// The pip of the interpreter.
    #[default]
    Pip,
    /// The command `uv` on PATH.
    Uv,
}

impl fmt::Display for Installer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pip => "pip",
            Self::Uv => "uv",
        })
    }
}

/// The folder of environments in a state directory.
const FOLDER: &str = "envs";

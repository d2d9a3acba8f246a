//! How an environment stands.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::attempts::{Attempts, Failure};
use super::error::EnvironmentError;
use super::{FOLDER, Key, lock};
use crate::jobs::atomic_file;

/// The marker in a finished environment; its content is the [`Environment`] as JSON.
pub(super) const COMPLETE: &str = ".complete";
/// What was really installed, one `name==version` in a line.
pub(super) const LOCK_OF_PACKAGES: &str = "requirements.lock";

/// A finished environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Environment {
    /// Its key.
    pub key: Key,
    /// Its folder, absolute.
    pub path: PathBuf,
    /// Packages in it.
    pub packages: usize,
    /// When it was finished, in seconds since 1970.
    pub built_at: u64,
}

/// How an environment stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// No requirements, so none is needed.
    NotNeeded,
    /// It is there.
    Ready,
    /// Somebody builds, or removes, right now.
    Building,
    /// Its last builds failed.
    Failed(Failure),
    /// It is not there.
    Missing,
}

impl Key {
    /// The environment's folder, whether or not it is there.
    #[must_use]
    pub fn path(&self, state_dir: &Path) -> PathBuf {
        state_dir.join(FOLDER).join(self.as_str())
    }
}

/// Whether the environment is whole and its interpreter is still where it was.
#[must_use]
pub fn is_complete(state_dir: &Path, key: &Key) -> bool {
    let path = key.path(state_dir);
    // `exists` follows the link to the image's interpreter.
    path.join(COMPLETE).is_file() && path.join("bin/python").exists()
}

/// How the environment stands.
pub fn status(state_dir: &Path, key: Option<&Key>) -> Result<Status, EnvironmentError> {
    let Some(key) = key else {
        return Ok(Status::NotNeeded);
    };
    if is_complete(state_dir, key) {
        return Ok(Status::Ready);
    }
    if lock::is_held(state_dir)? {
        return Ok(Status::Building);
    }
    let failure = Attempts::read(state_dir)?.failure(key).cloned();
    Ok(failure.map_or(Status::Missing, Status::Failed))
}

/// What the marker of an environment says; none where it is not complete.
pub(super) fn read(state_dir: &Path, key: &Key) -> Result<Option<Environment>, EnvironmentError> {
    if !is_complete(state_dir, key) {
        return Ok(None);
    }
    let marker = key.path(state_dir).join(COMPLETE);
    let bytes = atomic_file::read(&marker).map_err(EnvironmentError::state(&marker))?;
    // A marker that can't be read is as good as none: the environment is made again.
    Ok(bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
}

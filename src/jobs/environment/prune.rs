//! Removes environments that nobody needs.

use std::fs;
use std::path::Path;

use super::error::EnvironmentError;
use super::{FOLDER, Key, lock::Lock, removal, status};

/// What was removed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Finished environments.
    pub removed: Vec<Key>,
    /// Unfinished ones, left by builders that were killed.
    pub swept: usize,
}

/// Removes unfinished environments, and finished ones but those in use and the `keep` latest besides. Does nothing
/// while somebody builds.
///
/// # Errors
/// A folder can't be read or removed.
pub fn prune(state_dir: &Path, keep: usize, in_use: &[Key]) -> Result<Pruned, EnvironmentError> {
    let mut pruned = Pruned::default();
    let Some(_lock) = Lock::try_take(state_dir)? else {
        return Ok(pruned);
    };
    removal::sweep(state_dir)?;
    let folder = state_dir.join(FOLDER);
    let failed = EnvironmentError::state(&folder);
    let mut spare = Vec::new();
    for entry in fs::read_dir(&folder).map_err(&failed)? {
        let path = entry.map_err(&failed)?.path();
        let key = path
            .file_name()
            .and_then(|name| name.to_str()?.parse::<Key>().ok());
        let Some(key) = key.filter(|key| !in_use.contains(key)) else {
            continue;
        };
        if let Some(environment) = status::read(state_dir, &key)? {
            spare.push(environment);
        } else {
            removal::remove(&path)?;
            pruned.swept += 1;
        }
    }
    spare.sort_by_key(|environment| std::cmp::Reverse(environment.built_at));
    for environment in spare.into_iter().skip(keep) {
        removal::remove(&environment.key.path(state_dir))?;
        pruned.removed.push(environment.key);
    }
    Ok(pruned)
}

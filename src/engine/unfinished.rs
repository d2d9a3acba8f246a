//! Whether the last `up` came to its end. A build that failed leaves every container well and none of them what
//! the sources say now; only this tells.

use std::fs;
use std::io;
use std::path::PathBuf;

use super::EngineError;
use super::project::Project;

/// Below the state directory, while an `up` is at work and after one that did not end well.
const FILE_NAME: &str = "up-unfinished";

/// Notes that an `up` is at work; tells whether an earlier one is noted already.
pub fn mark(project: &Project<'_>) -> Result<bool, EngineError> {
    let was_marked = is_marked(project);
    let path = path(project);
    fs::write(&path, "").map_err(|source| EngineError::State { path, source })?;
    Ok(was_marked)
}

/// Notes that it came to its end.
pub fn clear(project: &Project<'_>) -> Result<(), EngineError> {
    let path = path(project);
    match fs::remove_file(&path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => Err(EngineError::State { path, source }),
        _ => Ok(()),
    }
}

/// Whether one is noted.
pub fn is_marked(project: &Project<'_>) -> bool {
    path(project).exists()
}

fn path(project: &Project<'_>) -> PathBuf {
    project.state_directory().join(FILE_NAME)
}

//! Roles, passwords and rights in a running database: set again when their script or a secret changed.

use super::EngineError;
use super::project::Project;

/// Runs the script again if it is needed.
pub fn apply(_project: &Project<'_>) -> Result<(), EngineError> {
    Ok(())
}

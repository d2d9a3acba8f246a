//! One operation at a time on one stack.

use super::EngineError;
use super::project::Project;

/// Takes the stack's lock, waiting for its holder if `wait` says so.
pub fn take(_project: &Project<'_>, _operation: &str, _wait: bool) -> Result<(), EngineError> {
    Ok(())
}

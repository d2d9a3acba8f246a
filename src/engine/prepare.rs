//! The rendered files that an operation works with: written first, or on a dry run only held in memory.

use super::EngineError;
use super::project::Project;

/// What rendering did or would do.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Prepared {
    /// What changes in the rendered folder, in words; nothing if it is up to date.
    pub rendered: Option<String>,
}

/// Renders if stack.toml changed since the last time.
pub fn prepare(_project: &mut Project<'_>, _dry_run: bool) -> Result<Prepared, EngineError> {
    Ok(Prepared::default())
}

/// What rendering would change, in words, while operations look at what is on disk.
pub fn difference(_project: &mut Project<'_>) -> Result<Option<String>, EngineError> {
    Ok(None)
}

//! build/download.py: how images get a pinned tool.

use serde::Serialize;

use super::File;
use super::error::ArtifactError;
use super::template::Templates;
use crate::model::{ServiceSource, Stack};

/// build/download.py takes nothing from the stack.
#[derive(Serialize)]
struct DownloadScript {}

/// Where the script is, below the rendered folder.
pub const SCRIPT: &str = "build/download.py";

/// Renders the script, for stacks with an image that needs it.
pub fn file(stack: &Stack, templates: &Templates) -> Result<Option<File>, ArtifactError> {
    let is_needed = stack
        .services
        .iter()
        .any(|service| matches!(&service.source, ServiceSource::Python(python) if !python.tools.is_empty()));
    if !is_needed {
        return Ok(None);
    }
    let text = templates.render("build/download.py.j2", &DownloadScript {})?;
    Ok(Some(File::plain(SCRIPT, text)))
}

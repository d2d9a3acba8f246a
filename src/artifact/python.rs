//! The files of a service built from Python sources: its Dockerfile, what the builder may see, and
//! the entrypoint.

mod context_path;
mod dockerfile;
mod dockerignore;
mod entrypoint;

use super::error::ArtifactError;
use super::template::Templates;
use super::{File, Inputs};
use crate::model::{Python, Service, Stack};

pub use entrypoint::file as entrypoint;

/// The script that reads secrets, below the rendered folder; the same for every service.
const ENTRYPOINT_FILE: &str = "services/entrypoint.sh";
/// Where the image has the script.
pub const ENTRYPOINT: &str = "/usr/local/bin/stackctl-entrypoint";

/// A service and what its image is made from.
struct Image<'a> {
    stack: &'a Stack,
    service: &'a Service,
    python: &'a Python,
    /// Requirements files that others include, relative to stack.toml.
    included_requirements: &'a [String],
}

impl Image<'_> {
    /// A file of the service below the rendered folder.
    fn rendered(&self, name: &str) -> String {
        format!("services/{}/{name}", self.service.name)
    }

    /// A rendered file as the builder sees it, from the folder of stack.toml.
    fn in_context(&self, rendered: &str) -> String {
        format!("{}/{rendered}", self.stack.rendered_directory())
    }
}

/// The files of one service; the entrypoint, which they share, is not among them.
pub fn files(
    stack: &Stack,
    service: &Service,
    python: &Python,
    inputs: &Inputs,
    templates: &Templates,
) -> Result<Vec<File>, ArtifactError> {
    let image = Image {
        stack,
        service,
        python,
        included_requirements: inputs
            .included_requirements
            .get(service.name.as_str())
            .map_or(&[], Vec::as_slice),
    };
    Ok(vec![
        dockerfile::file(&image, templates)?,
        dockerignore::file(&image, templates)?,
    ])
}

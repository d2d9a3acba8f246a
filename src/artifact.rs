//! The valid stack -> every file it is rendered to, in memory. Pure: the same stack and inputs give the same
//! bytes on every machine.
//!
//! compose.yaml is written from a typed model ([`compose`]); every other file is text from a template
//! ([`template`]) that is given one view struct.

mod compose;
mod download;
mod env_example;
mod error;
mod jobs;
mod postgres;
mod python;
mod sha256;
mod stackctl_image;
mod sync;
mod template;

pub use error::ArtifactError;
pub use postgres::owner_role;
pub use stackctl_image::{NAME as STACKCTL_IMAGE_NAME, VARIABLE as STACKCTL_IMAGE_VARIABLE};

use crate::model::{Role, ServiceSource, Stack};
use template::Templates;

/// One rendered file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Relative to the rendered folder, with `/` between parts.
    pub path: String,
    /// Its content.
    pub bytes: Vec<u8>,
    /// Whether it can be executed; modes are 0644 and 0755.
    pub executable: bool,
}

impl File {
    /// A file that is only read.
    fn plain(path: impl Into<String>, content: impl Into<Vec<u8>>) -> Self {
        Self {
            path: path.into(),
            bytes: content.into(),
            executable: false,
        }
    }

    /// A file that is run.
    fn executable(path: impl Into<String>, content: impl Into<Vec<u8>>) -> Self {
        Self {
            executable: true,
            ..Self::plain(path, content)
        }
    }
}

/// What the user's project gives to rendering besides stack.toml.
#[derive(Debug, Clone, Default)]
pub struct Inputs {
    /// The user's SQL files, by their path relative to stack.toml, in the order in which they run.
    pub init_sql: Vec<(String, Vec<u8>)>,
    /// Templates of the project that stand in for built-in ones, by the same path below `templates/`.
    pub templates: std::collections::BTreeMap<String, String>,
    /// Files below stack.toml that requirements files include with `-r` and `-c`, by service.
    pub included_requirements: std::collections::BTreeMap<String, Vec<String>>,
}

/// Renders the whole stack. The files are sorted by path.
///
/// # Errors
/// A template of the project that replaces nothing, or that can't be rendered.
pub fn files(stack: &Stack, inputs: &Inputs) -> Result<Vec<File>, ArtifactError> {
    let templates = Templates::new(&inputs.templates)?;
    let mut files = vec![env_example::file(stack, &templates)?];
    for service in &stack.services {
        if let ServiceSource::Python(python) = &service.source {
            files.extend(python::files(stack, service, python, inputs, &templates)?);
        }
        match &service.role {
            Role::Program => {}
            Role::Sync(sync) => files.extend(sync::files(stack, service, sync, &templates)?),
            Role::Jobs(jobs) => files.extend(jobs::crontab(stack, service, jobs, &templates)?),
        }
    }
    if stack
        .services
        .iter()
        .any(|service| matches!(service.source, ServiceSource::Python(_)))
    {
        files.push(python::entrypoint(&templates)?);
    }
    files.extend(download::file(stack, &templates)?);
    if let Some(postgres) = &stack.postgres {
        files.extend(postgres::files(stack, postgres, inputs, &templates)?);
    }
    // Last, because services are labelled with the hash of the files above that are mounted into them.
    files.push(compose::file(stack, &files)?);
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

/// Every template there is, by its path below `templates/`.
pub fn template_paths() -> impl Iterator<Item = &'static str> {
    template::builtin::ALL.iter().map(|(path, _)| *path)
}

//! services/NAME/Dockerfile.dockerignore: what the builder may see of the project.

use serde::Serialize;

use super::super::File;
use super::super::download;
use super::super::error::ArtifactError;
use super::super::template::Templates;
use super::context_path::normal;
use super::dockerfile::is_address;
use super::{ENTRYPOINT_FILE, Image};
use crate::model::{SecretOrigin, SqliteFile};

/// What the ignore file is made from. All paths are relative to stack.toml.
#[derive(Serialize)]
struct Dockerignore {
    /// Whether the whole project is copied, so that what is not named stays in.
    whole_project: bool,
    sources: Vec<String>,
    /// Files with secrets.
    secrets: Vec<String>,
    /// SQLite files with the data of this host, and their companions.
    databases: Vec<String>,
    /// Files and patterns the build needs, wherever they are.
    needed: Vec<String>,
}

/// Renders the ignore file.
pub fn file(image: &Image<'_>, templates: &Templates) -> Result<File, ArtifactError> {
    let sources: Vec<String> = image.python.source.iter().map(|path| normal(path)).collect();
    let view = Dockerignore {
        whole_project: sources.iter().any(String::is_empty),
        sources: sources.into_iter().filter(|path| !path.is_empty()).collect(),
        secrets: secrets(image),
        databases: databases(image),
        needed: needed(image),
    };
    let text = templates.render("services/Dockerfile.dockerignore.j2", &view)?;
    Ok(File::plain(image.rendered("Dockerfile.dockerignore"), text))
}

fn secrets(image: &Image<'_>) -> Vec<String> {
    let files = image
        .stack
        .secrets
        .values()
        .filter_map(|secret| match &secret.origin {
            SecretOrigin::File(path) => Some(path),
            SecretOrigin::Generated { .. } | SecretOrigin::DatabaseUrl { .. } => None,
        });
    let mut paths: Vec<String> = files
        .chain(&image.stack.build.index_credentials)
        .filter(|path| !path.starts_with('/'))
        .map(|path| normal(path))
        .collect();
    paths.sort();
    paths.dedup();
    paths
}

fn databases(image: &Image<'_>) -> Vec<String> {
    let files = image.stack.sqlite.iter().map(|file| &file.path);
    let ends = std::iter::once("").chain(SqliteFile::COMPANIONS);
    let mut paths: Vec<String> = files
        .filter(|path| !path.starts_with('/'))
        .map(|path| normal(path))
        .filter(|path| !path.starts_with(".."))
        .flat_map(|path| ends.clone().map(move |end| format!("{path}{end}")))
        .collect();
    paths.sort();
    paths.dedup();
    paths
}

fn needed(image: &Image<'_>) -> Vec<String> {
    let requirements = image
        .python
        .requirements
        .iter()
        .chain(image.included_requirements);
    let mut paths: Vec<String> = requirements.map(|path| normal(path)).collect();
    paths.push(image.in_context(ENTRYPOINT_FILE));
    if !image.python.tools.is_empty() {
        paths.push(image.in_context(download::SCRIPT));
    }
    let tools = image
        .stack
        .build
        .downloads
        .iter()
        .filter(|download| image.python.tools.contains(&download.name) && !is_address(&download.source));
    for tool in tools {
        let source = tool.source.replace("{version}", &tool.version);
        let archs = tool.sha256.iter().map(|(arch, _)| arch);
        paths.extend(archs.map(|arch| normal(&source.replace("{arch}", arch))));
    }
    paths.sort();
    paths.dedup();
    paths
}

//! compose.yaml: typed structs -> one tree -> the user's own keys merged in -> YAML with comments.
//!
//! Paths in it are relative to the rendered folder, where Compose resolves them from; the project is `..`.

mod build;
mod comment;
mod database;
mod dependency;
mod document;
mod environment;
mod healthcheck;
mod image_name;
mod jobs;
mod logging;
mod merge;
mod mount;
mod network;
mod path;
mod secret;
mod service;
mod sync;
mod text;
mod tmpfs;
mod yaml;

#[cfg(test)]
pub use environment::SECRET_ENV;
pub use image_name::of as built_image_name;

use super::File;
use super::error::ArtifactError;
use crate::model::Stack;

/// Renders compose.yaml. `files` are the other rendered files, some of which are mounted into services.
pub fn file(stack: &Stack, files: &[File]) -> Result<File, ArtifactError> {
    let mut tree = serde_json::to_value(document::Document::new(stack, files))
        .expect("the structs have string keys and no fallible serializer");
    for service in &stack.services {
        merge_into_service(&mut tree, service.name.as_str(), &service.compose);
    }
    if let Some(postgres) = &stack.postgres {
        merge_into_service(&mut tree, crate::model::Postgres::SERVICE, &postgres.compose);
    }
    let text = yaml::write(&tree).map_err(ArtifactError::Yaml)?;
    Ok(File::plain("compose.yaml", text))
}

fn merge_into_service(tree: &mut serde_json::Value, name: &str, keys: &crate::model::Passthrough) {
    merge::merge(&mut tree["services"][name], keys);
}

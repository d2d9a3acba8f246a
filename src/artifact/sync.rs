//! The files of a sync: its Dockerfile, and the patterns of a sparse checkout.

mod dockerfile;

use serde::Serialize;

use super::File;
use super::error::ArtifactError;
use super::template::Templates;
use crate::model::{Service, Stack, Sync};

/// What a sparse checkout's file is made from.
#[derive(Serialize)]
struct SparseCheckout<'a> {
    patterns: &'a [String],
}

/// Where the patterns of a sparse checkout are mounted.
pub const SPARSE_CHECKOUT: &str = "/etc/git-sync/sparse-checkout";

/// The files of one sync.
pub fn files(
    stack: &Stack,
    service: &Service,
    sync: &Sync,
    templates: &Templates,
) -> Result<Vec<File>, ArtifactError> {
    let mut files = vec![dockerfile::file(stack, service, sync, templates)?];
    if !sync.sparse.is_empty() {
        let view = SparseCheckout {
            patterns: &sync.sparse,
        };
        let text = templates.render("sync/sparse-checkout.j2", &view)?;
        files.push(File::plain(sparse_checkout(service), text));
    }
    Ok(files)
}

/// Where the patterns are, below the rendered folder.
pub fn sparse_checkout(service: &Service) -> String {
    format!("services/{}/sparse-checkout", service.name)
}

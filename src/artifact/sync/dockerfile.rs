//! services/sync-NAME/Dockerfile: an image that does what git-sync's does.

use serde::Serialize;

use super::super::File;
use super::super::compose::built_image_name;
use super::super::error::ArtifactError;
use super::super::stackctl_image;
use super::super::template::Templates;
use crate::model::{ImageRef, Service, Stack, Sync, SyncBackend};

/// What the Dockerfile is made from.
#[derive(Serialize)]
struct SyncDockerfile {
    stackctl_image: String,
    base: String,
    title: String,
    packages: &'static [&'static str],
    /// The number of the user and its group.
    user: u32,
    root: &'static str,
}

/// Renders the Dockerfile.
pub fn file(
    stack: &Stack,
    service: &Service,
    sync: &Sync,
    templates: &Templates,
) -> Result<File, ArtifactError> {
    let base: ImageRef = "debian:bookworm-slim"
        .parse()
        .expect("the text is a valid reference");
    let view = SyncDockerfile {
        stackctl_image: stackctl_image::of(stack),
        base: base.at_registry(stack.build.registry.as_deref()),
        title: built_image_name(stack, &service.name),
        packages: match sync.backend {
            SyncBackend::Git2 => &["ca-certificates"],
            SyncBackend::Git => &["ca-certificates", "git", "openssh-client"],
        },
        user: Sync::UID,
        root: Sync::ROOT,
    };
    let text = templates.render("sync/Dockerfile.j2", &view)?;
    Ok(File::plain(format!("services/{}/Dockerfile", service.name), text))
}

//! The image that holds stackctl itself, for the images of syncs and jobs: made from the program that runs, so that
//! what runs in containers is what rendered them, on hosts without a registry as well.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Duration;

use super::EngineError;
use super::progress::phase;
use super::project::Project;
use crate::artifact::STACKCTL_IMAGE_NAME;
use crate::event::Event;
use crate::model::Role;
use crate::runtime::docker::{docker, since};
use crate::runtime::executable;

/// Images of other programs younger than this are left alone: another stack's `up` may be about to copy from one.
const KEPT: Duration = Duration::from_secs(86_400);
/// Digits of the hash in a tag.
const DIGITS: usize = 12;
const DOCKERFILE: &str = "FROM scratch\nCOPY stackctl /stackctl\n";

/// Makes the image where one of these services needs it and it is not there. Gives back its name.
pub fn provide(project: &Project<'_>, services: &[String]) -> Result<Option<String>, EngineError> {
    let stack = project.stack();
    let needs_it = |name: &String| {
        stack
            .service(name)
            .is_some_and(|service| service.role != Role::Program)
    };
    if stack.build.stackctl_image.is_some() || !services.iter().any(needs_it) {
        return Ok(None);
    }
    let name = name()?;
    if project.docker.image(&name)?.is_none() {
        phase(project.observer(), "making an image of stackctl itself", || {
            build(project, &name)?;
            Ok(((), format!("made `{name}`")))
        })?;
    }
    Ok(Some(name))
}

/// Removes the images of programs that were replaced long ago. Nothing runs from them: they are only copied from.
pub fn prune(project: &Project<'_>, current: &str) -> Result<(), EngineError> {
    let list = docker().args(["image", "ls", STACKCTL_IMAGE_NAME, "--format", "{{.Tag}}"]);
    let tags = project.docker.ask(list)?.stdout;
    let others: BTreeSet<String> = tags
        .lines()
        .filter(|tag| is_ours(tag))
        .map(|tag| format!("{STACKCTL_IMAGE_NAME}:{tag}"))
        .filter(|name| name != current)
        .collect();
    let old = project.docker.images(&others)?.into_iter().filter(|(_, image)| {
        let age = since(&image.created);
        age.is_some_and(|age| age > KEPT)
    });
    for (name, _) in old {
        let removal = docker().args(["image", "rm", &name]);
        if let Err(error) = project.runner().run(&removal) {
            project.observer().on(Event::Warning(&format!(
                "the old image `{name}` could not be removed: {error}"
            )));
        }
    }
    Ok(())
}

fn name() -> Result<String, EngineError> {
    let hash = executable::sha256().map_err(|source| EngineError::State {
        path: "/proc/self/exe".into(),
        source,
    })?;
    Ok(format!(
        "{STACKCTL_IMAGE_NAME}:{}-{}",
        env!("CARGO_PKG_VERSION"),
        &hash[..DIGITS]
    ))
}

/// Whether a tag has the form that [`name`] gives: a version, and a part of a hash behind it.
fn is_ours(tag: &str) -> bool {
    tag.rsplit_once('-').is_some_and(|(version, hash)| {
        !version.is_empty() && hash.len() == DIGITS && hash.bytes().all(|b| b.is_ascii_hexdigit())
    })
}

/// Builds it from a folder that holds nothing else. The caller holds the lock, so the folder is ours alone; what a
/// killed run left in it is written over.
fn build(project: &Project<'_>, name: &str) -> Result<(), EngineError> {
    let folder = project.state_directory().join("image");
    write(&folder).map_err(|source| EngineError::State {
        path: folder.clone(),
        source,
    })?;
    // The plain version is what Compose takes where somebody types its commands by hand.
    let plain = format!("{STACKCTL_IMAGE_NAME}:{}", env!("CARGO_PKG_VERSION"));
    let cmd = docker()
        .env("DOCKER_BUILDKIT", "1")
        .args(["build", "--quiet", "--tag", name, "--tag", &plain])
        .arg(folder.as_os_str())
        .progress();
    let built = project.runner().run(&cmd);
    fs::remove_dir_all(&folder).map_err(|source| EngineError::State {
        path: folder.clone(),
        source,
    })?;
    built?;
    Ok(())
}

fn write(folder: &Path) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    executable::copy_to(&folder.join("stackctl"))?;
    fs::write(folder.join("Dockerfile"), DOCKERFILE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_tags_of_our_own_form_are_removed() {
        assert!(is_ours("0.1.0-0123456789ab"));
        for other in [
            "0.1.0",
            "latest",
            "0.1.0-rc1",
            "-0123456789ab",
            "0.1.0-0123456789abc",
        ] {
            assert!(!is_ours(other), "{other}");
        }
    }
}

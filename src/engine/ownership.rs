//! Secret files for the containers' users, where stackctl does not run as root: a one-off container of the
//! engine, which does, gives them away.

use std::collections::BTreeMap;

use super::EngineError;
use super::error::Problem;
use super::plan::Observed;
use super::progress::phase;
use super::project::Project;
use crate::render::secrets::Ownership;
use crate::runtime::docker::root_script;

/// Gives each file to its user.
pub fn give(project: &Project<'_>, files: &[Ownership], observed: &Observed) -> Result<(), EngineError> {
    if files.is_empty() {
        return Ok(());
    }
    let by_hand = || {
        let commands: Vec<String> = files
            .iter()
            .map(|file| format!("sudo chown {}:{} {}", file.uid, file.gid, file.path.display()))
            .collect();
        Problem::new(
            "secret files could not be given to the users of the containers that read them",
            format!("run stackctl as root, or type `{}`", commands.join("; ")),
        )
    };
    let mounts = project.state_directory().join("mounts");
    let folder = mounts.canonicalize().map_err(|source| EngineError::State {
        path: mounts.clone(),
        source,
    })?;
    let script = script(files);
    phase(
        project.observer(),
        "giving secret files to the containers' users",
        || {
            for image in observed.images.values() {
                let cmd = root_script(&format!("{}:/mounts", folder.display()), image, &script);
                match project.runner().run(&cmd).map_err(EngineError::from) {
                    Ok(_) => return Ok(((), "gave secret files to the containers' users".to_owned())),
                    Err(interrupted @ EngineError::Interrupted { .. }) => return Err(interrupted),
                    // An image without a shell can't do it; another one may.
                    Err(_) => {}
                }
            }
            Err(EngineError::Refused(vec![by_hand()]))
        },
    )
}

/// One `chown` for each owner. Below the folder of mounts a file is `SERVICE/NAME`.
fn script(files: &[Ownership]) -> String {
    let mut by_owner: BTreeMap<(u32, u32), Vec<String>> = BTreeMap::new();
    for file in files {
        let parts: Vec<_> = file.path.iter().map(|part| part.to_string_lossy()).collect();
        let path = format!("/mounts/{}", parts[parts.len().saturating_sub(2)..].join("/"));
        let quoted = shlex::try_quote(&path).map_or_else(|_| path.clone(), std::borrow::Cow::into_owned);
        by_owner.entry((file.uid, file.gid)).or_default().push(quoted);
    }
    let commands = by_owner
        .iter()
        .map(|((uid, gid), paths)| format!("chown {uid}:{gid} {}\n", paths.join(" ")));
    commands.collect::<Vec<_>>().concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_owner_gets_its_files_by_one_command() {
        let file = |path: &str, uid| Ownership {
            path: path.into(),
            uid,
            gid: uid,
        };
        let files = [
            file(".stackctl/p/mounts/api/a", 10_001),
            file("./.stackctl/p/mounts/pg/b", 999),
            file("/srv/.stackctl/p/mounts/api/c", 10_001),
        ];
        assert_eq!(
            script(&files),
            "chown 999:999 /mounts/pg/b\nchown 10001:10001 /mounts/api/a /mounts/api/c\n"
        );
    }
}

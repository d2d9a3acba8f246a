//! Two services that write one path.

use std::collections::BTreeMap;

use super::super::problems::Problems;
use super::super::scalar;
use super::super::stack_file::StackFile;
use crate::diagnostic::{Code, Diagnostic, Span, nearest};
use crate::model::{MountSource, Postgres, Stack, VolumeName};

/// Tells each volume or folder with two writers, unless it is marked as shared.
pub fn check(file: &StackFile, stack: &Stack, problems: &mut Problems) {
    let shared = shared_volumes(file, stack, problems);
    let mut writers: BTreeMap<MountSource, (&str, Span)> = BTreeMap::new();
    for (key, service) in file.services.iter().flat_map(|entries| &entries.0) {
        for mount in service.volumes.iter().flatten() {
            let source = &mount.get_ref().source;
            if let MountSource::Volume(name) = source
                && name.as_str() == Postgres::VOLUME
                && file.postgres.is_some()
            {
                problems.push(
                    Diagnostic::error(
                        Code::ReservedName,
                        mount.span(),
                        "this volume holds the database's files",
                    )
                    .at(format!("services.{}.volumes", key.get_ref()))
                    .help("reach the database with `databases`; no other process may touch its files"),
                );
                continue;
            }
            if mount.get_ref().read_only
                || matches!(source, MountSource::Volume(name) if shared.contains(name))
            {
                continue;
            }
            if let Some((other, span)) = writers.insert(source.clone(), (key.get_ref(), mount.span())) {
                let what = match source {
                    MountSource::Volume(name) => format!("the volume `{name}`"),
                    MountSource::Host(path) => format!("the folder `{path}`"),
                };
                problems.push(
                    Diagnostic::error(Code::VolumeClash, mount.span(), format!("`{other}` and `{}` both write {what}", key.get_ref()))
                        .at(format!("services.{}.volumes", key.get_ref()))
                        .and(span, "written here as well")
                        .help("mount it `:ro` in one of them, or write `shared = true` under `[volumes.NAME]` if they are made to share it"),
                );
            }
        }
    }
}

fn shared_volumes(file: &StackFile, stack: &Stack, problems: &mut Problems) -> Vec<VolumeName> {
    let mounted = stack.volumes();
    let mut shared = Vec::new();
    for (key, volume) in file.volumes.iter().flat_map(|entries| &entries.0) {
        let Some(name) = problems.within("volumes", |problems| scalar::name::<VolumeName>(key, problems))
        else {
            continue;
        };
        if !mounted.contains(&name) {
            let problem = Diagnostic::error(
                Code::UnknownReference,
                key.span(),
                format!("no service mounts the volume `{name}`"),
            )
            .at(format!("volumes.{name}"));
            problems.push(
                match nearest(name.as_str(), mounted.iter().map(VolumeName::as_str)) {
                    Some(near) => problem.labelled(format!("did you mean `{near}`?")),
                    None => problem.help("remove the table, or mount it in a service's `volumes`"),
                },
            );
        }
        if volume.shared.as_ref().is_some_and(|flag| *flag.get_ref()) {
            shared.push(name);
        }
    }
    shared
}

//! Two services that write one path.

use std::collections::BTreeMap;

use super::super::declared::Declared;
use super::super::problems::Problems;
use super::super::scalar;
use super::super::stack_file::StackFile;
use crate::diagnostic::{Code, Diagnostic, Span, nearest, quoted};
use crate::model::{MountSource, Postgres, Stack, VolumeName};

/// Who writes something, and where that stands.
struct Writer<'a> {
    service: &'a str,
    source: &'a MountSource,
    span: Span,
}

/// Tells each volume or folder with two writers, unless it is marked as shared.
pub fn check(file: &StackFile, declared: &[Declared], stack: &Stack, problems: &mut Problems) {
    let shared = shared_volumes(file, stack, problems);
    let mut volumes: BTreeMap<&VolumeName, Writer<'_>> = BTreeMap::new();
    let mut folders: BTreeMap<Vec<&str>, Writer<'_>> = BTreeMap::new();
    for writer in writers(file, declared, problems) {
        let problem = match writer.source {
            MountSource::Volume(name) if shared.contains(name) => None,
            MountSource::Volume(name) => clash(volumes.get(name), &writer).or_else(|| {
                volumes.insert(name, writer);
                None
            }),
            MountSource::Host(path) => {
                let parts = parts(path);
                let above =
                    (0..=parts.len()).find_map(|length| clash(folders.get(&parts[..length]), &writer));
                let below = || {
                    let mut inside = folders
                        .range(parts.clone()..)
                        .take_while(|(other, _)| other.starts_with(&parts));
                    inside.find_map(|(_, other)| clash(Some(other), &writer))
                };
                above.or_else(below).or_else(|| {
                    folders.insert(parts, writer);
                    None
                })
            }
        };
        if let Some(problem) = problem {
            problems.push(problem);
        }
    }
}

/// Every mount that can be written, in the order of the file. Mounts of the database's own files are told.
fn writers<'a>(file: &StackFile, declared: &'a [Declared], problems: &mut Problems) -> Vec<Writer<'a>> {
    let mut writers = Vec::new();
    for declared in declared {
        for mount in declared.service.volumes.iter().flatten() {
            let source = &mount.get_ref().source;
            let is_database =
                matches!(source, MountSource::Volume(name) if name.as_str() == Postgres::VOLUME);
            if is_database && file.postgres.is_some() {
                problems.push(
                    Diagnostic::error(
                        Code::ReservedName,
                        mount.span(),
                        "this volume holds the database's files",
                    )
                    .at(format!("{}.volumes", declared.place()))
                    .help("reach the database with `databases`; no other process may touch its files"),
                );
            } else if !mount.get_ref().read_only {
                writers.push(Writer {
                    service: declared.name.get_ref(),
                    source,
                    span: mount.span(),
                });
            }
        }
    }
    writers.sort_by_key(|writer| writer.span.start);
    writers
}

/// The problem of two services that write the same, or one within what the other writes.
fn clash(first: Option<&Writer<'_>>, second: &Writer<'_>) -> Option<Diagnostic> {
    let first = first.filter(|first| first.service != second.service)?;
    let (a, b) = (first.service, second.service);
    let (message, help) = match (first.source, second.source) {
        (MountSource::Host(one), MountSource::Host(other)) if parts(one) != parts(other) => (
            format!(
                "`{a}` writes {} and `{b}` writes {}, one inside the other",
                quoted(one),
                quoted(other)
            ),
            "mount it `:ro` in one of them, or give each a folder of its own",
        ),
        (_, MountSource::Host(path)) => (
            format!("`{a}` and `{b}` both write the folder {}", quoted(path)),
            "mount it `:ro` in one of them; if they are made to share it, use a named volume with `shared = true` under `[volumes.NAME]`",
        ),
        (_, MountSource::Volume(name)) => (
            format!("`{a}` and `{b}` both write the volume `{name}`"),
            "mount it `:ro` in one of them, or write `shared = true` under `[volumes.NAME]` if they are made to share it",
        ),
    };
    Some(
        Diagnostic::error(Code::VolumeClash, second.span.clone(), message)
            .at(format!("services.{b}.volumes"))
            .labelled(format!("`{b}` writes it"))
            .and(first.span.clone(), format!("`{a}` writes it"))
            .help(help),
    )
}

/// The parts of a host's path; `.` and empty ones mean nothing. Relative and absolute paths do not meet here,
/// because only the disk knows where the project is.
fn parts(path: &str) -> Vec<&str> {
    let root = if path.starts_with('/') { "/" } else { "." };
    let names = path.split('/').filter(|part| !part.is_empty() && *part != ".");
    std::iter::once(root).chain(names).collect()
}

fn shared_volumes(file: &StackFile, stack: &Stack, problems: &mut Problems) -> Vec<VolumeName> {
    let mounted = stack.volumes();
    let mut shared = Vec::new();
    for (key, volume) in file.volumes.iter().flat_map(|entries| &entries.read) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_folder_has_one_spelling() {
        assert_eq!(parts("./data/"), parts("././data"));
        assert_ne!(parts("/data"), parts("./data"));
    }
}

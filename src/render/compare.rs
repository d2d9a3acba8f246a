//! The wanted files against those on disk.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::disk::{Disk, Leaf};
use super::error::RenderError;
use super::manifest::{self, Found, sha256};
use super::plan::{Change, Conflict, Kind};
use crate::artifact::File;

/// Where the wanted set and the disk differ.
#[derive(Debug, Default)]
pub struct Comparison {
    /// Every difference, sorted by path.
    pub changes: Vec<Change>,
    /// Wanted files that stand on disk with the same bytes and a mode that serves.
    pub unchanged: BTreeSet<String>,
    /// Leaves that stackctl never wrote and that are in nobody's way: they stay.
    pub carried: Vec<PathBuf>,
}

/// The permission bits of a rendered file.
pub fn mode(file: &File) -> u32 {
    if file.executable { 0o755 } else { 0o644 }
}

/// Compares them.
pub fn compare(wanted: &[File], disk: &Disk, found: &Found) -> Result<Comparison, RenderError> {
    let mut comparison = Comparison::default();
    let mut accounted: BTreeSet<PathBuf> = BTreeSet::from([PathBuf::from(manifest::FILE_NAME)]);
    for file in wanted {
        accounted.insert(PathBuf::from(&file.path));
        compare_file(file, disk, found, &mut comparison)?;
        for (obstacle, kind) in disk.obstacles(Path::new(&file.path)) {
            let is_told = !accounted.insert(obstacle.to_owned());
            let path = obstacle.to_string_lossy().into_owned();
            // Nobody loses an empty folder; Docker leaves one where a file to be mounted was missing.
            if !is_told && *kind != Leaf::EmptyFolder && found.sum(&path).is_none() {
                comparison.changes.push(Change {
                    old: disk.read(&path)?,
                    new: None,
                    path,
                    kind: Kind::Removed,
                    conflict: Some(Conflict::NotOurs),
                });
            }
        }
    }
    let paths: BTreeSet<&str> = wanted.iter().map(|file| file.path.as_str()).collect();
    for path in found.paths().filter(|path| !paths.contains(path)) {
        accounted.insert(PathBuf::from(path));
        comparison.changes.extend(removal(path, disk, found)?);
    }
    let carried = disk.leaves.keys().filter(|leaf| !accounted.contains(*leaf));
    comparison.carried = carried.cloned().collect();
    comparison.changes.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(comparison)
}

fn compare_file(
    file: &File,
    disk: &Disk,
    found: &Found,
    comparison: &mut Comparison,
) -> Result<(), RenderError> {
    let path = &file.path;
    let written = found.sum(path);
    let (kind, old, conflict) = match disk.leaves.get(Path::new(path)) {
        None | Some(Leaf::EmptyFolder) => (Kind::Added, None, None),
        Some(Leaf::Other) => (Kind::Changed, None, Some(Conflict::of(written))),
        Some(Leaf::File { mode: found }) => {
            let old = disk.read(path)?.unwrap_or_default();
            if old == file.bytes {
                if serves(*found, mode(file)) {
                    comparison.unchanged.insert(path.clone());
                    return Ok(());
                }
                (Kind::Mode, Some(old), None)
            } else {
                let is_as_written = written.is_some_and(|written| written == sha256(&old));
                let conflict = (!is_as_written).then(|| Conflict::of(written));
                (Kind::Changed, Some(old), conflict)
            }
        }
    };
    comparison.changes.push(Change {
        path: path.clone(),
        kind,
        old,
        new: Some(file.bytes.clone()),
        conflict,
    });
    Ok(())
}

/// A file that was rendered once and is not any more.
fn removal(path: &str, disk: &Disk, found: &Found) -> Result<Option<Change>, RenderError> {
    let written = found.sum(path);
    let (old, is_as_written) = match disk.leaves.get(Path::new(path)) {
        None | Some(Leaf::EmptyFolder) => return Ok(None),
        Some(Leaf::Other) => (None, false),
        Some(Leaf::File { .. }) => {
            let old = disk.read(path)?.unwrap_or_default();
            let is_as_written = written.is_some_and(|written| written == sha256(&old));
            (Some(old), is_as_written)
        }
    };
    Ok(Some(Change {
        path: path.to_owned(),
        kind: Kind::Removed,
        old,
        new: None,
        conflict: (!is_as_written).then_some(Conflict::HandEdited),
    }))
}

/// Whether a file of this mode can stay where another was wanted. Checkouts of git follow the user's umask, so
/// write bits of the group are left as they are; containers of other users must be able to read, nobody else to
/// write.
fn serves(found: u32, wanted: u32) -> bool {
    found & 0o555 == wanted & 0o555 && found & 0o7002 == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_serve_whatever_the_umask_was() {
        assert!(serves(0o644, 0o644));
        assert!(serves(0o664, 0o644));
        assert!(serves(0o775, 0o755));
        for (found, wanted) in [(0o600, 0o644), (0o755, 0o644), (0o644, 0o755), (0o666, 0o644)] {
            assert!(!serves(found, wanted), "{found:o}");
        }
    }
}

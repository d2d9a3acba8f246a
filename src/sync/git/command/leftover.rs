//! What a killed git leaves in a repository: locks of every kind, half-made packs, notes of a collection that ended.

use std::fs;
use std::io;
use std::path::Path;

use crate::sync::temporary;

/// Removes them all; no git may run in the repository, but one whose sync was killed may be about to end. Gives what was
/// removed, relative to the repository.
///
/// # Errors
/// A folder can't be read, or a file not removed.
pub fn sweep(repository: &Path) -> io::Result<Vec<String>> {
    let mut removed = Vec::new();
    walk(repository, repository, &mut removed)?;
    Ok(removed)
}

fn walk(repository: &Path, folder: &Path, removed: &mut Vec<String>) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let entry = entry?;
        let path = entry.path();
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let Some(kind) = there(entry.file_type())? else {
            continue;
        };
        if kind.is_dir() && !ends(&name, "lock") {
            // An object's own folder holds thousands of files and no lock, at most a `tmp_obj_` that gc removes.
            if !is_fan_out(folder, &name) {
                walk(repository, &path, removed)?;
            }
        } else if is_leftover(&name, folder.strip_prefix(repository).unwrap_or(folder)) {
            there(if kind.is_dir() {
                fs::remove_dir_all(&path)
            } else {
                fs::remove_file(&path)
            })?;
            let relative = path.strip_prefix(repository).unwrap_or(&path);
            removed.push(relative.display().to_string());
        }
    }
    Ok(())
}

/// The same, and none of what has gone meanwhile.
fn there<T>(found: io::Result<T>) -> io::Result<Option<T>> {
    match found {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        found => found.map(Some),
    }
}

fn is_fan_out(folder: &Path, name: &str) -> bool {
    folder.ends_with("objects") && name.len() == 2 && name.bytes().all(|b| b.is_ascii_hexdigit())
}

/// `folder` is relative to the repository.
fn is_leftover(name: &str, folder: &Path) -> bool {
    let is_in_objects = folder.ends_with("objects/pack") || folder.ends_with("objects");
    // A branch may have any name but one that ends so.
    let is_in_refs = folder.components().any(|part| part.as_os_str() == "refs");
    ends(name, "lock")
        || temporary::is_temporary(name)
        || (!is_in_refs && (name == "gc.pid" || name == "gc.log" || name.starts_with("shallow_")))
        || (is_in_objects && (name.starts_with("tmp_") || name.starts_with(".tmp-") || ends(name, "keep")))
}

fn ends(name: &str, extension: &str) -> bool {
    Path::new(name)
        .extension()
        .is_some_and(|found| found == extension)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locks_of_every_kind_go_and_the_rest_stays() {
        let repository = tempfile::tempdir().unwrap();
        let leftovers = [
            ".stackctl-new-0123456789abcdef",
            "HEAD.lock",
            "config.lock",
            "gc.log",
            "gc.pid",
            "index.lock",
            "objects/info/commit-graph.lock",
            "objects/pack/.tmp-12-pack-ab.pack",
            "objects/pack/pack-ab.keep",
            "objects/pack/tmp_pack_1",
            "packed-refs.lock",
            "refs/heads/main.lock",
            "shallow.lock",
            "shallow_abc",
            "worktrees/x/index.lock",
            "worktrees/x/modules/sub/index.lock",
        ];
        let kept = [
            "HEAD",
            "objects/pack/pack-ab.pack",
            "objects/ab/cdef",
            "refs/heads/shallow_water",
            "shallow",
        ];
        for path in leftovers.iter().chain(&kept) {
            let path = repository.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let mut removed = sweep(repository.path()).unwrap();
        removed.sort();
        assert_eq!(removed, leftovers);
        for path in kept {
            assert!(repository.path().join(path).exists(), "{path}");
        }
        assert!(sweep(repository.path()).unwrap().is_empty());
    }
}

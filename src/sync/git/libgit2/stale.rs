//! What killed processes left behind: locks, half-written packs and objects, half-made registrations.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::super::child::Failure;
use super::failure::at;
use crate::sync::temporary;

/// Removes all of it from a repository. In the git folders of worktrees only what is older than `before` goes: what is
/// younger may belong to somebody who is at work there, such as a hook. In the repository itself only sync works, one
/// process at a time.
pub fn sweep(repository: &Path, before: Duration) -> Result<(), Failure> {
    let before = SystemTime::UNIX_EPOCH + before;
    sweep_folder(repository, None, 0)?;
    sweep_folder(&repository.join(WORKTREES), Some(before), 0)
}

/// Where worktrees have their git folders.
const WORKTREES: &str = "worktrees";

fn sweep_folder(folder: &Path, before: Option<SystemTime>, depth: usize) -> Result<(), Failure> {
    // Submodules of submodules lie deep; a loop is not possible, as symlinks are not followed.
    const DEEPEST: usize = 64;
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(at(folder)(error)),
    };
    for entry in entries {
        let entry = entry.map_err(at(folder))?;
        let path = entry.path();
        let kind = entry.file_type().map_err(at(&path))?;
        if kind.is_dir() {
            let is_apart = before.is_none() && depth == 0 && entry.file_name() == WORKTREES;
            if depth < DEEPEST && !is_apart {
                sweep_folder(&path, before, depth + 1)?;
            }
            continue;
        }
        let name = entry.file_name();
        if is_left_over(&name.to_string_lossy()) || is_half_a_pack(&path) {
            remove_if_older(&path, before)?;
        }
    }
    Ok(())
}

/// The names of libgit2's and git's temporary files.
fn is_left_over(name: &str) -> bool {
    const PREFIXES: [&str; 5] = ["pack_git2_", "tmp_pack_", "tmp_idx_", "tmp_obj", "tmp_rev_"];
    Path::new(name)
        .extension()
        .is_some_and(|extension| extension == "lock")
        || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
        || name.contains(".tmp-")
        || temporary::is_temporary(name)
        || name == "gc.pid"
        || (name.contains("_git2_") && !name.contains('.'))
}

/// A pack without its index, or an index without its pack.
fn is_half_a_pack(path: &Path) -> bool {
    let other = match path.extension().and_then(|extension| extension.to_str()) {
        Some("pack") => "idx",
        Some("idx") => "pack",
        _ => return false,
    };
    path.parent()
        .is_some_and(|folder| folder.ends_with("objects/pack"))
        && !path.with_extension(other).exists()
}

fn remove_if_older(path: &Path, before: Option<SystemTime>) -> Result<(), Failure> {
    let gone = |error: &std::io::Error| error.kind() == std::io::ErrorKind::NotFound;
    let removed = fs::symlink_metadata(path).and_then(|metadata| match before {
        Some(before) if metadata.modified()? >= before => Ok(()),
        _ => fs::remove_file(path),
    });
    match removed {
        Err(error) if !gone(&error) => Err(at(path)(error)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locks_of_the_dead_go_and_those_of_the_living_stay() {
        let folder = tempfile::tempdir().unwrap();
        let in_worktrees = ["worktrees/a/index.lock", "worktrees/a/modules/b/HEAD.lock"];
        let names = [
            "index.lock",
            "HEAD.lock",
            "shallow.lock",
            "refs/heads/x.lock",
            "objects/pack/pack_git2_abc",
            "objects/pack/tmp_pack_abc",
            "objects/pack/pack-1.pack",
            "objects/ab/tmp_obj_x",
        ];
        let keep = ["HEAD", "objects/pack/pack-2.pack", "objects/pack/pack-2.idx"];
        for name in names.iter().chain(&in_worktrees).chain(&keep) {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        sweep(folder.path(), Duration::ZERO).unwrap();
        assert!(names.iter().all(|name| !folder.path().join(name).exists()));
        assert!(in_worktrees.iter().all(|name| folder.path().join(name).exists()));
        let later = SystemTime::now() + Duration::from_secs(60);
        sweep(
            folder.path(),
            later.duration_since(SystemTime::UNIX_EPOCH).unwrap(),
        )
        .unwrap();
        assert!(in_worktrees.iter().all(|name| !folder.path().join(name).exists()));
        assert!(keep.iter().all(|name| folder.path().join(name).exists()));
    }
}

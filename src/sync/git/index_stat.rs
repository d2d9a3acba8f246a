//! Whether a worktree still is as it was checked out, told by the times and sizes in git's index alone.
//!
//! Nothing is read but the index, and no process is started, so that a round with nothing new costs next to nothing.
//! Whatever can't be told so is left to git.

use std::fs::{self, Metadata};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::{ffi::OsStr, io};

/// A regular file, a symlink and a submodule in an index.
const KINDS: [u32; 3] = [0o100_000, 0o120_000, 0o160_000];
/// Further flags follow.
const EXTENDED: u16 = 0x4000;
/// The entry is not in the worktree, on purpose.
const SKIPPED: u16 = 0x4000;

/// Whether each file is there with the time, size and kind that the index notes. `object_length` is that of an object
/// name in bytes: 20 or 32. False also means that it can't be told: a file that was written at the same moment as the
/// index, a submodule, an index of another version.
///
/// # Errors
/// The index can't be read.
pub fn is_unchanged(worktree: &Path, index: &Path, object_length: usize) -> io::Result<bool> {
    let bytes = fs::read(index)?;
    let written = fs::metadata(index)?;
    Ok(compare(worktree, &bytes, &written, object_length).unwrap_or(false))
}

fn compare(worktree: &Path, bytes: &[u8], index: &Metadata, object_length: usize) -> Option<bool> {
    let mut rest = bytes.strip_prefix(b"DIRC")?;
    let version = number(&mut rest)?;
    let count = number(&mut rest)?;
    if !matches!(version, 2 | 3) {
        return None;
    }
    for _ in 0..count {
        let entry = rest;
        let mut fields = [0; 10];
        for field in &mut fields {
            *field = number(&mut rest)?;
        }
        let [
            changed,
            changed_ns,
            modified,
            modified_ns,
            _device,
            _inode,
            mode,
            _uid,
            _gid,
            size,
        ] = fields;
        rest = rest.get(object_length..)?;
        let flags = short(&mut rest)?;
        let further = if flags & EXTENDED == 0 {
            0
        } else {
            short(&mut rest)?
        };
        let length = rest.iter().position(|byte| *byte == 0)?;
        let name = OsStr::from_bytes(&rest[..length]);
        let used = entry.len() - rest.len() + length;
        rest = entry.get((used + 8) & !7..)?;
        if further & SKIPPED != 0 {
            continue;
        }
        let found = fs::symlink_metadata(worktree.join(name)).ok()?;
        let noted = [
            (i64::from(modified), i64::from(modified_ns)),
            (i64::from(changed), i64::from(changed_ns)),
        ];
        let times = [
            (found.mtime(), found.mtime_nsec()),
            (found.ctime(), found.ctime_nsec()),
        ];
        let is_same = noted == times
            && times[0] < (index.mtime(), index.mtime_nsec())
            && found.size() == u64::from(size)
            && found.mode() & 0o170_000 == mode & 0o170_000
            && (mode & 0o111 == 0) == (found.mode() & 0o100 == 0 || mode & 0o170_000 == KINDS[1])
            && mode & 0o170_000 != KINDS[2];
        if !is_same {
            return Some(false);
        }
    }
    Some(true)
}

fn number(rest: &mut &[u8]) -> Option<u32> {
    let (bytes, behind) = rest.split_first_chunk()?;
    *rest = behind;
    Some(u32::from_be_bytes(*bytes))
}

fn short(rest: &mut &[u8]) -> Option<u16> {
    let (bytes, behind) = rest.split_first_chunk()?;
    *rest = behind;
    Some(u16::from_be_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::process::Command;
    use std::time::{Duration, SystemTime};

    /// A worktree with a file, an executable and a symlink, and the path of its index.
    fn worktree() -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("sub")).unwrap();
        fs::write(folder.path().join("file"), "text").unwrap();
        fs::write(folder.path().join("sub/run"), "#!").unwrap();
        fs::set_permissions(folder.path().join("sub/run"), PermissionsExt::from_mode(0o755)).unwrap();
        symlink("nowhere", folder.path().join("link")).unwrap();
        for arguments in [&["init", "--quiet"][..], &["add", "."]] {
            let status = Command::new("git")
                .args(arguments)
                .current_dir(folder.path())
                .status()
                .unwrap();
            assert!(status.success());
        }
        let index = folder.path().join(".git/index");
        let later = SystemTime::now() + Duration::from_secs(1);
        let file = File::options().append(true).open(&index).unwrap();
        file.set_modified(later).unwrap();
        (folder, index)
    }

    fn holds(folder: &tempfile::TempDir, index: &Path) -> bool {
        is_unchanged(folder.path(), index, 20).unwrap()
    }

    #[test]
    fn what_nobody_touched_is_unchanged() {
        let (folder, index) = worktree();
        assert!(holds(&folder, &index));
        fs::write(folder.path().join("untracked"), "").unwrap();
        assert!(holds(&folder, &index));
    }

    #[test]
    fn every_change_is_seen() {
        type Change = fn(&Path);
        let changes: [Change; 5] = [
            |root| fs::remove_file(root.join("file")).unwrap(),
            |root| fs::write(root.join("file"), "TEXT").unwrap(),
            |root| fs::set_permissions(root.join("sub/run"), PermissionsExt::from_mode(0o644)).unwrap(),
            |root| {
                fs::remove_file(root.join("link")).unwrap();
                symlink("NOWHERE", root.join("link")).unwrap();
            },
            |root| fs::remove_dir_all(root.join("sub")).unwrap(),
        ];
        for (number, change) in changes.iter().enumerate() {
            let (folder, index) = worktree();
            change(folder.path());
            assert!(!holds(&folder, &index), "change {number}");
        }
    }

    #[test]
    fn an_index_that_is_none_tells_nothing() {
        let (folder, index) = worktree();
        let whole = fs::read(&index).unwrap();
        for length in [0, 3, 11, 40, whole.len() / 2] {
            fs::write(&index, &whole[..length]).unwrap();
            assert!(!holds(&folder, &index), "{length} bytes");
        }
        fs::remove_file(&index).unwrap();
        assert!(is_unchanged(folder.path(), &index, 20).is_err());
    }
}

//! Files that are whole or not there, whenever the process is killed.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

use super::super::child::Failure;
use super::failure::at;

/// Replaces a file. Its temporary name is that of git's lock files, so that what is left behind is swept with them.
/// Nothing waits for the disk: what a power cut spoils here is found and made again.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let temporary = PathBuf::from(name);
    fs::write(&temporary, bytes)
        .and_then(|()| fs::rename(&temporary, path))
        .map_err(at(path))
}

/// The same, where the file holds something else.
pub fn ensure(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    if fs::read(path).is_ok_and(|there| there == bytes) {
        return Ok(());
    }
    replace(path, bytes)
}

/// Makes a folder and those above it.
pub fn folder(path: &Path) -> Result<(), Failure> {
    if path.is_dir() {
        return Ok(());
    }
    if path.symlink_metadata().is_ok() {
        fs::remove_file(path).map_err(at(path))?;
    }
    fs::create_dir_all(path).map_err(at(path))
}

/// Removes a folder or file with all in it; it need not be there.
pub fn remove(path: &Path) -> Result<(), Failure> {
    let removed = match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(at(path)(error)),
        _ => Ok(()),
    }
}

/// The way from one folder to another place, both absolute and free of `..` and symlinks.
pub fn relative(from: &Path, to: &Path) -> PathBuf {
    let from: Vec<Component<'_>> = from.components().collect();
    let to: Vec<Component<'_>> = to.components().collect();
    let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = from[shared..].iter().map(|_| Component::ParentDir);
    up.chain(to[shared..].iter().copied()).collect()
}

/// A line of text that names a path, whatever its bytes.
pub fn line(prefix: &str, path: &Path) -> Vec<u8> {
    [prefix.as_bytes(), path.as_os_str().as_bytes(), b"\n"].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relative_way_leads_there() {
        let way = |from: &str, to: &str| relative(Path::new(from), Path::new(to)).display().to_string();
        assert_eq!(
            way("/r/.worktrees/x", "/r/.git/worktrees/x"),
            "../../.git/worktrees/x"
        );
        assert_eq!(way("/r/a", "/r/a/b"), "b");
    }
}

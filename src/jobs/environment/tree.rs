//! A folder of the commit that is a package: its hash, and a copy of it.
//!
//! Installers build in the folder itself, which is mounted read-only, and an editable package is used from where it
//! lies, which is pruned one day. So they get a copy that stays with the environment.

use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::error::{BuildError, EnvironmentError};

/// What a repository keeps for itself.
const NOT_CONTENT: &str = ".git";

/// A hash over the names, contents and executable bits below a path; links are not followed.
pub fn hash(path: &Path) -> Result<Vec<u8>, EnvironmentError> {
    let mut hash = Sha256::new();
    add(path, &mut hash)?;
    Ok(hash.finalize().to_vec())
}

fn add(path: &Path, hash: &mut Sha256) -> Result<(), EnvironmentError> {
    let read = EnvironmentError::read(path);
    let metadata = fs::symlink_metadata(path).map_err(&read)?;
    if metadata.is_symlink() {
        let target = fs::read_link(path).map_err(&read)?;
        part(hash, b"link", target.as_os_str().as_bytes());
    } else if metadata.is_dir() {
        let entries = entries(path).map_err(&read)?;
        part(hash, b"folder", &(entries.len() as u64).to_be_bytes());
        for name in entries {
            part(hash, b"name", name.as_bytes());
            add(&path.join(&name), hash)?;
        }
    } else if metadata.is_file() {
        let kind: &[u8] = if metadata.mode() & 0o111 == 0 {
            b"file"
        } else {
            b"executable"
        };
        part(hash, kind, &fs::read(path).map_err(&read)?);
    }
    Ok(())
}

fn part(hash: &mut Sha256, kind: &[u8], bytes: &[u8]) {
    hash.update(kind);
    hash.update((bytes.len() as u64).to_be_bytes());
    hash.update(bytes);
}

fn entries(folder: &Path) -> io::Result<Vec<std::ffi::OsString>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        if name != NOT_CONTENT {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// Copies a folder to a path that is not there yet. The copy can be written by its owner.
pub fn copy(from: &Path, to: &Path) -> Result<(), BuildError> {
    let read = |source| BuildError::from(EnvironmentError::read(from)(source));
    fs::create_dir(to).map_err(BuildError::write(to))?;
    for name in entries(from).map_err(read)? {
        let (from, to) = (from.join(&name), to.join(&name));
        let read = |source| BuildError::from(EnvironmentError::read(&from)(source));
        let metadata = fs::symlink_metadata(&from).map_err(read)?;
        if metadata.is_symlink() {
            let target = fs::read_link(&from).map_err(read)?;
            symlink(target, &to).map_err(BuildError::write(&to))?;
        } else if metadata.is_dir() {
            copy(&from, &to)?;
        } else if metadata.is_file() {
            fs::copy(&from, &to).map_err(BuildError::write(&to))?;
            let mode = metadata.mode() & 0o777 | 0o200;
            fs::set_permissions(&to, fs::Permissions::from_mode(mode)).map_err(BuildError::write(&to))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_sees_contents_names_modes_and_links_and_no_repository() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tree");
        fs::create_dir_all(path.join("package")).unwrap();
        fs::write(path.join("package/a.py"), "a").unwrap();
        let mut seen = vec![hash(&path).unwrap()];
        let mut changed = |what: &str| {
            let now = hash(&path).unwrap();
            assert!(!seen.contains(&now), "{what}");
            seen.push(now);
        };
        fs::write(path.join("package/a.py"), "b").unwrap();
        changed("content");
        fs::rename(path.join("package/a.py"), path.join("package/b.py")).unwrap();
        changed("name");
        fs::set_permissions(path.join("package/b.py"), fs::Permissions::from_mode(0o755)).unwrap();
        changed("mode");
        symlink("b.py", path.join("package/c.py")).unwrap();
        changed("link");
        let before = hash(&path).unwrap();
        fs::write(path.join(".git"), "gitdir: elsewhere").unwrap();
        assert_eq!(hash(&path).unwrap(), before);

        let copied = folder.path().join("copied");
        copy(&path, &copied).unwrap();
        assert_eq!(hash(&copied).unwrap(), before);
    }
}

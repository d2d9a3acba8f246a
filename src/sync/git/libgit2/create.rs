//! A repository's fixed parts: made where they are missing, made again where they can't be read.

use std::fs;
use std::path::Path;

use git2::{Config, Repository};

use super::super::child::Failure;
use super::{file, session};

/// The settings of a new repository.
const CONFIG: &str = "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n";
/// A branch that is never born: nobody works in the repository itself.
const HEAD: &str = "ref: refs/heads/git-sync\n";

/// Brings a git folder into a form that libgit2 and git can open, and gives it back opened. What it holds stays.
pub fn ensure(folder: &Path, is_bare: bool) -> Result<Repository, Failure> {
    if folder.symlink_metadata().is_ok_and(|metadata| !metadata.is_dir()) {
        file::remove(folder)?;
    }
    for part in ["objects/info", "objects/pack", "refs/heads", "refs/tags"] {
        file::folder(&folder.join(part))?;
    }
    let head = folder.join("HEAD");
    if !is_head(&head) {
        file::remove(&head)?;
        file::replace(&head, HEAD.as_bytes())?;
    }
    let config = folder.join("config");
    let wanted = format!("{CONFIG}\tbare = {is_bare}\n");
    if !Config::open(&config).is_ok_and(|config| is_readable(&config)) {
        file::remove(&config)?;
        file::replace(&config, wanted.as_bytes())?;
    }
    // A damaged list of references has nothing that the next fetch does not bring.
    let packed = folder.join("packed-refs");
    match session::open_at(folder) {
        Ok(repository)
            if repository
                .references()
                .is_ok_and(|mut all| all.all(|one| one.is_ok())) =>
        {
            Ok(repository)
        }
        Ok(_) => {
            file::remove(&packed)?;
            file::remove(&folder.join("refs"))?;
            file::folder(&folder.join("refs/heads"))?;
            file::folder(&folder.join("refs/tags"))?;
            session::open_at(folder)
        }
        Err(_) => {
            // Settings that libgit2 does not know, such as another object format.
            file::replace(&config, wanted.as_bytes())?;
            session::open_at(folder)
        }
    }
}

fn is_head(path: &Path) -> bool {
    fs::read_to_string(path).is_ok_and(|text| {
        let text = text.trim_end();
        text.starts_with("ref: refs/") || (text.len() == 40 && text.bytes().all(|b| b.is_ascii_hexdigit()))
    })
}

/// Whether the settings are those of a repository at all: an empty file has none.
fn is_readable(config: &Config) -> bool {
    let format = config.get_i32("core.repositoryformatversion");
    format.is_ok_and(|version| version == 0 || version == 1)
        && !config
            .get_string("extensions.objectformat")
            .is_ok_and(|format| format != "sha1")
        && config.get_string("extensions.partialclone").is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_was_broken_opens_again() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join(".git");
        ensure(&folder, false).unwrap();
        for (name, bytes) in [
            ("HEAD", &b""[..]),
            ("HEAD", b"\0\0\0"),
            ("config", b""),
            ("config", b"[core\n"),
            (
                "config",
                b"[core]\nrepositoryformatversion = 1\n[extensions]\nobjectformat = sha256\n",
            ),
            ("packed-refs", b"garbage\n\0"),
            ("refs/heads/broken", b"zz"),
        ] {
            fs::write(folder.join(name), bytes).unwrap();
            let repository = ensure(&folder, false).unwrap_or_else(|error| panic!("{name}: {error:?}"));
            assert!(!repository.is_bare());
        }
        fs::remove_dir_all(&folder).unwrap();
        fs::write(&folder, "gitdir: elsewhere").unwrap();
        ensure(&folder, false).unwrap();
    }
}

//! A commit's tree as one list of entries, with names that are safe to write.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use git2::{ObjectType, Oid, Repository};

use super::super::child::Failure;

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A file.
    File {
        /// Whether it can be run.
        is_executable: bool,
    },
    /// A symlink.
    Link,
    /// A submodule's commit.
    Submodule,
}

/// One entry that is no folder.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its path below the root; any bytes.
    pub path: Vec<u8>,
    /// What it is.
    pub kind: Kind,
    /// The blob, or the submodule's commit.
    pub id: Oid,
}

impl Entry {
    /// Its path.
    pub fn path(&self) -> &Path {
        Path::new(OsStr::from_bytes(&self.path))
    }

    /// Its mode in git's index.
    pub fn mode(&self) -> u32 {
        match self.kind {
            Kind::File { is_executable: false } => 0o100_644,
            Kind::File { is_executable: true } => 0o100_755,
            Kind::Link => 0o120_000,
            Kind::Submodule => 0o160_000,
        }
    }
}

/// A flattened tree.
#[derive(Debug, Default)]
pub struct Listing {
    /// All that is no folder, in git's order.
    pub entries: Vec<Entry>,
    /// The folders, each after the one that holds it.
    pub folders: Vec<Vec<u8>>,
}

/// Lists a commit's tree. A name that would lead out of the worktree, or into its `.git`, is refused.
pub fn list(repository: &Repository, commit: Oid) -> Result<Listing, Failure> {
    let mut listing = Listing::default();
    add(
        repository,
        repository.find_commit(commit)?.tree_id(),
        &[],
        &mut listing,
    )?;
    // git's index has this order; trees sort folders as if their names ended in a slash, which gives the same.
    listing.entries.sort_by(|a, b| a.path.cmp(&b.path));
    if let Some(pair) = listing
        .entries
        .windows(2)
        .find(|pair| pair[0].path == pair[1].path)
    {
        return Err(unsafe_path(&pair[0].path));
    }
    Ok(listing)
}

fn add(repository: &Repository, tree: Oid, prefix: &[u8], listing: &mut Listing) -> Result<(), Failure> {
    const DEEPEST: usize = 4096;
    for entry in &repository.find_tree(tree)? {
        let name = entry.name_bytes();
        let path = [prefix, name].concat();
        if !is_safe(name) || path.len() > DEEPEST {
            return Err(unsafe_path(&path));
        }
        let kind = match (entry.kind(), entry.filemode()) {
            (Some(ObjectType::Tree), _) => {
                let inside = [path.as_slice(), b"/"].concat();
                listing.folders.push(path);
                add(repository, entry.id(), &inside, listing)?;
                continue;
            }
            (Some(ObjectType::Commit), _) => Kind::Submodule,
            (_, 0o120_000) => Kind::Link,
            (_, mode) => Kind::File {
                is_executable: mode & 0o100 != 0,
            },
        };
        if kind == Kind::Link && name.eq_ignore_ascii_case(b".gitmodules") {
            return Err(unsafe_path(&path));
        }
        listing.entries.push(Entry {
            path,
            kind,
            id: entry.id(),
        });
    }
    Ok(())
}

fn unsafe_path(path: &[u8]) -> Failure {
    let path = String::from_utf8_lossy(path);
    Failure::Other(format!("the tree holds the unsafe path {path:?}"))
}

/// Whether a name stays in its folder and is not `.git`, also in the spellings that other systems take for it.
pub fn is_safe(name: &[u8]) -> bool {
    if name.is_empty() || name == b"." || name == b".." || name.contains(&b'/') || name.contains(&0) {
        return false;
    }
    // NTFS drops dots, spaces and streams at the end, and takes backslashes for slashes.
    name.split(|byte| *byte == b'\\').all(|part| {
        let part = part.split(|byte| *byte == b':').next().unwrap_or_default();
        let end = part
            .iter()
            .rposition(|byte| !b" .".contains(byte))
            .map_or(0, |last| last + 1);
        let part = part[..end].to_ascii_lowercase();
        part != b".git" && part != b"git~1"
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        for name in [
            "",
            ".",
            "..",
            ".git",
            ".GIT",
            "git~1",
            ".git ",
            ".git.",
            ".git::$INDEX_ALLOCATION",
            "a\\.git",
            "a/b",
            "a\0",
        ] {
            assert!(!is_safe(name.as_bytes()), "{name:?}");
        }
        for name in [
            ".gitignore",
            "...",
            "git",
            "a\nb",
            "\u{fc}",
            ".gitmodules",
            "a b",
            "-rf",
        ] {
            assert!(is_safe(name.as_bytes()), "{name:?}");
        }
        assert!(is_safe(b"\xff\xfe"));
    }
}

//! Where things lie below the root.

use std::path::{Path, PathBuf};

/// The places below one root, and the link that publishes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// The folder that sync owns, absolute and without symlinks.
    pub root: PathBuf,
    /// The published symlink, absolute; usually directly below the root.
    pub link: PathBuf,
}

impl Layout {
    /// The folder that holds one worktree for each published commit.
    pub const WORKTREES: &'static str = ".worktrees";
    /// What the last rounds did, for `status`: see [`super::report::Report`].
    pub const REPORT: &'static str = ".stackctl-sync.json";

    /// The repository.
    #[must_use]
    pub fn repository(&self) -> PathBuf {
        self.root.join(".git")
    }

    /// The folder of worktrees.
    #[must_use]
    pub fn worktrees(&self) -> PathBuf {
        self.root.join(Self::WORKTREES)
    }

    /// The worktree of a commit, whether or not it is there.
    #[must_use]
    pub fn worktree(&self, commit: &str) -> PathBuf {
        self.worktrees().join(commit)
    }

    /// The file of the report.
    #[must_use]
    pub fn report(&self) -> PathBuf {
        self.root.join(Self::REPORT)
    }
}

/// The commit that a published worktree holds: the base name of its path, where that is a full object name.
#[must_use]
pub fn commit_of(worktree: &Path) -> Option<&str> {
    let name = worktree.file_name()?.to_str()?;
    let is_object_name = matches!(name.len(), 40 | 64) && name.bytes().all(|b| b.is_ascii_hexdigit());
    is_object_name.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worktree_is_named_after_its_commit() {
        let commit = "0123456789abcdef0123456789abcdef01234567";
        assert_eq!(
            commit_of(Path::new(".worktrees").join(commit).as_path()),
            Some(commit)
        );
        assert_eq!(commit_of(Path::new(".worktrees/main")), None);
    }
}

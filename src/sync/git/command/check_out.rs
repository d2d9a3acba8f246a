//! Writes the tree of a commit to a folder, and compares such a folder with its commit.

use std::fs;
use std::path::Path;
use std::time::Instant;

use sha2::{Digest, Sha256};

use crate::sync::git::{GitError, Verdict};
use crate::sync::options::Submodules;

use super::GitCommand;
use super::invocation::At;
use super::rebuild::disk;
use super::registry::{self, Registry};

impl GitCommand {
    /// See [`crate::sync::git::Git::check_out`].
    pub(super) fn write_tree(
        &self,
        commit: &str,
        folder: &Path,
        worktree: &Path,
        deadline: Instant,
    ) -> Result<(), GitError> {
        let registry = Registry::of(&self.layout.repository());
        let patterns = self.sparse_patterns()?;
        let entry = registry
            .add(commit, folder, worktree)
            .map_err(disk("register", folder))?;
        let at = At::Worktree(folder);
        if let Some(patterns) = &patterns {
            let file = entry.join("info/sparse-checkout");
            fs::create_dir_all(entry.join("info"))
                .and_then(|()| fs::write(&file, patterns))
                .map_err(disk("write", &file))?;
            let step = "setting the sparse check-out up";
            self.git(
                step,
                at,
                &["config", "extensions.worktreeConfig", "true"],
                deadline,
            )?;
            for key in ["core.sparseCheckout", "core.sparseCheckoutCone"] {
                let value = if key.ends_with("Cone") { "false" } else { "true" };
                self.git(step, at, &["config", "--worktree", key, value], deadline)?;
            }
        }
        self.git(
            "checking out",
            at,
            &["reset", "--hard", "--quiet", commit, "--"],
            deadline,
        )?;
        if self.submodules() != Submodules::Off && folder.join(".gitmodules").exists() {
            self.check_out_submodules(folder, deadline)?;
            let name = |path: &Path| {
                path.file_name()
                    .unwrap_or_default()
                    .to_string_lossy()
                    .into_owned()
            };
            registry::rename_in_submodules(&entry, &name(folder), &name(worktree))
                .map_err(disk("rename in", &entry))?;
        }
        registry::note(&entry, &self.made_with(patterns.as_deref())).map_err(disk("write to", &entry))
    }

    fn check_out_submodules(&self, folder: &Path, deadline: Instant) -> Result<(), GitError> {
        let at = At::Worktree(folder);
        let step = "checking out submodules";
        self.git(step, at, &["submodule", "--quiet", "init"], deadline)?;
        // An address that changed since an earlier commit would else stay.
        self.git(step, at, &["submodule", "--quiet", "sync"], deadline)?;
        let depth = self.depth().to_string();
        let mut arguments = vec!["submodule", "--quiet", "update", "--init"];
        if self.submodules() == Submodules::Recursive {
            arguments.push("--recursive");
        }
        if self.depth() > 0 {
            arguments.extend(["--depth", &depth]);
        }
        self.git(step, at, &arguments, deadline).map(drop)
    }

    /// See [`crate::sync::git::Git::verify`].
    pub(super) fn compare(
        &self,
        commit: &str,
        worktree: &Path,
        deadline: Instant,
    ) -> Result<Verdict, GitError> {
        let registry = Registry::of(&self.layout.repository());
        let patterns = self.sparse_patterns()?;
        let is_ours = registry
            .find(worktree)
            .is_some_and(|entry| registry::is_made_with(&entry, &self.made_with(patterns.as_deref())));
        if !is_ours {
            return Ok(Verdict::Damaged);
        }
        let status = self.git(
            "comparing the worktree",
            At::Worktree(worktree),
            &["status", "--porcelain=v2", "--branch", "--untracked-files=no"],
            deadline,
        );
        match status {
            Ok(told) => {
                let head = told.lines().find_map(|line| line.strip_prefix("# branch.oid "));
                let is_changed = told.lines().any(|line| !line.starts_with('#'));
                if head != Some(commit) || is_changed {
                    return Ok(Verdict::Damaged);
                }
                self.compare_submodules(worktree, deadline)
            }
            Err(error @ (GitError::Deadline { .. } | GitError::Disk(_))) => Err(error),
            Err(_) => Ok(Verdict::Damaged),
        }
    }

    /// The comparison above passes over submodules that were emptied.
    fn compare_submodules(&self, worktree: &Path, deadline: Instant) -> Result<Verdict, GitError> {
        if self.submodules() == Submodules::Off || !worktree.join(".gitmodules").exists() {
            return Ok(Verdict::Whole);
        }
        let told = self.git(
            "comparing submodules",
            At::Worktree(worktree),
            &["submodule", "status"],
            deadline,
        );
        match told {
            Ok(told) if told.lines().all(|line| line.starts_with(' ')) => Ok(Verdict::Whole),
            Err(error @ (GitError::Deadline { .. } | GitError::Disk(_))) => Err(error),
            Ok(_) | Err(_) => Ok(Verdict::Damaged),
        }
    }

    fn sparse_patterns(&self) -> Result<Option<Vec<u8>>, GitError> {
        let Some(file) = self.sparse_checkout_file() else {
            return Ok(None);
        };
        let read = fs::read(file);
        read.map(Some).map_err(|error| GitError::Other {
            step: "setting the sparse check-out up",
            message: format!("can't read `{}`: {error}", file.display()),
        })
    }

    /// What the outcome depends on besides the commit.
    fn made_with(&self, patterns: Option<&[u8]>) -> String {
        let submodules = match self.submodules() {
            Submodules::Recursive => "recursive",
            Submodules::Shallow => "shallow",
            Submodules::Off => "off",
        };
        let patterns = patterns.map_or_else(
            || "all".to_owned(),
            |patterns| {
                let digest = Sha256::digest(patterns);
                digest.iter().map(|byte| format!("{byte:02x}")).collect()
            },
        );
        format!("submodules {submodules}\npaths {patterns}\n")
    }
}

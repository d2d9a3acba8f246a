//! One round: ask, fetch what is new, publish it, remove what is old.

use std::fs::{self, File};
use std::path::Path;
use std::time::{Instant, SystemTime};

use super::companion::{Companion, Event};
use super::error::SyncError;
use super::git::{Git, GitError, Login, Verdict};
use super::layout::{Layout, commit_of};
use super::options::Options;
use super::prune::{Keep, prune};
use super::publish::{publish, published};
use super::replace::replace;
use super::{root, temporary};

/// What stays the same from round to round, and what one leaves to the next.
pub struct Rounds<'a> {
    /// The options.
    pub options: &'a Options,
    /// The places, resolved.
    pub layout: Layout,
    /// What does the work.
    pub git: Box<dyn Git>,
    /// Whether a round was good already.
    is_ready: bool,
    /// Whether something was published or pruned since the last tidying.
    is_untidy: bool,
}

/// What a good round did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Synced {
    /// The published commit.
    pub commit: String,
    /// Whether it was published or repaired now, or this is the first good round.
    pub changed: bool,
}

impl<'a> Rounds<'a> {
    /// Before the first one.
    pub fn new(options: &'a Options, layout: Layout, git: Box<dyn Git>) -> Self {
        Self {
            options,
            layout,
            git,
            is_ready: false,
            is_untidy: false,
        }
    }

    /// One round. What is published stays so, whatever fails.
    pub fn run(&mut self, companion: &mut dyn Companion, deadline: Instant) -> Result<Synced, SyncError> {
        let logins = companion.logins(deadline).map_err(SyncError::Credentials)?;
        let synced = self.sync(companion, &logins, deadline);
        match synced {
            // The repository is made again by `prepare`; once, since another time would not help either.
            Err(SyncError::Git(GitError::Corrupted(reason))) => {
                companion.tell(&Event::Healed(&format!("the repository can't be read: {reason}")));
                self.sync(companion, &logins, deadline)
            }
            synced => synced,
        }
    }

    fn sync(
        &mut self,
        companion: &mut dyn Companion,
        logins: &[Login],
        deadline: Instant,
    ) -> Result<Synced, SyncError> {
        self.git.prepare(logins, deadline)?;
        let current = published(&self.layout)?;
        let commit = match self.pinned(current.as_deref()) {
            Some(commit) => commit,
            None => self.git.fetch(logins, deadline)?,
        };
        let worktree = self.layout.worktree(&commit);
        let is_published = current.as_ref() == Some(&worktree);
        let is_whole = worktree.is_dir() && self.git.verify(&commit, &worktree, deadline)? == Verdict::Whole;
        if is_published && is_whole && self.is_ready {
            return Ok(Synced {
                commit,
                changed: false,
            });
        }
        companion.tell(&Event::Fetched { commit: &commit });
        if !is_whole {
            if is_published || worktree.exists() {
                let text = format!("`{}` is not what its commit says", worktree.display());
                companion.tell(&Event::Healed(&text));
            }
            self.check_out(&commit, &worktree, logins, deadline)?;
        }
        if !(is_published && is_whole) {
            companion.before_publish(&commit, &worktree);
            self.is_untidy = true;
        }
        if !is_published {
            publish(&self.layout, &worktree)?;
            self.retire(current.as_deref(), companion);
        }
        self.is_ready = true;
        companion.after_publish(&commit, &worktree);
        companion.tell(&Event::Ready { commit: &commit });
        Ok(Synced {
            commit,
            changed: true,
        })
    }

    /// The commit that the options name in full and that is published: the server can say nothing new about it.
    fn pinned(&self, current: Option<&Path>) -> Option<String> {
        let commit = commit_of(current?)?;
        let is_pinned = self.is_ready && commit.eq_ignore_ascii_case(&self.options.source.reference);
        is_pinned.then(|| commit.to_owned())
    }

    fn check_out(
        &mut self,
        commit: &str,
        worktree: &Path,
        logins: &[Login],
        deadline: Instant,
    ) -> Result<(), SyncError> {
        let worktrees = self.layout.worktrees();
        fs::create_dir_all(&worktrees).map_err(SyncError::disk("create", &worktrees))?;
        let new = temporary::new_in(&worktrees).map_err(SyncError::disk("name a folder in", &worktrees))?;
        let written = self
            .git
            .check_out(commit, &new, worktree, logins, deadline)
            .map_err(SyncError::from)
            .and_then(|()| self.put_into_place(&new, worktree));
        if written.is_err() {
            // What can't be removed now is swept later; why it was not written matters more.
            let _swept_later = temporary::remove(&new);
        }
        written
    }

    fn put_into_place(&self, new: &Path, worktree: &Path) -> Result<(), SyncError> {
        // A link on disk to files that are not there yet would be a torn tree after a power cut.
        File::open(&self.layout.root)
            .and_then(|root| Ok(nix::unistd::syncfs(root)?))
            .map_err(SyncError::disk("write to", new))?;
        replace(new, worktree).map_err(SyncError::disk("put into place", worktree))
    }

    /// From now on the worktree that was published before grows old; one outside of the layout, as an older version
    /// made them, goes now.
    fn retire(&self, before: Option<&Path>, companion: &mut dyn Companion) {
        let Some(before) = before.filter(|path| path.is_dir()) else {
            return;
        };
        let is_of_old_layout = before.parent() == Some(&self.layout.root) && commit_of(before).is_some();
        let done = if is_of_old_layout {
            temporary::remove(before)
        } else if before.starts_with(self.layout.worktrees()) {
            File::open(before).and_then(|folder| folder.set_modified(SystemTime::now()))
        } else {
            Ok(())
        };
        if let Err(error) = done {
            let text = format!("`{}` can't be retired: {error}", before.display());
            companion.tell(&Event::Warning(&text));
        }
    }

    /// Removes worktrees that are old enough. It also runs behind a failed round: on a full disk that makes room.
    pub fn prune(&mut self, companion: &mut dyn Companion) {
        let keep = Keep {
            younger_than: self.options.stale_worktree_timeout,
            latest: self.options.keep_worktrees,
        };
        // Without a link nothing is known to be old.
        let Ok(Some(current)) = published(&self.layout) else {
            return;
        };
        match prune(&self.layout, &current, keep) {
            Ok(0) => {}
            Ok(removed) => {
                self.is_untidy = true;
                companion.tell(&Event::Step(&format!("removed {removed} old worktrees")));
            }
            Err(error) => {
                let text = format!("old worktrees can't be removed: {error}");
                companion.tell(&Event::Warning(&text));
            }
        }
    }

    /// Removes what git no longer needs.
    pub fn tidy(&mut self, companion: &mut dyn Companion, deadline: Instant) {
        match self.git.tidy(self.is_untidy, deadline) {
            Ok(()) => self.is_untidy = false,
            Err(error) => companion.tell(&Event::Warning(&format!("old objects can't be removed: {error}"))),
        }
    }

    /// Removes what a killed sync left.
    pub fn sweep(&self, companion: &mut dyn Companion) {
        match root::sweep(&self.layout) {
            Ok(0) => {}
            Ok(removed) => {
                let text = format!("removed {removed} entries that an interrupted sync left");
                companion.tell(&Event::Healed(&text));
            }
            Err(error) => companion.tell(&Event::Warning(&error.to_string())),
        }
    }
}

//! One round: ask, fetch what is new, publish it, remove what is old.

use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, Instant};

use super::companion::{Companion, Event};
use super::durable::write_out;
use super::error::SyncError;
use super::git::{Found, Git, GitError, Login, Verdict};
use super::layout::{Layout, commit_of};
use super::options::Options;
use super::prune::{Keep, prune};
use super::publish::{publish, published};
use super::replace::replace;
use super::{root, signpost, temporary};

/// How long publishing waits for the disk.
const LONGEST_WRITE: Duration = Duration::from_secs(5);

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
    /// Whether a worktree went, or was made again, since the last tidying: the first publication leaves nothing that
    /// could be collected.
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
        let current = published(&self.layout)?;
        let pinned = self.pinned(current.as_deref());
        let Found { commit, verdict } = self.git.look(pinned.as_deref(), &self.layout, logins, deadline)?;
        let worktree = self.layout.worktree(&commit);
        let is_published = current.as_ref() == Some(&worktree);
        let is_whole = verdict == Some(Verdict::Whole);
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
            // What git keeps of a worktree stays behind when that goes, also when somebody else removed it.
            self.is_untidy |= current.is_some();
            self.check_out(&commit, &worktree, logins, deadline)?;
        }
        if !(is_published && is_whole) {
            companion.before_publish(&commit, &worktree);
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
        // The first tree takes no good one's place, and what a power cut did to any is found at the next start.
        if self.layout.link.exists() {
            write_out(new, LONGEST_WRITE).map_err(SyncError::disk("write to", new))?;
        }
        replace(new, worktree).map_err(SyncError::disk("put into place", worktree))
    }

    /// From now on the worktree that was published before grows old; one outside of the layout, as an older version
    /// made them, goes now.
    fn retire(&mut self, before: Option<&Path>, companion: &mut dyn Companion) {
        let Some(before) = before.filter(|path| path.is_dir()) else {
            return;
        };
        let is_of_old_layout = before.parent() == Some(&self.layout.root) && commit_of(before).is_some();
        let done = if is_of_old_layout {
            self.is_untidy = true;
            temporary::remove(before)
        } else if before.starts_with(self.layout.worktrees()) {
            File::open(before).and_then(|folder| signpost::renew(&folder))
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
        // A failure is not repeated in each round, since collecting is work; the next change asks for it again.
        let is_untidy = std::mem::take(&mut self.is_untidy);
        if let Err(error) = self.git.tidy(is_untidy, deadline) {
            companion.tell(&Event::Warning(&format!("old objects can't be removed: {error}")));
        }
    }

    /// Removes what a killed sync left.
    pub fn sweep(&mut self, companion: &mut dyn Companion) {
        match root::sweep(&self.layout) {
            Ok(0) => {}
            Ok(removed) => {
                self.is_untidy = true;
                let text = format!("removed {removed} entries that an interrupted sync left");
                companion.tell(&Event::Healed(&text));
            }
            Err(error) => companion.tell(&Event::Warning(&error.to_string())),
        }
    }
}

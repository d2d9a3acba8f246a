//! What the loop asks of, and tells, whoever runs it: credentials, hooks, metrics and the log lie outside of it.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::error::Advice;
use crate::runtime::interrupt::Interrupt;

use super::git::Login;

/// Stands beside the loop for its whole life. The calls of one round come in the order of the methods; none of them
/// may wait longer than it must, since the round waits for it.
pub trait Companion {
    /// Users and passwords as they are now, those of the repository first: password files are read again, the askpass
    /// URL is asked, a token that is about to end is renewed. An error fails the round.
    fn logins(&mut self, deadline: Instant) -> Result<Vec<Login>, CredentialError>;

    /// The worktree of the commit is in its final place and about to be published. Not called where the link is right
    /// already. It starts the pre-publish hook and does not wait for it.
    fn before_publish(&mut self, commit: &str, worktree: &Path);

    /// The commit is published: now, or before this process started. Called in the first good round and behind each
    /// change and repair. It starts the other hooks and does not wait for them.
    fn after_publish(&mut self, commit: &str, worktree: &Path);

    /// Something happened: metrics are counted and lines are logged here.
    fn tell(&mut self, event: &Event<'_>);

    /// Called at the end of `--one-time`: waits until each hook that was started has run once. Whether all went well.
    fn finish(&mut self, interrupt: &Interrupt) -> bool;
}

/// What the loop tells.
#[derive(Debug)]
pub enum Event<'a> {
    /// The server named a commit that is published next, or the first good answer came: `git_fetch_count_total`.
    Fetched {
        /// The commit.
        commit: &'a str,
    },
    /// A commit is published; from the first one on, the endpoint answers 200. Comes in the first good round and
    /// behind each change and repair, right behind [`Companion::after_publish`].
    Ready {
        /// The commit.
        commit: &'a str,
    },
    /// Something was found broken and is made good, or left over and removed: a fragment for the log.
    Healed(&'a str),
    /// Something does not hold the round back but should be known: a fragment for the log.
    Warning(&'a str),
    /// A step, for `-v`.
    Step(&'a str),
    /// A round ended. It comes once everything is in place and before the touch file is touched: whoever waits for
    /// that file reads final metrics.
    Round {
        /// How.
        outcome: Outcome<'a>,
        /// How long it took.
        took: Duration,
        /// Failures in a row, this one included; 0 behind a success.
        failures: u32,
        /// When the next one is due; none where there is none.
        next: Option<Duration>,
    },
}

/// How a round ended.
#[derive(Debug, Clone, Copy)]
pub enum Outcome<'a> {
    /// Something was published or repaired, or it is the first good round: `status="success"`.
    Changed {
        /// The published commit.
        commit: &'a str,
    },
    /// Nothing is new: `status="noop"`.
    Unchanged {
        /// The published commit.
        commit: &'a str,
    },
    /// It failed: `status="error"`.
    Failed(&'a dyn Advice),
}

/// Credentials could not be had. No message holds one.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct CredentialError {
    /// What went wrong, as a fragment.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Advice for CredentialError {
    fn hint(&self) -> Option<String> {
        self.hint.clone()
    }
}

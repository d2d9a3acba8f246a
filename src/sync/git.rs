//! What speaks to the repository: one trait, two backends that pass the same tests.

pub mod command;
pub mod credential;
mod open;

use std::path::Path;
use std::time::Instant;

use crate::error::Advice;

pub use open::open;

/// A user and password for everything below a URL, as they are at this moment.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Login {
    /// The URL.
    pub url: String,
    /// The user.
    pub username: String,
    /// The password.
    pub password: String,
}

/// Whether a published worktree still is what its commit says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Verdict {
    /// Every tracked file is there and unchanged.
    Whole,
    /// Something was deleted, edited or is unreadable: it must be made again.
    Damaged,
}

/// One repository on disk and its remote. Every call ends at its deadline, whatever the other side does.
pub trait Git: Send {
    /// Makes the repository usable: creates it, points it at the remote, removes what a killed process left (locks of
    /// every kind, half-made packs). Objects that can't be read are replaced by fetching again; worktrees stay.
    fn prepare(&mut self, logins: &[Login], deadline: Instant) -> Result<(), GitError>;

    /// Brings the commit that the reference names now into the repository, and gives back its full object name. With
    /// nothing new that is one short question to the server.
    fn fetch(&mut self, logins: &[Login], deadline: Instant) -> Result<String, GitError>;

    /// Writes the commit's tree, with submodules, to a folder that is not there yet, and registers it as the worktree
    /// `worktree`, which the folder is about to be renamed to.
    fn check_out(
        &mut self,
        commit: &str,
        folder: &Path,
        worktree: &Path,
        logins: &[Login],
        deadline: Instant,
    ) -> Result<(), GitError>;

    /// Compares a worktree with its commit, by the recorded sizes and times first.
    fn verify(&mut self, commit: &str, worktree: &Path, deadline: Instant) -> Result<Verdict, GitError>;

    /// Forgets worktrees that are gone and objects that no worktree needs. `changed` says whether something was
    /// published since the last call.
    fn tidy(&mut self, changed: bool, deadline: Instant) -> Result<(), GitError>;
}

/// Why the repository could not be spoken to. No message holds a credential.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// It took too long and was killed.
    #[error("{step} did not end within {} s", after.as_secs())]
    Deadline {
        /// What was done.
        step: &'static str,
        /// The time it had.
        after: std::time::Duration,
    },
    /// The server wants other credentials.
    #[error("{0}")]
    Denied(String),
    /// There is no such reference, or it names no commit.
    #[error("couldn't find remote ref {reference}")]
    NoReference {
        /// What was asked for.
        reference: String,
    },
    /// The repository on disk can't be read; it is made again beside what is served.
    #[error("{0}")]
    Corrupted(String),
    /// The disk is full, or may not be written.
    #[error("{0}")]
    Disk(String),
    /// Anything else, in the words of git or libgit2.
    #[error("{step} failed: {message}")]
    Other {
        /// What was done.
        step: &'static str,
        /// What was said.
        message: String,
    },
}

impl Advice for GitError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Deadline { .. } => {
                Some("check that the server answers, or raise `--sync-timeout`".to_owned())
            }
            Self::Denied(_) => {
                Some("check the user and the token or key, and that it may read this repository".to_owned())
            }
            Self::NoReference { .. } => Some("check the name with `git ls-remote REPO`".to_owned()),
            Self::Disk(_) => {
                Some("make room in the volume of the sync root; it goes on by itself".to_owned())
            }
            Self::Corrupted(_) | Self::Other { .. } => None,
        }
    }
}

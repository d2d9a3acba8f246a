//! What speaks to the repository: one trait, two backends that pass the same tests.

pub mod address;
pub mod child;
pub mod command;
pub mod credential;
mod fallback;
mod found;
pub mod index_stat;
mod libgit2;
mod open;

use std::path::Path;
use std::time::Instant;

use crate::error::Advice;
use crate::sync::layout::Layout;

pub use found::Found;
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

    /// What each round begins with: `prepare`, then `fetch` unless the commit is given, then `verify` of that commit's
    /// worktree if its folder is there. A backend may do them at less cost together than one after the other.
    fn look(
        &mut self,
        pinned: Option<&str>,
        layout: &Layout,
        logins: &[Login],
        deadline: Instant,
    ) -> Result<Found, GitError> {
        self.prepare(logins, deadline)?;
        let commit = match pinned {
            Some(commit) => commit.to_owned(),
            None => self.fetch(logins, deadline)?,
        };
        let worktree = layout.worktree(&commit);
        let verdict = worktree
            .is_dir()
            .then(|| self.verify(&commit, &worktree, deadline))
            .transpose()?;
        Ok(Found { commit, verdict })
    }

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

    /// Forgets worktrees that are gone, and removes objects that no worktree needs. `changed` says whether a worktree
    /// went, or was made again, since the last call: without, there is nothing worth collecting.
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
    /// The SSH server shows a key that the file of known hosts does not hold.
    #[error("the key of the SSH host `{host}` is {}: it shows {fingerprint}", if *changed { "not the known one" } else { "not known" })]
    UnknownHost {
        /// The host, with its port where it is not 22.
        host: String,
        /// The kind and SHA-256 fingerprint of the key that it shows.
        fingerprint: String,
        /// The line that would make it known.
        line: String,
        /// Whether another key of the host is known.
        changed: bool,
    },
    /// The same, as the ssh command tells it.
    #[error("{0}")]
    UntrustedHost(String),
    /// The server's certificate can't be trusted.
    #[error("{0}")]
    Untrusted(String),
    /// libgit2 can't do what is asked; the git command can.
    #[error("{0}")]
    Unsupported(String),
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
            Self::UnknownHost { line, changed: false, .. } => Some(format!(
                "once you are sure that this is the host's own key, add this line to the file of `--ssh-known-hosts-file`: {line}"
            )),
            Self::UnknownHost { line, changed: true, .. } => Some(format!(
                "somebody may be listening in; if the host's key was really replaced, put this line in place of the old one: {line}"
            )),
            Self::UntrustedHost(_) => Some(
                "`ssh-keyscan HOST` prints the key that the server shows: once you are sure that it is the host's own, put it into the file of `--ssh-known-hosts-file`".to_owned(),
            ),
            Self::Untrusted(_) => Some(
                "give the certificate authority's PEM file by `--ca-file`, or install the package `ca-certificates`".to_owned(),
            ),
            Self::Unsupported(_) => {
                Some("install git and let it do the work with `--backend git`".to_owned())
            }
            Self::NoReference { .. } => Some("check the name with `git ls-remote REPO`".to_owned()),
            Self::Disk(message) => Some(super::error::disk_hint(message)),
            Self::Corrupted(_) | Self::Other { .. } => None,
        }
    }
}

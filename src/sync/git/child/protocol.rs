//! What parent and child say to each other: one JSON document each way.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::super::address::Address;
use super::super::{Found, GitError, Login, Verdict};
use super::environment::has_plain_proxy;
use crate::sync::options::{Gc, Options, Submodules};

/// One question to the child.
#[derive(Serialize, Deserialize)]
pub struct Request {
    /// What is asked.
    pub call: Call,
    /// The repository.
    pub site: Site,
    /// Users and passwords.
    pub logins: Vec<Login>,
    /// Whether certificate authorities were found for https.
    pub has_authorities: bool,
    /// The time until the parent kills the child.
    pub left_milliseconds: u64,
    /// Since 1970: locks older than this belong to nobody.
    pub stale_before: Duration,
}

/// What is asked: the methods of [`super::Git`].
#[derive(Serialize, Deserialize)]
pub enum Call {
    /// `prepare`.
    Prepare,
    /// `fetch`.
    Fetch,
    /// `check_out`.
    CheckOut {
        /// The full object name.
        commit: String,
        /// Where its files are written.
        folder: PathBuf,
        /// What the folder is renamed to afterwards.
        worktree: PathBuf,
    },
    /// `verify`.
    Verify {
        /// The full object name.
        commit: String,
        /// Where its files are.
        worktree: PathBuf,
    },
    /// `look`.
    Look {
        /// The commit, where the server need not be asked.
        pinned: Option<String>,
        /// The folder in which worktrees lie.
        worktrees: PathBuf,
    },
    /// `tidy`.
    Tidy,
}

/// The repository: what of the options is the same in each call.
#[derive(Clone, Serialize, Deserialize)]
pub struct Site {
    /// The root of the sync.
    pub root: PathBuf,
    /// The repository's URL or path.
    pub repo: String,
    /// What is followed.
    pub reference: String,
    /// Commits of history; 0 for all.
    pub depth: u32,
    /// Submodules.
    pub submodules: Submodules,
    /// Settings of git.
    pub git_config: Vec<(String, String)>,
    /// Keys for SSH.
    pub ssh_key_files: Vec<PathBuf>,
    /// Hosts' keys; none to trust any host.
    pub ssh_known_hosts: Option<PathBuf>,
    /// The HTTP proxy.
    pub proxy: Option<String>,
}

impl Site {
    /// What of these options the child needs.
    pub fn of(options: &Options) -> Self {
        Self {
            root: options.layout.root.clone(),
            repo: options.source.repo.clone(),
            reference: options.source.reference.clone(),
            depth: options.source.depth,
            submodules: options.source.submodules,
            git_config: options.source.git_config.clone(),
            ssh_key_files: options.access.ssh_key_files.clone(),
            ssh_known_hosts: options.access.ssh_known_hosts.clone(),
            proxy: options.access.proxy.clone(),
        }
    }

    /// The repository.
    pub fn repository(&self) -> PathBuf {
        self.root.join(".git")
    }

    /// What this backend keeps for itself inside the repository.
    pub fn own(&self) -> PathBuf {
        self.repository().join("stackctl")
    }

    /// Stands in the repository while its objects are not to be trusted.
    pub fn distrust(&self) -> PathBuf {
        self.own().join("distrusted")
    }

    /// Whether objects could not be read, and are to be fetched again.
    pub fn is_distrusted(&self) -> bool {
        self.distrust().exists()
    }

    /// The home folder of the child: it holds the known hosts, for libssh2.
    pub fn home(&self) -> PathBuf {
        self.own().join("home")
    }
}

/// libgit2 1.9 sends plain http straight to the server, in the form that is meant for a proxy.
pub const PLAIN_PROXY: &str = "libgit2 can't go through a proxy to an http server (`--proxy`, `http_proxy`)";

/// Why libgit2 can't serve these options, if it can't.
pub fn needs_git_command(options: &Options) -> Option<&'static str> {
    let source = &options.source;
    if source.filter.is_some() {
        Some("libgit2 knows no partial clones (`--filter`)")
    } else if source.sparse_checkout_file.is_some() {
        Some("libgit2 knows no sparse checkouts (`--sparse-checkout-file`)")
    } else if options.access.cookie_file.is_some() {
        Some("libgit2 knows no cookie files (`--cookie-file`)")
    } else if source.depth > 0 && Address::of(&source.repo) == Address::Local {
        Some("libgit2 can't shorten the history of a repository on disk (`--depth`)")
    } else if has_plain_proxy(options.access.proxy.as_deref(), &source.repo) {
        Some(PLAIN_PROXY)
    } else if source.gc == Gc::Aggressive {
        Some("libgit2 has no `git gc --aggressive`")
    } else {
        None
    }
}

/// What the child gives back when it went well.
#[derive(Serialize, Deserialize)]
pub enum Answer {
    /// It is done.
    Done,
    /// The full name of the commit that was fetched.
    Commit(String),
    /// How a worktree was found.
    Verdict(Verdict),
    /// What a round begins with.
    Found(Found),
}

/// What the child gives back when it failed: [`GitError`] in a form that can be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Failure {
    /// See [`GitError::Denied`].
    Denied(String),
    /// See [`GitError::UnknownHost`].
    UnknownHost {
        /// The host, with its port where it is not 22.
        host: String,
        /// The kind and SHA-256 fingerprint of its key.
        fingerprint: String,
        /// The line that would make it known.
        line: String,
        /// Whether another key of the host is known.
        changed: bool,
    },
    /// See [`GitError::Untrusted`].
    Untrusted(String),
    /// See [`GitError::Unsupported`].
    Unsupported(String),
    /// See [`GitError::NoReference`].
    NoReference,
    /// See [`GitError::Corrupted`].
    Corrupted(String),
    /// See [`GitError::Disk`].
    Disk(String),
    /// See [`GitError::Other`].
    Other(String),
}

impl Failure {
    /// The same with its message changed.
    pub fn map(self, change: impl FnOnce(String) -> String) -> Self {
        match self {
            Self::Denied(message) => Self::Denied(change(message)),
            Self::Untrusted(message) => Self::Untrusted(change(message)),
            Self::Unsupported(message) => Self::Unsupported(change(message)),
            Self::Corrupted(message) => Self::Corrupted(change(message)),
            Self::Disk(message) => Self::Disk(change(message)),
            Self::Other(message) => Self::Other(change(message)),
            Self::UnknownHost { .. } | Self::NoReference => self,
        }
    }

    /// The error of the trait.
    pub fn into_error(self, step: &'static str, reference: &str) -> GitError {
        match self {
            Self::Denied(message) => GitError::Denied(message),
            Self::UnknownHost {
                host,
                fingerprint,
                line,
                changed,
            } => GitError::UnknownHost {
                host,
                fingerprint,
                line,
                changed,
            },
            Self::Untrusted(message) => GitError::Untrusted(message),
            Self::Unsupported(message) => GitError::Unsupported(message),
            Self::NoReference => GitError::NoReference {
                reference: reference.to_owned(),
            },
            Self::Corrupted(message) => GitError::Corrupted(message),
            Self::Disk(message) => GitError::Disk(message),
            Self::Other(message) => GitError::Other { step, message },
        }
    }
}

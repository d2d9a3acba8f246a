//! What a container is for.

use super::jobs::Jobs;
use super::sync::Sync;

/// What a service of the stack is for; everything else about its container is alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    /// A program of the user's.
    Program,
    /// It keeps a git repository in a volume.
    Sync(Box<Sync>),
    /// It runs jobs from a synced repository.
    Jobs(Box<Jobs>),
}

impl Role {
    /// The sync, for a service that is one.
    #[must_use]
    pub fn sync(&self) -> Option<&Sync> {
        match self {
            Self::Sync(sync) => Some(sync),
            Self::Program | Self::Jobs(_) => None,
        }
    }

    /// The agent, for a service that runs jobs.
    #[must_use]
    pub fn jobs(&self) -> Option<&Jobs> {
        match self {
            Self::Jobs(jobs) => Some(jobs),
            Self::Program | Self::Sync(_) => None,
        }
    }
}

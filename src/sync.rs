//! A git repository kept in a folder, published by a symlink that is replaced atomically.
//!
//! The layout on disk is that of kubernetes/git-sync v4, so that either can follow the other:
//!
//! ```text
//! ROOT/.git                  the repository
//! ROOT/.worktrees/<commit>   one folder for each published commit, never changed once it is published
//! ROOT/LINK                  a relative symlink to .worktrees/<commit>: the base name of its target is the commit
//! ```

pub mod attendant;
pub mod companion;
mod credential;
mod endpoint;
pub mod error;
mod exec_hook;
pub mod git;
mod hook;
pub mod layout;
pub mod lease;
pub mod log;
mod metrics;
pub mod options;
mod pace;
mod prune;
mod publish;
mod replace;
pub mod report;
mod root;
mod round;
mod run;
pub mod signpost;
mod temporary;
mod user;
mod webhook;

pub use run::{Ended, run};

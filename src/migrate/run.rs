//! Carrying a plan out.

mod build;
mod channel;
mod copy;
mod feed;
mod file;
pub mod ledger;
mod lock;
mod progress;
mod publish;
mod quarantine;
pub mod row;
mod schema;
mod work;
mod worker;

use std::path::PathBuf;

use super::postgres::Target;
use super::settings::Source;

/// What is to be run.
#[derive(Debug, Clone)]
pub struct RunOptions {
    /// The files.
    pub sources: Vec<Source>,
    /// Where to.
    pub target: Target,
    /// What to do with schemas that hold something already.
    pub existing: Existing,
    /// Whether cells and rows in quarantine are accepted.
    pub accept_quarantine: bool,
    /// Where dated copies of the files go; `None` reads the files themselves, without a copy.
    pub backups: Option<PathBuf>,
    /// Whether an unfinished run is thrown away and begun again rather than gone on with.
    pub restart: bool,
    /// How many tables are copied, and indexes built, at once; `None`: as many as there are processors, at most 8.
    pub jobs: Option<usize>,
}

/// What to do with a schema that holds tables already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// Refuse it.
    Refuse,
    /// Put what comes in its place.
    Replace,
    /// Fill its tables, which an application's own migrations have made; refuse those that hold rows.
    Into,
    /// Fill its tables, and empty them first.
    IntoEmptied,
}

//! `stackctl git-worker`: what `stackctl sync` starts for each use of libgit2, so that it can be killed.

use super::{Failure, Outcome};
use crate::error::ExitCode;
use crate::sync::git::child;

/// Answers one request of `stackctl sync` about a git repository.
#[derive(Debug, clap::Args)]
#[command(hide = true)]
pub struct Args {}

/// Runs the command.
pub fn run(_args: &Args) -> Outcome {
    child::serve().map_err(Failure::failed)?;
    Ok(ExitCode::Done)
}

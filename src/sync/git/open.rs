//! Options -> the backend that does the work.

use crate::runtime::interrupt::Interrupt;
use crate::sync::options::{Backend, Options};

use super::child::{ChildGit, Log};
use super::command::GitCommand;
use super::{Git, GitError};

/// The backend that these options ask for; `log` gets what a child says besides its answers.
///
/// # Errors
/// It can't do what is asked.
pub fn open(options: &Options, interrupt: &Interrupt, log: Log) -> Result<Box<dyn Git>, GitError> {
    match &options.source.backend {
        Backend::Command(program) => Ok(Box::new(GitCommand::new(program, options, interrupt.clone())?)),
        Backend::Git2 => Ok(Box::new(ChildGit::new(options, log))),
    }
}

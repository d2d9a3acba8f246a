//! Options -> the backend that does the work.

use crate::runtime::interrupt::Interrupt;
use crate::sync::options::{Backend, Options};

use super::command::GitCommand;
use super::{Git, GitError};

/// The backend that these options ask for.
///
/// # Errors
/// It can't do what is asked.
pub fn open(options: &Options, interrupt: &Interrupt) -> Result<Box<dyn Git>, GitError> {
    let program = match &options.source.backend {
        Backend::Command(program) => program.clone(),
        Backend::Git2 => "git".into(),
    };
    Ok(Box::new(GitCommand::new(&program, options, interrupt.clone())?))
}

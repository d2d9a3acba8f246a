//! Options -> the backend that does the work.

use std::path::Path;

use crate::runtime::interrupt::Interrupt;
use crate::sync::options::{Backend, Options};

use super::child::{ChildGit, Log};
use super::command::GitCommand;
use super::fallback::Fallback;
use super::{Git, GitError};

/// The git command where none is named.
const GIT: &str = "git";

/// The backend that these options ask for; `log` gets what it says besides its answers. What libgit2 can't do is left
/// to the git command, if there is one.
///
/// # Errors
/// It can't do what is asked.
pub fn open(options: &Options, interrupt: &Interrupt, log: Log) -> Result<Box<dyn Git>, GitError> {
    if let Backend::Command(program) = &options.source.backend {
        return Ok(Box::new(GitCommand::new(program, options, interrupt.clone())?));
    }
    let command = || -> Result<Box<dyn Git>, GitError> {
        let git = GitCommand::new(Path::new(GIT), options, interrupt.clone())?;
        Ok(Box::new(git))
    };
    match ChildGit::needs_git_command(options) {
        Some(_) if is_there() => command(),
        Some(reason) => Err(GitError::Unsupported(format!(
            "{reason}, and there is no git command"
        ))),
        None => {
            let child = ChildGit::new(options, interrupt.clone(), log);
            let options = options.clone();
            let interrupt = interrupt.clone();
            let second = move || -> Option<Box<dyn Git>> {
                let git = GitCommand::new(Path::new(GIT), &options, interrupt.clone());
                is_there().then_some(git.ok()?).map(|git| Box::new(git) as _)
            };
            Ok(Box::new(Fallback::new(Box::new(child), Box::new(second))))
        }
    }
}

/// Whether PATH leads to a git command.
fn is_there() -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(GIT).is_file())
}

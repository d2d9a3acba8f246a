//! `stackctl jobs rollback`.

use super::agent_folder::AgentFolder;
use crate::cli::Outcome;
use crate::jobs::control::Request;
use crate::ui::Ui;

/// Go back to the generation before, and stay there until `jobs release`
///
/// Code, packages and schedule go back together; runs that go on keep theirs. Newer commits are noted and not
/// activated. A second rollback goes forward again.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    agent: AgentFolder,
}

/// Asks the agent for it.
pub fn run(args: &Args, ui: &Ui) -> Outcome {
    args.agent.tell(&Request::Rollback, ui)
}

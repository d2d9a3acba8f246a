//! `stackctl jobs release`.

use super::agent_folder::AgentFolder;
use crate::cli::Outcome;
use crate::jobs::control::Request;
use crate::ui::Ui;

/// Follow the repository again after `jobs rollback`
///
/// What is published becomes the generation as soon as its dependencies are there.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    agent: AgentFolder,
}

/// Asks the agent for it.
pub fn run(args: &Args, ui: &Ui) -> Outcome {
    args.agent.tell(&Request::Release, ui)
}

//! `stackctl jobs health`.

use super::agent_folder::AgentFolder;
use crate::cli::Outcome;
use crate::jobs::control::Request;
use crate::ui::Ui;

/// Exit with 0 if jobs can run, else say what the agent waits for
///
/// For the health check of the container: a generation must be active, and the agent must answer.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    agent: AgentFolder,
}

/// Asks the agent for it.
pub fn run(args: &Args, ui: &Ui) -> Outcome {
    args.agent.tell(&Request::Health, ui)
}

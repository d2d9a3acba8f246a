//! `stackctl jobs resume`.

use super::agent_folder::AgentFolder;
use crate::cli::Outcome;
use crate::jobs::control::Request;
use crate::ui::Ui;

/// Start jobs again after `jobs pause`
///
/// Runs that were due meanwhile are not made up for.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    agent: AgentFolder,
}

/// Asks the agent for it.
pub fn run(args: &Args, ui: &Ui) -> Outcome {
    args.agent.tell(&Request::Resume, ui)
}

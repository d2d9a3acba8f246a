//! `stackctl jobs pause`.

use super::agent_folder::AgentFolder;
use crate::cli::Outcome;
use crate::jobs::control::Request;
use crate::ui::Ui;

/// Start no job until `jobs resume`
///
/// Runs that go on do so; `jobs run-now` still starts one. It holds over a restart.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    agent: AgentFolder,
}

/// Asks the agent for it.
pub fn run(args: &Args, ui: &Ui) -> Outcome {
    args.agent.tell(&Request::Pause, ui)
}

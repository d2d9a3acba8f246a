//! `stackctl jobs run-now`.

use super::agent_folder::AgentFolder;
use crate::cli::Outcome;
use crate::jobs::control::Request;
use crate::ui::Ui;

/// Start a job now, by its overlap rule
///
/// It starts in the present generation, also while jobs are paused; its output goes where that of scheduled runs goes.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Its name, as `jobs list` shows it
    name: String,
    #[command(flatten)]
    agent: AgentFolder,
}

/// Asks the agent for it.
pub fn run(args: &Args, ui: &Ui) -> Outcome {
    let job = args.name.clone();
    args.agent.tell(&Request::RunNow { job }, ui)
}

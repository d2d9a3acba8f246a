//! `stackctl jobs`: the jobs of a crontab, and the agent that runs them.

mod check;

use super::Outcome;
use crate::ui::Ui;

/// Check a crontab
#[derive(Debug, clap::Args)]
#[command(arg_required_else_help = true, disable_help_subcommand = true)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Check(check::Args),
}

/// Runs the subcommand.
pub fn run(args: &Args, ui: &Ui) -> Outcome {
    match &args.command {
        Command::Check(args) => check::run(args, ui),
    }
}

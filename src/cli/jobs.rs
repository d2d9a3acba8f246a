//! `stackctl jobs`: the jobs of a crontab, and the agent that runs them.

mod agent_folder;
mod check;
mod health;
mod history;
mod install;
mod list;
mod pause;
mod release;
mod resume;
mod rollback;
mod run;
mod run_now;
mod status;
mod times;

use super::Outcome;
use crate::ui::Ui;

/// Run jobs from a synced repository, and look after them
#[derive(Debug, clap::Args)]
#[command(arg_required_else_help = true, disable_help_subcommand = true)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Run(Box<run::Args>),
    Status(status::Args),
    List(list::Args),
    History(history::Args),
    RunNow(run_now::Args),
    Pause(pause::Args),
    Resume(resume::Args),
    Rollback(rollback::Args),
    Release(release::Args),
    Health(health::Args),
    Check(check::Args),
    Install(install::Args),
}

/// Runs the subcommand.
pub fn run(args: &Args, ui: &Ui) -> Outcome {
    match &args.command {
        Command::Run(args) => run::run(args),
        Command::Status(args) => status::run(args, ui),
        Command::List(args) => list::run(args, ui),
        Command::History(args) => history::run(args, ui),
        Command::RunNow(args) => run_now::run(args, ui),
        Command::Pause(args) => pause::run(args, ui),
        Command::Resume(args) => resume::run(args, ui),
        Command::Rollback(args) => rollback::run(args, ui),
        Command::Release(args) => release::run(args, ui),
        Command::Health(args) => health::run(args, ui),
        Command::Check(args) => check::run(args, ui),
        Command::Install(args) => install::run(args, ui),
    }
}

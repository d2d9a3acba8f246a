//! `stackctl migrate`.

mod column;
mod column_line;
mod file;
mod place;
mod plan;
mod plan_text;
mod report_file;
mod run;
mod settings;
mod sources;
mod status;
mod verify;

use super::Outcome;
use super::global::Global;
use crate::ui::Ui;

/// Carry SQLite files into schemas of one PostgreSQL database, with every cell accounted for
///
/// In a stack the files stand in `[sqlite.NAME]` of stack.toml, and the database is the stack's. Elsewhere they are
/// named: `stackctl migrate plan --sqlite app.db --to postgresql://user@host/database`. The files are only read.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Plan(plan::Args),
    Run(run::Args),
    Verify(verify::Args),
    Status(status::Args),
}

/// Runs the subcommand.
pub fn run(args: &Args, global: &Global, ui: &Ui) -> Outcome {
    match &args.command {
        Command::Plan(args) => plan::run(args, global, ui),
        Command::Run(args) => run::run(args, global, ui),
        Command::Verify(args) => verify::run(args, global, ui),
        Command::Status(args) => status::run(args, global, ui),
    }
}

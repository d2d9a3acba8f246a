//! The command line: one file for each subcommand, holding its arguments, one call into the domain, and what
//! it prints. Only this room names clap and anyhow.

// Every subcommand has the same shape, also the few that can't fail.
#![allow(clippy::unnecessary_wraps)]

mod check;
mod completions;
mod delegate;
mod diff;
mod doctor;
mod down;
mod exec;
mod explain;
mod failure;
mod git_credential;
mod git_worker;
mod global;
mod init;
mod jobs;
mod lock;
mod logs;
mod man;
mod migrate;
mod operation;
mod panic;
mod project;
mod render;
mod restart;
mod schema;
mod status;
mod sync;
mod up;

use std::ffi::OsString;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::error::ExitCode;
use crate::ui::{Format, Ui, Verbosity};

pub use failure::Failure;
pub use global::Global;

/// What a subcommand gives back: the code to exit with, or why it failed.
pub type Outcome = Result<ExitCode, Failure>;

#[derive(Debug, Parser)]
#[command(
    name = "stackctl",
    version,
    about = "One stack.toml becomes a running Docker Compose stack",
    arg_required_else_help = true,
    disable_help_subcommand = true
)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Init(init::Args),
    Check(check::Args),
    Render(render::Args),
    Diff(diff::Args),
    Up(up::Args),
    Down(down::Args),
    Status(status::Args),
    Logs(logs::Args),
    Exec(exec::Args),
    Restart(restart::Args),
    Jobs(jobs::Args),
    Migrate(migrate::Args),
    Doctor(doctor::Args),
    Schema(schema::Args),
    Explain(explain::Args),
    Completions(completions::Args),
    Man(man::Args),
    #[command(name = "git-credential", hide = true)]
    GitCredential(git_credential::Args),
    GitWorker(git_worker::Args),
}

/// The global options, and words that another parser reads.
#[derive(Debug, Parser)]
#[command(disable_help_flag = true, disable_help_subcommand = true)]
struct Front {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    rest: Rest,
}

#[derive(Debug, Subcommand)]
enum Rest {
    #[command(external_subcommand)]
    Words(Vec<OsString>),
}

/// All of the command line, with the subcommand that has its own parser.
fn command() -> clap::Command {
    Cli::command().subcommand(sync::command())
}

/// Runs the command that the arguments name, and prints its error if it has one.
#[must_use]
pub fn main() -> ExitCode {
    panic::install();
    if let Ok(Front {
        global,
        rest: Rest::Words(words),
    }) = Front::try_parse()
        && words[0] == "sync"
    {
        return sync::main(&global, &words);
    }
    let parsed = command().try_get_matches();
    let cli = match parsed.and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => cli,
        Err(error) => return told_usage(&error),
    };
    let ui = cli.global.ui();
    match run(&cli, &ui) {
        Ok(code) => code,
        Err(failure) => failure.tell(&ui),
    }
}

/// Prints what the parser has to say: help, the version, or what is wrong.
fn told_usage(error: &clap::Error) -> ExitCode {
    let code = if error.use_stderr() {
        ExitCode::Usage
    } else {
        ExitCode::Done
    };
    if code == ExitCode::Usage && asks_for_json() {
        Ui::new(Format::Json, Verbosity::Normal).error(
            error.to_string().trim().trim_start_matches("error: "),
            &[],
            &[],
        );
    } else {
        // clap's only error here is a closed stream, and then nobody is left to be told.
        let _gone = error.print();
    }
    code
}

/// Whether arguments that could not be read ask for JSON.
fn asks_for_json() -> bool {
    let arguments: Vec<String> = std::env::args().collect();
    let is_apart = arguments.windows(2).any(|pair| pair == ["--format", "json"]);
    is_apart || arguments.iter().any(|argument| argument == "--format=json")
}

fn run(cli: &Cli, ui: &Ui) -> Outcome {
    cli.global.enter_directory()?;
    match &cli.command {
        Command::Init(args) => init::run(args, &cli.global, ui),
        Command::Check(args) => check::run(args, &cli.global, ui),
        Command::Render(args) => render::run(args, &cli.global, ui),
        Command::Diff(args) => diff::run(args, &cli.global, ui),
        Command::Schema(args) => schema::run(args, ui),
        Command::Explain(args) => explain::run(args, ui),
        Command::Up(args) => up::run(args, &cli.global, ui),
        Command::Down(args) => down::run(args, &cli.global, ui),
        Command::Status(args) => status::run(args, &cli.global, ui),
        Command::Logs(args) => logs::run(args, &cli.global, ui),
        Command::Exec(args) => exec::run(args, &cli.global, ui),
        Command::Restart(args) => restart::run(args, &cli.global, ui),
        Command::Jobs(args) => jobs::run(args, &cli.global, ui),
        Command::Migrate(args) => migrate::run(args, &cli.global, ui),
        Command::Doctor(args) => doctor::run(args, &cli.global, ui),
        Command::Completions(args) => completions::run(args, ui),
        Command::Man(args) => man::run(args, ui),
        Command::GitWorker(args) => git_worker::run(args),
        Command::GitCredential(args) => git_credential::run(args, ui),
    }
}

//! `stackctl exec`.

use std::io::IsTerminal;

use super::global::Global;
use super::{Outcome, operation};
use crate::engine::interactive;
use crate::ui::Ui;

/// Run a command in a service's container, and end with its code
///
/// Without a command it is a shell; in the database, `psql` as the superuser.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The service
    service: String,
    /// The command and its arguments
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<String>,
}

/// Becomes `docker compose exec`.
pub fn run(args: &Args, global: &Global, ui: &Ui) -> Outcome {
    let is_terminal = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    operation::on_project(global, ui, |project| {
        Err(interactive::exec(
            project,
            &args.service,
            &args.command,
            is_terminal,
        ))
    })
}

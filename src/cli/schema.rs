//! `stackctl schema`.

use super::Outcome;
use crate::config;
use crate::error::ExitCode;
use crate::ui::Ui;

/// Print the JSON Schema of stack.toml, for editors
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Prints the schema.
pub fn run(_args: &Args, ui: &Ui) -> Outcome {
    ui.json(&config::json_schema());
    Ok(ExitCode::Done)
}

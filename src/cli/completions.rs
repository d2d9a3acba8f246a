//! `stackctl completions SHELL`.

use clap_complete::{Shell, generate};

use super::Outcome;
use crate::error::ExitCode;
use crate::ui::Ui;

/// Print the completion script for a shell
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  stackctl completions bash > ~/.local/share/bash-completion/completions/stackctl
  stackctl completions zsh > ~/.zfunc/_stackctl
  stackctl completions fish > ~/.config/fish/completions/stackctl.fish")]
pub struct Args {
    /// Which shell
    shell: Shell,
}

/// Prints the script.
pub fn run(args: &Args, ui: &Ui) -> Outcome {
    let mut script = Vec::new();
    generate(args.shell, &mut super::command(), "stackctl", &mut script);
    ui.data(&String::from_utf8_lossy(&script));
    Ok(ExitCode::Done)
}

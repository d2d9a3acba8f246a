//! `stackctl man [DIR]`.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Command;
use clap_mangen::Man;

use super::Outcome;
use super::failure::Failure;
use crate::error::ExitCode;
use crate::ui::Ui;

/// Print the manual page, or write one for every command into a folder
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  stackctl man | man -l -
  stackctl man ~/.local/share/man/man1")]
pub struct Args {
    /// The folder to write stackctl.1, stackctl-up.1 and the others into
    #[arg(id = "pages", value_name = "DIR")]
    directory: Option<PathBuf>,
}

/// Prints the page of stackctl itself, or writes all of them.
pub fn run(args: &Args, ui: &Ui) -> Outcome {
    let mut command = super::command();
    // Gives each subcommand its full name, `stackctl-up`.
    command.build();
    match &args.directory {
        None => ui.data(&page(&command)),
        Some(directory) => {
            let count = write_all(&command, directory)?;
            ui.status(&format!("wrote {count} pages to {}", directory.display()));
        }
    }
    Ok(ExitCode::Done)
}

fn write_all(command: &Command, directory: &Path) -> Result<usize, Failure> {
    std::fs::create_dir_all(directory)
        .with_context(|| format!("can't make the folder `{}`", directory.display()))
        .map_err(Failure::failed)?;
    let mut count = 0;
    for command in std::iter::once(command).chain(command.get_subcommands()) {
        let name = command.get_display_name().unwrap_or(command.get_name());
        let path = directory.join(format!("{name}.1"));
        std::fs::write(&path, page(command))
            .with_context(|| format!("can't write `{}`", path.display()))
            .map_err(Failure::failed)?;
        count += 1;
    }
    Ok(count)
}

fn page(command: &Command) -> String {
    let mut text = Vec::new();
    Man::new(command.clone())
        .render(&mut text)
        .expect("writing to memory does not fail");
    String::from_utf8_lossy(&text).into_owned()
}

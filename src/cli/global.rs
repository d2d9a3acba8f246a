//! Options that every subcommand takes.

use std::path::{Path, PathBuf};

use anyhow::Context;

use super::failure::Failure;
use crate::ui::{Format, Ui, Verbosity};

/// The file that describes the stack, where no other is named.
const USUAL_FILE: &str = "stack.toml";

/// How results are printed
#[derive(Debug, Clone, Copy, Default, clap::ValueEnum)]
enum FormatArgument {
    /// For people
    #[default]
    Text,
    /// One JSON document on stdout; errors are JSON on stderr
    Json,
}

impl From<FormatArgument> for Format {
    fn from(argument: FormatArgument) -> Self {
        match argument {
            FormatArgument::Text => Self::Text,
            FormatArgument::Json => Self::Json,
        }
    }
}

/// The options before or behind any subcommand.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// Run as if started in this folder
    #[arg(short = 'C', long = "directory", global = true, value_name = "DIR")]
    directory: Option<PathBuf>,
    /// The file that describes the stack
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "STACKCTL_FILE",
        default_value = USUAL_FILE
    )]
    pub file: PathBuf,
    /// Lay the table `[environments.NAME]` over the rest
    #[arg(long = "env", global = true, value_name = "NAME", env = "STACKCTL_ENV")]
    pub environment: Option<String>,
    /// How results are printed
    #[arg(long, global = true, value_enum, default_value_t, value_name = "FORMAT")]
    format: FormatArgument,
    /// Tell errors only
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    quiet: bool,
    /// Also show the commands that are run and what they print
    #[arg(short, long, global = true)]
    verbose: bool,
}

impl Global {
    /// The user interface that the options ask for.
    #[must_use]
    pub fn ui(&self) -> Ui {
        let verbosity = match (self.quiet, self.verbose) {
            (true, _) => Verbosity::Quiet,
            (_, true) => Verbosity::Verbose,
            _ => Verbosity::Normal,
        };
        Ui::new(self.format.into(), verbosity).naming(self.selection())
    }

    /// The options that say which stack is meant, as they are typed: a command that a hint names must not reach
    /// production when it was staging that failed.
    fn selection(&self) -> String {
        let directory = self
            .directory
            .as_ref()
            .map(|directory| ("-C", directory.display().to_string()));
        let is_usual = self.file == Path::new(USUAL_FILE);
        let file = (!is_usual).then(|| ("--file", self.file.display().to_string()));
        let environment = self.environment.clone().map(|name| ("--env", name));
        [directory, file, environment]
            .into_iter()
            .flatten()
            .map(|(option, value)| {
                let quoted =
                    shlex::try_quote(&value).map_or_else(|_| value.clone(), std::borrow::Cow::into_owned);
                format!("{option} {quoted}")
            })
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// The same with the stack that options further in front name, where these name none.
    #[must_use]
    pub fn within(&self, front: &Self) -> Self {
        let is_usual = self.file == Path::new(USUAL_FILE);
        Self {
            // The front's own folder was entered already.
            directory: self.directory.clone(),
            file: if is_usual {
                front.file.clone()
            } else {
                self.file.clone()
            },
            environment: self.environment.clone().or_else(|| front.environment.clone()),
            format: self.format,
            quiet: self.quiet,
            verbose: self.verbose,
        }
    }

    /// Changes into the folder of `-C`.
    pub fn enter_directory(&self) -> Result<(), Failure> {
        let Some(directory) = &self.directory else {
            return Ok(());
        };
        std::env::set_current_dir(directory)
            .with_context(|| format!("can't change into `{}`", directory.display()))
            .map_err(Failure::usage)
    }

    /// The folder of stack.toml, which every path in it is relative to.
    #[must_use]
    pub fn root(&self) -> PathBuf {
        match self.file.parent() {
            Some(parent) if parent != Path::new("") => parent.to_owned(),
            _ => PathBuf::from("."),
        }
    }
}

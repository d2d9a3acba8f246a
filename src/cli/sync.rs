//! `stackctl sync`: git-sync's flags, so that it can stand in its place. It has its own parser, because flags such as
//! `-v=6` mean something else to the other commands.

mod access;
mod arguments;
mod backend;
mod config_error;
mod credential;
mod endpoint_address;
mod flag;
mod flags;
mod git_config;
mod go_value;
mod health;
mod hooks;
mod options;
mod repository_url;
mod signal;
mod status;
mod values;

use std::ffi::OsString;

use anyhow::Context;
use clap::{ArgMatches, FromArgMatches};

use super::failure::Failure;
use super::global::Global;
use super::{Outcome, told_usage};
use crate::error::ExitCode;
use crate::runtime::init;
use crate::runtime::interrupt::Interrupt;
use crate::sync::attendant::Attendant;
use crate::sync::log::Log;
use crate::sync::options::{Backend, Options, Password};
use crate::sync::{self, Ended, signpost};

pub use arguments::command;
use values::Values;

/// Runs what the words behind `stackctl` ask for; the first is `sync`.
pub fn main(global: &Global, words: &[OsString]) -> ExitCode {
    let ui = global.ui();
    // A container's first process has to reap what others leave behind; the sync itself is its child.
    if std::process::id() == 1 {
        return match init::run() {
            Ok(code) => ExitCode::Other(code),
            Err(error) => Failure::failed(error).tell(&ui),
        };
    }
    let mut command = command().bin_name("stackctl sync").display_name("stackctl-sync");
    let matches = match command.try_get_matches_from_mut(words) {
        Ok(matches) => matches,
        Err(error) => return told_usage(&error),
    };
    let outcome = global
        .enter_directory()
        .and_then(|()| match matches.subcommand() {
            Some(("status", matches)) => status::run(&read(matches), global),
            Some(("health", matches)) => health::run(&read(matches)),
            _ if matches.get_flag("version") => {
                ui.data(env!("CARGO_PKG_VERSION"));
                Ok(ExitCode::Done)
            }
            _ => run(&matches),
        });
    outcome.unwrap_or_else(|failure| failure.tell(&ui))
}

/// The arguments of a command whose parser accepted them.
fn read<T: FromArgMatches>(matches: &ArgMatches) -> T {
    T::from_arg_matches(matches).expect("the parser was made of the same arguments")
}

fn run(matches: &ArgMatches) -> Outcome {
    let variable = |name: &str| Some(std::env::var_os(name)?.to_string_lossy().into_owned());
    let mut values = Values::read(matches, &variable)?;
    let error_file = options::error_file(&values);
    let ended = options::resolve(&mut values)
        .map_err(Failure::from)
        .and_then(|options| sync(&options, &values));
    if let (Err(failure), Some(file)) = (&ended, &error_file) {
        // What is wrong is told on stderr in any case.
        let _told = signpost::tell_error(file, "sync ended", &failure.to_string(), None);
    }
    ended
}

/// Runs the loop until it ends.
fn sync(options: &Options, values: &Values) -> Outcome {
    let log = Log::stderr(options.verbosity);
    greet(options, values, &log);
    let interrupt = Interrupt::install()
        .context("can't take over SIGINT and SIGTERM")
        .map_err(Failure::failed)?;
    let mut attendant = Attendant::new(options, &log)?;
    match sync::run(options, &mut attendant, &interrupt)? {
        Ended::Once {
            hooks_succeeded: true,
        } => Ok(ExitCode::Done),
        Ended::Once {
            hooks_succeeded: false,
        } => Ok(ExitCode::Failed),
        Ended::Interrupted => Ok(ExitCode::Interrupted),
    }
}

/// The first lines of the log: what runs as whom, and what is asked of it.
fn greet(options: &Options, values: &Values, log: &Log) {
    let secrets = options
        .access
        .credentials
        .iter()
        .filter_map(|credential| match &credential.password {
            Password::Text(text) => Some(text.as_str()),
            Password::File(_) => None,
        });
    log.hide(secrets);
    let backend = match &options.source.backend {
        Backend::Git2 => "git2".to_owned(),
        Backend::Command(command) => command.display().to_string(),
    };
    log.info(
        0,
        "starting",
        &[
            ("version", &env!("CARGO_PKG_VERSION")),
            ("pid", &std::process::id()),
            ("uid", &nix::unistd::getuid()),
            ("gid", &nix::unistd::getgid()),
            ("home", &std::env::var("HOME").unwrap_or_default()),
            ("backend", &backend),
            ("flags", &values.shown(log.tells(4)).join(" ")),
        ],
    );
    for note in &values.notes {
        log.info(0, note, &[]);
    }
}

//! `stackctl git-credential`: git's credential helper while sync runs it.

use std::io::Read;
use std::path::PathBuf;

use anyhow::Context;

use crate::error::ExitCode;
use crate::sync::git::Login;
use crate::sync::git::credential::answer;
use crate::ui::Ui;

use super::{Failure, Outcome};

/// Answers git with what sync keeps in memory; run by git, not by people
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The file of logins that sync hands down.
    logins: PathBuf,
    /// What git wants: only `get` is answered.
    operation: String,
}

pub fn run(args: &Args, ui: &Ui) -> Outcome {
    if args.operation == "get"
        && let Some(answer) = ask(args).map_err(Failure::failed)?
    {
        ui.data(&answer);
    }
    Ok(ExitCode::Done)
}

fn ask(args: &Args) -> anyhow::Result<Option<String>> {
    let mut question = String::new();
    std::io::stdin()
        .read_to_string(&mut question)
        .context("git's question can't be read")?;
    let bytes =
        std::fs::read(&args.logins).with_context(|| format!("can't read `{}`", args.logins.display()))?;
    let logins: Vec<Login> = serde_json::from_slice(&bytes).context("the logins can't be understood")?;
    Ok(answer(&question, &logins))
}

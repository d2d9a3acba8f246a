//! `stackctl migrate verify`.

use super::place::{Asked, PlaceArguments};
use super::sources::SourceArguments;
use crate::cli::global::Global;
use crate::cli::{Outcome, operation};
use crate::engine::database_target::Purpose;
use crate::error::ExitCode;
use crate::migrate::report;
use crate::migrate::verify::{VerifyOptions, verify};
use crate::ui::Ui;

/// Compare the files with what the database holds, by counts and digests of every column, and name rows that differ
///
/// Nothing is written. The exit code is 1 if anything differs.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    sources: SourceArguments,
    #[command(flatten)]
    place: PlaceArguments,
    /// Compare with the copies that the run has made, and not with the files as they are now
    #[arg(long)]
    backup: bool,
    /// How many rows that differ are named, for each table
    #[arg(long, value_name = "N", default_value_t = 100)]
    limit: usize,
}

/// Compares and tells.
pub fn run(args: &Args, global: &Global, ui: &Ui) -> Outcome {
    let chosen = args.sources.choose_any(global, ui)?;
    let interrupt = operation::interrupt()?;
    let asked = Asked {
        global,
        ui,
        interrupt: &interrupt,
        stack: chosen.stack.as_ref(),
        sources: &chosen.sources,
        purpose: Purpose::Read,
    };
    let report = args.place.with_target(&asked, |target| {
        let options = VerifyOptions {
            sources: chosen.sources.clone(),
            target: target.clone(),
            backup: args.backup,
            limit: args.limit,
        };
        Ok(verify(&options, ui, &interrupt)?)
    })?;
    ui.result(&report, |report| ui.typed(&report::verify_text(report)));
    Ok(if report.agrees() {
        ExitCode::Done
    } else {
        ExitCode::Failed
    })
}

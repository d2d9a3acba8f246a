//! `stackctl migrate status`.

use std::fmt::Write;

use super::place::{Asked, PlaceArguments};
use crate::cli::global::Global;
use crate::cli::{Outcome, operation, project};
use crate::engine::database_target::Purpose;
use crate::error::ExitCode;
use crate::migrate::report::FileState;
use crate::migrate::report::amount::{count, legible};
use crate::migrate::run::status::{StatusReport, StatusRun, status};
use crate::ui::{Table, Ui};

/// Tell which files were carried into the database, and how far unfinished ones are
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    place: PlaceArguments,
}

/// Asks the ledger.
pub fn run(args: &Args, global: &Global, ui: &Ui) -> Outcome {
    let stack = if global.file.exists() {
        Some(project::load(global, ui)?)
    } else {
        None
    };
    let interrupt = operation::interrupt()?;
    let asked = Asked {
        global,
        ui,
        interrupt: &interrupt,
        stack: stack.as_ref(),
        sources: &[],
        purpose: Purpose::Read,
    };
    let report = args.place.with_target(&asked, |target| Ok(status(target)?))?;
    ui.result(&report, |report| ui.typed(&text(report)));
    Ok(ExitCode::Done)
}

fn text(report: &StatusReport) -> String {
    if report.runs.is_empty() {
        return format!(
            "nothing was migrated into {} yet: `stackctl migrate run` does that",
            report.target
        );
    }
    let mut out = String::new();
    let mut table = Table::new(["source", "schema", "state", "tables", "rows", "began"]);
    for run in &report.runs {
        let rows: u64 = run.tables.iter().map(|table| table.rows).sum();
        table.row([
            legible(&run.source),
            legible(&run.schema),
            state(run.state).to_owned(),
            run.tables.len().to_string(),
            count(rows),
            run.began.clone(),
        ]);
    }
    // Writing to a string can't fail.
    let _ok = write!(out, "{table}");
    for run in report
        .runs
        .iter()
        .filter(|run| run.state == FileState::Unfinished)
    {
        unfinished(run, &mut out);
    }
    let mut told: Vec<&str> = Vec::new();
    for next in report.runs.iter().filter_map(|run| run.next.as_deref()) {
        if !told.contains(&next) {
            told.push(next);
            let _ok = writeln!(out, "{next}");
        }
    }
    out
}

fn unfinished(run: &StatusRun, out: &mut String) {
    let mut table = Table::new(["table", "rows", "of", "built", "of"]);
    for one in &run.tables {
        table.row([
            legible(&one.name),
            count(one.rows),
            count(one.total),
            one.built.to_string(),
            one.to_build.to_string(),
        ]);
    }
    let _ok = write!(out, "\n{}:\n{table}", legible(&run.source));
}

fn state(state: FileState) -> &'static str {
    match state {
        FileState::Done => "done",
        FileState::DoneWithQuarantine => "done, with quarantine",
        FileState::Held => "held",
        FileState::Unfinished => "unfinished",
    }
}

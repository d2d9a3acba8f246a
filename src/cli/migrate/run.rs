//! `stackctl migrate run`.

use std::path::PathBuf;

use super::column_line::as_options;
use super::place::{Asked, PlaceArguments};
use super::plan;
use super::plan_text;
use super::report_file::ReportFile;
use super::settings::SettingArguments;
use super::sources::{Chosen, SourceArguments};
use crate::cli::failure::Failure;
use crate::cli::global::Global;
use crate::cli::{Outcome, operation};
use crate::engine::database_target::Purpose;
use crate::error::ExitCode;
use crate::migrate::report::{self, FileState, RunReport};
use crate::migrate::run::{self as migrate_run, Chunk, Existing, RunOptions};
use crate::ui::{Format, Ui};

/// Copy the files into their schemas, compare both sides, and publish all of it at once
///
/// A run that was stopped goes on where it was when it is started again. What does not fit its type is kept in the table
/// `stackctl.quarantine` of the database.
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub struct Args {
    #[command(flatten)]
    sources: SourceArguments,
    #[command(flatten)]
    settings: SettingArguments,
    #[command(flatten)]
    place: PlaceArguments,
    /// Print the plan, look whether the database would take it, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Drop what is in the schemas, and put the files' tables in its place
    #[arg(long, conflicts_with = "into_existing")]
    replace: bool,
    /// Fill tables that an application's own migrations have made; all at once, and from the start if it is stopped
    #[arg(long)]
    into_existing: bool,
    /// With `--into-existing`: empty the tables first
    #[arg(long, requires = "into_existing")]
    emptied: bool,
    /// Publish although cells or rows are in quarantine
    #[arg(long)]
    accept_quarantine: bool,
    /// Read the files themselves and not a copy of them, of which none is made
    #[arg(long, conflicts_with = "backup_dir")]
    no_backup: bool,
    /// Where the dated copies of the files go [default: backups/sqlite beside stack.toml, or here]
    #[arg(long, value_name = "DIR")]
    backup_dir: Option<PathBuf>,
    /// Throw away what an unfinished run has done, and begin again
    #[arg(long)]
    restart: bool,
    /// How many tables are copied, and indexes built, at once [default: one for each processor, at most 8]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    jobs: Option<u16>,
    /// Commit a part of a large table after so many rows; for tests of a run that is stopped within a table
    #[arg(long, hide = true, value_name = "ROWS", value_parser = clap::value_parser!(u64).range(1..))]
    chunk_rows: Option<u64>,
    /// Write the report into a file too; its end says how: .html, .json or .txt
    #[arg(long = "report", value_name = "FILE")]
    reports: Vec<ReportFile>,
}

/// Where copies go below the folder of stack.toml.
const BACKUPS: &str = "backups/sqlite";

/// Runs it and tells what was done.
pub fn run(args: &Args, global: &Global, ui: &Ui) -> Outcome {
    let mut chosen = args.sources.choose(global, ui)?;
    args.settings.lay_over(&mut chosen.sources)?;
    let interrupt = operation::interrupt()?;
    for file in &args.reports {
        file.check()?;
    }
    let asked = Asked {
        global,
        ui,
        interrupt: &interrupt,
        stack: chosen.stack.as_ref(),
        sources: &chosen.sources,
        purpose: args.purpose(),
    };
    if args.dry_run {
        let plans = args.place.with_target(&asked, |target| {
            let options = args.options(&chosen, global, target.clone());
            Ok(migrate_run::preview(&options, ui, &interrupt)?)
        })?;
        plan::print(&plans, false, chosen.stack.is_some(), ui);
        if ui.format() == Format::Text {
            ui.status(&plan_text::next(&plans, "the same command without `--dry-run`"));
        }
        return Ok(ExitCode::Done);
    }
    let report = args.place.with_target(&asked, |target| {
        let options = args.options(&chosen, global, target.clone());
        Ok(migrate_run::run(&options, ui, &interrupt)?)
    })?;
    args.tell(&report, chosen.stack.is_some(), ui)
}

impl Args {
    fn purpose(&self) -> Purpose {
        if self.dry_run {
            Purpose::Read
        } else if self.replace {
            Purpose::Replace
        } else {
            Purpose::Write
        }
    }

    fn existing(&self) -> Existing {
        match (self.replace, self.into_existing, self.emptied) {
            (true, _, _) => Existing::Replace,
            (_, true, true) => Existing::IntoEmptied,
            (_, true, false) => Existing::Into,
            _ => Existing::Refuse,
        }
    }

    fn options(
        &self,
        chosen: &Chosen,
        global: &Global,
        target: crate::migrate::postgres::Target,
    ) -> RunOptions {
        let usual = || {
            let root = chosen.stack.as_ref().map(|_| global.root());
            root.unwrap_or_default().join(BACKUPS)
        };
        // A run that goes on, and `verify --backup`, find the copies from any folder.
        let backups = (!self.no_backup).then(|| self.backup_dir.clone().unwrap_or_else(usual));
        RunOptions {
            sources: chosen.sources.clone(),
            target,
            existing: self.existing(),
            accept_quarantine: self.accept_quarantine,
            backups: backups.map(|folder| std::path::absolute(&folder).unwrap_or(folder)),
            restart: self.restart,
            jobs: self.jobs.map(usize::from),
            chunk: Chunk {
                rows: self.chunk_rows.unwrap_or(Chunk::default().rows),
                ..Chunk::default()
            },
        }
    }

    fn tell(&self, report: &RunReport, in_stack: bool, ui: &Ui) -> Outcome {
        ui.result(report, |report| {
            let text = ui.typed(&report::text(report));
            if in_stack { text } else { as_options(&text) }
        });
        for file in &self.reports {
            file.write(report).map_err(Failure::from)?;
            ui.status(&format!("wrote `{}`", file.path().display()));
        }
        let is_whole = |state: FileState| matches!(state, FileState::Done | FileState::DoneWithQuarantine);
        Ok(if report.files.iter().all(|file| is_whole(file.state)) {
            ExitCode::Done
        } else {
            ExitCode::Failed
        })
    }
}

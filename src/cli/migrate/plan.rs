//! `stackctl migrate plan`.

use std::path::PathBuf;

use serde::Serialize;

use super::column_line::as_options;
use super::plan_text::{self, Detail};
use super::settings::SettingArguments;
use super::sources::SourceArguments;
use crate::cli::global::Global;
use crate::cli::{Outcome, operation};
use crate::error::ExitCode;
use crate::event::{Event, Observer};
use crate::migrate::MigrateError;
use crate::migrate::observe::{self, Reading};
use crate::migrate::plan::{self, FilePlan};
use crate::migrate::postgres::{Surroundings, address};
use crate::migrate::run::{self as migrate_run, Existing};
use crate::migrate::settings::Source;
use crate::runtime::interrupt::Interrupt;
use crate::ui::{Format, Ui};

/// Read the files and tell what will be made of them, and every cell that will not fit; nothing is written
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    sources: SourceArguments,
    #[command(flatten)]
    settings: SettingArguments,
    /// Look also whether this database would take it, as `run` would without options
    #[arg(long, value_name = "URL")]
    to: Option<String>,
    /// A file that holds the password of that database and nothing else
    #[arg(long, value_name = "FILE", requires = "to")]
    password_file: Option<PathBuf>,
    /// Print the statements that make the schemas, as a script for psql
    #[arg(long)]
    sql: bool,
    /// Tell every column's type, and every cell that does not fit
    #[arg(long)]
    full: bool,
}

/// What is told to programs.
#[derive(Serialize)]
struct Told<'a> {
    files: &'a [FilePlan],
    /// How long `run` will take, seconds; an estimate.
    estimated_seconds: f64,
}

/// The script of one file.
#[derive(Serialize)]
struct Script {
    source: String,
    schema: String,
    sql: String,
}

/// Plans and prints.
pub fn run(args: &Args, global: &Global, ui: &Ui) -> Outcome {
    let mut chosen = args.sources.choose(global, ui)?;
    args.settings.lay_over(&mut chosen.sources)?;
    let interrupt = operation::interrupt()?;
    let plans = plans(&chosen.sources, ui, &interrupt)?;
    if args.sql {
        let scripts: Vec<Script> = plans.iter().map(script).collect();
        ui.result(&scripts, |scripts| {
            let texts: Vec<&str> = scripts.iter().map(|script| script.sql.as_str()).collect();
            texts.join("\n")
        });
    } else {
        print(&plans, args.full, chosen.stack.is_some(), ui);
        if ui.format() == Format::Text {
            let run = match (chosen.stack.is_some(), args.to.is_some()) {
                (false, false) => {
                    "`stackctl migrate run` with the same options and `--to postgresql://USER@HOST/DATABASE`"
                }
                _ => "`stackctl migrate run` with the same options",
            };
            ui.status(&plan_text::next(&plans, run));
        }
    }
    args.look_at_target(&chosen.sources, ui)
}

impl Args {
    /// What stands in the way there is told and fails nothing: the plan holds all the same.
    fn look_at_target(&self, sources: &[Source], ui: &Ui) -> Outcome {
        if let Some(to) = &self.to {
            let target = address::target(
                Some(to),
                self.password_file.as_deref(),
                &Surroundings::of_process(),
            )?;
            match migrate_run::check(&target, sources, Existing::Refuse) {
                Err(MigrateError::Refused { message, hint }) => {
                    let hint = hint.map(|hint| format!("; {hint}")).unwrap_or_default();
                    ui.on(Event::Warning(&format!("{message}{hint}")));
                }
                other => other?,
            }
        }
        Ok(ExitCode::Done)
    }
}

/// Prints plans in the format that was asked for; without a stack, what to write is told as options.
pub fn print(plans: &[FilePlan], full: bool, in_stack: bool, ui: &Ui) {
    let told = Told {
        files: plans,
        estimated_seconds: plans.iter().map(plan::estimate).sum(),
    };
    let detail = if full { Detail::All } else { Detail::Notable };
    ui.result(&told, |told| {
        let text = plan_text::text(told.files, detail);
        if in_stack { text } else { as_options(&text) }
    });
}

/// Plans every file.
fn plans(
    sources: &[Source],
    observer: &dyn Observer,
    interrupt: &Interrupt,
) -> Result<Vec<FilePlan>, MigrateError> {
    sources
        .iter()
        .map(|source| {
            let mut connections = observe::connections(&source.path, observe::readers())?;
            let mut reading = Reading {
                path: &source.path,
                is_copy: false,
                connections: &mut connections,
                observer,
                interrupt,
            };
            observe::observe(source, &mut reading).map_err(MigrateError::leaving_nothing)
        })
        .collect()
}

fn script(plan: &FilePlan) -> Script {
    Script {
        source: plan.source.clone(),
        schema: plan.schema.clone(),
        sql: plan::sql(plan, &plan.schema),
    }
}

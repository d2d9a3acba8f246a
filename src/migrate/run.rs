//! Carrying a plan out: copy, compare, build, and then one step that shows it all.

mod assemble;
mod build;
mod carry;
mod channel;
mod copy;
mod examine;
mod feed;
mod file;
#[cfg(test)]
mod fixture;
mod flaw;
mod into;
mod keep;
pub mod ledger;
mod lock;
pub mod long_row;
mod output;
mod prepare;
mod preview;
mod progress;
mod publish;
mod quarantine;
mod refusal;
pub mod row;
mod save;
mod schema;
mod simpler;
pub mod status;
mod transfer;
mod trial;
mod work;
mod worker;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

use postgres::Client;

use super::MigrateError;
use super::postgres::{Canceller, Target, connect, server_version};
use super::report::{FileReport, RunReport};
use super::settings::Source;
use crate::event::{Event, Observer};
use crate::runtime::interrupt::Interrupt;

pub use feed::Chunk;
pub use lock::RUN as LOCK;
pub use preview::{check, preview};

/// What is to be run.
#[derive(Debug, Clone)]
pub struct RunOptions {
    /// The files.
    pub sources: Vec<Source>,
    /// Where to.
    pub target: Target,
    /// What to do with schemas that hold something already.
    pub existing: Existing,
    /// Whether cells and rows in quarantine are accepted.
    pub accept_quarantine: bool,
    /// Where dated copies of the files go; `None` reads the files themselves, without a copy.
    pub backups: Option<PathBuf>,
    /// Whether an unfinished run is thrown away and begun again rather than gone on with.
    pub restart: bool,
    /// How many tables are copied, and indexes built, at once; `None`: as many as there are processors, at most 8.
    pub jobs: Option<usize>,
    /// The parts in which large tables are committed: a run that is stopped goes on behind the last.
    pub chunk: Chunk,
}

/// What to do with a schema that holds tables already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// Refuse it.
    Refuse,
    /// Put what comes in its place.
    Replace,
    /// Fill its tables, which an application's own migrations have made; refuse those that hold rows.
    Into,
    /// Fill its tables, and empty them first.
    IntoEmptied,
}

impl RunOptions {
    /// Whether a run that stops is gone on with: its tables stand beside their schemas, and its copy is there to be read.
    fn is_kept(&self) -> bool {
        self.backups.is_some() && matches!(self.existing, Existing::Refuse | Existing::Replace)
    }

    /// How many things are done at once.
    #[must_use]
    pub fn jobs(&self) -> usize {
        const MOST: usize = 8;
        self.jobs
            .unwrap_or_else(|| std::thread::available_parallelism().map_or(1, |count| count.get().min(MOST)))
            .max(1)
    }
}

/// Carries the files over. What was begun and not finished is gone on with.
///
/// The report tells the state that each file was brought to: none is in its schema unless all are.
pub fn run(
    options: &RunOptions,
    observer: &dyn Observer,
    interrupt: &Interrupt,
) -> Result<RunReport, MigrateError> {
    let answer = checked(options).and_then(|mut client| {
        let canceller = Canceller::new(&client, &options.target)?;
        let _listening = interrupt.listen(move |_| {
            // A statement that can't be cancelled is waited for.
            let _ = canceller.cancel();
        });
        all(options, &mut client, observer, interrupt)
    });
    match answer {
        Err(_) if interrupt.arrived() => Err(if options.is_kept() {
            MigrateError::Interrupted
        } else {
            MigrateError::Stopped
        }),
        other => other,
    }
}

/// Refuses what can not be done before anything is read or written.
fn checked(options: &RunOptions) -> Result<Client, MigrateError> {
    check_schemas(&options.sources)?;
    let mut client = connect(&options.target)?;
    schema::check_primary(&mut client, &options.target)?;
    lock::begin(&mut client)?;
    for source in &options.sources {
        schema::rights::check(&mut client, &source.schema, options.existing)?;
        schema::check(&mut client, &source.schema, options.existing)?;
    }
    ledger::prepare(&mut client)?;
    Ok(client)
}

/// Refuses schemas that no file may fill, and that two would fill.
fn check_schemas(sources: &[Source]) -> Result<(), MigrateError> {
    let mut schemas = BTreeMap::new();
    for source in sources {
        schema::check_name(&source.schema)?;
        if let Some(other) = schemas.insert(&source.schema, &source.name) {
            return Err(MigrateError::Refused {
                message: format!(
                    "`{other}` and `{}` would both go to the schema `{}`",
                    source.name, source.schema
                ),
                hint: Some(
                    "give one of them another: `--sqlite FILE=SCHEMA`, or `schema = \"…\"`".to_owned(),
                ),
            });
        }
    }
    Ok(())
}

fn all(
    options: &RunOptions,
    client: &mut Client,
    observer: &dyn Observer,
    interrupt: &Interrupt,
) -> Result<RunReport, MigrateError> {
    let clock = Instant::now();
    let began = prepare::now();
    let files = if matches!(options.existing, Existing::Into | Existing::IntoEmptied) {
        into::run(options, client, observer, interrupt)?
    } else {
        beside(options, client, observer, interrupt)?
    };
    Ok(RunReport {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        began,
        seconds: clock.elapsed().as_secs_f64(),
        target: options.target.shown(),
        server: server_version(client)?,
        files,
    })
}

/// Makes and fills the tables beside their schemas, and moves them there. A table whose rows the server refuses is begun
/// again in a simpler form, so that one CHECK does not keep a file back; the others go on where they are.
fn beside(
    options: &RunOptions,
    client: &mut Client,
    observer: &dyn Observer,
    interrupt: &Interrupt,
) -> Result<Vec<FileReport>, MigrateError> {
    let mut files = Vec::new();
    for source in &options.sources {
        files.push(prepare::prepare(client, options, source, observer, interrupt)?);
    }
    let mut times = vec![[0.0; 3]; files.len()];
    while let Err(error) = carry::carry(options, &files, &mut times, observer, interrupt) {
        simpler::begin_again(client, options, &mut files, error, observer, interrupt)?;
    }
    publish_or_hold(options, client, &files, &times, observer, interrupt)
}

/// Moves the tables into their schemas, if nothing holds them back.
fn publish_or_hold(
    options: &RunOptions,
    client: &mut Client,
    files: &[file::File<'_>],
    times: &[[f64; 3]],
    observer: &dyn Observer,
    interrupt: &Interrupt,
) -> Result<Vec<FileReport>, MigrateError> {
    let mut reports = assemble::assemble(client, options, files, times)?;
    // Between two statements there is none to cancel.
    if interrupt.arrived() {
        return Err(MigrateError::Interrupted);
    }
    if assemble::is_ready(&reports) {
        observer.on(Event::Phase("moving the tables into their schemas"));
        let begun = Instant::now();
        publish::publish(client, &options.target, options.existing, files, &mut reports)?;
        observer.on(Event::PhaseDone {
            text: "moved the tables into their schemas",
            elapsed: begun.elapsed(),
        });
    } else {
        for (file, report) in files.iter().zip(&reports) {
            ledger::note_file(client, file.migration, report)?;
        }
    }
    Ok(reports)
}

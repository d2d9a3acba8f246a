//! Files into tables that are there already: all in one transaction, so that whatever happens leaves them as they were.

mod cycles;

use std::time::Instant;

use postgres::{Client, Transaction};

use super::examine::Examinations;
use super::file::File;
use super::ledger::{self, Choices, TableState, failed};
use super::prepare::{self, Opened};
use super::progress::Progress;
use super::row::carried;
use super::transfer::Transfer;
use super::{Existing, RunOptions, assemble, build, copy};
use crate::event::{Event, Observer};
use crate::migrate::MigrateError;
use crate::migrate::ddl::quoted;
use crate::migrate::observe::{self, Reading};
use crate::migrate::plan::{self, FilePlan};
use crate::migrate::postgres::catalog::existing_tables;
use crate::migrate::report::{FileReport, PhaseTime};
use crate::migrate::settings::Source;
use crate::runtime::interrupt::Interrupt;

/// How many problems a message names.
const NAMED: usize = 20;

/// A file that is looked at, before anything is written.
struct Looked<'a> {
    source: &'a Source,
    opened: Opened,
    plan: FilePlan,
}

/// Fills the tables.
pub fn run(
    options: &RunOptions,
    client: &mut Client,
    observer: &dyn Observer,
    interrupt: &Interrupt,
) -> Result<Vec<FileReport>, MigrateError> {
    let mut looked = Vec::new();
    for source in &options.sources {
        looked.push(look(options, client, source, observer, interrupt)?);
    }
    if !options.accept_quarantine {
        refuse_misfits(&looked)?;
    }
    load(options, client, looked, observer, interrupt).map_err(|error| match error {
        MigrateError::Refused { .. } => error,
        other => MigrateError::Undone {
            source: Box::new(other),
        },
    })
}

/// Does all of it in one transaction.
fn load(
    options: &RunOptions,
    client: &mut Client,
    looked: Vec<Looked<'_>>,
    observer: &dyn Observer,
    interrupt: &Interrupt,
) -> Result<Vec<FileReport>, MigrateError> {
    observer.on(Event::Phase("filling the tables"));
    let mut transaction = client.transaction().map_err(failed("begin a transaction"))?;
    make_room(&mut transaction, options.existing, &looked)?;
    let broken = cycles::open(&mut transaction, &plans(&looked))?;
    let mut files = Vec::new();
    let mut times = Vec::new();
    for looked in looked {
        let choices = Choices::new(looked.source, options.existing);
        let migration = ledger::begin(
            &mut transaction,
            &looked.plan,
            &choices,
            looked.opened.saved.as_ref(),
        )?;
        let kept = ledger::tables(&mut transaction, migration)?;
        let schema = looked.plan.schema.clone();
        let file = looked
            .opened
            .file(looked.source, looked.plan, schema, migration, kept);
        times.push(fill(&mut transaction, &file, observer, interrupt)?);
        files.push(file);
    }
    cycles::close(&mut transaction, &broken)?;
    Examinations::of(&files, interrupt)?.0.run()?;
    let begun = Instant::now();
    let mut reports = assemble::assemble(&mut transaction, options, &files, &times)?;
    if !assemble::is_ready(&reports) {
        return Err(differ(&reports));
    }
    for (file, report) in files.iter().zip(&mut reports) {
        report.phases.push(PhaseTime {
            name: "publish".to_owned(),
            seconds: begun.elapsed().as_secs_f64(),
        });
        ledger::note_file(&mut transaction, file.migration, report)?;
    }
    transaction.commit().map_err(failed(
        "commit: what is checked at the end, such as deferred foreign keys, does not hold",
    ))?;
    Ok(reports)
}

fn plans<'l>(looked: &'l [Looked<'_>]) -> Vec<&'l FilePlan> {
    looked.iter().map(|file| &file.plan).collect()
}

/// Saves a file and plans it.
fn look<'a>(
    options: &RunOptions,
    client: &mut Client,
    source: &'a Source,
    observer: &dyn Observer,
    interrupt: &Interrupt,
) -> Result<Looked<'a>, MigrateError> {
    let (opened, plan) = prepare::look(options, source, observer, interrupt, |reading| {
        plan(client, source, options.existing, reading)
    })?;
    Ok(Looked { source, opened, plan })
}

/// Looks at the data of a file and plans to fill the tables of its schema.
pub fn plan(
    client: &mut Client,
    source: &Source,
    existing: Existing,
    reading: &mut Reading<'_>,
) -> Result<FilePlan, MigrateError> {
    let tables = existing_tables(client, &source.schema)?;
    let observation = observe::look(source, reading)?;
    let emptied = existing == Existing::IntoEmptied;
    let mut plan = plan::into_existing(source, &observation.seen(), &tables, emptied)
        .map_err(|problems| unlike(source, &problems))?;
    observe::find_misfits(&mut plan, &observation, reading)?;
    Ok(plan)
}

fn unlike(source: &Source, problems: &[String]) -> MigrateError {
    MigrateError::Refused {
        message: format!(
            "the tables of the schema `{}` are not those of `{}`:{}",
            source.schema,
            source.name,
            listed(problems)
        ),
        hint: Some(
            "let the application's own migrations make the schema as it is in SQLite; `--emptied` empties tables that hold rows"
                .to_owned(),
        ),
    }
}

fn refuse_misfits(looked: &[Looked<'_>]) -> Result<(), MigrateError> {
    let cells = |file: &Looked<'_>| {
        file.plan
            .tables
            .iter()
            .map(|table| table.misfit_count)
            .sum::<u64>()
    };
    let count: u64 = looked.iter().map(cells).sum();
    if count == 0 {
        return Ok(());
    }
    let tables = looked.iter().flat_map(|file| &file.plan.tables);
    let groups = tables.flat_map(|table| table.misfit_groups.iter().map(move |group| (table, group)));
    let shown: Vec<String> = groups
        .map(|(table, group)| {
            let noun = if group.cells == 1 { "cell" } else { "cells" };
            format!(
                "`{}.{}` ({}): {} {noun}: {}",
                table.source, group.column, group.target, group.cells, group.reason
            )
        })
        .collect();
    Err(MigrateError::Refused {
        message: format!(
            "{count} cells do not fit the tables that are there; nothing was written:{}",
            listed(&shown)
        ),
        hint: Some(
            "`stackctl migrate plan` names each; `--accept-quarantine` keeps them in `stackctl.quarantine` and fills in the rest"
                .to_owned(),
        ),
    })
}

fn differ(reports: &[FileReport]) -> MigrateError {
    let tables = reports.iter().flat_map(|report| &report.tables);
    let shown: Vec<String> = tables
        .filter(|table| table.verified != Some(true))
        .map(|table| format!("`{}`: {}", table.name, table.differing.join(", ")))
        .collect();
    MigrateError::Refused {
        message: format!(
            "what was written is not what the server holds; all is undone:{}",
            listed(&shown)
        ),
        hint: Some(
            "a type that keeps fewer parts of a second, such as `timestamp(0)`, has rounded them: give it six; or triggers \
             or rules of these tables have changed the rows: disable them for the run"
                .to_owned(),
        ),
    }
}

fn listed(lines: &[String]) -> String {
    let mut shown: Vec<String> = lines.iter().take(NAMED).cloned().collect();
    if lines.len() > NAMED {
        shown.push(format!("and {} more", lines.len() - NAMED));
    }
    format!("\n  {}", shown.join("\n  "))
}

/// Keeps others from writing, empties the tables or sees that they are empty, and defers what may be deferred.
fn make_room(
    transaction: &mut Transaction<'_>,
    existing: Existing,
    looked: &[Looked<'_>],
) -> Result<(), MigrateError> {
    let names: Vec<String> = looked
        .iter()
        .flat_map(|file| {
            let schema = quoted(&file.plan.schema);
            file.plan
                .tables
                .iter()
                .map(move |table| format!("{schema}.{}", quoted(&table.name)))
        })
        .collect();
    transaction
        .batch_execute("set local lock_timeout = '30s'; set constraints all deferred")
        .map_err(failed("take the settings of the load"))?;
    if names.is_empty() {
        return Ok(());
    }
    let all = names.join(", ");
    if existing == Existing::IntoEmptied {
        return transaction
            .batch_execute(&format!("truncate {all}"))
            .map_err(failed("empty the tables"));
    }
    transaction
        .batch_execute(&format!("lock table {all} in share row exclusive mode"))
        .map_err(failed("lock the tables"))?;
    for name in &names {
        let filled: bool = transaction
            .query_one(&format!("select exists (select from {name})"), &[])
            .map_err(failed(format!("see whether {name} is empty")))?
            .get(0);
        if filled {
            return Err(MigrateError::Refused {
                message: format!("the table {name} is not empty any more"),
                hint: Some("stop what writes to it, and empty it".to_owned()),
            });
        }
    }
    Ok(())
}

/// Copies and compares the tables of a file; gives how long that took: copy, verify, build.
fn fill(
    transaction: &mut Transaction<'_>,
    file: &File<'_>,
    observer: &dyn Observer,
    interrupt: &Interrupt,
) -> Result<[f64; 3], MigrateError> {
    let begun = Instant::now();
    for position in 0..file.plan.tables.len() {
        table(transaction, file, position, observer, interrupt)?;
    }
    let copied = begun.elapsed().as_secs_f64();
    let begun = Instant::now();
    for position in 0..file.plan.tables.len() {
        if interrupt.arrived() {
            return Err(MigrateError::Interrupted);
        }
        build::compare(transaction, file, position)?;
    }
    let compared = begun.elapsed().as_secs_f64();
    let begun = Instant::now();
    for table in &file.plan.tables {
        build::settle(transaction, &file.staging, table)?;
    }
    Ok([copied, compared, begun.elapsed().as_secs_f64()])
}

fn table(
    transaction: &mut Transaction<'_>,
    file: &File<'_>,
    position: usize,
    observer: &dyn Observer,
    interrupt: &Interrupt,
) -> Result<(), MigrateError> {
    let transfer = Transfer {
        file,
        position,
        from: Progress::new(carried(&file.plan.tables[position]).len()),
        chunk: None,
        stop: &|| interrupt.arrived(),
        observer,
    };
    let written = transfer.run(true, |writing, receiving, _| {
        receiving.next().map_or(Ok(None), |first| {
            copy::chunk(transaction, writing, false, first, receiving)
        })
    })?;
    let Some((progress, true)) = written else {
        return Err(MigrateError::Interrupted);
    };
    ledger::note_rows(
        transaction,
        file.migration,
        position,
        TableState::Copied,
        &progress,
    )
    .map_err(failed("note how far a table is"))
}

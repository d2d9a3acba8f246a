//! Tables that the server refuses as they are planned -> the same with less in the statement that makes them, so that one
//! CHECK or default does not keep a file back. Most are found before a row is copied; the rest are begun again alone.

use std::collections::BTreeMap;

use postgres::Client;

use super::RunOptions;
use super::file::File;
use super::ledger::{self, failed};
use super::refusal;
use super::trial::{Trial, trial};
use crate::event::{Event, Observer};
use crate::migrate::MigrateError;
use crate::migrate::ddl::quoted;
use crate::migrate::observe::{self, Observation, Reading};
use crate::migrate::plan::{self, FilePlan, Seen, TablePlan};
use crate::migrate::postgres::PostgresError;
use crate::migrate::settings::{Simpler, Source};
use crate::runtime::interrupt::Interrupt;

/// A plan whose tables the server takes, as far as that can be known without rows.
#[derive(Debug)]
pub struct Accepted {
    /// The plan. Its misfits are not known yet.
    pub plan: FilePlan,
    /// What is left out, by the tables' names in SQLite.
    pub simpler: BTreeMap<String, Simpler>,
    /// Why the server could not be asked.
    pub unasked: Option<String>,
}

/// Plans a file with what the server takes; an error where it refuses a table in its simplest form too.
pub fn accepted(
    client: &mut Client,
    source: &Source,
    seen: &Seen<'_>,
    observer: &dyn Observer,
) -> Result<Accepted, MigrateError> {
    let mut source = source.clone();
    loop {
        let plan = plan::file_plan(&source, seen);
        let (refused, unasked) = match trial(client, &plan)? {
            Trial::Refused(refused) => (refused, None),
            Trial::Impossible(why) => (Vec::new(), Some(why)),
        };
        if refused.is_empty() {
            let simpler = source.settings.simpler;
            for table in simpler.keys() {
                tell(observer, &plan.schema, table);
            }
            return Ok(Accepted {
                plan,
                simpler,
                unasked,
            });
        }
        for (place, error) in refused {
            let table = &plan.tables[place];
            if !step(&mut source.settings.simpler, &table.source) {
                let action = format!("make the table `{}.{}`", plan.schema, table.name);
                return Err(PostgresError::statement(action)(error).into());
            }
        }
    }
}

/// Begins the table again, in a simpler form, whose rows the server refused; all others keep what they have. Gives the
/// error back where that is not what it tells, or nothing simpler is left.
pub fn begin_again(
    client: &mut Client,
    options: &RunOptions,
    files: &mut [File<'_>],
    error: MigrateError,
    observer: &dyn Observer,
    interrupt: &Interrupt,
) -> Result<(), MigrateError> {
    let Some((place, position)) = refusal::of_copy(&error, files) else {
        return Err(error);
    };
    let file = &mut files[place];
    let mut connections = file.readers.several(options.jobs())?;
    let mut reading = Reading {
        is_copy: file.readers.is_copy(),
        path: file.readers.path(),
        connections: &mut connections,
        observer,
        interrupt,
    };
    let observation = match file.observation.take() {
        Some(observation) => observation,
        None => observe::look(file.source, &mut reading)?,
    };
    let planned = plan_again(
        file.source,
        &file.plan,
        position,
        &mut file.simpler,
        &observation,
        &mut reading,
    )?;
    file.readers.give_all_back(connections);
    file.observation = Some(observation);
    let Some(plan) = planned else {
        return Err(error);
    };
    tell(observer, &plan.schema, &plan.tables[position].source);
    forget(client, file, position, &plan)?;
    file.plan = plan;
    for file in files {
        file.kept = ledger::tables(client, file.migration)?;
    }
    Ok(())
}

/// The plan with this table in the next form that differs from the one it has; `None` where there is none.
fn plan_again(
    source: &Source,
    old: &FilePlan,
    position: usize,
    simpler: &mut BTreeMap<String, Simpler>,
    observation: &Observation,
    reading: &mut Reading<'_>,
) -> Result<Option<FilePlan>, MigrateError> {
    let mut source = source.clone();
    let table = &old.tables[position];
    let mut fresh = loop {
        if !step(simpler, &table.source) {
            return Ok(None);
        }
        source.settings.simpler.clone_from(simpler);
        let fresh = plan::file_plan(&source, &observation.seen());
        if fresh.tables[position].create != table.create {
            break fresh;
        }
    };
    let mut alone = FilePlan {
        tables: vec![fresh.tables.swap_remove(position)],
        ..old.clone()
    };
    if is_carried_alike(&alone.tables[0], table) {
        alone.tables[0].misfits.clone_from(&table.misfits);
        alone.tables[0].misfit_groups.clone_from(&table.misfit_groups);
        alone.tables[0].misfit_count = table.misfit_count;
    } else {
        observe::find_misfits(&mut alone, observation, reading)?;
    }
    let mut plan = old.clone();
    plan.tables[position] = alone.tables.swap_remove(0);
    add(&mut plan.not_carried, fresh.not_carried);
    plan::mind_quarantine(&mut plan);
    let notes = std::mem::take(&mut plan.notes);
    add(&mut plan.notes, notes);
    Ok(Some(plan))
}

/// What does not fit is the same in both.
fn is_carried_alike(one: &TablePlan, other: &TablePlan) -> bool {
    let columns = |table: &TablePlan| -> Vec<_> {
        let columns = table.columns.iter();
        columns
            .map(|column| (column.encoding.clone(), column.not_null))
            .collect()
    };
    columns(one) == columns(other)
}

/// Appends what is not there yet.
fn add<T: PartialEq>(to: &mut Vec<T>, more: Vec<T>) {
    for one in more {
        if !to.contains(&one) {
            to.push(one);
        }
    }
}

/// Takes away what was made of a table, and notes its new plan.
fn forget(
    client: &mut Client,
    file: &File<'_>,
    position: usize,
    plan: &FilePlan,
) -> Result<(), MigrateError> {
    let table = &plan.tables[position].name;
    let action = || failed(format!("begin the table `{}.{table}` again", plan.schema));
    let mut transaction = client.transaction().map_err(action())?;
    transaction
        .batch_execute(&format!(
            "drop table if exists {}.{}",
            quoted(&file.staging),
            quoted(table)
        ))
        .map_err(action())?;
    ledger::note_plan(&mut transaction, file.migration, position, plan).map_err(action())?;
    transaction.commit().map_err(action())
}

/// Leaves more out of a table; false where nothing is left that could be.
fn step(simpler: &mut BTreeMap<String, Simpler>, table: &str) -> bool {
    let Some(next) = Simpler::after(simpler.get(table).copied()) else {
        return false;
    };
    simpler.insert(table.to_owned(), next);
    true
}

fn tell(observer: &dyn Observer, schema: &str, table: &str) {
    observer.on(Event::Note(&format!(
        "`{schema}.{table}` is made in a simpler form: the server refuses it as it was planned"
    )));
}

//! What is made of a table once its rows are there: comparison, keys and indexes, sequences, foreign keys.

use std::time::Instant;

use postgres::error::SqlState;
use postgres::{Client, GenericClient, Transaction};

use super::file::File;
use super::ledger::{self, failed};
use super::refusal::{self, NOT_VALID};
use crate::migrate::MigrateError;
use crate::migrate::ddl::{literal, quoted};
use crate::migrate::plan::{Step, TablePlan};
use crate::migrate::verify;

/// How often a foreign key is tried whose locks cross those of another.
const TRIES: usize = 10;

/// Builds a key or an index; notes the server's words where it refuses it.
pub fn index(
    client: &mut Client,
    file: &File<'_>,
    position: usize,
    step: usize,
    alone: bool,
) -> Result<(), MigrateError> {
    let table = &file.plan.tables[position];
    let step = &table.indexes[step];
    let workers = if alone { 2 } else { 0 };
    let sql = format!(
        "set local max_parallel_maintenance_workers = {workers}; {}",
        step.sql.replace("{schema}", &quoted(&file.staging))
    );
    let answer = match carry_out(client, file, position, &step.name, &sql) {
        Err(error) if error.code() == Some(&SqlState::CHECK_VIOLATION) => {
            not_valid(client, file, position, step, &sql)
        }
        other => other,
    };
    refusal_noted(client, file, position, step, answer)
}

/// Makes a CHECK or a foreign key that rows break for those that come later.
fn not_valid(
    client: &mut Client,
    file: &File<'_>,
    position: usize,
    step: &Step,
    sql: &str,
) -> Result<(), postgres::Error> {
    let sql = format!("{} not valid", sql.trim_end().trim_end_matches(';'));
    carry_out(client, file, position, &step.name, &sql)?;
    let marked = format!("{}{NOT_VALID}", step.name);
    ledger::note_step(client, file.migration, position, &marked, 0.0)
}

/// Makes a foreign key; where rows that are kept refer to rows in quarantine, for new rows only.
pub fn foreign_key(
    client: &mut Client,
    file: &File<'_>,
    position: usize,
    step: usize,
) -> Result<(), MigrateError> {
    let table = &file.plan.tables[position];
    let step = &table.foreign_keys[step];
    let sql = step.sql.replace("{schema}", &quoted(&file.staging));
    let mut tries = 0;
    let answer = loop {
        tries += 1;
        match carry_out(client, file, position, &step.name, &sql) {
            Err(error) if error.code() == Some(&SqlState::T_R_DEADLOCK_DETECTED) && tries < TRIES => {}
            other => break other,
        }
    };
    let answer = match answer {
        Err(error) if error.code() == Some(&SqlState::FOREIGN_KEY_VIOLATION) => {
            not_valid(client, file, position, step, &sql)
        }
        other => other,
    };
    refusal_noted(client, file, position, step, answer)
}

/// Notes in the ledger that the server refuses a step, which then counts as done.
fn refusal_noted(
    client: &mut Client,
    file: &File<'_>,
    position: usize,
    step: &Step,
    answer: Result<(), postgres::Error>,
) -> Result<(), MigrateError> {
    let error = match answer {
        Err(error) if refusal::is_of_step(&error) => error,
        other => {
            return other.map_err(failed(action(file, &file.plan.tables[position], &step.name)));
        }
    };
    let noting = || failed("note in the ledger what the server refuses");
    let mut transaction = client.transaction().map_err(noting())?;
    for step in [&step.name, &refusal::mark(step, &error)] {
        ledger::note_step(&mut transaction, file.migration, position, step, 0.0).map_err(noting())?;
    }
    transaction.commit().map_err(noting())
}

fn carry_out(
    client: &mut Client,
    file: &File<'_>,
    position: usize,
    name: &str,
    sql: &str,
) -> Result<(), postgres::Error> {
    let begun = Instant::now();
    let mut transaction = client.transaction()?;
    transaction.batch_execute(sql)?;
    let seconds = begun.elapsed().as_secs_f64();
    ledger::note_step(&mut transaction, file.migration, position, name, seconds)?;
    transaction.commit()
}

/// Compares the digest of what was sent with the server's, and notes what differs.
pub fn compare(
    client: &mut impl GenericClient,
    file: &File<'_>,
    position: usize,
) -> Result<(), MigrateError> {
    let table = &file.plan.tables[position];
    let sent = ledger::progress(client, file.migration, position)?;
    let comparison = verify::compare(client, &file.staging, table, &sent.digest)?;
    let differing = if comparison.rows_differ && comparison.differing.is_empty() {
        table.columns.iter().map(|column| column.name.clone()).collect()
    } else {
        comparison.differing
    };
    ledger::note_comparison(client, file.migration, position, &differing)
        .map_err(failed("note what the comparison of a table gave"))
}

/// Sets sequences behind the data and gathers statistics for the planner.
pub fn finish(client: &mut Client, file: &File<'_>, position: usize) -> Result<(), MigrateError> {
    let table = &file.plan.tables[position];
    let mut transaction = client.transaction().map_err(failed("begin a transaction"))?;
    settle(&mut transaction, &file.staging, table)?;
    transaction.commit().map_err(failed("commit"))
}

/// The same in a transaction.
pub fn settle(
    transaction: &mut Transaction<'_>,
    schema: &str,
    table: &TablePlan,
) -> Result<(), MigrateError> {
    sequences(transaction, schema, table)?;
    transaction
        .batch_execute(&format!("analyze {}.{}", quoted(schema), quoted(&table.name)))
        .map_err(failed(format!("gather statistics of `{}`", table.name)))
}

/// Sets the sequences of a table: each gives next what is behind all data, and what SQLite would have given.
fn sequences(transaction: &mut Transaction<'_>, schema: &str, table: &TablePlan) -> Result<(), MigrateError> {
    for sequence in &table.sequences {
        let name = format!("{}.{}", quoted(schema), quoted(&table.name));
        let statement = format!(
            "select case when last >= 1 then setval(sequence, last, true) else setval(sequence, 1, false) end
             from (select pg_get_serial_sequence({}, {})::regclass as sequence,
                          greatest((select max({})::bigint from {name}), {}) as last) as wanted
             where sequence is not null",
            literal(&name),
            literal(&sequence.column),
            quoted(&sequence.column),
            sequence.next.saturating_sub(1),
        );
        transaction
            .execute(statement.as_str(), &[])
            .map_err(failed(format!(
                "set the sequence of `{}.{}`",
                table.name, sequence.column
            )))?;
    }
    Ok(())
}

fn action(file: &File<'_>, table: &TablePlan, step: &str) -> String {
    format!("make {step} of the table `{}.{}`", file.plan.schema, table.name)
}

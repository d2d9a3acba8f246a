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

/// What is written behind the name of a key in the ledger when its index is there.
const INDEX: &str = " (index)";

/// How often a foreign key is tried whose locks cross those of another.
const TRIES: usize = 10;

/// Builds an index, of a key also; notes the server's words where it refuses it. A key takes its index in `finish`.
pub fn index(
    client: &mut Client,
    file: &File<'_>,
    position: usize,
    step: usize,
    alone: bool,
) -> Result<(), MigrateError> {
    let step = &file.plan.tables[position].indexes[step];
    // Each process of a parallel build needs 32 MB of its own.
    let (workers, memory) = if alone {
        (2, "96MB")
    } else {
        (0, sort_memory(file.plan.tables[position].rows))
    };
    let (sql, name) = match &step.ahead {
        Some(ahead) => (&ahead.index, &format!("{}{INDEX}", step.name)),
        None => (&step.sql, &step.name),
    };
    let sql = format!(
        "set local max_parallel_maintenance_workers = {workers}; set local maintenance_work_mem = '{memory}'; {}",
        sql.replace("{schema}", &quoted(&file.staging))
    );
    let answer = match carry_out(client, file, position, name, &sql) {
        Err(error) if error.code() == Some(&SqlState::CHECK_VIOLATION) => {
            not_valid(client, file, position, step, &sql)
        }
        other => other,
    };
    refusal_noted(client, file, position, step, answer)
}

/// The memory in which an index of so many rows is quickest sorted: what stays in the processor's caches, and no less than
/// lets one merge join all that was sorted. For 4.5 million rows 16 MB take a third less time than 256 MB.
fn sort_memory(rows: u64) -> &'static str {
    match rows {
        0..=10_000_000 => "16MB",
        10_000_001..=40_000_000 => "32MB",
        40_000_001..=160_000_000 => "64MB",
        _ => "256MB",
    }
}

/// Makes keys of the indexes that were built for them.
fn keys(client: &mut Client, file: &File<'_>, position: usize) -> Result<(), MigrateError> {
    let done = ledger::steps(client, file.migration, position)?;
    for step in &file.plan.tables[position].indexes {
        if let Some(ahead) = step.ahead.as_ref().filter(|_| !done.contains(&step.name)) {
            let sql = ahead.constraint.replace("{schema}", &quoted(&file.staging));
            let answer = carry_out(client, file, position, &step.name, &sql);
            refusal_noted(client, file, position, step, answer)?;
        }
    }
    Ok(())
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
    // The server looks for rows without a parent by a join. For numbers a merge join takes less than half the time of the
    // hash join that the planner would choose, even where both sides have to be sorted (4.5 million rows, 500,000 parents).
    let sql = format!(
        "set local enable_hashjoin = {}; {}",
        if step.is_sortable { "off" } else { "on" },
        step.sql.replace("{schema}", &quoted(&file.staging))
    );
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

/// Makes the keys, sets sequences behind the data and gathers statistics for the planner.
pub fn finish(client: &mut Client, file: &File<'_>, position: usize) -> Result<(), MigrateError> {
    let table = &file.plan.tables[position];
    keys(client, file, position)?;
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
        // One that was there may number other tables too: it is never set back.
        let (of, given) = match &sequence.sequence {
            Some(named) => (
                literal(named),
                format!(", pg_sequence_last_value({}::regclass)", literal(named)),
            ),
            None => (
                format!(
                    "pg_get_serial_sequence({}, {})",
                    literal(&name),
                    literal(&sequence.column)
                ),
                String::new(),
            ),
        };
        let statement = format!(
            "select case when last >= 1 then setval(sequence, last, true) else setval(sequence, 1, false) end
             from (select {of}::regclass as sequence,
                          greatest((select max({})::bigint from {name}), {}{given}) as last) as wanted
             where sequence is not null",
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

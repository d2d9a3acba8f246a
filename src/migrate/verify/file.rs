//! One file beside its schema.

use std::path::{Path, PathBuf};
use std::thread;
use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};
use postgres::Transaction;
use rusqlite::Connection;

use super::compare::{Comparison, differences};
use super::source_table::{SourceDigest, SourceTable};
use super::target_state::{TargetState, quarantined_rows};
use super::{VerifyOptions, differ, query};
use crate::event::{Event, Observer};
use crate::migrate::MigrateError;
use crate::migrate::plan::{FilePlan, TablePlan};
use crate::migrate::report::amount::of;
use crate::migrate::report::{RowDifferenceKind, VerifiedFile, VerifiedTable};
use crate::migrate::run::ledger::Migration;
use crate::migrate::sqlite;
use crate::runtime::interrupt::Interrupt;

/// Compares a file, as it is or as the run had read it, with its schema.
pub fn verify(
    options: &VerifyOptions,
    migration: &Migration,
    path: &Path,
    snapshot: &mut Transaction<'_>,
    observer: &dyn Observer,
    interrupt: &Interrupt,
) -> Result<VerifiedFile, MigrateError> {
    let plan = plan(migration)?;
    let path = compared(options, migration, path)?;
    let connection = if options.backup {
        sqlite::open_copy(&path)?
    } else {
        let mut one = sqlite::snapshot(&path, 1)?;
        one.pop().expect("one was asked for")
    };
    let state = TargetState::read(snapshot, &plan.schema)?;
    let mut file = VerifiedFile {
        source: plan.source.clone(),
        compared: path.display().to_string(),
        schema: plan.schema.clone(),
        tables: Vec::new(),
        remarks: Vec::new(),
        notes: Vec::new(),
    };
    let begun = Instant::now();
    observer.on(Event::Phase(&format!("comparing `{}`", plan.source)));
    for table in &plan.tables {
        let subject = format!("{}.{}", plan.schema, table.name);
        let source = SourceTable {
            connection: &connection,
            path: &path,
            table,
            subject: &subject,
            observer,
            interrupt,
        };
        file.tables
            .push(verify_table(&source, options, &state, snapshot)?);
    }
    file.remarks = remarks(plan, &state, &connection, &path, snapshot)?;
    observer.on(Event::PhaseDone {
        text: &format!(
            "compared `{}`: {}",
            plan.source,
            of(file.tables.len() as u64, "table")
        ),
        elapsed: begun.elapsed(),
    });
    let quarantined: u64 = file.tables.iter().map(|table| table.rows_quarantined).sum();
    let kept = quarantined_rows(snapshot, migration.id)?;
    if quarantined != kept {
        file.remarks.push(format!(
            "{kept} rows are in quarantine as a whole, and {quarantined} rows of `{}` do not fit",
            path.display()
        ));
    }
    file.notes = state.notes(plan);
    if !options.backup {
        file.notes.extend(written_since(migration, &path));
    }
    file.notes.extend(extra(&file));
    Ok(file)
}

fn plan(migration: &Migration) -> Result<&FilePlan, MigrateError> {
    migration.plan.as_ref().ok_or_else(|| MigrateError::Refused {
        message: format!(
            "the plan of the run into the schema `{}` was written by another version of stackctl",
            migration.schema
        ),
        hint: Some("use the version that `stackctl migrate status` names".to_owned()),
    })
}

fn compared(options: &VerifyOptions, migration: &Migration, path: &Path) -> Result<PathBuf, MigrateError> {
    if !options.backup {
        return Ok(path.to_owned());
    }
    let backup = migration.backup.as_ref().ok_or_else(|| MigrateError::Refused {
        message: format!("the run into the schema `{}` made no copy", migration.schema),
        hint: Some("leave `--backup` out to compare with the file itself".to_owned()),
    })?;
    Ok(PathBuf::from(&backup.path))
}

/// Compares one table; both sides are read at once.
fn verify_table(
    source: &SourceTable<'_>,
    options: &VerifyOptions,
    state: &TargetState,
    snapshot: &mut Transaction<'_>,
) -> Result<VerifiedTable, MigrateError> {
    let table = source.table;
    let mut verified = VerifiedTable {
        source: table.source.clone(),
        name: table.name.clone(),
        rows_source: 0,
        rows_quarantined: 0,
        rows_target: 0,
        differing: Vec::new(),
        rows: Vec::new(),
        row_count: None,
    };
    let missing = state.missing_columns(table);
    if !missing.is_empty() {
        // What is not there can't be compared; the remarks say so.
        let here = source.digest()?;
        verified.rows_source = here.rows;
        verified.rows_quarantined = here.rows_quarantined;
        verified.rows_target = state.rows(snapshot, table)?;
        verified.differing = missing;
        return Ok(verified);
    }
    let (here, comparison) = both(source, state.schema(), snapshot)?;
    verified.rows_source = here.rows;
    verified.rows_quarantined = here.rows_quarantined;
    verified.rows_target = comparison.target.rows;
    if comparison.agrees() {
        return Ok(verified);
    }
    verified.differing = comparison.differing;
    let found = differ::differ(source, snapshot, state.schema(), options.limit)?;
    verified.rows = found.rows;
    verified.row_count = found.count;
    Ok(verified)
}

fn both(
    source: &SourceTable<'_>,
    schema: &str,
    snapshot: &mut Transaction<'_>,
) -> Result<(SourceDigest, Comparison), MigrateError> {
    let table: &TablePlan = source.table;
    // The connection to SQLite stays in its thread, the server computes in its own processes.
    let (here, there) = thread::scope(|scope| {
        let server = scope.spawn(|| query::digest(snapshot, schema, table));
        let here = source.digest();
        (here, server.join())
    });
    let there = there.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
    let here = here?;
    let comparison = differences(table, &here.digest, there);
    Ok((here, comparison))
}

fn remarks(
    plan: &FilePlan,
    state: &TargetState,
    connection: &Connection,
    path: &Path,
    snapshot: &mut Transaction<'_>,
) -> Result<Vec<String>, MigrateError> {
    let mut remarks = Vec::new();
    for table in sqlite::read_catalog(connection, path)?.tables {
        let known = plan.tables.iter().any(|planned| planned.source == table.name)
            || plan.not_carried.iter().any(|object| object.name == table.name);
        if !known {
            remarks.push(format!(
                "the table `{}` of the file was made after the run",
                table.name
            ));
        }
    }
    remarks.extend(state.remarks(plan));
    for table in plan
        .tables
        .iter()
        .filter(|table| state.missing_columns(table).is_empty())
    {
        remarks.extend(state.sequences(snapshot, table)?);
    }
    Ok(remarks)
}

/// Whether the file or its WAL was written to after the run had copied it; that is known to the second.
fn written_since(migration: &Migration, path: &Path) -> Option<String> {
    let backup = migration.backup.as_ref()?;
    let copied = DateTime::parse_from_rfc3339(&backup.made).ok()?;
    let mut wal = path.as_os_str().to_owned();
    wal.push("-wal");
    let written = [path, Path::new(&wal)]
        .into_iter()
        .filter_map(|path| path.metadata().ok()?.modified().ok())
        .max()?;
    (DateTime::<Utc>::from(written) >= copied + TimeDelta::seconds(1)).then(|| {
        format!(
            "`{}` was written to after the run had copied it; `--backup` compares with the copy of {}",
            path.display(),
            backup.made
        )
    })
}

fn extra(file: &VerifiedFile) -> Option<String> {
    let mut rows = file.tables.iter().flat_map(|table| &table.rows);
    rows.any(|row| row.kind == RowDifferenceKind::Extra).then(|| {
        "rows that are only in PostgreSQL were added there after the run, as an application does once it writes there"
            .to_owned()
    })
}

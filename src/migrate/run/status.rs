//! How far migrations into a database are.

use serde::Serialize;

use super::ledger::{self, TableState};
use crate::migrate::MigrateError;
use crate::migrate::plan::{Step, TablePlan};
use crate::migrate::postgres::{Target, connect};
use crate::migrate::report::FileState;

/// How far migrations into a database are.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StatusReport {
    /// The database: host, port and name.
    pub target: String,
    /// The runs, one for each file, the latest first.
    pub runs: Vec<StatusRun>,
}

/// One run of a file.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StatusRun {
    /// The file's name in stack.toml.
    pub source: String,
    /// The file.
    pub path: String,
    /// The schema.
    pub schema: String,
    /// How far it is.
    pub state: FileState,
    /// When it began, RFC 3339 in UTC.
    pub began: String,
    /// Its tables.
    pub tables: Vec<StatusTable>,
    /// What to type next, where something is to be done.
    pub next: Option<String>,
}

/// One table of a run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StatusTable {
    /// Its name in SQLite.
    pub source: String,
    /// Its name in PostgreSQL.
    pub name: String,
    /// How far its rows are.
    pub state: TableState,
    /// Rows that were read.
    pub rows: u64,
    /// Rows at the time of the plan.
    pub total: u64,
    /// Keys, indexes and foreign keys that are made.
    pub built: usize,
    /// How many there are to be.
    pub to_build: usize,
}

/// Reads the ledger. A database without one has no runs.
pub fn status(target: &Target) -> Result<StatusReport, MigrateError> {
    let mut client = connect(target)?;
    let mut runs = Vec::new();
    if ledger::exists(&mut client)? {
        for migration in ledger::all(&mut client)? {
            let plans = migration.plan.as_ref().map_or(&[][..], |plan| &plan.tables);
            let tables = ledger::tables(&mut client, migration.id)?
                .into_iter()
                .enumerate()
                .map(|(position, kept)| {
                    let rows = kept.progress.map_or(0, |progress| progress.rows_read);
                    let plan = plans.get(position);
                    StatusTable {
                        built: steps(plan).filter(|step| kept.steps.contains(&step.name)).count(),
                        to_build: steps(plan).count(),
                        total: plan.map_or(rows, |plan| plan.rows),
                        rows,
                        state: kept.state,
                        source: kept.source,
                        name: kept.name,
                    }
                })
                .collect();
            runs.push(StatusRun {
                next: next(migration.state),
                source: migration.source,
                path: migration.path,
                schema: migration.schema,
                state: migration.state,
                began: migration.began,
                tables,
            });
        }
    }
    Ok(StatusReport {
        target: target.shown(),
        runs,
    })
}

fn steps(plan: Option<&TablePlan>) -> impl Iterator<Item = &Step> {
    plan.into_iter()
        .flat_map(|plan| plan.indexes.iter().chain(&plan.foreign_keys))
}

fn next(state: FileState) -> Option<String> {
    match state {
        FileState::Done | FileState::DoneWithQuarantine => None,
        FileState::Held => Some(
            "look at `stackctl.quarantine`, then `stackctl migrate run` with the same options and `--accept-quarantine` moves the tables into their schema"
                .to_owned(),
        ),
        FileState::Unfinished => Some(
            "`stackctl migrate run` with the same options goes on with it; `--restart` throws it away and begins again".to_owned(),
        ),
    }
}

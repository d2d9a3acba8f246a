//! Comparing both sides, column by column and then row by row. It writes nothing.

mod buckets;
pub mod compare;
mod differ;
mod file;
pub mod query;
mod row_hasher;
mod source_table;
mod target_state;

use std::path::Path;

pub use compare::{Comparison, compare};

use super::MigrateError;
use super::postgres::{self, PostgresError, Target};
use super::report::{FileState, VerifyReport};
use super::run::ledger::{self, Migration};
use super::settings::Source;
use crate::event::Observer;
use crate::runtime::interrupt::Interrupt;

/// What is to be compared.
#[derive(Debug, Clone)]
pub struct VerifyOptions {
    /// The files; none: all that were migrated.
    pub sources: Vec<Source>,
    /// Where they went.
    pub target: Target,
    /// Whether to compare with the copy that the run had read rather than with the file as it is now.
    pub backup: bool,
    /// At most so many rows are named for each table.
    pub limit: usize,
}

/// Compares what runs have carried, by the plans that they left in the target database.
pub fn verify(
    options: &VerifyOptions,
    observer: &dyn Observer,
    interrupt: &Interrupt,
) -> Result<VerifyReport, MigrateError> {
    let mut client = postgres::connect(&options.target)?;
    let canceller = postgres::Canceller::new(&client, &options.target)?;
    let _listening = interrupt.listen(move |_| {
        // Where it can't be cancelled, the statement ends by itself.
        let _ = canceller.cancel();
    });
    let migrations = if ledger::exists(&mut client)? {
        ledger::all(&mut client)?
    } else {
        Vec::new()
    };
    let mut files = Vec::new();
    for (migration, path) in chosen(options, &migrations)? {
        // All tables are compared as they are at one moment.
        let mut snapshot = client
            .build_transaction()
            .isolation_level(::postgres::IsolationLevel::RepeatableRead)
            .read_only(true)
            .start()
            .map_err(PostgresError::statement("begin a transaction"))?;
        let file = file::verify(options, migration, path, &mut snapshot, observer, interrupt);
        files.push(file.map_err(|error| {
            if interrupt.arrived() {
                MigrateError::Stopped
            } else {
                error
            }
        })?);
    }
    Ok(VerifyReport {
        target: options.target.shown(),
        files,
    })
}

/// The latest finished run of each file, and the file to read: as it is called now, for it may have moved.
fn chosen<'a>(
    options: &'a VerifyOptions,
    migrations: &'a [Migration],
) -> Result<Vec<(&'a Migration, &'a Path)>, MigrateError> {
    let refused = |message: String, hint: &str| {
        Err(MigrateError::Refused {
            message,
            hint: Some(hint.to_owned()),
        })
    };
    // The latest are first. One that is not finished has changed nothing of what an earlier one has carried.
    let latest = |schema: &str| {
        let of_schema = || migrations.iter().filter(|migration| migration.schema == schema);
        of_schema()
            .find(|one| matches!(one.state, FileState::Done | FileState::DoneWithQuarantine))
            .or_else(|| of_schema().next())
    };
    let mut chosen: Vec<(&Migration, &Path)> = Vec::new();
    for source in &options.sources {
        match latest(&source.schema) {
            Some(migration) => chosen.push((migration, &source.path)),
            None => {
                return refused(
                    format!("no run has carried a file into the schema `{}`", source.schema),
                    "`stackctl migrate status` shows what runs have done in this database",
                );
            }
        }
    }
    if options.sources.is_empty() {
        for migration in migrations {
            if !chosen.iter().any(|(other, _)| other.schema == migration.schema) {
                let migration = latest(&migration.schema).unwrap_or(migration);
                chosen.push((migration, Path::new(&migration.path)));
            }
        }
    }
    if chosen.is_empty() {
        return refused(
            "no file was migrated into this database".to_owned(),
            "`stackctl migrate run` does that",
        );
    }
    for (migration, _) in &chosen {
        let schema = &migration.schema;
        match migration.state {
            FileState::Done | FileState::DoneWithQuarantine => {}
            FileState::Held => {
                return refused(
                    format!("the schema `{schema}` is not made yet: what is in quarantine was not accepted"),
                    "`stackctl migrate run --accept-quarantine` makes it",
                );
            }
            FileState::Unfinished => {
                return refused(
                    format!("the migration into the schema `{schema}` is not finished"),
                    "`stackctl migrate run` goes on with it",
                );
            }
        }
    }
    Ok(chosen)
}

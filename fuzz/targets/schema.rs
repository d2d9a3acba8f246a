//! SQL as the making of a SQLite file: its tables, defaults, CHECKs, indexes, views and triggers are translated. With
//! `STACKCTL_FUZZ_POSTGRES` set to an address, a server is given the outcome, and must end with the same rows.

#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};
use stackctl::migrate::MigrateError;
use stackctl::migrate::sqlite::SqliteError;
use stackctl_fuzz::{database, panics, scratch, server, whole_file};

fuzz_target!(init: panics::abort_at_ours(), |sql: &str| -> Corpus {
    let path = scratch::path("schema.db");
    if database::make(&path, sql).is_err() {
        return Corpus::Reject;
    }
    match whole_file::plan(&path, sql.len()) {
        Ok(plan) => {
            server::carry(&whole_file::source(&path, sql.len()));
            if plan.tables.is_empty() && plan.objects.is_empty() {
                return Corpus::Reject;
            }
            Corpus::Keep
        }
        // No statement was taken.
        Err(MigrateError::Sqlite(SqliteError::Empty(_))) => Corpus::Reject,
        // A column that is computed when it is read, from what its function does not take.
        Err(MigrateError::Sqlite(SqliteError::Sqlite { action, .. })) if action.starts_with("read the table") => {
            Corpus::Reject
        }
        Err(error) => panic!("SQLite made the file, and it can't be planned: {error:?}"),
    }
});

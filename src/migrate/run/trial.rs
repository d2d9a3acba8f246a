//! What the server has against the tables of a plan, before any row is copied: they are made in a transaction that is
//! undone, so that nothing of it stays.

use postgres::error::SqlState;
use postgres::{Client, Transaction};

use super::ledger::failed;
use super::refusal;
use crate::migrate::MigrateError;
use crate::migrate::ddl::quoted;
use crate::migrate::plan::FilePlan;

/// The schema in which they are made. No file and no unfinished run has one of such a name.
const SCHEMA: &str = "stackctl trial";

/// So many are made at once: each takes locks until it is undone.
const AT_ONCE: usize = 64;

/// What came of it.
#[derive(Debug)]
pub enum Trial {
    /// The places of the tables that the server refuses, with what it says.
    Refused(Vec<(usize, postgres::Error)>),
    /// It can not be tried: the server's words.
    Impossible(String),
}

/// Makes all tables of a plan and undoes that.
pub fn trial(client: &mut Client, plan: &FilePlan) -> Result<Trial, MigrateError> {
    let mut transaction = client.transaction().map_err(failed("begin a transaction"))?;
    let schema = quoted(SCHEMA);
    if let Err(error) = transaction.batch_execute(&format!("create schema {schema}")) {
        return match error.as_db_error() {
            Some(said) if can_not(said.code()) => Ok(Trial::Impossible(said.message().to_owned())),
            _ => Err(failed(ACTION)(error)),
        };
    }
    let statements: Vec<String> = plan
        .tables
        .iter()
        .map(|table| table.create.replace("{schema}", &schema))
        .collect();
    let mut refused = Vec::new();
    for (begin, some) in (0..).step_by(AT_ONCE).zip(statements.chunks(AT_ONCE)) {
        if made(&mut transaction, &some.join(";\n"))?.is_none() {
            continue;
        }
        for (place, statement) in (begin..).zip(some) {
            let error = made(&mut transaction, statement)?;
            refused.extend(error.map(|error| (place, error)));
        }
    }
    transaction.rollback().map_err(failed(ACTION))?;
    Ok(Trial::Refused(refused))
}

const ACTION: &str = "try whether the server takes the tables as they are planned";

/// Makes tables and undoes them; gives the error where the server refuses one.
fn made(transaction: &mut Transaction<'_>, sql: &str) -> Result<Option<postgres::Error>, MigrateError> {
    let mut inner = transaction.savepoint("trial").map_err(failed(ACTION))?;
    let answer = inner.batch_execute(sql);
    let undone = inner.rollback();
    match answer {
        Err(error) if refusal::is_of_step(&error) => undone.map(|()| Some(error)).map_err(failed(ACTION)),
        Err(error) => Err(failed(ACTION)(error)),
        Ok(()) => undone.map(|()| None).map_err(failed(ACTION)),
    }
}

/// Whether the role or the server writes nothing at all.
fn can_not(code: &SqlState) -> bool {
    [
        SqlState::INSUFFICIENT_PRIVILEGE,
        SqlState::READ_ONLY_SQL_TRANSACTION,
    ]
    .contains(code)
}

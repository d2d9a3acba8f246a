//! Names of services that a person typed.

use super::EngineError;
use crate::diagnostic::nearest;
use crate::model::{Postgres, Stack};

/// Every service of the stack, the database among them.
#[must_use]
pub fn all(stack: &Stack) -> Vec<String> {
    let database = stack.postgres.iter().map(|_| Postgres::SERVICE.to_owned());
    let services = stack.services.iter().map(|service| service.name.to_string());
    database.chain(services).collect()
}

/// Refuses a name that the stack does not have.
pub fn check(stack: &Stack, typed: &[String]) -> Result<(), EngineError> {
    let names = all(stack);
    match typed.iter().find(|name| !names.contains(name)) {
        None => Ok(()),
        Some(unknown) => Err(EngineError::UnknownService {
            name: unknown.clone(),
            nearest: nearest(unknown, names.iter().map(String::as_str)).map(str::to_owned),
            names,
        }),
    }
}

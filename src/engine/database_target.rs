//! The stack's database as a place that `migrate` writes to or reads.
//!
//! The superuser can't come over the network, and a service's role may do too little or too much. So a role logs in
//! that can only while this value lives: its password is made up anew each time, is in no argument and no file, and
//! is taken away at the end. The server takes it no longer than for some days in any case, for when this process is
//! killed.

mod address;
mod script;

use std::collections::BTreeMap;
use std::time::Duration;

use super::error::Problem;
use super::project::Project;
use super::{EngineError, access, lock, preflight};
use crate::artifact::owner_role;
use crate::event::Event;
use crate::migrate::postgres::{Surroundings, Target, address as target_address};
use crate::model::{Identifier, Postgres};
use crate::runtime::command::CommandError;
use crate::runtime::docker::Container;
use crate::runtime::lock::Lock;

/// What is to be done there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Tables are made and filled. The stack's lock is held meanwhile.
    Write,
    /// As [`Write`](Self::Write), and what is in the schemas may be dropped.
    Replace,
    /// Everything is read and nothing written.
    Read,
}

/// The way to the database, open until it is dropped.
pub struct OpenDatabase<'p, 'a> {
    project: &'p Project<'a>,
    postgres: &'p Postgres,
    role: String,
    target: Target,
    is_closed: bool,
    lock: Option<Lock>,
}

/// Opens the way to the database for these schemas.
pub fn open<'p, 'a>(
    project: &'p Project<'a>,
    schemas: &[Identifier],
    purpose: Purpose,
    wait_lock: Duration,
) -> Result<OpenDatabase<'p, 'a>, EngineError> {
    let postgres = project.stack().postgres.as_ref().ok_or_else(|| {
        EngineError::Known(Problem::new(
            "the stack has no database",
            "add a `[postgres]` table to stack.toml, or name another database with `--to`",
        ))
    })?;
    preflight::engine(project)?;
    let container = running(project)?;
    let held = match purpose {
        Purpose::Read => None,
        Purpose::Write | Purpose::Replace => Some(lock::take(project, "migrate", wait_lock)?),
    };
    let server = address::find(&container)?;
    let password = random()?;
    let role = match purpose {
        Purpose::Write | Purpose::Replace => script::WRITER.to_owned(),
        Purpose::Read => script::reader(&random()?[..12]),
    };
    let address = format!(
        "host={} port={} user='{role}' dbname={} password={password} sslmode=prefer connect_timeout=15",
        server.ip(),
        server.port(),
        postgres.database
    );
    let mut target = target_address::target(Some(&address), None, &nothing_around()).map_err(|error| {
        EngineError::Known(Problem::new(error.to_string(), "this is a fault of stackctl"))
    })?;
    target.owner = owners(schemas);
    let opening = script::open(&role, &password, postgres, schemas, purpose);
    if purpose != Purpose::Read {
        // Until all went well the next `up` sets roles and rights again.
        access::forget(project)?;
    }
    project
        .runner()
        .run(&access::superuser_script(project, postgres, opening))
        .map_err(refused)?;
    Ok(OpenDatabase {
        project,
        postgres,
        role,
        target,
        is_closed: false,
        lock: held,
    })
}

impl OpenDatabase<'_, '_> {
    /// How to connect.
    #[must_use]
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// Ends it, and gives the services their rights on what was made.
    pub fn finish(mut self) -> Result<(), EngineError> {
        self.close()?;
        if self.lock.is_some() {
            access::apply(self.project)?;
        }
        Ok(())
    }

    fn close(&mut self) -> Result<(), EngineError> {
        self.is_closed = true;
        // Also after Ctrl-C.
        let project = self.project.undisturbed();
        let closing = script::close(&self.role);
        let cmd = access::superuser_script(&project, self.postgres, closing);
        project.runner().run(&cmd)?;
        Ok(())
    }
}

impl Drop for OpenDatabase<'_, '_> {
    fn drop(&mut self) {
        if !self.is_closed
            && let Err(error) = self.close()
        {
            self.project.observer().on(Event::Warning(&format!(
                "the role `{}` could not be closed again: {error}; `stackctl up` does it once the database runs",
                self.role
            )));
        }
    }
}

/// The database's container, which must run.
fn running(project: &Project<'_>) -> Result<Container, EngineError> {
    let containers = project.docker.project(project.name())?;
    let is_database = |container: &Container| container.service() == Postgres::SERVICE;
    containers
        .into_iter()
        .find(|container| is_database(container) && container.is_running())
        .ok_or_else(|| EngineError::NotRunning(Postgres::SERVICE.to_owned()))
}

/// Nothing of the caller's environment reaches this connection.
fn nothing_around() -> Surroundings<'static> {
    Surroundings {
        variable: &|_| None,
        user: None,
        home: None,
        sockets: Vec::new(),
    }
}

fn owners(schemas: &[Identifier]) -> BTreeMap<String, String> {
    schemas
        .iter()
        .map(|schema| (schema.to_string(), owner_role(schema)))
        .collect()
}

/// 32 random bytes in hexadecimal.
fn random() -> Result<String, EngineError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| {
        EngineError::Known(Problem::new(
            format!("the system gave no random bytes for a password: {error}"),
            "try again",
        ))
    })?;
    Ok(bytes
        .iter()
        .fold(String::new(), |text, byte| format!("{text}{byte:02x}")))
}

/// What the script could not do, in words.
fn refused(error: CommandError) -> EngineError {
    let said = error.stderr().iter().rev().find_map(|line| {
        let (_, said) = line.split_once("ERROR:")?;
        Some(said.trim().to_owned())
    });
    match said {
        Some(said) if said.starts_with(script::NOT_UP_TO_DATE) => {
            EngineError::Known(Problem::new(said, "`stackctl up` makes it"))
        }
        Some(said) => EngineError::Known(Problem::new(
            format!("no role could be made for the migration: {said}"),
            "`stackctl logs postgres` says more",
        )),
        None => error.into(),
    }
}

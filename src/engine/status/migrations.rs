//! Migrations of the stack's SQLite files that are not at their end: asked in the database's container, from the ledger that
//! `migrate run` keeps there.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::engine::project::Project;
use crate::migrate::report::FileState;
use crate::migrate::run::LOCK;
use crate::model::Postgres;
use crate::runtime::docker::{Container, docker};

/// After which the database counts as silent: `status` must answer, whatever it does.
const PATIENCE: Duration = Duration::from_secs(5);

/// The latest run into each schema, and whether one works right now. A database into which nothing was migrated has no ledger.
const SCRIPT: &str = r#"
set search_path = pg_catalog, pg_temp;
select to_regclass('stackctl.migration') is not null as kept \gset
\if :kept
select json_build_object(
    'works', exists (select from pg_locks where locktype = 'advisory' and granted and objsubid = 1
        and database = (select oid from pg_database where datname = current_database())
        and ((classid::bigint << 32) | objid::bigint) = LOCK),
    'runs', coalesce((select json_agg(latest) from (
        select distinct on (schema) source, schema, state,
            to_char(began at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as began
        from stackctl.migration order by schema, id desc) as latest), '[]'));
\else
select '{}';
\endif
"#;

/// What the ledger says.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Migrations {
    /// Whether `migrate run` works right now.
    #[serde(default)]
    pub works: bool,
    /// The latest run into each schema of a SQLite file of the stack, where it is not at its end.
    #[serde(default)]
    pub runs: Vec<MigrationRun>,
    /// Why a database that runs gave no answer.
    #[serde(default)]
    pub silent: Option<String>,
}

/// A run that is not at its end.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MigrationRun {
    /// The file's name in stack.toml.
    pub source: String,
    /// The schema it goes to.
    pub schema: String,
    /// How far it is.
    pub state: FileState,
    /// When it began, RFC 3339 in UTC.
    pub began: String,
}

/// Asks, where the stack has SQLite files and its database runs.
pub fn migrations(project: &Project<'_>, containers: &[Container]) -> Migrations {
    let stack = project.stack();
    let running = containers
        .iter()
        .find(|container| container.service() == Postgres::SERVICE && container.is_running());
    let (Some(postgres), Some(container)) = (&stack.postgres, running) else {
        return Migrations::default();
    };
    if stack.sqlite.is_empty() {
        return Migrations::default();
    }
    let cmd = docker()
        .args(["exec", "-i", &container.name, "psql", "-X", "-q", "-A", "-t"])
        .args(["-v", "ON_ERROR_STOP=1", "-U", Postgres::SUPERUSER, "-d"])
        .arg(postgres.database.as_str())
        .args(["-f", "-"])
        .input(SCRIPT.replace("LOCK", &LOCK.to_string()))
        .data()
        .deadline(PATIENCE);
    let silent = |why: String| Migrations {
        silent: Some(why),
        ..Migrations::default()
    };
    let captured = match project.runner().finish(&cmd, &mut |_| {}) {
        Ok(captured) => captured,
        Err(error) => return silent(error.to_string()),
    };
    let Ok(mut told) = serde_json::from_str::<Migrations>(&captured.stdout) else {
        let last = captured.stderr.iter().rev().find(|line| !line.trim().is_empty());
        return silent(last.map_or_else(|| captured.status.to_string(), Clone::clone));
    };
    let is_own = |run: &MigrationRun| stack.sqlite.iter().any(|file| file.schema.as_str() == run.schema);
    told.runs.retain(|run| is_open(run.state) && is_own(run));
    told
}

fn is_open(state: FileState) -> bool {
    matches!(state, FileState::Held | FileState::Unfinished)
}

impl Migrations {
    /// What is to be done, and what to type; nothing while a run works.
    #[must_use]
    pub fn next(&self) -> Option<(String, String)> {
        if self.works {
            return None;
        }
        let first = self.runs.first()?;
        let summary = match first.state {
            FileState::Held => format!(
                "the migration of {} is held: cells are in quarantine, or keys are lost",
                first.source
            ),
            _ => format!("the migration of {} is not finished", first.source),
        };
        Some((summary, "stackctl migrate status".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_for_a_person_is_told_unless_a_run_works() {
        let told = |works: bool, state: &str| {
            let run = format!(
                r#"{{"source":"main","schema":"main","state":"{state}","began":"2026-01-02T03:04:05Z"}}"#
            );
            let text = format!(r#"{{"works":{works},"runs":[{run}]}}"#);
            serde_json::from_str::<Migrations>(&text).unwrap().next()
        };
        let (summary, next) = told(false, "held").unwrap();
        assert!(summary.starts_with("the migration of main is held"), "{summary}");
        assert_eq!(next, "stackctl migrate status");
        assert_eq!(
            told(false, "unfinished").unwrap().0,
            "the migration of main is not finished"
        );
        assert!(told(true, "unfinished").is_none());
        assert!(serde_json::from_str::<Migrations>("{}").unwrap().next().is_none());
    }
}

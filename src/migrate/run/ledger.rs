//! What a migration remembers in the target database: the schema `stackctl`, with which a killed run is gone on with and
//! a finished one is verified.

use std::path::Path;

use postgres::{Client, GenericClient};
use serde::{Deserialize, Serialize};

use super::progress::Progress;
use super::save::Saved;
use crate::migrate::MigrateError;
use crate::migrate::plan::FilePlan;
use crate::migrate::postgres::PostgresError;
use crate::migrate::report::{FileReport, FileState};
use crate::migrate::run::Existing;
use crate::migrate::settings::{Settings, Source};

/// The schema that belongs to stackctl; no file may be carried into it.
pub const SCHEMA: &str = "stackctl";

/// JSON rather than jsonb where a key of a row may hold `\u0000`, which jsonb refuses.
const TABLES: &str = r#"
create table stackctl.migration (
    id bigint generated always as identity primary key,
    source text not null,
    path text not null,
    schema text not null,
    state text not null,
    settings json not null,
    plan json not null,
    backup json,
    report json,
    stackctl text not null,
    began timestamptz not null default clock_timestamp(),
    changed timestamptz not null default clock_timestamp()
);
comment on table stackctl.migration is 'runs of stackctl migrate, one row for each SQLite file';
create table stackctl.migration_table (
    migration bigint not null references stackctl.migration on delete cascade,
    position integer not null,
    source text not null,
    name text not null,
    state text not null default 'waiting',
    progress json,
    steps text[] not null default '{}',
    build_seconds double precision not null default 0,
    differing text[],
    primary key (migration, position)
);
comment on table stackctl.migration_table is 'how far each table of a run is';
create table stackctl.quarantine (
    migration bigint not null references stackctl.migration on delete cascade,
    source text not null,
    "table" text not null,
    key jsonb not null,
    "column" text,
    class text,
    raw bytea,
    reason text not null,
    "row" jsonb
);
comment on table stackctl.quarantine is
    'cells of SQLite that did not fit their columns; whole rows where "column" is null';
create index quarantine_table on stackctl.quarantine (migration, "table");
"#;

/// The choices with which a run began; one with others is not the same run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Choices {
    /// What was decided for the file.
    pub settings: Settings,
    /// Whether it goes into tables that were there before.
    pub into: bool,
}

impl Choices {
    /// The choices of a run for one of its files.
    #[must_use]
    pub fn new(source: &Source, existing: Existing) -> Self {
        Self {
            settings: source.settings.clone(),
            into: matches!(existing, Existing::Into | Existing::IntoEmptied),
        }
    }
}

/// A run of one file, as it is remembered.
#[derive(Debug, Clone)]
pub struct Migration {
    /// Its number.
    pub id: i64,
    /// The file's name in stack.toml.
    pub source: String,
    /// The file.
    pub path: String,
    /// The schema that it goes to.
    pub schema: String,
    /// How far it is.
    pub state: FileState,
    /// With which choices it began; `None` where another version of stackctl wrote them otherwise.
    pub choices: Option<Choices>,
    /// Its plan; `None` likewise.
    pub plan: Option<FilePlan>,
    /// The copy that it reads.
    pub backup: Option<Saved>,
    /// When it began, RFC 3339 in UTC.
    pub began: String,
}

/// A table of a run, as it is remembered.
#[derive(Debug, Clone)]
pub struct Kept {
    /// Its name in SQLite.
    pub source: String,
    /// Its name in PostgreSQL.
    pub name: String,
    /// How far it is.
    pub state: TableState,
    /// What was copied of it.
    pub progress: Option<Progress>,
    /// The steps that are done: keys, indexes and foreign keys by their names.
    pub steps: Vec<String>,
    /// Time spent on them, seconds.
    pub build_seconds: f64,
    /// Columns whose digests differ; `None` before they were compared.
    pub differing: Option<Vec<String>>,
}

/// How far a table is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TableState {
    /// It is not made yet.
    Waiting,
    /// Some of its rows are there.
    Copying,
    /// All of its rows are there.
    Copied,
}

/// Makes the ledger where it is not there.
pub fn prepare(client: &mut Client) -> Result<(), MigrateError> {
    const ACTION: &str = "make the schema `stackctl`, which remembers how far a migration is";
    let mut transaction = client.transaction().map_err(failed(ACTION))?;
    // `create schema if not exists` asks for the right to make one even where it exists.
    let row = transaction
        .query_one(
            "select to_regnamespace('stackctl') is null, to_regclass('stackctl.migration') is null",
            &[],
        )
        .map_err(failed(ACTION))?;
    if row.get(0) {
        transaction
            .batch_execute("create schema stackctl")
            .map_err(failed(ACTION))?;
    }
    if row.get(1) {
        transaction.batch_execute(TABLES).map_err(failed(ACTION))?;
    }
    transaction.commit().map_err(failed(ACTION))
}

/// Whether the ledger is there.
pub fn exists(client: &mut Client) -> Result<bool, MigrateError> {
    let row = client
        .query_one("select to_regclass('stackctl.migration') is not null", &[])
        .map_err(failed("look for earlier migrations"))?;
    Ok(row.get(0))
}

/// When the last run began that has carried a file into a schema and is done; `None` also where the ledger is not for
/// this role to read.
pub fn carried(client: &mut impl GenericClient, schema: &str) -> Result<Option<String>, MigrateError> {
    const ACTION: &str = "look for earlier migrations";
    let ledger = client
        .query_one(
            "select coalesce(has_schema_privilege(to_regnamespace('stackctl'), 'usage'), false)",
            &[],
        )
        .map_err(failed(ACTION))?;
    if !ledger.get::<_, bool>(0) {
        return Ok(None);
    }
    let readable = client
        .query_one(
            "select coalesce(has_table_privilege(to_regclass('stackctl.migration'), 'select'), false)",
            &[],
        )
        .map_err(failed(ACTION))?;
    if !readable.get::<_, bool>(0) {
        return Ok(None);
    }
    let row = client
        .query_opt(
            "select to_char(began at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')
             from stackctl.migration where schema = $1 and state = any ($2) order by id desc limit 1",
            &[
                &schema,
                &[FileState::Done, FileState::DoneWithQuarantine]
                    .map(state_name)
                    .as_slice(),
            ],
        )
        .map_err(failed(ACTION))?;
    Ok(row.map(|row| row.get(0)))
}

/// Notes that a file's migration begins, with all its tables, and gives its number.
pub fn begin(
    client: &mut impl GenericClient,
    plan: &FilePlan,
    choices: &Choices,
    backup: Option<&Saved>,
) -> Result<i64, MigrateError> {
    const ACTION: &str = "note in `stackctl.migration` that a file's migration begins";
    let id: i64 = client
        .query_one(
            "insert into stackctl.migration (source, path, schema, state, settings, plan, backup, stackctl)
             values ($1, $2, $3, $4, $5::text::json, $6::text::json, $7::text::json, $8) returning id",
            &[
                &plan.source,
                &place_of(Path::new(&plan.path)),
                &plan.schema,
                &state_name(FileState::Unfinished),
                &json(choices),
                &json(plan),
                &backup.map(json),
                &env!("CARGO_PKG_VERSION"),
            ],
        )
        .map_err(failed(ACTION))?
        .get(0);
    let sources: Vec<&str> = plan.tables.iter().map(|table| table.source.as_str()).collect();
    let names: Vec<&str> = plan.tables.iter().map(|table| table.name.as_str()).collect();
    client
        .execute(
            "insert into stackctl.migration_table (migration, position, source, name)
             select $1, (position - 1)::integer, source, name
             from unnest($2::text[], $3::text[]) with ordinality as t (source, name, position)",
            &[&id, &sources, &names],
        )
        .map_err(failed(ACTION))?;
    Ok(id)
}

/// A file as the ledger calls it, from whatever folder a run is started: another file of the same name is not the same.
#[must_use]
pub fn place_of(path: &Path) -> String {
    let place = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    place.display().to_string()
}

/// All runs, the latest first.
pub fn all(client: &mut Client) -> Result<Vec<Migration>, MigrateError> {
    let rows = client
        .query(
            "select id, source, path, schema, state, settings::text, plan::text, backup::text,
                    to_char(began at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')
             from stackctl.migration order by id desc",
            &[],
        )
        .map_err(failed("read earlier migrations from `stackctl.migration`"))?;
    Ok(rows
        .iter()
        .map(|row| Migration {
            id: row.get(0),
            source: row.get(1),
            path: row.get(2),
            schema: row.get(3),
            state: parsed(&format!("\"{}\"", row.get::<_, &str>(4))).unwrap_or(FileState::Unfinished),
            choices: parsed(row.get(5)),
            plan: parsed(row.get(6)),
            backup: row.get::<_, Option<&str>>(7).and_then(parsed),
            began: row.get(8),
        })
        .collect())
}

/// The tables of a run, in the order of its plan.
pub fn tables(client: &mut impl GenericClient, migration: i64) -> Result<Vec<Kept>, MigrateError> {
    let rows = client
        .query(
            "select source, name, state, progress::text, steps, build_seconds, differing
             from stackctl.migration_table where migration = $1 order by position",
            &[&migration],
        )
        .map_err(failed("read `stackctl.migration_table`"))?;
    Ok(rows
        .iter()
        .map(|row| Kept {
            source: row.get(0),
            name: row.get(1),
            state: parsed(&format!("\"{}\"", row.get::<_, &str>(2))).unwrap_or(TableState::Waiting),
            progress: row.get::<_, Option<&str>>(3).and_then(parsed),
            steps: row.get(4),
            build_seconds: row.get(5),
            differing: row.get(6),
        })
        .collect())
}

/// What was copied of a table.
pub fn progress(
    client: &mut impl GenericClient,
    migration: i64,
    position: usize,
) -> Result<Progress, MigrateError> {
    let text: Option<String> = client
        .query_one(
            "select progress::text from stackctl.migration_table where migration = $1 and position = $2",
            &[&migration, &place(position)],
        )
        .map_err(failed("read `stackctl.migration_table`"))?
        .get(0);
    text.as_deref()
        .and_then(parsed)
        .ok_or_else(|| MigrateError::Refused {
            message: "`stackctl.migration_table` holds what this version of stackctl can't read".to_owned(),
            hint: Some("begin again: the same command with `--restart`".to_owned()),
        })
}

/// The steps of a table that are done, as `note_step` was told them.
pub fn steps(
    client: &mut impl GenericClient,
    migration: i64,
    position: usize,
) -> Result<Vec<String>, MigrateError> {
    let row = client
        .query_one(
            "select steps from stackctl.migration_table where migration = $1 and position = $2",
            &[&migration, &place(position)],
        )
        .map_err(failed("read `stackctl.migration_table`"))?;
    Ok(row.get(0))
}

/// Notes how far the copy of a table is; in the transaction that brings its rows.
pub fn note_rows(
    client: &mut impl GenericClient,
    migration: i64,
    position: usize,
    state: TableState,
    progress: &Progress,
) -> Result<(), postgres::Error> {
    client.execute(
        "update stackctl.migration_table set state = $3, progress = $4::text::json
         where migration = $1 and position = $2",
        &[&migration, &place(position), &name_of(&state), &json(progress)],
    )?;
    Ok(())
}

/// Notes that a table is begun again with another plan, and forgets what was noted of it.
pub fn note_plan(
    client: &mut impl GenericClient,
    migration: i64,
    position: usize,
    plan: &FilePlan,
) -> Result<(), postgres::Error> {
    client.execute(
        "update stackctl.migration set plan = $2::text::json, changed = clock_timestamp() where id = $1",
        &[&migration, &json(plan)],
    )?;
    client.execute(
        "update stackctl.migration_table
         set state = 'waiting', progress = null, steps = '{}', build_seconds = 0, differing = null
         where migration = $1 and position = $2",
        &[&migration, &place(position)],
    )?;
    client.execute(
        r#"delete from stackctl.quarantine where migration = $1 and "table" = $2"#,
        &[&migration, &plan.tables[position].source],
    )?;
    Ok(())
}

/// Notes a step of a table as done; in the transaction that does it.
pub fn note_step(
    client: &mut impl GenericClient,
    migration: i64,
    position: usize,
    step: &str,
    seconds: f64,
) -> Result<(), postgres::Error> {
    client.execute(
        "update stackctl.migration_table set steps = steps || $3::text, build_seconds = build_seconds + $4
         where migration = $1 and position = $2",
        &[&migration, &place(position), &step, &seconds],
    )?;
    Ok(())
}

/// Notes what the comparison of a table gave.
pub fn note_comparison(
    client: &mut impl GenericClient,
    migration: i64,
    position: usize,
    differing: &[String],
) -> Result<(), postgres::Error> {
    client.execute(
        "update stackctl.migration_table set differing = $3 where migration = $1 and position = $2",
        &[&migration, &place(position), &differing],
    )?;
    Ok(())
}

/// Notes how far a file is, with its report.
pub fn note_file(
    client: &mut impl GenericClient,
    migration: i64,
    report: &FileReport,
) -> Result<(), MigrateError> {
    client
        .execute(
            "update stackctl.migration set state = $2, report = $3::text::json, changed = clock_timestamp()
             where id = $1",
            &[&migration, &state_name(report.state), &json(report)],
        )
        .map_err(failed("note in `stackctl.migration` how far a file is"))?;
    Ok(())
}

/// Forgets a run that is begun again, with what it has in quarantine.
pub fn forget(client: &mut impl GenericClient, migration: i64) -> Result<(), MigrateError> {
    client
        .execute("delete from stackctl.migration where id = $1", &[&migration])
        .map_err(failed("forget an unfinished migration"))?;
    Ok(())
}

/// The error of a statement, from what was tried.
pub fn failed(action: impl Into<String>) -> impl FnOnce(postgres::Error) -> MigrateError {
    let failed = PostgresError::statement(action);
    move |source| failed(source).into()
}

fn state_name(state: FileState) -> String {
    name_of(&state)
}

/// The name that serde gives a plain variant.
fn name_of(value: &impl Serialize) -> String {
    json(value).trim_matches('"').to_owned()
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("what the ledger holds has text for keys")
}

fn parsed<T: for<'de> Deserialize<'de>>(text: &str) -> Option<T> {
    serde_json::from_str(text).ok()
}

fn place(position: usize) -> i32 {
    i32::try_from(position).expect("SQLite has fewer than 2^31 tables")
}

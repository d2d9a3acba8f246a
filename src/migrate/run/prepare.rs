//! A file before its copy: gone on with where an earlier run left it, or saved, looked at and planned anew.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Instant;

use chrono::{SecondsFormat, Utc};
use postgres::Client;

use super::file::{File, Readers, staging};
use super::ledger::{self, Choices, Migration, failed};
use super::{RunOptions, build, publish, save};
use crate::event::{Event, Observer};
use crate::migrate::MigrateError;
use crate::migrate::ddl::quoted;
use crate::migrate::observe::{self, Reading};
use crate::migrate::plan::FilePlan;
use crate::migrate::report::{Backup, FileState};
use crate::migrate::settings::Source;
use crate::runtime::interrupt::Interrupt;

/// Makes a file ready to be copied.
pub fn prepare<'a>(
    client: &mut Client,
    options: &RunOptions,
    source: &'a Source,
    observer: &dyn Observer,
    interrupt: &Interrupt,
) -> Result<File<'a>, MigrateError> {
    let choices = Choices::new(source, options.existing);
    for earlier in ledger::all(client)? {
        let unfinished = matches!(earlier.state, FileState::Unfinished | FileState::Held);
        if !unfinished || earlier.schema != source.schema {
            continue;
        }
        match goes_on(&earlier, options, source, &choices) {
            Ok((plan, backup)) => {
                observer.on(Event::Note(&format!(
                    "going on with the migration of `{}` that began at {}",
                    source.name, earlier.began
                )));
                return resumed(client, source, earlier.id, plan, backup);
            }
            Err(why) => {
                observer.on(Event::Note(&format!(
                    "beginning again with `{}`: {why}",
                    source.name
                )));
                ledger::forget(client, earlier.id)?;
            }
        }
    }
    publish::discard(client, &staging(&source.schema))?;
    anew(client, options, source, &choices, observer, interrupt)
}

/// What is needed to go on with an earlier run; the reason, where that can't be.
fn goes_on(
    earlier: &Migration,
    options: &RunOptions,
    source: &Source,
    choices: &Choices,
) -> Result<(FilePlan, Backup), String> {
    if options.restart {
        return Err("the unfinished run is thrown away".to_owned());
    }
    if earlier.path != source.path.display().to_string() {
        return Err(format!("the unfinished run was of `{}`", earlier.path));
    }
    if earlier.choices.as_ref() != Some(choices) {
        return Err("the settings are not those of the unfinished run".to_owned());
    }
    let plan = earlier
        .plan
        .clone()
        .ok_or("another version of stackctl began the unfinished run")?;
    let backup = earlier
        .backup
        .clone()
        .ok_or("the unfinished run had made no copy of the file")?;
    match save::sha256(Path::new(&backup.path)) {
        Ok(sha256) if sha256 == backup.sha256 => Ok((plan, backup)),
        Ok(_) => Err(format!("its copy `{}` was changed", backup.path)),
        Err(_) => Err(format!("its copy `{}` can't be read", backup.path)),
    }
}

fn resumed<'a>(
    client: &mut Client,
    source: &'a Source,
    migration: i64,
    plan: FilePlan,
    backup: Backup,
) -> Result<File<'a>, MigrateError> {
    let kept = ledger::tables(client, migration)?;
    let refused = plan
        .tables
        .iter()
        .zip(&kept)
        .flat_map(|(table, kept)| build::not_valid_before(table, &kept.steps))
        .collect();
    Ok(File {
        source,
        migration,
        staging: staging(&plan.schema),
        readers: Readers::of_copy(PathBuf::from(&backup.path)),
        plan,
        backup: Some(backup),
        kept,
        phases: Vec::new(),
        refused: Mutex::new(refused),
    })
}

fn anew<'a>(
    client: &mut Client,
    options: &RunOptions,
    source: &'a Source,
    choices: &Choices,
    observer: &dyn Observer,
    interrupt: &Interrupt,
) -> Result<File<'a>, MigrateError> {
    let mut phases = Vec::new();
    let mut begun = Instant::now();
    let (backup, readers) = match &options.backups {
        Some(folder) => {
            let backup = save::save(source, folder)?;
            phases.push(("backup", begun.elapsed().as_secs_f64()));
            begun = Instant::now();
            let path = PathBuf::from(&backup.path);
            (Some(backup), Readers::of_copy(path))
        }
        None => (None, Readers::of_snapshot(source.path.clone(), Vec::new())),
    };
    let mut connections = Vec::new();
    for _ in 0..options.jobs() {
        connections.push(readers.take()?);
    }
    let mut reading = Reading {
        path: readers.path(),
        connections: &mut connections,
        observer,
        interrupt,
    };
    let plan = observe::observe(source, &mut reading)?;
    phases.push(("analyse", begun.elapsed().as_secs_f64()));
    connections
        .into_iter()
        .for_each(|connection| readers.give_back(connection));
    let migration = begin(client, &plan, choices, backup.as_ref())?;
    Ok(File {
        source,
        migration,
        staging: staging(&plan.schema),
        readers,
        plan,
        backup,
        kept: ledger::tables(client, migration)?,
        phases,
        refused: Mutex::default(),
    })
}

/// Makes the schema beside the final one, and notes that the file's migration begins.
fn begin(
    client: &mut Client,
    plan: &FilePlan,
    choices: &Choices,
    backup: Option<&Backup>,
) -> Result<i64, MigrateError> {
    let action = || failed(format!("make a schema beside `{}`", plan.schema));
    let mut transaction = client.transaction().map_err(action())?;
    transaction
        .batch_execute(&format!("create schema {}", quoted(&staging(&plan.schema))))
        .map_err(action())?;
    let migration = ledger::begin(&mut transaction, plan, choices, backup)?;
    transaction.commit().map_err(action())?;
    Ok(migration)
}

/// The time, RFC 3339 in UTC.
#[must_use]
pub fn now() -> String {
    Utc::now().to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// The server's version, such as `15.8`.
pub fn server_version(client: &mut Client) -> Result<String, MigrateError> {
    let version: String = client
        .query_one("select current_setting('server_version')", &[])
        .map_err(failed("tell its version"))?
        .get(0);
    Ok(version.split(' ').next().unwrap_or_default().to_owned())
}

//! A file before its copy: gone on with where an earlier run left it, or saved, looked at and planned anew.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Instant;

use chrono::{DateTime, SecondsFormat, Utc};
use postgres::Client;

use super::file::{File, Readers, staging};
use super::ledger::{self, Choices, Kept, Migration, TableState, failed};
use super::save::{Saved, Since};
use super::{RunOptions, flaw, publish, save, simpler};
use crate::event::{Event, Observer};
use crate::migrate::MigrateError;
use crate::migrate::observe::{self, Reading};
use crate::migrate::plan::FilePlan;
use crate::migrate::report::FileState;
use crate::migrate::settings::Source;
use crate::migrate::sqlite::{self, Fingerprint};
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
        let answer = match goes_on(&earlier, options, source, &choices) {
            Ok(_) if !stands(client, &earlier)? => Err("its tables were dropped".to_owned()),
            other => other,
        };
        match answer {
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
) -> Result<(FilePlan, Option<Saved>), String> {
    if options.restart {
        return Err("the unfinished run is thrown away".to_owned());
    }
    if earlier.path != ledger::place_of(&source.path) {
        return Err(format!("the unfinished run was of `{}`", earlier.path));
    }
    if earlier.choices.as_ref() != Some(choices) {
        return Err("the settings are not those of the unfinished run".to_owned());
    }
    let plan = earlier
        .plan
        .clone()
        .ok_or("another version of stackctl began the unfinished run")?;
    let backup = earlier.backup.clone();
    // What stands ready needs the file no more.
    if earlier.state == FileState::Held {
        return Ok((plan, backup));
    }
    let copy = &backup
        .as_ref()
        .ok_or("the unfinished run had made no copy of the file")?
        .copy;
    match save::sha256(Path::new(&copy.path)) {
        Ok(sha256) if sha256 == copy.sha256 => Ok((plan, backup)),
        Ok(_) => Err(format!("its copy `{}` was changed", copy.path)),
        Err(_) => Err(format!("its copy `{}` can't be read", copy.path)),
    }
}

/// Whether all tables that a run has made are still where it made them.
fn stands(client: &mut Client, earlier: &Migration) -> Result<bool, MigrateError> {
    let made: Vec<String> = ledger::tables(client, earlier.id)?
        .into_iter()
        .filter(|table| table.state != TableState::Waiting)
        .map(|table| table.name)
        .collect();
    let row = client
        .query_one(
            "select count(distinct n.oid) = 1 and count(c.oid) = $3
             from pg_namespace as n
             left join pg_class as c on c.relnamespace = n.oid and c.relkind = 'r' and c.relname = any ($2)
             where n.nspname = $1",
            &[
                &staging(&earlier.schema),
                &made,
                &i64::try_from(made.len()).unwrap_or(i64::MAX),
            ],
        )
        .map_err(failed("look for what an unfinished run has made"))?;
    Ok(row.get(0))
}

fn resumed<'a>(
    client: &mut Client,
    source: &'a Source,
    migration: i64,
    plan: FilePlan,
    saved: Option<Saved>,
) -> Result<File<'a>, MigrateError> {
    let kept = ledger::tables(client, migration)?;
    let fingerprint = match &saved {
        Some(saved) => saved.fingerprint.clone(),
        None => Fingerprint::of(&source.path)?,
    };
    let backup = saved.map(|saved| saved.copy);
    let path = backup
        .as_ref()
        .map_or_else(|| source.path.clone(), |copy| PathBuf::from(&copy.path));
    Ok(File {
        source,
        migration,
        staging: staging(&plan.schema),
        readers: Readers::of_copy(path),
        plan,
        backup,
        since: Mutex::new(Since::Fingerprint(fingerprint)),
        kept,
        phases: Vec::new(),
        observation: None,
        simpler: BTreeMap::new(),
    })
}

/// A file that is open for reading.
pub struct Opened {
    /// Its copy.
    pub saved: Option<Saved>,
    since: Since,
    readers: Readers,
    phases: Vec<(&'static str, f64)>,
}

impl Opened {
    /// The file on its way, with what was noted of it in the ledger.
    pub fn file(
        self,
        source: &Source,
        plan: FilePlan,
        staging: String,
        migration: i64,
        kept: Vec<Kept>,
    ) -> File<'_> {
        File {
            source,
            migration,
            staging,
            readers: self.readers,
            plan,
            backup: self.saved.map(|saved| saved.copy),
            since: Mutex::new(self.since),
            kept,
            phases: self.phases,
            observation: None,
            simpler: BTreeMap::new(),
        }
    }
}

/// Makes a copy and opens it, or opens one snapshot of the file itself; then looks at what it holds. A copy is checked
/// meanwhile: what the check says of it goes before what looking at it has come upon.
pub fn look<T>(
    options: &RunOptions,
    source: &Source,
    observer: &dyn Observer,
    interrupt: &Interrupt,
    look: impl FnOnce(&mut Reading<'_>) -> Result<T, MigrateError>,
) -> Result<(Opened, T), MigrateError> {
    let look = |readers: &Readers| {
        let mut connections = readers.several(options.jobs())?;
        let looked = look(&mut Reading {
            path: readers.path(),
            is_copy: readers.is_copy(),
            connections: &mut connections,
            observer,
            interrupt,
        })?;
        readers.give_all_back(connections);
        Ok::<T, MigrateError>(looked)
    };
    let begun = Instant::now();
    let Some(folder) = &options.backups else {
        let since = Since::Fingerprint(Fingerprint::of(&source.path)?);
        let connections = sqlite::snapshot(&source.path, options.jobs())?;
        let readers = Readers::of_snapshot(source.path.clone(), connections);
        let looked = look(&readers)?;
        let opened = Opened {
            saved: None,
            since,
            readers,
            phases: vec![("analyse", begun.elapsed().as_secs_f64())],
        };
        return Ok((opened, looked));
    };
    let saving = save::save(source, folder, observer, interrupt)?;
    let backup = begun.elapsed();
    let readers = Readers::of_copy(saving.path().to_owned());
    let check = saving.check();
    let (checked, looked) = std::thread::scope(|scope| {
        let checking = scope.spawn(|| check.run(observer, interrupt));
        let looked = look(&readers);
        let checked = match checking.join() {
            Ok(checked) => checked.map_err(MigrateError::from),
            Err(panic) => Err(flaw::of("checking a copy", panic.as_ref())),
        };
        (checked, looked)
    });
    let (saved, since) = saving.finish(checked?)?;
    let looked = looked?;
    let opened = Opened {
        since,
        readers: Readers::of_copy(PathBuf::from(&saved.copy.path)),
        saved: Some(saved),
        phases: vec![
            ("backup", backup.as_secs_f64()),
            ("analyse", begun.elapsed().saturating_sub(backup).as_secs_f64()),
        ],
    };
    Ok((opened, looked))
}

fn anew<'a>(
    client: &mut Client,
    options: &RunOptions,
    source: &'a Source,
    choices: &Choices,
    observer: &dyn Observer,
    interrupt: &Interrupt,
) -> Result<File<'a>, MigrateError> {
    let mut left_out = BTreeMap::new();
    let (opened, (plan, observation)) = look(options, source, observer, interrupt, |reading| {
        observe::observe_and(source, reading, |seen| {
            let accepted = simpler::accepted(client, source, seen, observer)?;
            left_out = accepted.simpler;
            Ok(accepted.plan)
        })
    })?;
    let migration = begin(client, &plan, choices, opened.saved.as_ref())?;
    let kept = ledger::tables(client, migration)?;
    let beside = staging(&plan.schema);
    Ok(File {
        observation: Some(observation),
        simpler: left_out,
        ..opened.file(source, plan, beside, migration, kept)
    })
}

/// Makes the schema beside the final one, and notes that the file's migration begins.
fn begin(
    client: &mut Client,
    plan: &FilePlan,
    choices: &Choices,
    backup: Option<&Saved>,
) -> Result<i64, MigrateError> {
    let action = || failed(format!("make a schema beside `{}`", plan.schema));
    let mut transaction = client.transaction().map_err(action())?;
    publish::make_staging(&mut transaction, &staging(&plan.schema)).map_err(action())?;
    let migration = ledger::begin(&mut transaction, plan, choices, backup)?;
    transaction.commit().map_err(action())?;
    Ok(migration)
}

/// The time, RFC 3339 in UTC.
#[must_use]
pub fn now() -> String {
    rfc3339(Utc::now())
}

/// A time as RFC 3339.
#[must_use]
pub fn rfc3339(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

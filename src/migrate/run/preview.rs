//! What a run would do: it refuses what the run refuses, and writes nothing.

use postgres::Client;

use super::{Existing, RunOptions, into, schema, simpler};
use crate::event::{Event, Observer};
use crate::migrate::MigrateError;
use crate::migrate::observe::{self, Reading};
use crate::migrate::plan::FilePlan;
use crate::migrate::postgres::{Target, connect};
use crate::migrate::settings::Source;
use crate::runtime::interrupt::Interrupt;

/// Refuses what a run would refuse for what stands in the target. What the role may do is not asked: in a stack, a run has
/// another role, which may.
pub fn check(target: &Target, sources: &[Source], existing: Existing) -> Result<(), MigrateError> {
    looked_at(target, sources, existing).map(drop)
}

fn looked_at(target: &Target, sources: &[Source], existing: Existing) -> Result<Client, MigrateError> {
    super::check_schemas(sources)?;
    let mut client = connect(target)?;
    schema::check_primary(&mut client, target)?;
    for source in sources {
        schema::check(&mut client, &source.schema, existing)?;
    }
    Ok(client)
}

/// Looks whether the target takes the files, and plans them.
pub fn preview(
    options: &RunOptions,
    observer: &dyn Observer,
    interrupt: &Interrupt,
) -> Result<Vec<FilePlan>, MigrateError> {
    let mut client = looked_at(&options.target, &options.sources, options.existing)?;
    options
        .sources
        .iter()
        .map(|source| {
            let mut connections = observe::connections(&source.path, options.jobs())?;
            let mut reading = Reading {
                path: &source.path,
                is_copy: false,
                connections: &mut connections,
                observer,
                interrupt,
            };
            let plan = match options.existing {
                Existing::Into | Existing::IntoEmptied => {
                    into::plan(&mut client, source, options.existing, &mut reading)
                }
                Existing::Refuse | Existing::Replace => plan(&mut client, source, &mut reading),
            };
            plan.map_err(MigrateError::leaving_nothing)
        })
        .collect()
}

/// Looks at the data of a file and plans it with what the server takes. Where the role may make nothing, as in a stack, in
/// which a run has another, that is not known before.
fn plan(client: &mut Client, source: &Source, reading: &mut Reading<'_>) -> Result<FilePlan, MigrateError> {
    let observer = reading.observer;
    let planned = observe::observe_and(source, reading, |seen| {
        let accepted = simpler::accepted(client, source, seen, observer)?;
        if let Some(why) = &accepted.unasked {
            observer.on(Event::Note(&format!(
                "whether the server takes the tables of `{}` as they are planned is not tried: {why}",
                source.name
            )));
        }
        Ok(accepted.plan)
    })?;
    Ok(planned.0)
}

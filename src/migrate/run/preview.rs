//! What a run would do: it refuses what the run refuses, and writes nothing.

use super::{Existing, RunOptions, into, schema};
use crate::event::Observer;
use crate::migrate::MigrateError;
use crate::migrate::observe::{self, Reading};
use crate::migrate::plan::FilePlan;
use crate::migrate::postgres::connect;
use crate::runtime::interrupt::Interrupt;

/// Looks whether the target takes the files, and plans them.
pub fn preview(
    options: &RunOptions,
    observer: &dyn Observer,
    interrupt: &Interrupt,
) -> Result<Vec<FilePlan>, MigrateError> {
    super::check_schemas(options)?;
    let mut client = connect(&options.target)?;
    for source in &options.sources {
        schema::check(&mut client, &source.schema, options.existing)?;
    }
    options
        .sources
        .iter()
        .map(|source| {
            let mut connections = observe::connections(&source.path, options.jobs())?;
            let mut reading = Reading {
                path: &source.path,
                connections: &mut connections,
                observer,
                interrupt,
            };
            match options.existing {
                Existing::Into | Existing::IntoEmptied => {
                    into::plan(&mut client, source, options.existing, &mut reading)
                }
                Existing::Refuse | Existing::Replace => observe::observe(source, &mut reading),
            }
        })
        .collect()
}

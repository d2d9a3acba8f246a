//! Plans of files made by the SQL of each test, as `observe` makes them.

mod django;
mod existing;
mod foreign_keys;
mod indexes;
mod names;
mod tables;

use rusqlite::Connection;

use super::*;
use crate::event::Silent;
use crate::migrate::observe::{self, Reading};
use crate::migrate::settings::{Names, Profile, Settings};
use crate::migrate::target_type::TargetType;
use crate::runtime::interrupt::Interrupt;

/// A file called `s`, to become the schema `s`.
fn source(settings: Settings) -> Source {
    Source {
        name: "s".to_owned(),
        path: "/nowhere/s.db".into(),
        schema: "s".to_owned(),
        settings,
    }
}

/// The plan of a file that this SQL makes.
fn plan_with(sql: &str, settings: Settings) -> FilePlan {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(sql).unwrap();
    let source = source(settings);
    let path = source.path.clone();
    let mut reading = Reading {
        path: &path,
        is_copy: false,
        connections: &mut [connection],
        observer: &Silent,
        interrupt: &Interrupt::default(),
    };
    observe::observe(&source, &mut reading).unwrap()
}

fn plan(sql: &str) -> FilePlan {
    plan_with(sql, Settings::default())
}

fn affinity(sql: &str) -> FilePlan {
    plan_with(
        sql,
        Settings {
            profile: Profile::Affinity,
            ..Settings::default()
        },
    )
}

/// A table by its name in SQLite.
fn table<'p>(plan: &'p FilePlan, name: &str) -> &'p TablePlan {
    plan.tables.iter().find(|table| table.source == name).unwrap()
}

/// The statements of steps.
fn statements(steps: &[Step]) -> Vec<&str> {
    steps.iter().map(|step| step.sql.as_str()).collect()
}

/// What is not carried, as `kind name: reason`.
fn left(plan: &FilePlan) -> Vec<String> {
    let left = plan.not_carried.iter();
    left.map(|left| format!("{} {}: {}", left.kind, left.name, left.reason))
        .collect()
}

/// Whether a note holds all these words.
fn noted(plan: &FilePlan, words: &[&str]) -> bool {
    plan.notes
        .iter()
        .any(|note| words.iter().all(|word| note.contains(word)))
}

//! A SQLite file through all that happens to it before a server is asked, and what must be true of that.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::Path;

use stackctl::event::Silent;
use stackctl::migrate::MigrateError;
use stackctl::migrate::cell::Cell;
use stackctl::migrate::encode;
use stackctl::migrate::observe::{self, Reading};
use stackctl::migrate::plan::{self, FilePlan, TablePlan};
use stackctl::migrate::settings::{Names, Profile, Settings, Source};
use stackctl::migrate::sqlite::{self, Scan, SqliteError};
use stackctl::runtime::interrupt::Interrupt;

/// What is decided for a file; `choice` picks.
#[must_use]
pub fn source(path: &Path, choice: usize) -> Source {
    let settings = Settings {
        profile: if choice & 1 == 0 {
            Profile::Native
        } else {
            Profile::Affinity
        },
        names: [None, Some(Names::Exact), Some(Names::Folded), None][choice >> 1 & 3],
        foreign_keys: (choice & 8 != 0).then_some(true),
        ..Settings::default()
    };
    Source {
        name: "fuzz".to_owned(),
        path: path.to_owned(),
        schema: "fuzz".to_owned(),
        settings,
    }
}

/// Reads, plans and scans the file. An error is an answer too; what is planned must hold.
pub fn plan(path: &Path, choice: usize) -> Result<FilePlan, MigrateError> {
    let mut connections = [sqlite::open_copy(path)?];
    let plan = observe::observe(
        &source(path, choice),
        &mut Reading {
            path,
            is_copy: true,
            connections: &mut connections,
            observer: &Silent,
            interrupt: &Interrupt::default(),
        },
    )?;
    is_kept_as_it_is(&plan);
    is_sendable(&plan);
    for table in &plan.tables {
        misfits_are_all(path, &connections[0], table)?;
    }
    Ok(plan)
}

/// The ledger keeps a plan as JSON, and a run goes on by it.
fn is_kept_as_it_is(plan: &FilePlan) {
    let text = serde_json::to_string(plan).expect("a plan is written as JSON");
    let read: FilePlan = serde_json::from_str(&text).expect("a plan is read from its JSON");
    assert_eq!(*plan, read);
}

/// The wire to the server ends a text at its first NUL.
fn is_sendable(plan: &FilePlan) {
    let steps = plan
        .tables
        .iter()
        .flat_map(|table| table.indexes.iter().chain(&table.foreign_keys));
    let statements = (plan.tables.iter().map(|table| &table.create))
        .chain(steps.map(|step| &step.sql))
        .chain(plan.objects.iter().flat_map(|object| &object.statements));
    for statement in statements {
        assert!(!statement.contains('\0'), "{statement:?}");
    }
    for table in &plan.tables {
        assert!(
            table.name.len() <= 63 && !table.name.is_empty(),
            "{:?}",
            table.name
        );
        assert!(!table.name.contains('\0'), "{:?}", table.name);
        let mut names = HashMap::new();
        for column in &table.columns {
            assert!(
                column.name.len() <= 63 && !column.name.is_empty(),
                "{:?}",
                column.name
            );
            assert!(!column.name.contains('\0'), "{:?}", column.name);
            let other = names.insert(&column.name, &column.source);
            assert_eq!(other, None, "two columns are called {:?}", column.name);
        }
    }
    let _script = plan::sql(plan, "fuzz");
}

/// The plan counts each cell that has no field, though it looks for them only where it can't rule them out.
fn misfits_are_all(
    path: &Path,
    connection: &rusqlite::Connection,
    table: &TablePlan,
) -> Result<(), SqliteError> {
    let columns: Vec<_> = table.columns.iter().collect();
    let names: Vec<&str> = columns.iter().map(|column| column.source.as_str()).collect();
    let scan = Scan {
        path,
        table: &table.source,
        columns: &names,
        long: &[],
        key: &table.key,
        key_columns: &table.key_columns(),
        after: None,
        until: None,
        // The plan was made from the pages: SQLite must see the same.
        is_copy: false,
    };
    let (mut rows, mut misfits, mut has_long) = (0, 0, false);
    let mut field = Vec::new();
    sqlite::scan::<SqliteError>(connection, &scan, &mut |row| {
        rows += 1;
        has_long |= !row.long.is_empty();
        for (place, (column, cell)) in columns.iter().zip(row.cells).enumerate() {
            let required = column.not_null || table.digest_key.contains(&place);
            if *cell == Cell::Null {
                misfits += u64::from(required);
            } else if let Some(encoding) = &column.encoding {
                field.clear();
                match encode::field(*cell, encoding, &mut field) {
                    Ok(()) => is_a_field(&field),
                    Err(_) => misfits += 1,
                }
            }
        }
        Ok(ControlFlow::Continue(()))
    })?;
    assert_eq!(table.rows, rows, "rows of {:?}", table.source);
    if !has_long {
        assert_eq!(
            table.misfit_count, misfits,
            "cells of {:?} that do not fit: {table:#?}",
            table.source
        );
    }
    Ok(())
}

/// The length in front is that of what follows.
pub fn is_a_field(field: &[u8]) {
    let (length, value) = field.split_at(4);
    let length = i32::from_be_bytes(length.try_into().expect("four bytes were split off"));
    assert_eq!(usize::try_from(length).ok(), Some(value.len()), "{field:?}");
}

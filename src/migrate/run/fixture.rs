//! Files on their way, for tests without a server.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;

use super::file::{File, Readers};
use super::ledger::{Kept, TableState};
use super::save::Since;
use crate::migrate::plan::{FilePlan, TablePlan};
use crate::migrate::settings::{Names, Profile, Settings, Source};
use crate::migrate::sqlite::Fingerprint;

/// A file made by these statements.
pub(super) fn source(path: &Path, sql: &str) -> Source {
    let connection = rusqlite::Connection::open(path).expect("the folder is there");
    connection
        .execute_batch(sql)
        .expect("the statements of a test are right");
    Source {
        name: "main".to_owned(),
        path: path.to_owned(),
        schema: "main".to_owned(),
        settings: Settings::default(),
    }
}

/// The same with these tables, of which nothing is copied.
pub(super) fn file(source: &Source, tables: Vec<TablePlan>) -> File<'_> {
    let kept = tables.iter().map(|table| Kept {
        source: table.source.clone(),
        name: table.name.clone(),
        state: TableState::Waiting,
        progress: None,
        steps: Vec::new(),
        build_seconds: 0.0,
        differing: None,
    });
    File {
        source,
        migration: 1,
        staging: "stackctl_main".to_owned(),
        backup: None,
        since: Mutex::new(Since::Fingerprint(
            Fingerprint::of(&source.path).expect("the file was made"),
        )),
        kept: kept.collect(),
        readers: Readers::of_copy(source.path.clone()),
        phases: Vec::new(),
        observation: None,
        simpler: BTreeMap::new(),
        plan: FilePlan {
            source: source.name.clone(),
            path: source.path.display().to_string(),
            schema: source.schema.clone(),
            profile: Profile::Native,
            names: Names::Exact,
            framework: None,
            advice: String::new(),
            tables,
            objects: Vec::new(),
            not_carried: Vec::new(),
            notes: Vec::new(),
            bytes: 0,
        },
    }
}

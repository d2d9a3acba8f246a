//! A file into the PostgreSQL that `STACKCTL_FUZZ_POSTGRES` names. Its schema `fuzz` is replaced each time.

use std::sync::LazyLock;

use stackctl::error::Advice;
use stackctl::event::Silent;
use stackctl::migrate::postgres::{Surroundings, Target, address};
use stackctl::migrate::report::FileState;
use stackctl::migrate::run::{self, Chunk, Existing, RunOptions};
use stackctl::migrate::settings::Source;
use stackctl::migrate::verify::{self, VerifyOptions};
use stackctl::runtime::interrupt::Interrupt;

static TARGET: LazyLock<Option<Target>> = LazyLock::new(|| {
    let named = std::env::var("STACKCTL_FUZZ_POSTGRES").ok()?;
    Some(address::target(Some(&named), None, &Surroundings::of_process()).expect("the address is one"))
});

/// Runs and verifies, where a server is named. Whatever the server refuses must have been handled.
///
/// # Panics
///
/// Where the run fails, or both sides differ.
pub fn carry(source: &Source) {
    let Some(target) = &*TARGET else { return };
    let options = RunOptions {
        sources: vec![source.clone()],
        target: target.clone(),
        existing: Existing::Replace,
        accept_quarantine: true,
        backups: None,
        restart: true,
        jobs: Some(1),
        chunk: Chunk::default(),
    };
    let report = run::run(&options, &Silent, &Interrupt::default()).unwrap_or_else(|error| {
        panic!("{:?}\nhint: {:?}", error, error.hint());
    });
    for file in &report.files {
        assert!(
            matches!(file.state, FileState::Done | FileState::DoneWithQuarantine),
            "{:?}",
            file.state
        );
        for table in &file.tables {
            assert_eq!(table.verified, Some(true), "{table:#?}");
        }
    }
    let options = VerifyOptions {
        sources: vec![source.clone()],
        target: target.clone(),
        backup: false,
        limit: 3,
    };
    let report = verify::verify(&options, &Silent, &Interrupt::default()).expect("both sides can be read");
    assert!(report.agrees(), "{report:#?}");
}

//! Both ends of a table's way, one of which panics.

use std::sync::mpsc::channel;
use std::time::Duration;

use super::*;
use crate::event::Silent;
use crate::migrate::plan::fixture::{column, table};
use crate::migrate::run::channel::Message;
use crate::migrate::run::fixture;
use crate::migrate::target_type::TargetType;

/// More rows than the buffers between both ends hold.
const ROWS: &str = "create table t (id integer primary key, b blob);
    with recursive n (i) as (values (1) union all select i + 1 from n where i < 5000)
      insert into t select i, zeroblob(1000) from n;";

/// Brings them to `write`, in a thread that is waited for only so long.
fn brought(stop: fn() -> bool, write: fn(&Receiving)) -> Result<(), MigrateError> {
    let (ended, end) = channel();
    thread::spawn(move || {
        let folder = tempfile::tempdir().unwrap();
        let source = fixture::source(&folder.path().join("a.db"), ROWS);
        let columns = vec![
            column("id", Some(TargetType::BigInt)),
            column("b", Some(TargetType::Bytea)),
        ];
        let file = fixture::file(&source, vec![table("t", columns, &[0])]);
        let transfer = Transfer {
            file: &file,
            position: 0,
            from: Progress::new(2),
            chunk: None,
            stop: &stop,
            observer: &Silent,
        };
        let answer = flaw::caught("writing", || {
            transfer.run(true, |_, receiving, _| {
                write(receiving);
                Ok(())
            })
        });
        // Nobody waits any more where it came too late.
        let _ = ended.send(answer);
    });
    end.recv_timeout(Duration::from_secs(60))
        .expect("the ends do not wait for each other for ever")
}

fn take_all(from: &Receiving) {
    while let Some(message) = from.next() {
        if let Message::Rows(rows) = message {
            from.give_back(rows);
        }
    }
}

#[test]
fn a_reader_that_panics_is_an_error_with_its_table() {
    assert!(brought(|| false, take_all).is_ok());
    match brought(|| panic!("on purpose"), take_all) {
        Err(MigrateError::Flaw { doing, said }) => {
            assert_eq!(
                (doing.as_str(), said.as_str()),
                ("reading `main.t`", "on purpose")
            );
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_writer_that_panics_ends_its_reader() {
    match brought(|| false, |_| panic!("on purpose")) {
        Err(MigrateError::Flaw { doing, .. }) => assert_eq!(doing, "writing"),
        other => panic!("{other:?}"),
    }
}

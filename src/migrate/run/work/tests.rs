//! Threads that share a list of things to do.

use std::sync::mpsc::channel;
use std::time::Duration;

use super::*;
use crate::migrate::plan::fixture::table;
use crate::migrate::run::fixture;

#[test]
fn a_panic_ends_the_list_for_those_who_wait_too() {
    let folder = tempfile::tempdir().unwrap();
    let source = fixture::source(&folder.path().join("a.db"), "create table t (a)");
    let files = [fixture::file(&source, vec![table("t", Vec::new(), &[])])];
    let work = Work::new(&files);
    let interrupt = Interrupt::default();
    let (ended, ends) = channel();
    let mut all_ended = true;
    std::thread::scope(|scope| {
        // There is one thing to do: one thread takes it, the other waits for what follows from it.
        for _ in 0..2 {
            let (work, interrupt, ended) = (&work, &interrupt, ended.clone());
            scope.spawn(move || {
                work.each(interrupt, &mut |_| panic!("on purpose"));
                ended.send(()).unwrap();
            });
        }
        for _ in 0..2 {
            if ends.recv_timeout(Duration::from_secs(60)).is_err() {
                all_ended = false;
                work.abandon(MigrateError::Stopped);
            }
        }
    });
    assert!(all_ended, "a thread waits for ever");
    match work.end(&mut [[0.0; 3]]) {
        Err(MigrateError::Flaw { doing, said }) => {
            assert_eq!(
                (doing.as_str(), said.as_str()),
                ("copying `main.t`", "on purpose")
            );
        }
        other => panic!("{other:?}"),
    }
}

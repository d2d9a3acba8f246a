//! Threads that share a list of things to do.

use std::sync::mpsc::channel;
use std::time::Duration;

use super::Kind::{Build, Compare, Copy, Finish, ForeignKey};
use super::*;
use crate::migrate::plan::Step;
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

#[test]
fn what_is_ready_is_done_in_the_order_in_which_the_rest_waits_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let source = fixture::source(&folder.path().join("a.db"), "create table t (a)");
    let step = |name: &str| Step::new(name.to_owned(), String::new());
    let mut keyed = table("t", Vec::new(), &[]);
    keyed.indexes = vec![step("primary key t_pkey"), step("index t_a")];
    keyed.foreign_keys = vec![step("foreign key t_fk")];
    let mut begun = fixture::file(&source, vec![keyed, table("u", Vec::new(), &[])]);
    // An earlier run has made it.
    begun.kept[0].steps = vec!["index t_a".to_owned()];
    let files = [begun];
    let work = Work::new(&files);
    let mut done = Vec::new();
    work.each(&Interrupt::default(), &mut |task| {
        done.push((task.kind, task.table, work.built().0));
        Ok(())
    });
    let wanted = [
        (Copy, 0, 0),
        (Copy, 1, 0),
        (Build, 0, 0),
        (Finish, 0, 1),
        (Finish, 1, 1),
        (ForeignKey, 0, 1),
        (Compare, 0, 2),
        (Compare, 1, 2),
    ];
    assert_eq!(done, wanted);
    assert_eq!(work.built(), (2, 2));
    assert!(work.end(&mut [[0.0; 3]]).is_ok());
}

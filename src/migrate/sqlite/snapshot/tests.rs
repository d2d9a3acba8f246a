//! Snapshots of files with a writer.

use std::sync::atomic::{AtomicBool, Ordering};

use super::*;
use crate::migrate::sqlite::tests::fixture::Fixture;

fn sum(connection: &Connection) -> i64 {
    connection
        .query_row("SELECT sum(a) FROM t", [], |row| row.get(0))
        .unwrap()
}

#[test]
fn all_connections_see_one_state_while_a_writer_goes_on() {
    let (fixture, writer) = Fixture::wal("CREATE TABLE t (a); INSERT INTO t VALUES (0);");
    let stop = AtomicBool::new(false);
    let (committed, commits) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let (writer, committed) = (writer, committed);
            while !stop.load(Ordering::Relaxed) {
                writer.execute("UPDATE t SET a = a + 1", []).unwrap();
                // Nobody receives once the last round is over, or an assertion has failed.
                if committed.send(()).is_err() {
                    break;
                }
                std::thread::yield_now();
            }
        });
        let commits = commits;
        for _ in 0..30 {
            // The writer goes on between the rounds, however busy the machine is.
            commits.recv().unwrap();
            let connections = snapshot(&fixture.path, 4).unwrap();
            let seen: Vec<i64> = connections.iter().map(sum).collect();
            assert!(seen.iter().all(|&one| one == seen[0]), "{seen:?}");
            let again: Vec<i64> = connections.iter().map(sum).collect();
            assert_eq!(seen, again);
        }
        stop.store(true, Ordering::Relaxed);
    });
}

#[test]
fn with_a_rollback_journal_the_writer_waits() {
    let fixture = Fixture::new("CREATE TABLE t (a); INSERT INTO t VALUES (1);");
    let connections = snapshot(&fixture.path, 3).unwrap();
    let writer = fixture.write();
    writer.busy_timeout(std::time::Duration::ZERO).unwrap();
    assert!(writer.execute("UPDATE t SET a = 2", []).is_err());
    assert_eq!(connections.iter().map(sum).collect::<Vec<_>>(), [1, 1, 1]);
    drop(connections);
    writer.execute("UPDATE t SET a = 2", []).unwrap();
}

#[test]
fn a_header_in_the_middle_of_a_change_is_not_trusted() {
    let mut bytes = [7; 96];
    assert!(Header(bytes).is_settled());
    bytes[60] = 8;
    assert!(!Header(bytes).is_settled());
}

//! What the check of a large copy finds while keys and indexes are built, through the command: damage in an index, and a
//! signal meanwhile.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::migrate_scene::Scene;

/// More than 64 MiB, and an index.
const LARGE: &str = "pragma synchronous = off; create table t (a integer, c integer, b blob);
    with recursive n (i) as (values (1) union all select i + 1 from n where i < 70)
      insert into t select i, -i, zeroblob(1000000) from n;";

#[track_caller]
fn nothing_is_published(scene: &Scene) {
    assert_eq!(
        scene.sql("select count(*) from pg_class c join pg_namespace n on n.oid = relnamespace where nspname = 'main'"),
        "0"
    );
}

#[test]
fn an_index_that_does_not_hold_its_rows_ends_the_run_before_anything_is_published() {
    let scene = Scene::with(&format!(
        "{LARGE} create index i on t (a); pragma writable_schema = 1;
         update sqlite_schema set sql = replace(sql, '(a)', '(c)') where name = 'i';"
    ));
    let output = scene.call("run", &[]).code(1);
    assert!(
        output.stderr.contains("data.db` is damaged") && output.stderr.contains("index i"),
        "{}",
        output.stderr
    );
    nothing_is_published(&scene);
    scene.sqlite("data.db").execute_batch("reindex").unwrap();
    scene.migrate(&["--restart"]);
    assert_eq!(scene.sql("select count(*), sum(c) from t"), "70|-2485");
}

#[test]
fn a_signal_while_a_large_copy_is_checked_ends_the_run_at_once() {
    // Each row is asked whether it belongs to the index, which takes minutes.
    let scene = Scene::with(&format!(
        "{LARGE} with recursive n (i) as (values (1) union all select i + 1 from n where i < 20000)
           insert into t (a) select i from n;
         create index i on t (a) where a < 0; pragma writable_schema = 1;
         update sqlite_schema set sql = replace(sql, 'a < 0', 'length(hex(zeroblob(1000000 + a))) < 0') where name = 'i';"
    ));
    let mut child = scene.spawn(&[]);
    // All is compared, and who has built is gone: only the check is left.
    scene.wait_until(
        "select (select bool_and(differing is not null) from stackctl.migration_table) and count(*) = 1
         from pg_stat_activity where application_name = 'stackctl migrate' and datname = current_database()",
        &mut child,
    );
    kill(Pid::from_raw(i32::try_from(child.id()).unwrap()), Signal::SIGINT).unwrap();
    let output = child.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(130), "{told}");
    assert!(told.contains("goes on where it stopped"), "{told}");
    nothing_is_published(&scene);
    scene.sqlite("data.db").execute_batch("drop index i").unwrap();
    scene.migrate(&["--restart"]);
    assert_eq!(scene.sql("select count(*) from t"), "20070");
}

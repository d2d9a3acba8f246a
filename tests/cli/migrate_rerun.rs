//! What the next command finds: another file, dropped tables, a schema of the user's, rights that are missing, a run that
//! was killed in the middle of a statement.

use std::fs;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::migrate_scene::{COPYING, Scene};

/// One cell does not fit, so that a run holds all ready and publishes nothing.
const HELD: &str = "create table t (id integer primary key, n integer, v text);
    insert into t values (1, 1, 'a'), (2, 'x', 'b'), (3, 3, 'c');
    create table keyless (v text); insert into keyless values ('k'), ('k');";

/// Many rows, so that there is time to stop it.
const LONG: &str = "pragma synchronous = off; create table t (id integer primary key, v text);
    with recursive c(n) as (select 1 union all select n + 1 from c where n < 400000)
      insert into t select n, 'text of some length ' || n from c;";

#[test]
fn a_schema_that_no_run_has_made_is_not_dropped() {
    let scene = Scene::with("create table t (id integer primary key); insert into t values (1);");
    scene.sql("create schema stackctl_main; create table stackctl_main.precious as select 1 as one");
    scene.refused(&[], &["stackctl_main", "rename it"]);
    scene.refused(&["--restart"], &["stackctl_main"]);
    assert_eq!(scene.sql("select one from stackctl_main.precious"), "1");
    scene.refused(&["--sqlite", "data.db=stackctl_other"], &["stackctl_other"]);
    scene.sql("drop schema stackctl_main cascade");
    scene.migrate(&[]);
}

#[test]
fn a_file_of_the_same_name_elsewhere_is_another_file() {
    let scene = Scene::with(HELD);
    scene.refused(&[], &["held"]);
    let elsewhere = scene.file("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    scene
        .sqlite("elsewhere/data.db")
        .execute_batch("create table other (id integer primary key); insert into other values (7);")
        .unwrap();
    let arguments = scene.arguments("run", &["--accept-quarantine"]);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let output = scene
        .stack
        .command(&arguments)
        .current_dir(&elsewhere)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(scene.sql("select id from other"), "7");
    scene.server_refuses("select from t", "does not exist");
}

#[test]
fn tables_that_were_dropped_beside_are_made_again() {
    for gone in [
        "drop schema stackctl_main cascade",
        "drop table stackctl_main.keyless",
    ] {
        let scene = Scene::with(HELD);
        scene.refused(&[], &["held"]);
        scene.sql(gone);
        scene.migrate(&["--accept-quarantine"]);
        assert_eq!(
            scene.sql("select (select count(*) from t), (select count(*) from keyless)"),
            "3|2",
            "{gone}"
        );
        assert_eq!(
            scene.sql("select count(*) from stackctl.quarantine"),
            "1",
            "{gone}"
        );
    }
}

#[test]
fn held_twice_it_is_in_quarantine_once() {
    let scene = Scene::with(HELD);
    for _ in 0..2 {
        scene.refused(&[], &["held"]);
        assert_eq!(
            scene.quarantine(),
            "t.n|text|its text is not a value of the type|78"
        );
    }
    // What stands ready needs neither the file nor its copy any more.
    fs::remove_dir_all(scene.file("backups")).unwrap();
    scene.migrate(&["--accept-quarantine"]);
    assert_eq!(scene.sql("select count(*), count(n) from t"), "3|2");
    assert_eq!(scene.sql("select count(*) from stackctl.quarantine"), "1");
    let again = scene.refused(&[], &["is not empty"]);
    assert!(again.stderr.contains("migrate verify"), "{}", again.stderr);
}

#[test]
fn what_is_published_is_compared_while_a_later_run_is_held() {
    let scene =
        Scene::with("create table t (id integer primary key, n integer); insert into t values (1, 1);");
    scene.migrate(&[]);
    scene
        .sqlite("data.db")
        .execute_batch("insert into t values (2, 'x')")
        .unwrap();
    scene.refused(&["--replace"], &["held"]);
    scene.call("verify", &["--backup"]).success();
    scene.sql("update t set n = 2");
    scene.call("verify", &["--backup"]).code(1);
}

#[test]
fn rights_are_asked_for_before_anything_is_read() {
    let scene = Scene::with("create table t (id integer primary key); insert into t values (1);");
    let role = format!("weak_{}", scene.database);
    let database = &scene.database;
    scene.sql(&format!("create role {role} login"));
    let with_role = |more: &[&str]| {
        let separator = if scene.url().contains('?') { '&' } else { '?' };
        let url = format!("{}{separator}user={role}", scene.url());
        let mut arguments = scene.arguments("run", more);
        let place = arguments.iter().position(|word| word == "--to").unwrap();
        arguments[place + 1] = url;
        scene
            .stack
            .run(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let refused = |more: &[&str], words: &[&str]| {
        let output = with_role(more).code(1);
        for word in words {
            assert!(output.stderr.contains(word), "{word}: {}", output.stderr);
        }
        assert!(!scene.file("backups").exists(), "the file was copied");
    };
    refused(&[], &["may not make schemas", "grant create on database"]);
    scene.sql(&format!(
        "grant create on database {database} to {role}; create schema main"
    ));
    refused(&[], &["may not make tables", "grant usage, create on schema"]);
    scene.sql(&format!(
        "grant usage, create on schema main to {role}; create table main.other as select 1"
    ));
    refused(&["--replace"], &["`main.other` is not", "its owner"]);
    scene.sql("drop table main.other");
    with_role(&[]).success();
    assert_eq!(scene.sql("select id from t"), "1");
    scene.sql(&format!("drop owned by {role} cascade; drop role {role}"));
}

#[test]
fn a_load_of_tables_that_were_there_leaves_nothing_and_says_so() {
    let scene = Scene::with(LONG);
    scene.sql("create schema main; create table main.t (id bigint primary key, v text)");
    let mut child = scene.spawn(&["--into-existing"]);
    scene.wait_until(COPYING, &mut child);
    let pid = Pid::from_raw(i32::try_from(child.id()).unwrap());
    kill(pid, Signal::SIGINT).unwrap();
    let output = child.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(130), "{told}");
    assert!(
        told.contains("nothing was changed") && !told.contains("goes on"),
        "{told}"
    );

    let mut child = scene.spawn(&["--into-existing"]);
    scene.wait_until(COPYING, &mut child);
    scene.sql(
        "select pg_terminate_backend(pid) from pg_stat_activity \
         where datname = current_database() and pid <> pg_backend_pid()",
    );
    let output = child.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(
        told.contains("as they were") && told.contains("from the start") && !told.contains("goes on"),
        "{told}"
    );
    assert_eq!(scene.sql("select count(*) from t"), "0");
    scene.migrate(&["--into-existing"]);
    assert_eq!(scene.sql("select count(*), max(id) from t"), "400000|400000");
}

#[test]
fn a_run_killed_in_the_middle_of_a_statement_is_followed_at_once() {
    let scene =
        Scene::with("create table t (id integer primary key, v text); insert into t values (1, 'a');");
    // Filled rows are slow to be taken, as by an index of some size.
    scene.sql(
        "create schema main; create table main.t (id bigint primary key, v text);
         create function main.slow() returns trigger language plpgsql as
           $$ begin if current_setting('application_name') ~ 'stackctl' then perform pg_sleep(300); end if; return new; end $$;
         create trigger slow before insert on main.t for each row execute function main.slow()",
    );
    let mut child = scene.spawn(&["--into-existing"]);
    scene.wait_until(
        "select count(*) > 0 from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'",
        &mut child,
    );
    child.kill().unwrap();
    child.wait().unwrap();
    let begun = Instant::now();
    // That waits for the lock that the killed run has.
    scene.sql("alter table main.t disable trigger slow");
    scene.migrate(&["--into-existing"]);
    assert!(begun.elapsed() < Duration::from_secs(250));
    assert_eq!(scene.sql("select count(*) from t"), "1");
}

#[test]
fn what_is_mended_in_the_file_is_read_again() {
    let scene = Scene::with(
        "create table t (id integer primary key, at datetime unique);
         insert into t values (1, '2020-01-01 00:00:00'), (2, '2020-01-01T00:00:00');",
    );
    scene.refused(&[], &["is duplicated", "\"held\""]);
    scene
        .sqlite("data.db")
        .execute_batch("delete from t where id = 2")
        .unwrap();
    scene.migrate(&["--restart"]);
    assert_eq!(scene.sql("select count(*) from t"), "1");
}

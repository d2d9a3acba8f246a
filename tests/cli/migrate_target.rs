//! `migrate`: what is there already, what is written and what is not, quarantine, and several files at once.

use std::sync::Arc;

use crate::migrate_scene::{Scene, each};
use crate::postgres_server::PostgresServer;

const USERS: &str = "create table users (id integer primary key, name text not null, age integer);
    insert into users values (1, 'Ann', 30), (2, 'Bob', null);";

#[test]
fn plan_and_dry_run_write_nothing_anywhere() {
    let scene = Scene::with(&format!(
        "pragma journal_mode = wal; {USERS} insert into users values (3, 'Eve', 'old')"
    ));
    // Another program has the file open, so that its WAL stays.
    let open = scene.sqlite("data.db");
    open.execute("insert into users values (4, 'Wal', 4)", [])
        .unwrap();
    let (files, database) = (scene.stack.snapshot(), scene.everything());
    for (verb, more) in [
        ("plan", vec![]),
        ("plan", vec!["--full"]),
        ("run", vec!["--dry-run"]),
    ] {
        let output = scene.call(verb, &more);
        let plan = output.json();
        assert_eq!(
            scene.everything(),
            database,
            "{verb} {more:?} wrote to the server"
        );
        let now = scene.stack.snapshot();
        assert!(
            now.keys().eq(files.keys()),
            "{verb} {more:?} made or removed files: {:?}",
            now.keys()
        );
        for (path, bytes) in &files {
            // The index of the WAL is shared memory; its marks of who reads are no contents.
            if !path.to_string_lossy().ends_with("-shm") {
                assert!(now[path] == *bytes, "{verb} {more:?} changed {}", path.display());
            }
        }
        // The row that is only in the WAL counts, and the cell that will not fit is named.
        let text = plan.to_string();
        assert!(text.contains("\"rows\":4"), "{text}");
        assert!(text.contains("\"shown\":\"old\""), "{text}");
    }
    let ddl = scene.stack.run(&[
        "migrate",
        "plan",
        "--sqlite",
        "data.db=main",
        "--to",
        &scene.url(),
        "--sql",
    ]);
    assert!(
        ddl.success().stdout.to_lowercase().contains("create table"),
        "--sql prints the statements"
    );
    drop(open);
}

#[test]
fn a_schema_with_something_in_it_is_refused_unless_told() {
    let scene = Scene::with(USERS);
    scene.sql("create schema main; create table main.kept (v text); insert into main.kept values ('kept')");
    let refused = scene.refused(&[], &["main", "kept", "--replace", "--into-existing"]);
    assert_eq!(refused.stdout, "", "a refused run has no report");
    assert_eq!(scene.sql("select v from kept"), "kept");
    assert_eq!(
        scene.sql("select count(*) from pg_namespace where nspname like 'stackctl\\_%'"),
        "0"
    );
    assert!(
        !scene.file("backups").exists(),
        "refused before anything is written"
    );

    scene.sql("grant usage on schema main to pg_monitor");
    scene.migrate(&["--replace"]);
    assert_eq!(
        scene.sql("select string_agg(tablename, ',') from pg_tables where schemaname = 'main'"),
        "users"
    );
    assert_eq!(
        scene.sql("select has_schema_privilege('pg_monitor', 'main', 'usage')"),
        "t",
        "the schema stays with its grants"
    );
    // Carried once, it is not empty either.
    scene.refused(&[], &["users", "--replace"]);
    scene.migrate(&["--replace"]);
    assert_eq!(scene.sql("select count(*) from users"), "2");
}

#[test]
fn an_empty_schema_is_filled_with_the_rights_it_gives() {
    let scene = Scene::with(USERS);
    scene.sql(
        "create schema main; alter default privileges in schema main grant select on tables to pg_monitor",
    );
    scene.migrate(&[]);
    assert_eq!(
        scene.sql("select has_table_privilege('pg_monitor', 'main.users', 'select')"),
        "t"
    );
}

#[test]
fn replace_takes_nothing_down_outside_the_schema() {
    let scene = Scene::with(USERS);
    scene.migrate(&[]);
    scene.sql("create table public.orders (id int, who bigint references main.users); insert into public.orders values (1, 2)");
    scene.sql("create view public.names as select name from main.users");
    scene.refused(&["--replace"], &["orders", "names"]);
    assert_eq!(
        scene.sql("select count(*) from pg_constraint where conrelid = 'public.orders'::regclass"),
        "1"
    );
    assert_eq!(scene.sql("select count(*) from public.names"), "2");
}

#[test]
fn tables_that_a_program_has_made_are_filled() {
    let scene = Scene::with(
        "create table users (id integer primary key autoincrement, name varchar(20) not null, active bool not null,
           joined datetime, data text);
         create table posts (id integer primary key, author_id integer not null references users (id), n integer);
         insert into users values (1, 'Ann', 1, '2024-01-01 10:00:00', '{\"a\": 1}'), (7, 'Bob', 0, null, '[]');
         insert into posts values (3, 7, 1), (4, 1, 2);",
    );
    // In another order of columns, with types of its own, and a key to a table that comes later.
    scene.sql(
        "create schema main; set search_path = main;
         create table posts (id bigint generated by default as identity primary key, n smallint,
           author_id bigint not null);
         create table users (id serial primary key, joined timestamptz, data jsonb not null, name varchar(20) not null,
           active boolean not null, score integer not null default 5);
         alter table posts add foreign key (author_id) references users (id) deferrable initially deferred;",
    );
    let report = scene.migrate(&["--into-existing"]);
    assert_eq!(report["files"][0]["state"], "done");
    assert_eq!(
        scene.sql("select id, joined, data, name, active, score from users order by id"),
        "1|2024-01-01 10:00:00+00|{\"a\": 1}|Ann|t|5\n7||[]|Bob|f|5"
    );
    assert_eq!(
        scene.sql("select id, n, author_id from posts order by id"),
        "3|1|7\n4|2|1"
    );
    assert_eq!(
        scene.sql("insert into users (name, active, data) values ('New', true, '{}') returning id"),
        "8"
    );
    assert_eq!(
        scene.sql("insert into posts (author_id) values (8) returning id"),
        "5"
    );
    // Filled once, they hold rows.
    scene.refused(&["--into-existing"], &["users"]);
}

#[test]
fn what_an_existing_type_rounds_is_undone_with_the_reason() {
    let scene = Scene::with(
        "create table t (id integer primary key, at datetime, took interval);
         insert into t values (1, '2024-01-01 10:00:00.6', 60000000);",
    );
    scene.sql(
        "create schema main; create table main.t (id bigint primary key, at timestamp(0), took interval)",
    );
    scene.refused(&["--into-existing"], &["`t`: at", "`timestamp(0)`"]);
    assert_eq!(scene.sql("select count(*) from t"), "0");
    scene.sql("alter table t alter at type timestamp");
    scene.migrate(&["--into-existing"]);
    assert_eq!(
        scene.sql("select at, took from t"),
        "2024-01-01 10:00:00.6|00:01:00"
    );
}

#[test]
fn parts_of_microseconds_do_not_fit_an_interval() {
    // As Pony writes an hour: in days.
    let scene = Scene::with(
        "create table t (id integer primary key, took interval); insert into t values (1, 1.0 / 24);",
    );
    scene.sql("create schema main; create table main.t (id bigint primary key, took interval)");
    scene.refused(&["--into-existing"], &["`t.took` (interval)"]);
    scene.migrate(&["--into-existing", "--column", "t.took=interval:julian-day"]);
    assert_eq!(scene.sql("select took from t"), "01:00:00");
}

#[test]
fn tables_are_filled_though_only_the_server_knows_their_foreign_keys_and_sequences() {
    let scene = Scene::with(
        "create table books (id bigint not null primary key, author_id bigint not null, n integer);
         create table authors (id integer primary key, best bigint, boss bigint);
         create table zeros (id integer primary key);
         insert into authors values (3, 51, 4), (4, null, null); insert into books values (51, 3, 1), (7, 4, 2);",
    );
    scene.sql(
        "create schema main; set search_path = main;
         create sequence books_seq increment 50; create sequence numbers; create sequence other_seq;
         create table books (id bigint primary key, author_id bigint not null, n bigint);
         create table authors (id bigint primary key default nextval('numbers'), best bigint references books (id),
           boss bigint references authors (id));
         create table zeros (id bigint primary key);
         alter table books add constraint of_author foreign key (author_id) references authors (id);",
    );
    let report = scene.migrate(&["--into-existing"]);
    assert_eq!(report["files"][0]["state"], "done");
    assert_eq!(
        scene.sql("select n, best, boss from books join authors on author_id = authors.id order by n"),
        "1|51|4\n2||"
    );
    assert_eq!(
        scene.sql(
            "select conname, condeferrable, condeferred, convalidated from pg_constraint
               where contype = 'f' and connamespace = 'main'::regnamespace order by 1"
        ),
        "authors_best_fkey|f|f|t\nauthors_boss_fkey|f|f|t\nof_author|f|f|t"
    );
    assert_eq!(scene.sql("insert into authors default values returning id"), "5");
    assert_eq!(scene.sql("select nextval('books_seq')"), "101");
    assert_eq!(scene.sql("select nextval('other_seq')"), "1");
}

#[test]
fn a_sequence_that_numbers_several_tables_is_set_behind_all_of_them() {
    let scene = Scene::with(
        "create table a (id integer primary key); create table b (id integer primary key); create table c (id integer primary key);
         insert into a values (3); insert into b values (90); insert into c values (7);",
    );
    scene.sql(
        "create schema main; set search_path = main; create sequence numbers;
         create table a (id bigint primary key default nextval('numbers'));
         create table b (id bigint primary key default nextval('numbers'));
         create table c (id bigint primary key default nextval('numbers'));",
    );
    scene.migrate(&["--into-existing"]);
    assert_eq!(scene.sql("insert into a default values returning id"), "91");
    assert_eq!(scene.sql("insert into c default values returning id"), "92");
}

#[test]
fn rows_that_only_the_server_knows_to_have_no_parent_fill_nothing() {
    let scene = Scene::with(
        "create table a (id integer primary key, b integer); create table b (id integer primary key, a integer);
         insert into a values (1, 2); insert into b values (3, 1);",
    );
    scene.sql(
        "create schema main; set search_path = main; create table a (id bigint primary key, b bigint);
         create table b (id bigint primary key, a bigint references a);
         alter table a add foreign key (b) references b;",
    );
    scene.refused(&["--into-existing"], &["a_b_fkey", "as they were"]);
    assert_eq!(scene.sql("select count(*) from a"), "0");
    assert_eq!(
        scene.sql(
            "select bool_or(condeferrable) from pg_constraint
               where contype = 'f' and connamespace = 'main'::regnamespace"
        ),
        "f"
    );
}

#[test]
fn cells_that_tables_which_are_there_do_not_hold_are_told_by_column_and_may_be_cut() {
    let scene = Scene::with(
        "create table t (id integer primary key, made_at datetime, day date);
         insert into t values (1, '2024-01-02 03:04:05.123456789+03:00', '2024-01-02 00:00:00+03:00'),
           (2, '2024-01-02 03:04:05.1234567Z', null);",
    );
    scene.sql(
        "create schema main; create table main.t (id bigint primary key, made_at timestamptz, day date)",
    );
    let told = [
        "3 cells",
        "`t.made_at` (timestamptz): 2 cells: it has more digits",
        "`t.day` (date): 1 cell: its storage class",
    ];
    scene.refused(&["--into-existing"], &told);
    let cut = [
        "--column",
        "*.made_*=timestamptz:iso-cut",
        "--column",
        "t.day=date:iso-cut",
    ];
    scene.migrate(&[&["--into-existing"][..], &cut].concat());
    assert_eq!(
        scene.sql("select * from t order by id"),
        "1|2024-01-02 00:04:05.123456+00|2024-01-02\n2|2024-01-02 03:04:05.123456+00|"
    );
}

#[test]
fn existing_tables_that_do_not_fit_are_refused_whole() {
    let scene = Scene::with(USERS);
    scene.sql("create schema main; create table main.users (id bigint primary key, name text not null)");
    scene.refused(&["--into-existing"], &["users", "age"]);
    assert_eq!(scene.sql("select count(*) from users"), "0");
    scene.sql("alter table users add age integer, add must integer not null");
    scene.refused(&["--into-existing"], &["must"]);
    assert_eq!(scene.sql("select count(*) from users"), "0");
    scene.sql("alter table users drop must; alter table users add check (age < 20)");
    scene.refused(&["--into-existing"], &["users"]);
    assert_eq!(scene.sql("select count(*) from users"), "0");
}

#[test]
fn columns_of_types_that_nothing_becomes_are_refused_by_name() {
    let scene = Scene::with("create table t (id integer primary key, tags text, at text, mood text)");
    scene.sql(
        "create schema main; create type main.mood as enum ('good', 'bad');
         create table main.t (id bigint primary key, tags text[], at point, mood main.mood)",
    );
    scene
        .sqlite("data.db")
        .execute_batch("insert into t values (1, null, null, 'good')")
        .unwrap();
    scene.migrate(&["--into-existing"]);
    assert_eq!(scene.sql("select * from t"), "1|||good");
    scene
        .sqlite("data.db")
        .execute_batch("insert into t values (2, '[\"a\"]', '(1,2)', 'bad')")
        .unwrap();
    let words = [
        "`t.tags` is text[]",
        "`t.at` is point",
        "text or jsonb for the run",
    ];
    let refused = scene.refused(&["--into-existing", "--emptied"], &words);
    assert!(!refused.stderr.contains("t.mood"), "{}", refused.stderr);
    assert_eq!(scene.sql("select id from t"), "1", "nothing was written");
}

#[test]
fn a_standby_is_read_and_never_written_to() {
    let scene = Scene::on(Arc::new(PostgresServer::start()));
    scene.sqlite("data.db").execute_batch(USERS).unwrap();
    scene.migrate(&[]);
    scene.server.become_standby();
    for more in [&["--replace"][..], &["--dry-run"], &["--sqlite", "data.db=other"]] {
        let refused = scene.refused(more, &["is a standby", "name the primary server"]);
        assert!(
            !refused.stderr.contains("pages"),
            "nothing was copied: {}",
            refused.stderr
        );
    }
    scene.call("verify", &[]).success();
    scene.call("status", &[]).success();
}

#[test]
fn two_files_with_the_same_tables_keep_to_their_schemas() {
    let scene = Scene::new();
    for (file, name) in [("one.db", "first"), ("two.db", "second")] {
        scene
            .sqlite(file)
            .execute_batch(&format!(
                "create table users (id integer primary key, name text unique);
                 create table posts (id integer primary key, who integer references users);
                 create index posts_who on posts (who);
                 insert into users values (1, '{name}'); insert into posts values (1, 1);"
            ))
            .unwrap();
    }
    let report = scene.migrate(&["--sqlite", "one.db=one", "--sqlite", "two.db=two"]);
    assert_eq!(report["files"].as_array().unwrap().len(), 2);
    assert_eq!(
        scene.sql("select o.name, t.name from one.users o, two.users t"),
        "first|second"
    );
    for schema in ["one", "two"] {
        scene.server_refuses(
            &format!("insert into {schema}.posts values (2, 9)"),
            "foreign key",
        );
    }
    let twice = scene.call("run", &["--sqlite", "one.db=same", "--sqlite", "two.db=same"]);
    assert_ne!(twice.code, 0);
    assert!(twice.stderr.contains("same"), "{}", twice.stderr);
}

#[test]
fn all_files_are_published_or_none() {
    let scene = Scene::with(USERS);
    scene
        .sqlite("bad.db")
        .execute_batch("create table t (id integer primary key, n integer); insert into t values (1, 1), (2, 2), (3, 'x')")
        .unwrap();
    let files = ["--sqlite", "data.db=main", "--sqlite", "bad.db=bad"];
    let held = scene.call("run", &files).code(1).json();
    assert_eq!(each(&held["files"], "schema").len(), 2);
    assert_eq!(
        scene.sql("select count(*) from pg_tables where schemaname in ('main', 'bad')"),
        "0"
    );
    let before = scene.sql("select count(*) from stackctl.quarantine");
    scene.migrate(&[&files[..], &["--accept-quarantine"]].concat());
    assert_eq!(scene.sql("select count(*) from main.users"), "2");
    assert_eq!(scene.sql("select id, n from bad.t order by id"), "1|1\n2|2\n3|");
    assert_eq!(
        scene.sql("select count(*) from stackctl.quarantine"),
        before,
        "what is held is published and not copied again"
    );
}

#[test]
fn what_is_held_can_be_mended_and_run_again() {
    let scene = Scene::with(&format!(
        "{USERS} insert into users values (3, 'Eve', 'old'), (4, 'Tom', 3)"
    ));
    scene.refused(&[], &["old", "held"]);
    let report = scene.migrate(&["--column", "users.age=text"]);
    assert_eq!(report["files"][0]["state"], "done");
    assert_eq!(
        scene.sql("select id, age from users order by id"),
        "1|30\n2|\n3|old\n4|3"
    );
    assert_eq!(scene.sql("select count(*) from stackctl.quarantine"), "0");
}

#[test]
fn a_key_that_the_rows_break_in_their_types_holds_the_file_and_is_named() {
    let scene = Scene::with(
        "create table ev (id integer primary key, at datetime unique);
         insert into ev values (1, '2024-01-01 00:00:00'), (2, '2024-01-01T00:00:00'), (3, null);
         create table other (n integer); insert into other values (7)",
    );
    scene.refused(&[], &["held", "ev_at_key", "is duplicated", "--column"]);
    let report = scene.migrate(&["--accept-quarantine"]);
    let file = &report["files"][0];
    assert_eq!((&file["keys_lost"], &file["state"]), (&1.into(), &"done".into()));
    assert_eq!(
        scene.sql("select id, at from ev order by id"),
        "1|2024-01-01 00:00:00\n2|2024-01-01 00:00:00\n3|"
    );
    assert_eq!(scene.sql("select n from other"), "7");
    scene.call("verify", &[]).success();
}

#[test]
fn a_table_that_the_server_refuses_as_planned_is_made_in_a_simpler_form() {
    let scene = Scene::with(
        "create table g (a integer primary key, n integer, t integer generated always as (n % 3) stored, check (n <> 77));
         insert into g (a, n) values (1, 5), (2, 9000000000000000000);
         create table big (n integer, more integer generated always as (n * 4) stored);
         insert into big (n) values (4611686018427387904), (1)",
    );
    let report = scene.migrate(&[]);
    let lost = report["files"][0]["not_carried"].to_string();
    assert!(lost.contains("big.more"), "{lost}");
    assert_eq!(scene.sql("select count(*) from big where more is not null"), "2");
    assert_eq!(scene.sql("select a, t from g order by a"), "1|2\n2|0");
    scene.server_refuses("insert into g (n) values (77)", "check constraint");
    scene.call("verify", &[]).success();
}

#[test]
fn tables_can_be_left_out() {
    let scene = Scene::with(&format!(
        "{USERS} create table tmp_a (v); create table tmp_b (v); create table kept (v);"
    ));
    let report = scene.migrate(&["--skip", "tmp_*"]);
    assert_eq!(
        scene.sql(
            "select string_agg(tablename, ',' order by tablename) from pg_tables where schemaname = 'main'"
        ),
        "kept,users"
    );
    let lost = report["files"][0]["not_carried"].to_string();
    assert!(lost.contains("tmp_a") && lost.contains("tmp_b"), "{lost}");
}

#[test]
fn the_copy_that_was_read_is_kept_with_its_sum() {
    use sha2::{Digest, Sha256};
    let scene = Scene::with(USERS);
    let report = scene.migrate(&["--backup-dir", "copies"]);
    let backup = &report["files"][0]["backup"];
    let path = backup["path"]
        .as_str()
        .unwrap()
        .replace("[DIR]", &scene.stack.path().display().to_string());
    let path = scene.stack.path().join(path);
    let bytes = std::fs::read(&path).unwrap();
    let sum: Vec<String> = Sha256::digest(&bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(backup["sha256"], sum.concat());
    assert_eq!(backup["bytes"], bytes.len());
    assert!(path.starts_with(scene.file("copies")), "{}", path.display());
    let copy = rusqlite::Connection::open(&path).unwrap();
    let rows: i64 = copy
        .query_row("select count(*) from users", [], |row| row.get(0))
        .unwrap();
    assert_eq!(rows, 2);

    // Without a copy the same comes out.
    let scene = Scene::with(USERS);
    let report = scene.migrate(&["--no-backup"]);
    assert!(report["files"][0]["backup"].is_null());
    assert!(!scene.file("backups").exists());
    assert_eq!(scene.sql("select count(*) from users"), "2");
}

#[test]
fn reports_are_written_in_the_form_of_their_name() {
    let scene = Scene::with(USERS);
    let report = scene.migrate(&["--report", "r.html", "--report", "r.json", "--report", "r.txt"]);
    let page = scene.stack.read("r.html");
    assert!(
        page.starts_with("<!doctype html>") && page.contains("main.users"),
        "{page}"
    );
    let json: serde_json::Value = serde_json::from_str(&scene.stack.read("r.json")).unwrap();
    assert_eq!(json["files"][0]["tables"], report["files"][0]["tables"]);
    assert!(scene.stack.read("r.txt").contains("2 rows"));
}

#[test]
fn status_tells_what_was_done() {
    let scene = Scene::with(USERS);
    scene.migrate(&[]);
    let status = scene.call("status", &[]).success();
    assert!(
        status.stdout.contains("main") && status.stdout.contains("done"),
        "{}",
        status.stdout
    );
}

#[test]
fn reserved_schemas_are_refused() {
    let scene = Scene::with(USERS);
    for schema in ["stackctl", "pg_main", "information_schema"] {
        let output = scene.call("run", &["--sqlite", &format!("data.db={schema}")]);
        assert!([1, 2].contains(&output.code), "{schema}: {output:?}");
        assert!(output.stderr.contains(schema), "{}", output.stderr);
    }
    assert_eq!(
        scene.sql("select count(*) from pg_namespace where nspname in ('stackctl', 'pg_main')"),
        "0"
    );
}

//! `migrate run` where the server refuses a table as it is planned: before its rows are copied, and because of them.

use std::sync::Arc;

use crate::migrate_scene::{Scene, each};
use crate::postgres_server::PostgresServer;

/// CHECKs and generated columns that hold in SQLite, where a product that is too large becomes a double, and fail on the
/// server; each leaves its table to be made in a simpler form once rows are there.
const ROWS: &str = "
    create table area (id integer primary key, a integer, b integer, check (a * b > 0));
    insert into area values (1, 5000000000, 5000000000), (2, 3, 4);
    create table other (id integer primary key, a integer, b integer, n integer, check (a * b > 0));
    insert into other values (1, 5000000000, 5000000000, 'x'), (2, 3, 4, 5);
    create table total (id integer primary key, a integer, b integer, c integer as (abs(a) + b) stored);
    insert into total (id, a, b) values (1, 9223372036854775807, 9223372036854775807), (2, 3, 4);
    create table large (id integer primary key, v text, n integer);
    with recursive c(n) as (select 1 union all select n + 1 from c where n < 20000)
      insert into large select n, 'text ' || n, n from c;
    update large set n = 'y' where id = 7;
    create index large_v on large (v);";

/// Notes each table that is made, unless that is undone.
const WATCH: &str = "create table public.made (name text);
    create function public.made() returns event_trigger language plpgsql security definer as $$ begin
        insert into public.made select object_identity from pg_event_trigger_ddl_commands() where object_type = 'table';
    end $$;
    create event trigger made on ddl_command_end when tag in ('CREATE TABLE') execute function public.made();";

/// Refuses CHECKs on the table `ruled`, and the table `never`, as a rule of the house may.
const RULE: &str = "create function public.rule() returns event_trigger language plpgsql as $$ begin
        if exists (select from pg_constraint where contype = 'c' and conrelid::regclass::text ~ 'ruled') then
            raise exception 'no CHECK on this table' using errcode = '0A000';
        end if;
        if exists (select from pg_class where relname = 'never') then
            raise exception 'not this table' using errcode = '0A000';
        end if;
    end $$;
    create event trigger rule on ddl_command_end when tag in ('CREATE TABLE', 'ALTER TABLE')
        execute function public.rule();";

fn copies(scene: &Scene) -> usize {
    let files = scene.stack.snapshot().into_keys();
    files
        .filter(|path| path.starts_with("backups") && path.extension().is_some_and(|end| end == "db"))
        .count()
}

#[test]
fn a_table_whose_rows_are_refused_is_begun_again_alone() {
    let scene = Scene::with(ROWS);
    scene.sql(WATCH);
    let output = scene
        .call("run", &["--accept-quarantine", "--jobs", "1"])
        .success();
    for table in ["area", "other", "total"] {
        let told = format!("`main.{table}` is made in a simpler form");
        assert_eq!(output.stderr.matches(&told).count(), 1, "{}", output.stderr);
    }
    assert_eq!(copies(&scene), 1, "the file was copied again");
    // The large table was there first: it is not made again, and its rows are not read again.
    assert_eq!(
        scene.sql("select count(*) from public.made where name ~ 'large'"),
        "1"
    );
    assert_eq!(
        scene.quarantine(),
        "large.n|text|its text is not a value of the type|79\nother.n|text|its text is not a value of the type|78"
    );
    assert_eq!(
        scene.sql(
            "select (select count(*) from area), (select count(n) from other), (select c from total where id = 2), \
             (select count(*) from large)"
        ),
        "2|1|7|20000"
    );
    let report = output.json();
    let lost = &report["files"][0]["not_carried"];
    let names = each(lost, "name").join(" ");
    for name in ["area: ", "other: ", "total.c"] {
        assert!(names.contains(name), "{name} is not told: {names}");
    }
    scene.call("verify", &[]).success();
}

#[test]
fn a_refused_table_is_foreseen_and_costs_no_copy() {
    let scene = Scene::with(
        "create table ruled (id integer primary key, a integer, check (a > 0)); insert into ruled values (1, 2);
         create table free (id integer primary key, a integer, check (a > 0)); insert into free values (1, 2);",
    );
    scene.sql(RULE);
    scene.sql(WATCH);
    // Other tests make roles meanwhile.
    let everything = || -> Vec<String> {
        let all = scene.everything();
        let kept = all.lines().filter(|line| !line.starts_with("role|"));
        kept.map(str::to_owned).collect()
    };
    let before = everything();
    let output = scene.call("run", &["--dry-run"]).success();
    assert!(
        output.stderr.contains("`main.ruled` is made in a simpler form"),
        "{}",
        output.stderr
    );
    let tables = &output.json()["files"][0]["tables"];
    for (table, has_check) in [("ruled", false), ("free", true)] {
        let place = each(tables, "source").iter().position(|name| *name == table);
        let create = tables[place.unwrap()]["create"].as_str().unwrap();
        assert_eq!(create.contains("check"), has_check, "{create}");
    }
    assert_eq!(everything(), before, "a dry run has left something");
    let output = scene.call("run", &[]).success();
    let lost = &output.json()["files"][0]["not_carried"];
    assert!(
        each(lost, "reason").join(" ").contains("no CHECK on this table"),
        "{lost}"
    );
    assert_eq!(
        scene.sql("select name from public.made where name ~ '^stackctl_main' order by 1"),
        "stackctl_main.free\nstackctl_main.ruled"
    );
    scene.server_refuses("insert into free values (2, -1)", "free_check");
    assert_eq!(copies(&scene), 1);
}

#[test]
fn what_the_server_refuses_in_any_form_is_told_before_rows_are_copied() {
    let scene = Scene::with("create table never (id integer primary key); insert into never values (1);");
    scene.sql(RULE);
    for more in [&["--dry-run"][..], &[]] {
        let told = scene.refused(more, &["`main.never`", "not this table"]).stderr;
        assert!(!told.contains("goes on where it stopped"), "{told}");
    }
    assert_eq!(
        scene.sql("select count(*) from stackctl.migration"),
        "0",
        "nothing was begun"
    );
}

#[test]
fn a_role_that_may_make_nothing_is_told_that_nothing_was_tried() {
    // Roles are the server's, and other tests look at all of them.
    let scene = Scene::on(Arc::new(PostgresServer::start()));
    let file = scene.sqlite("data.db");
    file.execute_batch("create table t (id integer primary key); insert into t values (1);")
        .unwrap();
    let role = format!("reader_{}", scene.database);
    scene.sql(&format!("create role {role} login"));
    let separator = if scene.url().contains('?') { '&' } else { '?' };
    let url = format!("{}{separator}user={role}", scene.url());
    let output = scene
        .stack
        .run(&[
            "migrate",
            "run",
            "--dry-run",
            "--sqlite",
            "data.db=main",
            "--to",
            &url,
        ])
        .success();
    assert!(
        output.stderr.contains("is not tried") && output.stderr.contains("permission denied"),
        "{}",
        output.stderr
    );
}

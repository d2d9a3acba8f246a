//! `migrate verify`: rows that changed, vanished or came afterwards are named, whatever the table's key is.

use serde_json::Value;

use crate::migrate_scene::Scene;

const TABLES: &str = "create table users (id integer primary key, name text, score real, at datetime, photo blob);
    create table pair (a integer, b text, v text, primary key (b, a)) without rowid;
    create table keyless (v text, n integer);
    with recursive c(n) as (select 1 union all select n + 1 from c where n < 5000)
      insert into users select n, 'user ' || n, n / 7.0, datetime(n * 86400, 'unixepoch'), zeroblob(n % 50) from c;
    insert into pair select id % 10, 'b' || id, 'v' || id from users;
    insert into keyless select name, id % 3 from users; insert into keyless select name, id % 3 from users where id < 10;";

fn table<'a>(report: &'a Value, name: &str) -> &'a Value {
    let tables = report["files"][0]["tables"].as_array().unwrap();
    tables.iter().find(|table| table["name"] == name).unwrap()
}

#[test]
fn what_was_carried_agrees() {
    let scene = Scene::carried(TABLES);
    let before = scene.everything();
    let output = scene.call("verify", &[]).success();
    assert!(
        output.stderr.contains("compared `main`: 3 tables") && !output.stderr.contains("keyless"),
        "small tables are told all at once: {}",
        output.stderr
    );
    let report = output.json();
    assert_eq!(table(&report, "users")["rows_target"], 5000);
    assert_eq!(table(&report, "keyless")["rows_source"], 5009);
    assert_eq!(scene.everything(), before, "verify writes nothing");
    scene.call("verify", &["--backup"]).success();
}

#[test]
fn changed_missing_and_extra_rows_are_named() {
    let scene = Scene::carried(TABLES);
    scene.sql(
        "update users set name = 'other' where id = 17; delete from users where id = 4321;
         insert into users (id, name) values (9999, 'extra');
         update users set score = score + 1e-12 where id = 100;
         update users set photo = photo || '\\x00' where id = 101;",
    );
    let report = scene.call("verify", &[]).code(1).json();
    let users = table(&report, "users");
    let mut found: Vec<_> = users["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            format!(
                "{} {} {}",
                row["kind"].as_str().unwrap(),
                row["key"][0][1],
                row["columns"][0][0].as_str().unwrap_or_default()
            )
        })
        .collect();
    // A row on one side only may tell its columns or not.
    for line in &mut found {
        if !line.starts_with("changed") {
            *line = line.split(' ').take(2).collect::<Vec<_>>().join(" ");
        }
    }
    found.sort();
    assert_eq!(
        found,
        [
            "changed 100 score",
            "changed 101 photo",
            "changed 17 name",
            "extra 9999",
            "missing 4321"
        ],
        "{users}"
    );
    for other in ["pair", "keyless"] {
        assert_eq!(table(&report, other)["rows"], serde_json::json!([]), "{other}");
    }
}

#[test]
fn cells_that_changed_rows_are_seen() {
    let scene = Scene::carried(TABLES);
    // The same values in each column, in other rows.
    scene.sql(
        "update pair p set v = case v when 'v1' then 'v2' else 'v1' end where v in ('v1', 'v2');
         update keyless set n = case v when 'user 1' then 2 else 1 end where v in ('user 1', 'user 2')",
    );
    let report = scene.call("verify", &[]).code(1).json();
    let pair = table(&report, "pair");
    assert_eq!(pair["rows"].as_array().unwrap().len(), 2, "{pair}");
    let keyless = table(&report, "keyless");
    assert!(
        !keyless["rows"].as_array().unwrap().is_empty(),
        "rows of a table without a key: {keyless}"
    );
}

#[test]
fn a_duplicate_of_a_row_without_a_key_is_seen() {
    let scene = Scene::carried(TABLES);
    scene.sql("insert into keyless select * from keyless where v = 'user 100'");
    let report = scene.call("verify", &[]).code(1).json();
    let keyless = table(&report, "keyless");
    assert_eq!(keyless["rows_target"], 5010);
    assert_eq!(keyless["rows"][0]["kind"], "extra", "{keyless}");
}

#[test]
fn a_table_that_is_gone_is_told() {
    let scene = Scene::carried(TABLES);
    scene.sql("drop table pair");
    let report = scene.call("verify", &[]).code(1);
    assert!(report.stdout.contains("pair"), "{}", report.stdout);
}

#[test]
fn what_the_file_got_since_is_missing_and_its_copy_agrees() {
    let scene = Scene::carried(TABLES);
    scene
        .sqlite("data.db")
        .execute("insert into users (id, name) values (6000, 'later')", [])
        .unwrap();
    let report = scene.call("verify", &[]).code(1).json();
    let users = table(&report, "users");
    assert_eq!(users["rows"][0]["kind"], "missing", "{users}");
    assert_eq!(users["rows"][0]["key"][0][1], 6000);
    scene.call("verify", &["--backup"]).success();
}

#[test]
fn verify_before_a_run_says_what_to_type() {
    let scene = Scene::with(TABLES);
    let output = scene.call("verify", &[]).code(1);
    assert!(output.stderr.contains("stackctl migrate"), "{}", output.stderr);
}

#[test]
fn a_table_without_one_of_its_columns_keeps_its_rows() {
    let scene = Scene::carried(TABLES);
    scene.sql("alter table pair drop column v; drop table keyless");
    let report = scene.call("verify", &[]).code(1).json();
    assert_eq!(table(&report, "pair")["rows_target"], 5000);
    assert_eq!(table(&report, "pair")["differing"][0], "v");
    assert_eq!(table(&report, "keyless")["rows_target"], 0);
}

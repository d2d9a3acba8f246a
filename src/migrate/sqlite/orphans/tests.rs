//! Orphans of generated files.

use serde_json::json;

use super::*;
use crate::migrate::sqlite::tests::fixture::Fixture;
use crate::migrate::sqlite::{open, read_catalog};

fn found(sql: &str, name: &str) -> Vec<Orphaned> {
    let fixture = Fixture::new(sql);
    let connection = open(&fixture.path).unwrap();
    let catalog = read_catalog(&connection, &fixture.path).unwrap();
    let table = catalog.tables.iter().find(|table| table.name == name).unwrap();
    orphans(&connection, &fixture.path, table).unwrap()
}

fn key(name: &str, value: Value) -> Vec<(String, Value)> {
    vec![(name.to_owned(), value)]
}

#[test]
fn each_foreign_key_has_its_own() {
    let all = found(
        "CREATE TABLE p (id INTEGER PRIMARY KEY, x TEXT, y TEXT, UNIQUE (x, y)); INSERT INTO p VALUES (1, 'a', 'b');
         CREATE TABLE t (k TEXT PRIMARY KEY, p INT REFERENCES p, x TEXT, y TEXT, m INT REFERENCES missing (id),
                         FOREIGN KEY (x, y) REFERENCES p (x, y));
         INSERT INTO t VALUES ('good', 1, 'a', 'b', NULL), ('nulls', NULL, 'z', NULL, NULL), ('bad', 2, 'a', 'c', 5);",
        "t",
    );
    // In the order in which they are written.
    let bad = |all: &[Orphaned]| -> Vec<u64> { all.iter().map(|orphaned| orphaned.rows).collect() };
    assert_eq!(bad(&all), [1, 1, 1]);
    assert!(
        all.iter()
            .all(|orphaned| orphaned.examples == [key("k", json!("bad"))]),
        "{all:?}"
    );
}

#[test]
fn rows_without_a_rowid_are_found_by_their_key() {
    let all = found(
        "CREATE TABLE p (id INTEGER PRIMARY KEY);
         CREATE TABLE t (a BLOB, b INT, PRIMARY KEY (a, b), FOREIGN KEY (b) REFERENCES p) WITHOUT ROWID;
         INSERT INTO t VALUES (x'00ff', 5), ('x', 6);",
        "t",
    );
    assert_eq!(all[0].rows, 2);
    let [text, blob] = &all[0].examples[..] else {
        panic!("{all:?}");
    };
    assert_eq!(text[0].1, json!("x"));
    assert_eq!(
        blob[..],
        [
            ("a".to_owned(), json!({ "blob": "00ff" })),
            ("b".to_owned(), json!(5))
        ]
    );
}

#[test]
fn many_are_counted_and_the_first_are_named() {
    let all = found(
        "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE t (p INT REFERENCES p);
         WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 500) INSERT INTO t SELECT i FROM n;",
        "t",
    );
    assert_eq!((all[0].rows, all[0].examples.len()), (500, EXAMPLES));
    assert_eq!(all[0].examples[0], key("rowid", json!(1)));
}

#[test]
fn parents_that_are_not_unique_are_compared_all_the_same() {
    let all = found(
        "CREATE TABLE p (a, b); INSERT INTO p VALUES (1, 1), (1, 2);
         CREATE TABLE t (id INTEGER PRIMARY KEY, a REFERENCES p (a), c REFERENCES p (z), d REFERENCES p);
         INSERT INTO t VALUES (1, 1, 1, 1), (2, 9, 9, 9);",
        "t",
    );
    let rows: Vec<u64> = all.iter().map(|orphaned| orphaned.rows).collect();
    assert_eq!(rows, [1, 0, 0]);
    assert_eq!(all[0].examples, [key("id", json!(2))]);
}

#[test]
fn whole_numbers_with_gaps_are_told_from_orphans() {
    let counts = |children: &str| -> Vec<u64> {
        let sql = format!(
            "CREATE TABLE p (id INTEGER PRIMARY KEY, u INT UNIQUE); INSERT INTO p VALUES (-70, 1), (5, 2), (200, NULL);
             CREATE TABLE t (p REFERENCES p, u REFERENCES p (u)); INSERT INTO t VALUES {children};"
        );
        found(&sql, "t").iter().map(|orphaned| orphaned.rows).collect()
    };
    assert_eq!(counts("(-70, 1), (5, NULL), (200, 2), (NULL, 2)"), [0, 0]);
    assert_eq!(counts("(6, 1), (5, 2)"), [1, 0], "in a gap");
    assert_eq!(counts("(201, 1), (-71, 3)"), [2, 1], "beyond the ends");
    assert_eq!(
        counts("('5', 1), (x'05', 2)"),
        [1, 0],
        "text is compared as SQLite does"
    );
    assert_eq!(counts("(5.0, 1), (9223372036854775807, 2)"), [1, 0]);
}

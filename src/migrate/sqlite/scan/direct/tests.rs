//! What is read from pages is what SQLite reads.

use std::fmt::Write as _;

use proptest::prelude::*;
use rusqlite::types::Value;

use super::*;
use crate::migrate::plan::RowKey;
use crate::migrate::sqlite::open;
use crate::migrate::sqlite::scan::scan;
use crate::migrate::sqlite::tests::fixture::Fixture;

/// Rows as text, and how the direct reading ended, if it was asked for.
fn read(
    fixture: &Fixture,
    columns: &[&str],
    (after, until): (Option<i64>, Option<i64>),
    alone: bool,
    is_copy: bool,
) -> (Vec<String>, bool) {
    let connection = open(&fixture.path).unwrap();
    let key = RowKey::Rowid("rowid".to_owned());
    let after = after.map(KeyValue::Rowid);
    let what = Scan {
        path: &fixture.path,
        table: "t",
        columns,
        long: &[],
        key: &key,
        key_columns: &[],
        after: after.as_ref(),
        until,
        is_copy,
    };
    let mut rows = Vec::new();
    let mut visit = |row: &ScannedRow<'_>| {
        rows.push(format!("{:?} {:?} {:?}", row.rowid, row.cells, row.long));
        Ok::<_, SqliteError>(ControlFlow::Continue(()))
    };
    if !alone {
        scan(&connection, &what, &mut visit).unwrap();
        return (rows, false);
    }
    let query = Query::new(&connection, &what).unwrap();
    let mut reached = Reached::default();
    let end = direct(&connection, &what, &query, &mut reached, &mut visit).unwrap();
    assert_eq!(reached.rows, rows.len() as u64);
    (rows, matches!(end, End::Done))
}

/// How far the pages alone can be read; all that is read so, and all that is read at last, is as SQLite reads it.
fn compared(fixture: &Fixture, columns: &[&str], bounds: (Option<i64>, Option<i64>)) -> (usize, usize, bool) {
    let (wanted, _) = read(fixture, columns, bounds, false, false);
    let (both, _) = read(fixture, columns, bounds, false, true);
    assert_eq!(both, wanted);
    let (direct, done) = read(fixture, columns, bounds, true, true);
    assert_eq!(direct, wanted[..direct.len()]);
    assert!(!done || direct.len() == wanted.len());
    (direct.len(), wanted.len(), done)
}

#[test]
fn all_kinds_of_cells_and_records_are_read_without_sqlite() {
    let fixture = Fixture::new(
        "PRAGMA page_size = 512;
         CREATE TABLE t (r REAL, id INTEGER PRIMARY KEY, t TEXT, b BLOB, n, d DOUBLE PRECISION, x \"REAL BLOB\");
         WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 700)
         INSERT INTO t SELECT i, i * 7 - 500, 'text ' || i, zeroblob(i * i % 3000), i << (i % 63), i + 0.5, i FROM n;
         INSERT INTO t VALUES (9e999, 9223372036854775807, '', x'', -1, 0, 1.5), (NULL, -9223372036854775808, 'a' || char(0) || 'b',
            NULL, -9223372036854775808, -0.0, 'x'), (1e15, 70001, NULL, x'00', 140737488355327, -8388609, 8388607);
         DELETE FROM t WHERE id % 11 = 0; UPDATE t SET b = zeroblob(40000) WHERE id % 101 = 0;",
    );
    let columns = ["x", "r", "id", "t", "b", "n", "d"];
    let (direct, all, done) = compared(&fixture, &columns, (None, None));
    assert!(direct == all && all > 600 && done);
    for after in [i64::MIN, -600, -493, -1, 0, 1, 2345, 70_000, 70_001, i64::MAX] {
        for until in [None, Some(0), Some(3000), Some(i64::MAX)] {
            let (direct, all, _) = compared(&fixture, &["id", "n"], (Some(after), until));
            assert_eq!(direct, all, "{after} {until:?}");
        }
    }
    assert!(compared(&fixture, &[], (None, None)).2);
}

#[test]
fn what_is_unusual_is_left_to_sqlite() {
    let unusual = [
        // The first row was written before the column.
        (
            "CREATE TABLE t (a); INSERT INTO t VALUES (1); ALTER TABLE t ADD COLUMN b DEFAULT 'd'; INSERT INTO t VALUES (2, 3);",
            0,
        ),
        // Behind the second row comes a long cell.
        (
            "CREATE TABLE t (a, b); INSERT INTO t VALUES (1, 2), (3, 4), (5, zeroblob(1048577)), (6, 7);",
            2,
        ),
        (
            "CREATE TABLE t (a, b AS (a + 1)); INSERT INTO t VALUES (1), (2);",
            0,
        ),
        (
            "PRAGMA encoding = 'UTF-16le'; CREATE TABLE t (a, b); INSERT INTO t VALUES ('x', 'y');",
            0,
        ),
    ];
    for (sql, read) in unusual {
        let (direct, all, done) = compared(&Fixture::new(sql), &["a", "b"], (None, None));
        assert_eq!(direct, read, "{sql}");
        assert!(!done && all > read, "{sql}");
    }
}

#[test]
fn an_integer_primary_key_that_is_not_the_rowid_is_a_column() {
    for sql in [
        "a INTEGER PRIMARY KEY DESC, b",
        "a INT PRIMARY KEY, b",
        "b, a INTEGER PRIMARY KEY",
        "b, a \"integer\" PRIMARY KEY",
    ] {
        let fixture = Fixture::new(&format!(
            "CREATE TABLE t ({sql}); INSERT INTO t (a, b) VALUES (30, 'x'), (20, 'y'), (10, NULL);"
        ));
        let (direct, all, done) = compared(&fixture, &["a", "b"], (None, None));
        assert!(direct == 3 && all == 3 && done, "{sql}");
    }
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<i64>().prop_map(Value::Integer),
        (-70_000_i64..70_000).prop_map(Value::Integer),
        any::<f64>().prop_map(Value::Real),
        (-100_i32..100).prop_map(|number| Value::Real(number.into())),
        ".{0,40}".prop_map(Value::Text),
        (0_usize..3000).prop_map(|length| Value::Text("é".repeat(length))),
        proptest::collection::vec(any::<u8>(), 0..200).prop_map(Value::Blob),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn any_table_is_read_as_sqlite_reads_it(
        page in prop_oneof![Just(512), Just(1024), Just(4096), Just(65_536)],
        declared in proptest::collection::vec(prop_oneof![
            Just(""), Just("INTEGER"), Just("REAL"), Just("FLOAT"), Just("FLOATING POINT"), Just("BLOB REAL"),
            Just("double"), Just("TEXT"), Just("NUMERIC"), Just("DECIMAL(10,2)"), Just("VARCHAR REAL"), Just("ANY"),
        ], 1..6),
        alias in proptest::option::of(0_usize..6),
        rows in proptest::collection::vec((any::<i64>(), proptest::collection::vec(value(), 6)), 0..120),
        deleted in 1_usize..9,
        after in proptest::option::of(any::<i64>()),
    ) {
        let mut columns: Vec<String> = (0..declared.len()).map(|at| format!("c{at}")).collect();
        let mut sql = format!("PRAGMA page_size = {page}; CREATE TABLE t (");
        let mut definitions: Vec<String> =
            columns.iter().zip(&declared).map(|(name, declared)| format!("{name} {declared}")).collect();
        if let Some(at) = alias.map(|at| at.min(definitions.len())) {
            definitions.insert(at, "id INTEGER PRIMARY KEY".to_owned());
            columns.push("id".to_owned());
        }
        write!(sql, "{});", definitions.join(", ")).unwrap();
        let fixture = Fixture::new(&sql);
        let mut writer = fixture.write();
        let transaction = writer.transaction().unwrap();
        for (number, (rowid, values)) in rows.iter().enumerate() {
            let places: Vec<String> = (0..declared.len()).map(|at| format!("?{}", at + 2)).collect();
            let names = columns[..declared.len()].join(", ");
            let rowid = if number % 3 == 0 { *rowid } else { i64::try_from(number).unwrap() };
            let mut statement = transaction
                .prepare(&format!("INSERT OR REPLACE INTO t (rowid, {names}) VALUES (?1, {})", places.join(", ")))
                .unwrap();
            statement.raw_bind_parameter(1, rowid).unwrap();
            for (at, value) in values.iter().take(declared.len()).enumerate() {
                statement.raw_bind_parameter(at + 2, value).unwrap();
            }
            statement.raw_execute().unwrap();
            if number % deleted == 8 {
                transaction.execute("DELETE FROM t WHERE rowid % 2 = 0", []).unwrap();
            }
        }
        transaction.commit().unwrap();
        let names: Vec<&str> = columns.iter().rev().map(String::as_str).collect();
        let (direct, all, done) = compared(&fixture, &names, (after, None));
        prop_assert!(direct == all && done);
    }

    #[test]
    fn damaged_pages_end_the_reading_and_nothing_else(
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..30),
    ) {
        let fixture = Fixture::new(
            "PRAGMA page_size = 512; CREATE TABLE t (a, b TEXT, c BLOB);
             WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 300)
             INSERT INTO t SELECT i, 'text ' || i, zeroblob(i * i % 3000) FROM n;",
        );
        let mut bytes = std::fs::read(&fixture.path).unwrap();
        // The schema stays readable: the table is what is read here.
        let range = bytes.len() - 512;
        for (place, byte) in changes {
            bytes[512 + place.index(range)] = byte;
        }
        std::fs::write(&fixture.path, bytes).unwrap();
        let (rows, _) = read(&fixture, &["a", "b", "c"], (None, None), true, true);
        prop_assert!(rows.len() < 1_000_000);
    }
}

//! Scans of generated tables.

use proptest::prelude::*;
use rusqlite::types::{ToSqlOutput, Value, ValueRef};

use super::*;
use crate::migrate::hexadecimal::hexadecimal;
use crate::migrate::sqlite::catalog::Table;
use crate::migrate::sqlite::tests::fixture::Fixture;
use crate::migrate::sqlite::{open, read_catalog, row_key};

/// A cell that lives on its own.
fn owned(cell: Cell<'_>) -> (StorageClass, Vec<u8>) {
    let bytes = match cell {
        Cell::Null => Vec::new(),
        Cell::Integer(number) => number.to_be_bytes().to_vec(),
        Cell::Real(number) => number.to_bits().to_be_bytes().to_vec(),
        Cell::Text(bytes) | Cell::Blob(bytes) => bytes.to_vec(),
    };
    (cell.class(), bytes)
}

type Rows = Vec<(KeyValue, Vec<(StorageClass, Vec<u8>)>)>;

/// A connection to a file, and its table `t`.
fn opened(fixture: &Fixture) -> (Connection, Table) {
    let connection = open(&fixture.path).unwrap();
    let mut catalog = read_catalog(&connection, &fixture.path).unwrap();
    let place = catalog.tables.iter().position(|table| table.name == "t").unwrap();
    (connection, catalog.tables.swap_remove(place))
}

/// All rows behind a key; the same whether SQLite reads them all or not.
fn rows(fixture: &Fixture, opened: &(Connection, Table), after: Option<&KeyValue>) -> Rows {
    let [found, direct] = [false, true].map(|is_copy| rows_by(fixture, opened, after, is_copy));
    assert_eq!(direct, found);
    found
}

fn rows_by(
    fixture: &Fixture,
    (connection, table): &(Connection, Table),
    after: Option<&KeyValue>,
    is_copy: bool,
) -> Rows {
    let columns: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
    let key_columns: Vec<&str> = table.primary_key.iter().map(|&place| columns[place]).collect();
    let mut found = Vec::new();
    scan::<SqliteError>(
        connection,
        &Scan {
            path: &fixture.path,
            table: "t",
            columns: &columns,
            long: &[],
            key: &row_key(table),
            key_columns: &key_columns,
            after,
            until: None,
            is_copy,
        },
        &mut |row| {
            found.push((row.key(), row.cells.iter().copied().map(owned).collect()));
            Ok(ControlFlow::Continue(()))
        },
    )
    .unwrap();
    found
}

/// Whatever key one goes on behind, exactly the rest comes.
fn resumes_everywhere(fixture: &Fixture) -> Rows {
    let opened = opened(fixture);
    let all = rows(fixture, &opened, None);
    for (at, (key, _)) in all.iter().enumerate() {
        let kept = serde_json::from_str(&serde_json::to_string(key).unwrap()).unwrap();
        assert_eq!(
            rows(fixture, &opened, Some(&kept)),
            all[at + 1..],
            "behind {key:?}"
        );
    }
    all
}

#[test]
fn mixed_directions_and_collations_of_a_key_resume_everywhere() {
    for (key, encoding) in [
        ("a, b", "UTF-8"),
        ("a DESC, b", "UTF-8"),
        ("a, b DESC", "UTF-16le"),
        ("a DESC, b DESC", "UTF-16be"),
        ("a COLLATE NOCASE DESC, b COLLATE RTRIM", "UTF-8"),
        ("b, a", "UTF-16le"),
    ] {
        let fixture = Fixture::new(&format!(
            "PRAGMA encoding = '{encoding}'; CREATE TABLE t (a, b TEXT, c, PRIMARY KEY ({key})) WITHOUT ROWID;
             INSERT OR IGNORE INTO t SELECT x.column1, y.column1, y.column1 FROM
             (VALUES (1), (1.5), ('1'), (x'31'), (''), ('a'), ('B'), ('ab'), (-9e999), (9223372036854775807)) x,
             (VALUES ('x'), ('X '), ('é'), (char(0, 65)), ('😀')) y;"
        ));
        let all = resumes_everywhere(&fixture);
        assert!(all.len() >= 30, "{key}: {}", all.len());
    }
}

#[test]
fn a_table_whose_columns_take_all_names_of_the_rowid_is_counted() {
    let fixture = Fixture::new(
        "CREATE TABLE t (rowid TEXT, _rowid_ TEXT, oid TEXT); INSERT INTO t VALUES ('c', '', ''), ('a', '', ''), ('b', '', '');",
    );
    let all = resumes_everywhere(&fixture);
    assert_eq!(
        all.iter().map(|(key, _)| key.clone()).collect::<Vec<_>>(),
        [KeyValue::Rowid(1), KeyValue::Rowid(2), KeyValue::Rowid(3)]
    );
}

#[test]
fn a_column_called_rowid_is_not_taken_for_it() {
    let fixture = Fixture::new(
        "CREATE TABLE t (rowid TEXT); INSERT INTO t (_rowid_, rowid) VALUES (7, 'x'), (3, 'x'), (-9223372036854775808, 'x'), \
         (9223372036854775807, 'x');",
    );
    let keys: Vec<KeyValue> = resumes_everywhere(&fixture)
        .into_iter()
        .map(|(key, _)| key)
        .collect();
    assert_eq!(keys, [i64::MIN, 3, 7, i64::MAX].map(KeyValue::Rowid));
}

#[test]
fn long_cells_are_told_and_read_in_pieces() {
    let long = i64::try_from(LONG_CELL).unwrap();
    for (encoding, tables) in [("UTF-8", 0..4), ("UTF-16le", 1..3)] {
        for &(table, keyed) in &[
            ("t (id INTEGER PRIMARY KEY, a TEXT, b BLOB, c)", true),
            ("t (id TEXT PRIMARY KEY, a TEXT, b BLOB, c) WITHOUT ROWID", false),
            (
                "t (id INTEGER PRIMARY KEY, a TEXT, b BLOB, c, d AS (id + 1))",
                true,
            ),
            ("t (rowid, _rowid_, oid, id, a TEXT, b BLOB, c)", true),
        ][tables]
        {
            let fixture = Fixture::new(&format!(
                "PRAGMA encoding = '{encoding}'; CREATE TABLE {table};
                 INSERT INTO t (id, a, b, c) VALUES (1, 'short', x'00', 1);
                 INSERT INTO t (id, a, b, c) VALUES (2, 'x', zeroblob({long} + 1), 2);
                 INSERT INTO t (id, a, b, c) VALUES (3, replace(hex(zeroblob({long})), '0', 'é'), zeroblob(3 * {long}), 3);
                 INSERT INTO t (id, a, b, c) VALUES (4, 'x', zeroblob({long}), hex(zeroblob({long})));"
            ));
            let connection = open(&fixture.path).unwrap();
            let catalog = read_catalog(&connection, &fixture.path).unwrap();
            let table = &catalog.tables[0];
            let key = row_key(table);
            let scan_of = Scan {
                path: &fixture.path,
                table: "t",
                columns: &["id", "a", "b", "c"],
                long: &[],
                key: &key,
                key_columns: &["id"],
                after: None,
                until: None,
                is_copy: false,
            };
            let mut found = Vec::new();
            scan::<SqliteError>(&connection, &scan_of, &mut |row| {
                assert_eq!(row.rowid.is_some(), keyed);
                for &(place, class, bytes) in row.long {
                    assert_eq!(row.cells[place], Cell::Null);
                    let mut read = Vec::new();
                    let cell = LongCell {
                        path: &fixture.path,
                        table: "t",
                        column: scan_of.columns[place],
                        class,
                        key: &key,
                        key_columns: &["id"],
                        row: &row.key(),
                    };
                    read_long::<SqliteError>(&connection, &cell, &mut |piece| {
                        read.extend_from_slice(piece);
                        Ok(())
                    })?;
                    assert_eq!(read.len() as u64, bytes);
                    let uniform = read[2..] == read[..read.len() - 2];
                    assert!(uniform, "{class:?}");
                    found.push((row.cells[0].class(), place, class, bytes, read[0]));
                }
                Ok(ControlFlow::Continue(()))
            })
            .unwrap();
            let long: Vec<_> = found
                .iter()
                .map(|&(_, place, class, bytes, first)| (place, class, bytes, first))
                .collect();
            assert_eq!(
                long,
                [
                    (2, StorageClass::Blob, LONG_CELL + 1, 0),
                    (1, StorageClass::Text, 4 * LONG_CELL, 0xc3),
                    (2, StorageClass::Blob, 3 * LONG_CELL, 0),
                    (3, StorageClass::Text, 2 * LONG_CELL, b'0'),
                ],
                "{encoding} {}",
                table.sql
            );
        }
    }
}

#[test]
fn a_long_primary_key_is_read_whole() {
    let fixture = Fixture::new(
        "CREATE TABLE t (a BLOB PRIMARY KEY, b) WITHOUT ROWID;
         INSERT INTO t VALUES (x'01', 1), (zeroblob(2000000), zeroblob(2000000)), (x'02', 3);",
    );
    let all = rows(&fixture, &opened(&fixture), None);
    assert_eq!(all.len(), 3);
    assert_eq!(all[0].1[0].1.len(), 2_000_000);
}

#[test]
fn broken_text_in_utf_16_is_not_made_into_characters() {
    let fixture = Fixture::new(
        "PRAGMA encoding = 'UTF-16le'; CREATE TABLE t (a);
         INSERT INTO t VALUES (CAST(x'3dd8' AS TEXT)), ('ok'), (CAST(x'3dd84200' AS TEXT)), (x'6100');",
    );
    let cells: Vec<_> = rows(&fixture, &opened(&fixture), None)
        .into_iter()
        .map(|(_, mut cells)| cells.remove(0))
        .collect();
    assert_eq!(
        cells,
        [
            (StorageClass::Text, vec![0xed, 0xa0, 0xbd]),
            (StorageClass::Text, b"ok".to_vec()),
            (StorageClass::Text, vec![0xed, 0xa0, 0xbd, b'B']),
            (StorageClass::Blob, vec![0x61, 0]),
        ]
    );
}

#[test]
fn a_visitor_breaks_off_and_its_error_comes_back() {
    let fixture =
        Fixture::new("CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1), (2), (3);");
    let connection = open(&fixture.path).unwrap();
    let key = RowKey::Rowid("id".to_owned());
    let scan_of = Scan {
        path: &fixture.path,
        table: "t",
        columns: &["id"],
        long: &[],
        key: &key,
        key_columns: &[],
        after: Some(&KeyValue::Rowid(1)),
        until: Some(2),
        is_copy: false,
    };
    let mut seen = Vec::new();
    scan::<SqliteError>(&connection, &scan_of, &mut |row| {
        seen.push(row.rowid);
        Ok(ControlFlow::Continue(()))
    })
    .unwrap();
    assert_eq!(seen, [Some(2)]);
    let failed = scan(&connection, &scan_of, &mut |_| Err(SqliteError::Interrupted));
    assert!(matches!(failed, Err(SqliteError::Interrupted)));
    let mut count = 0;
    let all = Scan {
        after: None,
        until: None,
        is_copy: false,
        ..scan_of
    };
    scan::<SqliteError>(&connection, &all, &mut |_| {
        count += 1;
        Ok(ControlFlow::Break(()))
    })
    .unwrap();
    assert_eq!(count, 1);
}

#[test]
fn a_column_that_is_not_there_is_an_error_and_not_a_text() {
    let fixture = Fixture::new("CREATE TABLE t (a); INSERT INTO t VALUES (1);");
    let connection = open(&fixture.path).unwrap();
    let key = RowKey::Rowid("rowid".to_owned());
    let failed = scan::<SqliteError>(
        &connection,
        &Scan {
            path: &fixture.path,
            table: "t",
            columns: &["missing"],
            long: &[],
            key: &key,
            key_columns: &[],
            after: None,
            until: None,
            is_copy: false,
        },
        &mut |_| panic!("there is no such row"),
    );
    assert!(failed.unwrap_err().to_string().contains("read the table `t` of"));
}

/// Any value that SQLite stores; text is any bytes.
fn value() -> impl Strategy<Value = Value> {
    let bytes = || proptest::collection::vec(prop_oneof![any::<u8>(), Just(0), b'a'..b'd'], 0..12);
    prop_oneof![
        1 => Just(Value::Null),
        3 => prop_oneof![any::<i64>(), -3..3_i64].prop_map(Value::Integer),
        3 => prop_oneof![any::<f64>().prop_filter("NaN is NULL", |real| !real.is_nan()), (-3..3_i32).prop_map(f64::from)]
            .prop_map(Value::Real),
        // Stored as text by `AsText`.
        3 => bytes().prop_map(|bytes| Value::Text(hexadecimal(&bytes))),
        3 => bytes().prop_map(Value::Blob),
    ]
}

/// Binds `Value::Text` as the bytes that its hexadecimal digits name, valid text or not.
struct AsText<'a>(&'a Value, Vec<u8>);

impl<'a> AsText<'a> {
    fn new(value: &'a Value) -> Self {
        let bytes = match value {
            Value::Text(digits) => (0..digits.len() / 2)
                .map(|at| u8::from_str_radix(&digits[at * 2..at * 2 + 2], 16).unwrap())
                .collect(),
            _ => Vec::new(),
        };
        Self(value, bytes)
    }

    fn cell(&self) -> Cell<'_> {
        match self.0 {
            Value::Null => Cell::Null,
            Value::Integer(number) => Cell::Integer(*number),
            Value::Real(number) => Cell::Real(*number),
            Value::Text(_) => Cell::Text(&self.1),
            Value::Blob(bytes) => Cell::Blob(bytes),
        }
    }
}

impl rusqlite::ToSql for AsText<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self.0 {
            Value::Text(_) => ValueRef::Text(&self.1),
            other => ValueRef::from(other),
        }))
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20, ..ProptestConfig::default() })]

    #[test]
    fn what_was_inserted_is_scanned_from_any_key(
        cells in proptest::collection::vec((value(), value(), value()), 0..12),
        without_rowid in any::<bool>(),
    ) {
        let kind = if without_rowid { ", PRIMARY KEY (a, b DESC)) WITHOUT ROWID" } else { ")" };
        let fixture = Fixture::new(&format!("CREATE TABLE t (a, b, c{kind}"));
        let write = fixture.write();
        let mut inserted = Vec::new();
        for (a, b, c) in &cells {
            let row = [a, b, c].map(AsText::new);
            // Rows whose key is NULL or already there are refused.
            let parameters: Vec<&dyn rusqlite::ToSql> = row.iter().map(|cell| cell as _).collect();
            if write.execute("INSERT INTO t VALUES (?1, ?2, ?3)", &parameters[..]).is_ok() {
                inserted.push(row.iter().map(|cell| owned(cell.cell())).collect::<Vec<_>>());
            }
        }
        let mut scanned: Vec<_> = resumes_everywhere(&fixture).into_iter().map(|(_, cells)| cells).collect();
        if without_rowid {
            scanned.sort();
            inserted.sort();
        }
        prop_assert_eq!(scanned, inserted);
    }
}

#[test]
fn keys_ordered_by_a_collation_of_the_application_are_read_and_resumed() {
    let fixture = Fixture::new(
        "CREATE TABLE t (a TEXT COLLATE NOCASE, b BLOB, PRIMARY KEY (a)) WITHOUT ROWID; CREATE INDEX i ON t (b, a);
         INSERT INTO t VALUES ('a', 1), ('B', 2), ('c', zeroblob(1200000)), ('D', 4), ('é', 5);
         PRAGMA writable_schema = 1; UPDATE sqlite_schema SET sql = replace(sql, 'NOCASE', 'unicase');",
    );
    let keys: Vec<_> = resumes_everywhere(&fixture)
        .into_iter()
        .map(|(_, mut cells)| cells.remove(0).1)
        .collect();
    assert_eq!(
        keys,
        [
            b"a".to_vec(),
            b"B".to_vec(),
            b"c".to_vec(),
            b"D".to_vec(),
            "é".as_bytes().to_vec()
        ]
    );
}

//! Digests of every type, taken while rows are encoded and computed by a real server from the rows that it took.

use std::io::Write;

use stackctl::migrate::cell::Cell;
use stackctl::migrate::encoding::{Encoding, Moments};
use stackctl::migrate::plan::{ColumnPlan, RowKey, TablePlan};
use stackctl::migrate::run::row::{Outcome, RowEncoder};
use stackctl::migrate::sqlite::ScannedRow;
use stackctl::migrate::target_type::TargetType;
use stackctl::migrate::verify::compare;

use crate::postgres_server::PostgresServer;

/// A type and cells that fit it.
#[expect(clippy::too_many_lines, reason = "a list")]
fn types() -> Vec<(TargetType, Vec<Cell<'static>>)> {
    use Cell::{Blob, Integer, Real, Text};
    let moments = || {
        vec![
            Text(b"2024-02-29 23:59:59.999999"),
            Text(b"0001-01-01 00:00:00"),
            Text(b"1999-12-31T12:00:00"),
        ]
    };
    let json = || {
        vec![
            Text(br#" {"b": 1.50, "a":[1e3, "x\u00e9\n", null, true], "b":2} "#),
            Text(b"\"\\u0041\""),
            Text(b"-0.0"),
            Text(b"12345678901234567890.123456789"),
        ]
    };
    vec![
        (TargetType::Boolean, vec![Integer(0), Integer(1)]),
        (
            TargetType::SmallInt,
            vec![Integer(-32768), Integer(0), Integer(7)],
        ),
        (
            TargetType::Integer,
            vec![Integer(-2_147_483_648), Integer(-1), Integer(2_147_483_647)],
        ),
        (
            TargetType::BigInt,
            vec![
                Integer(i64::MIN),
                Integer(-1),
                Integer(0),
                Integer(i64::MAX),
                Integer(1 << 62),
            ],
        ),
        (TargetType::Real, vec![Real(0.5), Real(-0.0), Real(1e10)]),
        (
            TargetType::DoublePrecision,
            vec![
                Real(0.1),
                Real(-0.0),
                Real(0.0),
                Real(f64::INFINITY),
                Real(f64::NEG_INFINITY),
                Real(5e-324),
                Integer(3),
            ],
        ),
        (
            TargetType::Numeric(None),
            vec![
                Integer(0),
                Integer(-10_000),
                Real(0.1),
                Text(b"123456789012345678901234567890.00100"),
                Real(1e300),
                Text(b"-0.00001"),
            ],
        ),
        (
            TargetType::Numeric(Some((12, 2))),
            vec![Real(1.5), Integer(100), Text(b"-9999999.99")],
        ),
        (
            TargetType::Text,
            vec![
                Text(b""),
                Text("naïve — ж".as_bytes()),
                Text(b"exactly 12 b"),
                Text(b"0000"),
            ],
        ),
        (TargetType::VarChar(20), vec![Text(b"trailing  "), Text(b"x")]),
        (TargetType::Char(6), vec![Text(b"ab"), Text(b"abcdef"), Text(b"")]),
        (
            TargetType::Bytea,
            vec![Blob(b""), Blob(b"\0\0\0\0"), Blob(&[0xff; 25])],
        ),
        (
            TargetType::Date,
            vec![Text(b"1999-12-31"), Text(b"2000-01-01"), Text(b"9999-12-31")],
        ),
        (TargetType::Time, vec![Text(b"00:00:00"), Text(b"23:59:59.5")]),
        (TargetType::Timestamp, moments()),
        (TargetType::TimestampTz, moments()),
        (
            TargetType::Interval,
            vec![Integer(0), Integer(-1), Integer(86_400_000_000 * 40)],
        ),
        (
            TargetType::Uuid,
            vec![
                Text(b"00000000-0000-0000-0000-000000000000"),
                Text(b"A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"),
            ],
        ),
        (TargetType::Json, json()),
        (TargetType::JsonB, json()),
        (
            TargetType::Inet,
            vec![Text(b"192.168.0.1"), Text(b"10.0.0.0/8"), Text(b"2001:db8::1")],
        ),
        (
            TargetType::TextLike("\"mood\"".to_owned()),
            vec![Text(b"sad"), Text(b"happy")],
        ),
    ]
}

fn column(name: &str, target: TargetType, not_null: bool) -> ColumnPlan {
    let mut encoding = Encoding::plain(target);
    if encoding.target == TargetType::Interval {
        encoding.moments = Moments::EpochUs;
    }
    ColumnPlan {
        source: name.to_owned(),
        name: name.to_owned(),
        declared: String::new(),
        encoding: Some(encoding),
        not_null,
        evidence: String::new(),
        longest: 0,
    }
}

fn table(name: &str, columns: Vec<ColumnPlan>, digest_key: Vec<usize>) -> TablePlan {
    TablePlan {
        source: name.to_owned(),
        name: name.to_owned(),
        columns,
        key: RowKey::Rowid("rowid".to_owned()),
        digest_key,
        rows: 0,
        misfits: Vec::new(),
        misfit_groups: Vec::new(),
        misfit_count: 0,
        create: String::new(),
        indexes: Vec::new(),
        foreign_keys: Vec::new(),
        sequences: Vec::new(),
        orphans: Vec::new(),
    }
}

/// Makes the table, sends the rows, and compares. Then changes one cell and finds its column.
fn holds(client: &mut postgres::Client, table: &TablePlan, rows: &[Vec<Cell<'_>>], change: &str) {
    let columns: Vec<String> = table
        .columns
        .iter()
        .map(|column| format!("\"{}\" {}", column.name, column.encoding.as_ref().unwrap().target))
        .collect();
    let create = format!("create table public.\"{}\" ({})", table.name, columns.join(", "));
    client.batch_execute(&create).unwrap();
    let mut encoder = RowEncoder::new(table);
    let mut out = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0".to_vec();
    for (rowid, cells) in (1..).zip(rows) {
        let row = ScannedRow {
            rowid: Some(rowid),
            cells,
            long: &[],
            key_cells: &[],
        };
        let outcome = encoder.encode(&row, &mut out);
        assert_eq!(
            (outcome, encoder.misfits()),
            (Outcome::Kept, &[][..]),
            "{}: {cells:?}",
            table.name
        );
    }
    out.extend((-1_i16).to_be_bytes());
    let copy = format!("copy public.\"{}\" from stdin (format binary)", table.name);
    let mut writer = client.copy_in(&copy).unwrap();
    writer.write_all(&out).unwrap();
    writer.finish().unwrap();

    let same = compare(client, "public", table, encoder.digest()).unwrap();
    assert!(same.agrees(), "{}: {same:?}\n{:?}", table.name, encoder.digest());
    assert_eq!(client.execute(change, &[]).unwrap(), 1, "{change}");
    let changed = compare(client, "public", table, encoder.digest()).unwrap();
    assert!(!changed.agrees(), "{}: `{change}` was not seen", table.name);
}

#[test]
fn both_sides_compute_the_same_for_every_type() {
    let server = PostgresServer::start();
    server.sql("postgres", "create type mood as enum ('sad', 'happy')");
    let mut client = server.connect("postgres");
    for (number, (target, cells)) in types().into_iter().enumerate() {
        let with_null = || cells.iter().copied().chain([Cell::Null]);
        // The type as a cell beside a whole key.
        let name = format!("keyed {number} {target}").replace('"', "");
        let keyed = table(
            &name,
            vec![
                column("id", TargetType::BigInt, true),
                column("v", target.clone(), false),
            ],
            vec![0],
        );
        let rows: Vec<Vec<Cell<'_>>> = (-1..)
            .zip(with_null())
            .map(|(id, cell)| vec![Cell::Integer(id), cell])
            .collect();
        holds(
            &mut client,
            &keyed,
            &rows,
            &format!("update \"{name}\" set v = null where id = 0"),
        );

        // As part of a key, and as a cell of a row without one.
        let name = format!("key {number} {target}").replace('"', "");
        let columns = vec![
            column("n", TargetType::BigInt, false),
            column("k", target.clone(), true),
        ];
        let rows: Vec<Vec<Cell<'_>>> = (0..)
            .zip(&cells)
            .map(|(n, cell)| vec![Cell::Integer(n), *cell])
            .collect();
        let key = table(&name, columns, vec![1]);
        holds(
            &mut client,
            &key,
            &rows,
            &format!("update \"{name}\" set n = 1 where n = 0"),
        );

        let name = format!("keyless {number} {target}").replace('"', "");
        let columns = vec![column("v", target.clone(), false), column("w", target, false)];
        let rows: Vec<Vec<Cell<'_>>> = with_null()
            .flat_map(|first| with_null().map(move |second| vec![first, second]))
            .collect();
        let keyless = table(&name, columns, Vec::new());
        // The last row is NULL twice; the first loses a cell, which the other column's first row gets nothing of.
        holds(
            &mut client,
            &keyless,
            &rows,
            &format!("update \"{name}\" set v = null where ctid = '(0,1)'"),
        );
    }
}

#[test]
fn cells_that_change_places_between_rows_without_a_key_are_seen() {
    let server = PostgresServer::start();
    let mut client = server.connect("postgres");
    let columns = vec![
        column("a", TargetType::Text, false),
        column("b", TargetType::DoublePrecision, false),
    ];
    let table = table("t", columns, Vec::new());
    let rows = [
        vec![Cell::Text(b"x"), Cell::Real(1.0)],
        vec![Cell::Text(b"y"), Cell::Null],
    ];
    holds(
        &mut client,
        &table,
        &rows,
        "update t set a = case a when 'x' then 'y' else 'x' end where ctid = '(0,1)'",
    );
    // Now both rows say `y`: one of them becomes `x`, so that each column holds what it held, in other rows.
    client
        .execute("update t set a = 'x' where b is null", &[])
        .unwrap();
    let mut encoder = RowEncoder::new(&table);
    for (rowid, cells) in (1..).zip(&rows) {
        let row = ScannedRow {
            rowid: Some(rowid),
            cells,
            long: &[],
            key_cells: &[],
        };
        encoder.encode(&row, &mut Vec::new());
    }
    let swapped = compare(&mut client, "public", &table, encoder.digest()).unwrap();
    assert_eq!(swapped.differing, ["a", "b"]);
    assert!(!swapped.rows_differ);
}

#[test]
fn tables_of_any_width_are_compared() {
    let server = PostgresServer::start();
    let mut client = server.connect("postgres");
    let columns = (0..1500)
        .map(|place| column(&format!("c{place}"), TargetType::BigInt, false))
        .collect();
    let table = table("wide", columns, Vec::new());
    let cells: Vec<Cell<'_>> = (0..1500)
        .map(|place| {
            if place % 7 == 0 {
                Cell::Integer(place)
            } else {
                Cell::Null
            }
        })
        .collect();
    holds(&mut client, &table, &[cells], "update wide set c1499 = 1");
}

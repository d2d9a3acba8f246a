//! Any table with any values: each cell is equal in PostgreSQL, as its type reads it, or it is in quarantine.

#![expect(
    clippy::float_cmp,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "equal means equal here, and what a cast loses is what is looked for"
)]

use proptest::prelude::*;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use crate::migrate_scene::{Scene, hexadecimal};

/// Declared types that programs have used, and some that nobody has.
const DECLARED: [&str; 26] = [
    "",
    "INTEGER",
    "INT",
    "BIGINT",
    "BOOLEAN",
    "bool",
    "tinyint(1)",
    "REAL",
    "double precision",
    "FLOAT",
    "NUMERIC",
    "DECIMAL(10,2)",
    "TEXT",
    "VARCHAR(5)",
    "CHAR(36)",
    "BLOB",
    "DATE",
    "DATETIME",
    "TIMESTAMP",
    "TIME",
    "JSON",
    "UUID",
    "number",
    "byte[]",
    "nonsense",
    "\"timestamp with time zone\"",
];

fn text() -> impl Strategy<Value = Vec<u8>> {
    let awkward = prop::sample::select(vec![
        "",
        "NULL",
        "null",
        "\\N",
        "\\",
        "\t",
        "\n",
        "'",
        "\"",
        "0",
        "1",
        "t",
        "f",
        "true",
        "1.5",
        "1e3",
        "-0",
        "NaN",
        "inf",
        "2024-02-29",
        "2023-02-29",
        "2024-01-01 00:00:00",
        "2024-01-01T00:00:00Z",
        "0000-00-00",
        "24:00:00",
        "23:59:60",
        "10000-01-01",
        "{\"a\":1}",
        "{",
        "[1e400]",
        "00112233-4455-6677-8899-aabbccddeeff",
        "größe",
        "𝄞",
        "a\0b",
        "\u{feff}",
        "{\"a\":\"\\u0000\"}",
        "99999999999999999999",
        "12345678.905",
        " 1",
        "1 ",
    ]);
    prop_oneof![
        4 => awkward.prop_map(|text| text.as_bytes().to_vec()),
        2 => ".{0,12}".prop_map(String::into_bytes),
        1 => prop::collection::vec(any::<u8>(), 0..12),
    ]
}

/// A value of any class. `None` for text whose bytes are no UTF-8 goes by way of a cast.
#[derive(Debug, Clone)]
enum Any {
    Plain(Value),
    Text(Vec<u8>),
}

fn any_value() -> impl Strategy<Value = Any> {
    let whole = prop_oneof![
        Just(0_i64),
        Just(1),
        Just(-1),
        Just(i64::MAX),
        Just(i64::MIN),
        Just(1 << 62),
        Just(1_627_303_906_122),
        Just(1_700_000_000),
        any::<i64>(),
        -200..200_i64
    ];
    let real = prop_oneof![
        Just(0.0),
        Just(-0.0),
        Just(0.1),
        Just(f64::INFINITY),
        Just(f64::NEG_INFINITY),
        Just(5e-324),
        Just(f64::MAX),
        Just(9_007_199_254_740_993.0),
        Just(1_627_303_906.5),
        any::<f64>(),
    ];
    prop_oneof![
        1 => Just(Any::Plain(Value::Null)),
        3 => whole.prop_map(|value| Any::Plain(Value::Integer(value))),
        2 => real.prop_map(|value| Any::Plain(Value::Real(value))),
        3 => text().prop_map(Any::Text),
        1 => prop::collection::vec(any::<u8>(), 0..20).prop_map(|bytes| Any::Plain(Value::Blob(bytes))),
    ]
}

/// A table: declared types of its columns, whether each is NOT NULL, and rows. Most cells of a column are alike, as
/// they are in life.
#[derive(Debug, Clone)]
struct Table {
    columns: Vec<(&'static str, bool)>,
    rows: Vec<Vec<Any>>,
}

fn table() -> impl Strategy<Value = Table> {
    let column = (prop::sample::select(DECLARED.to_vec()), prop::bool::weighted(0.2));
    prop::collection::vec(column, 1..6).prop_flat_map(|columns| {
        let usual = prop::collection::vec(any_value(), columns.len());
        let odd = prop::collection::vec(prop::option::weighted(0.3, any_value()), columns.len());
        (Just(columns), usual, prop::collection::vec(odd, 0..12)).prop_map(|(columns, usual, odd)| Table {
            rows: odd
                .into_iter()
                .map(|row| {
                    row.into_iter()
                        .zip(&usual)
                        .map(|(odd, usual)| odd.unwrap_or_else(|| usual.clone()))
                        .collect()
                })
                .collect(),
            columns,
        })
    })
}

fn make(file: &Connection, name: &str, table: &Table) {
    let columns: Vec<_> = (0..)
        .zip(&table.columns)
        .map(|(place, (declared, must))| {
            format!("c{place} {declared}{}", if *must { " not null" } else { "" })
        })
        .collect();
    file.execute_batch(&format!(
        "create table {name} (id integer primary key, {})",
        columns.join(", ")
    ))
    .unwrap();
    for row in &table.rows {
        let (mut holes, mut values) = (Vec::new(), Vec::new());
        for value in row {
            match value {
                Any::Plain(value) => {
                    holes.push("?");
                    values.push(value.clone());
                }
                Any::Text(bytes) => {
                    holes.push("cast(? as text)");
                    values.push(Value::Blob(bytes.clone()));
                }
            }
        }
        // Rows that SQLite itself refuses (NULL in NOT NULL) are not there to be carried.
        let _ = file.execute(
            &format!("insert or ignore into {name} values (null, {})", holes.join(", ")),
            params_from_iter(values),
        );
    }
}

/// A cell as SQLite holds it: its class, and its bytes or figure as text that both sides write alike.
fn source_cells(file: &Connection, table: &str, column: &str) -> Vec<(i64, String, Vec<u8>, Value)> {
    let mut statement = file
        .prepare(&format!(
            "select id, typeof({column}), cast({column} as blob), {column} from {table} where {column} is not null order by id"
        ))
        .unwrap();
    let rows = statement.query_map([], |row| {
        let value = match row.get_ref(3)? {
            rusqlite::types::ValueRef::Text(bytes) | rusqlite::types::ValueRef::Blob(bytes) => {
                Value::Blob(bytes.to_vec())
            }
            other => other.try_into()?,
        };
        let bytes = match row.get_ref(2)? {
            rusqlite::types::ValueRef::Blob(bytes) => bytes.to_vec(),
            _ => Vec::new(),
        };
        Ok((row.get(0)?, row.get(1)?, bytes, value))
    });
    rows.unwrap().map(Result::unwrap).collect()
}

/// Whether a cell of PostgreSQL, in its text form, says what SQLite's cell says, by the rules of its type.
fn reads_the_same(target: &str, there: &str, bytes: &[u8], value: &Value) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let number = match value {
        Value::Integer(whole) => Some(whole.to_string()),
        Value::Real(real) => Some(real.to_string()),
        _ => None,
    };
    let kind = target.split('(').next().unwrap();
    match kind {
        "text" | "character varying" | "character" => match value {
            Value::Integer(_) => number.as_deref() == Some(there),
            Value::Real(real) => there
                .parse::<f64>()
                .is_ok_and(|there| there.to_bits() == real.to_bits()),
            _ => bytes == there.as_bytes(),
        },
        "bytea" => {
            let hex = hexadecimal(bytes);
            there == format!("\\x{hex}")
        }
        "bigint" | "integer" => match value {
            Value::Integer(_) => number.as_deref() == Some(there),
            Value::Real(real) => there.parse::<i64>().is_ok_and(|there| there as f64 == *real),
            _ => text.trim() == there,
        },
        "double precision" => {
            let Ok(there) = there.parse::<f64>() else {
                return false;
            };
            match value {
                Value::Real(real) => there.to_bits() == real.to_bits(),
                Value::Integer(whole) => there == *whole as f64 && there as i64 == *whole,
                _ => text
                    .trim()
                    .parse::<f64>()
                    .is_ok_and(|here| here.to_bits() == there.to_bits()),
            }
        }
        "numeric" => {
            let there_number = there.parse::<f64>();
            match value {
                Value::Integer(whole) => there.split('.').next() == Some(whole.to_string().as_str()),
                Value::Real(real) => there_number.is_ok_and(|there| there == *real),
                _ => text
                    .trim()
                    .parse::<f64>()
                    .is_ok_and(|here| there_number == Ok(here)),
            }
        }
        "boolean" => match value {
            Value::Integer(whole) => {
                there == if *whole == 0 { "false" } else { "true" } && [0, 1].contains(whole)
            }
            Value::Real(real) => (*real == 1.0 && there == "true") || (*real == 0.0 && there == "false"),
            _ => match text.trim().to_lowercase().as_str() {
                "1" | "t" | "true" | "y" | "yes" | "on" => there == "true",
                "0" | "f" | "false" | "n" | "no" | "off" => there == "false",
                _ => false,
            },
        },
        "json" | "jsonb" if matches!(value, Value::Integer(_) | Value::Real(_)) => match value {
            Value::Integer(_) => number.as_deref() == Some(there),
            Value::Real(real) => there.parse::<f64>().is_ok_and(|there| there == *real),
            _ => false,
        },
        "json" => bytes == there.as_bytes(),
        "jsonb" => {
            let here: Result<serde_json::Value, _> = serde_json::from_slice(bytes);
            serde_json::from_str::<serde_json::Value>(there).ok() == here.ok()
        }
        "uuid" => {
            let plain = |text: &str| text.to_lowercase().replace(['-', '{', '}'], "");
            let hex = hexadecimal(bytes);
            plain(there) == plain(&text) || plain(there) == hex
        }
        "date" | "time without time zone" | "timestamp without time zone" | "timestamp with time zone" => {
            is_moment(kind, there, &text, value)
        }
        other => panic!("{other} is not a type that is chosen"),
    }
}

/// Whether a date or time is the one that SQLite itself reads in the text, or what the number counts.
fn is_moment(kind: &str, there: &str, text: &str, value: &Value) -> bool {
    let format = match kind {
        "date" => "%Y-%m-%d",
        kind if kind.starts_with("time ") => "%H:%M:%S",
        _ => "%Y-%m-%d %H:%M:%S",
    };
    let there = there.trim_end_matches("+00");
    let number = match value {
        Value::Integer(whole) => *whole as f64,
        Value::Real(real) => *real,
        _ => {
            let reader = Connection::open_in_memory().unwrap();
            let read: Option<String> = reader
                .query_row("select strftime(?, ?)", [format, text.trim()], |row| row.get(0))
                .unwrap();
            // What SQLite cannot read, such as finer zones, must at least begin alike.
            return match read {
                Some(read) => there.starts_with(&read),
                None => there.get(..4) == text.trim().get(..4),
            };
        }
    };
    let Ok(moment) = chrono::NaiveDateTime::parse_from_str(&signed_year(there), "%Y-%m-%d %H:%M:%S%.f")
    else {
        return false;
    };
    let seconds = moment.and_utc().timestamp_micros() as f64 / 1e6;
    let counts = [
        seconds,
        seconds * 1e3,
        seconds * 1e6,
        seconds - 978_307_200.0,
        seconds / 86400.0 + 2_440_587.5,
    ];
    counts
        .iter()
        .any(|count| (count - number).abs() <= number.abs() * 1e-12 + 1e-5)
}

/// A moment as PostgreSQL writes it, with its year as chrono reads those of more than four digits and before Christ.
fn signed_year(there: &str) -> String {
    let (moment, is_before) = there
        .strip_suffix(" BC")
        .map_or((there, false), |moment| (moment, true));
    let (year, rest) = moment.split_once('-').unwrap();
    let year: i64 = year.parse().unwrap();
    format!("{:+05}-{rest}", if is_before { 1 - year } else { year })
}

#[test]
fn years_of_any_length_are_read() {
    let read =
        |there| chrono::NaiveDateTime::parse_from_str(&signed_year(there), "%Y-%m-%d %H:%M:%S%.f").unwrap();
    let seconds = |there| read(there).and_utc().timestamp();
    assert_eq!(seconds("53537-03-17 22:48:42"), 1_627_303_906_122);
    assert_eq!(seconds("2023-11-14 22:13:20.5"), 1_700_000_000);
    assert_eq!(
        seconds("0001-12-31 23:59:59 BC"),
        seconds("0001-01-01 00:00:00") - 1
    );
}

fn holds(tables: &[Table]) {
    let scene = Scene::new();
    let file = scene.sqlite("data.db");
    for (place, table) in tables.iter().enumerate() {
        make(&file, &format!("t{place}"), table);
    }
    let output = scene.call("run", &["--accept-quarantine"]).success();
    let mut server = scene.server.connect(&scene.database);
    server
        .batch_execute("set timezone = 'UTC'; set extra_float_digits = 3")
        .unwrap();
    for (place, table) in tables.iter().enumerate() {
        let name = format!("t{place}");
        for number in 0..table.columns.len() {
            let column = format!("c{number}");
            let target = scene.type_of(&name, &column);
            let there: std::collections::BTreeMap<i64, Option<String>> = server
                .query(&format!("select id, {column}::text from main.{name}"), &[])
                .unwrap()
                .iter()
                .map(|row| (row.get(0), row.get(1)))
                .collect();
            let held: std::collections::BTreeMap<i64, Option<Vec<u8>>> = server
                .query(
                    "select (key->>'id')::bigint, raw from stackctl.quarantine where \"table\" = $1 and (\"column\" = $2 or \"column\" is null or \"row\" is not null)",
                    &[&name, &column],
                )
                .unwrap()
                .iter()
                .map(|row| (row.get(0), row.get(1)))
                .collect();
            for (id, class, bytes, value) in source_cells(&file, &name, &column) {
                let cell = format!(
                    "{name}.{column} ({}) id {id}: {class} {value:?} as {target}",
                    table.columns[number].0
                );
                match there.get(&id) {
                    Some(Some(text)) => {
                        assert!(
                            reads_the_same(&target, text, &bytes, &value),
                            "{cell} became {text:?}"
                        );
                    }
                    Some(None) => assert!(
                        held.contains_key(&id),
                        "{cell} became NULL and is not in quarantine"
                    ),
                    None => assert!(
                        held.contains_key(&id),
                        "{cell}: its row is gone and not in quarantine\n{}",
                        output.stdout
                    ),
                }
            }
        }
    }
    scene.call("verify", &[]).success();
    drop(server);
    let drop_database = format!("drop database \"{}\"", scene.database);
    scene.server.sql("postgres", &drop_database);
}

proptest! {
    // Each case is a whole run with several tables.
    #![proptest_config(ProptestConfig { cases: 12, max_shrink_iters: 60, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn any_cell_is_equal_or_in_quarantine(tables in prop::collection::vec(table(), 1..8)) {
        holds(&tables);
    }
}

//! Translated SQL gives what SQLite gives: views over the same rows, triggers after the same statements.

use std::path::Path;

use postgres::SimpleQueryMessage;
use rusqlite::Connection;
use rusqlite::types::Value;
use stackctl::migrate::ddl::shape::{ColumnShape, Shape, TableShape};
use stackctl::migrate::ddl::{Purpose, expression, literal, quoted, trigger, views};
use stackctl::migrate::encoding::Moments;
use stackctl::migrate::sqlite::catalog::Catalog;
use stackctl::migrate::sqlite::{open, read_catalog};
use stackctl::migrate::target_type::TargetType;
use stackctl::migrate::written::{ClockForm, Parts, Written};

use turso_parser::ast::{Expr, OneSelect, ResultColumn, Stmt};

use crate::migrate_sql_examples::{EXPRESSIONS, QUERIES, REFUSED, STATEMENTS, TRIGGERS};
use crate::postgres_server::PostgresServer;

const SCHEMA: &str = "
    CREATE TABLE t (
        id INTEGER PRIMARY KEY, n INTEGER, m INTEGER, x REAL, name TEXT, label TEXT COLLATE NOCASE, flag BOOLEAN,
        at DATETIME, day DATE, raw BLOB, data JSON
    );
    CREATE TABLE child (id INTEGER PRIMARY KEY, t_id INTEGER, name TEXT);
    CREATE TABLE log (id INTEGER PRIMARY KEY, what TEXT, n INTEGER);
    CREATE TABLE counter (name TEXT PRIMARY KEY, hits INTEGER DEFAULT 0, touched INTEGER DEFAULT 0);
";

/// Values that go into `t` in every mixture.
const NUMBERS: &[&str] = &[
    "NULL",
    "0",
    "1",
    "-1",
    "2",
    "7",
    "-7",
    "100",
    "65",
    "-3",
    "9007199254740993",
];
const REALS: &[&str] = &[
    "NULL",
    "0.0",
    "1.0",
    "-1.5",
    "2.5",
    "0.5",
    "-0.5",
    "3.25",
    "1234.5678",
    "-99.99",
    "1e10",
];
const TEXTS: &[&str] = &[
    "NULL",
    "''",
    "'a'",
    "'A'",
    "'abc'",
    "'ABC'",
    "' padded '",
    "'Ünï'",
    "'ÜNÏ'",
    "'50%'",
    "'a_b'",
    "'a\\b'",
    "'12'",
    "'12abc'",
    "' -7.5e1x'",
    "'zebra'",
    "'日本語テキスト'",
    "'it''s'",
    "'[x]'",
    "'Zed'",
];
const MOMENTS: &[&str] = &[
    "NULL",
    "'2024-01-31 10:20:30'",
    "'2023-12-31 23:59:59'",
    "'2024-02-29 00:00:00'",
    "'1969-07-20 20:17:40'",
];
const DAYS: &[&str] = &["NULL", "'2024-01-31'", "'2024-02-29'", "'1999-12-31'"];
const BLOBS: &[&str] = &["NULL", "x''", "x'00ff10'", "x'6162'"];
const JSON: &[&str] = &["NULL", "'[]'", "'{\"a\": 1}'", "'{\"a\":{\"b\":[\"x\",\"y\"]}}'"];

struct Pair {
    sqlite: Connection,
    catalog: Catalog,
    shape: Shape,
    server: PostgresServer,
    _folder: tempfile::TempDir,
}

impl Pair {
    /// The schema with more statements, the same rows on both sides, and what SQLite's catalog says.
    fn new(more: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        let sqlite = Connection::open(&path).unwrap();
        sqlite.execute_batch(SCHEMA).unwrap();
        let rows = rows();
        sqlite.execute_batch(&rows.join(";\n")).unwrap();
        sqlite.execute_batch(more).unwrap();
        let catalog = read_catalog(&open(&path).unwrap(), Path::new("a.db")).unwrap();
        let mut shape = shape(&catalog);
        let server = PostgresServer::start();
        let mut sql = "CREATE SCHEMA main;\n".to_owned();
        for table in &shape.tables {
            if !table.columns.is_empty() {
                sql.push_str(&create(table));
            }
        }
        sql.push_str("SET search_path = main;\n");
        for row in &rows {
            sql.push_str(&for_postgres(row));
            sql.push_str(";\n");
        }
        server.sql("postgres", &sql);
        shape.tables.extend(catalog.views.iter().map(|view| TableShape {
            source: view.name.clone(),
            name: view.name.clone(),
            columns: Vec::new(),
            rowid_alias: None,
            irreplaceable: None,
            primary_key: Vec::new(),
            unique: Vec::new(),
        }));
        Self {
            sqlite,
            catalog,
            shape,
            server,
            _folder: folder,
        }
    }

    /// Rows of a query in SQLite, sorted unless it orders them.
    fn sqlite(&self, sql: &str) -> Vec<Vec<Value>> {
        let mut statement = self.sqlite.prepare(sql).unwrap();
        let count = statement.column_count();
        let rows = statement.query_map([], |row| (0..count).map(|place| row.get(place)).collect());
        rows.unwrap().map(Result::unwrap).collect()
    }

    /// The same in PostgreSQL, as text.
    fn postgres(&self, sql: &str) -> Result<Vec<Vec<Option<String>>>, String> {
        let answers = self.server.connect("postgres").simple_query(sql);
        let answers = answers.map_err(|error| format!("{sql}: {error:?}"))?;
        let row = |answer: &SimpleQueryMessage| match answer {
            SimpleQueryMessage::Row(row) => Some(
                (0..row.len())
                    .map(|place| row.get(place).map(str::to_owned))
                    .collect(),
            ),
            _ => None,
        };
        Ok(answers.iter().filter_map(row).collect())
    }
}

/// Rows for all tables, mixed by a fixed sequence.
fn rows() -> Vec<String> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut pick = |from: &[&'static str]| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        from[(state >> 33) as usize % from.len()]
    };
    let mut rows = Vec::new();
    for id in 1..=120 {
        rows.push(format!(
            "INSERT INTO t VALUES ({id}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {})",
            pick(NUMBERS),
            pick(&NUMBERS[..10]),
            pick(REALS),
            pick(TEXTS),
            pick(TEXTS),
            pick(&["NULL", "0", "1"]),
            pick(MOMENTS),
            pick(DAYS),
            pick(BLOBS),
            pick(JSON)
        ));
    }
    for id in 1..=12 {
        rows.push(format!(
            "INSERT INTO child VALUES ({id}, {}, {})",
            pick(&["NULL", "1", "2", "7"]),
            pick(TEXTS)
        ));
        rows.push(format!(
            "INSERT INTO log VALUES ({}, {}, {id})",
            id * 2,
            pick(TEXTS)
        ));
    }
    rows
}

/// A row's literals as PostgreSQL writes them; only blobs and backslashes differ, and booleans in the seventh place.
fn for_postgres(row: &str) -> String {
    let row = row.replace(" x'", " '\\x");
    if !row.starts_with("INSERT INTO t ") {
        return row;
    }
    let (head, values) = row.split_once('(').unwrap();
    let mut parts: Vec<String> = values
        .trim_end_matches(')')
        .split(", ")
        .map(str::to_owned)
        .collect();
    parts[6] = parts[6].replace('0', "false").replace('1', "true");
    format!("{head}({})", parts.join(", "))
}

fn target(declared: &str) -> TargetType {
    match declared {
        "INTEGER" => TargetType::BigInt,
        "REAL" => TargetType::DoublePrecision,
        "BOOLEAN" => TargetType::Boolean,
        "DATETIME" => TargetType::Timestamp,
        "DATE" => TargetType::Date,
        "BLOB" => TargetType::Bytea,
        "JSON" => TargetType::Json,
        _ => TargetType::Text,
    }
}

fn shape(catalog: &Catalog) -> Shape {
    let tables = catalog.tables.iter().map(|table| TableShape {
        source: table.name.clone(),
        name: table.name.clone(),
        columns: table
            .columns
            .iter()
            .map(|column| ColumnShape {
                source: column.name.clone(),
                name: column.name.clone(),
                declared: column.declared.clone(),
                target: target(&column.declared),
                moments: Moments::Iso,
                written: match column.declared.as_str() {
                    "DATETIME" => Written::Clock(ClockForm::plain(Parts::Both(' '))),
                    "DATE" => Written::Clock(ClockForm::plain(Parts::Date)),
                    "EPOCH" | "BOOLEAN" => Written::Numbers,
                    _ => Written::Nothing,
                },
                collation: column.collation.clone(),
            })
            .collect(),
        rowid_alias: table.rowid_alias,
        irreplaceable: None,
        primary_key: table.primary_key.clone(),
        unique: Vec::new(),
    });
    Shape {
        schema: "main".to_owned(),
        folded: false,
        affinity: false,
        tables: tables.collect(),
    }
}

fn create(table: &TableShape) -> String {
    let mut parts: Vec<String> = table
        .columns
        .iter()
        .enumerate()
        .map(|(place, column)| {
            let identity = if table.rowid_alias == Some(place) {
                " GENERATED BY DEFAULT AS IDENTITY"
            } else {
                ""
            };
            let zero = if ["hits", "touched"].contains(&column.name.as_str()) {
                " DEFAULT 0"
            } else {
                ""
            };
            format!("{} {}{identity}{zero}", quoted(&column.name), column.target)
        })
        .collect();
    let key: Vec<_> = table
        .primary_key
        .iter()
        .map(|place| quoted(&table.columns[*place].name))
        .collect();
    parts.push(format!("PRIMARY KEY ({})", key.join(", ")));
    format!(
        "CREATE TABLE main.{} ({});\n",
        quoted(&table.name),
        parts.join(", ")
    )
}

#[expect(
    clippy::cast_precision_loss,
    reason = "such a number is compared with a margin"
)]
/// Whether a cell of SQLite and one of PostgreSQL are the same value.
fn same(sqlite: &Value, postgres: Option<&str>) -> bool {
    match (sqlite, postgres) {
        (Value::Null, None) | (Value::Integer(1), Some("t")) | (Value::Integer(0), Some("f")) => true,
        (Value::Integer(number), Some(text)) => {
            text.parse() == Ok(*number)
                || text
                    .parse::<f64>()
                    .is_ok_and(|other| close(*number as f64, other))
        }
        (Value::Real(number), Some(text)) => text.parse::<f64>().is_ok_and(|other| close(*number, other)),
        (Value::Text(text), Some(other)) => text == other,
        (Value::Blob(bytes), Some(text)) => {
            let digits = bytes
                .iter()
                .fold("\\x".to_owned(), |digits, byte| format!("{digits}{byte:02x}"));
            text == digits
        }
        _ => false,
    }
}

fn close(one: f64, other: f64) -> bool {
    (one - other).abs() <= 1e-12 * one.abs().max(other.abs())
}

#[test]
fn views_show_what_they_show_in_sqlite() {
    let mut queries: Vec<String> = EXPRESSIONS
        .iter()
        .map(|expression| format!("SELECT id, {expression} AS r FROM t"))
        .collect();
    queries.extend(QUERIES.iter().map(|query| (*query).to_owned()));
    let define = |(place, query): (usize, &String)| format!("CREATE VIEW v{place} AS {query};\n");
    let mut more: String = queries.iter().enumerate().map(define).collect();
    more.push_str("CREATE VIEW outer_view AS SELECT r, count(*) AS c FROM v0 WHERE r > 1 GROUP BY r;\n");
    queries.push("SELECT * FROM outer_view".to_owned());
    let mut pair = Pair::new(&more);

    let mut problems = Vec::new();
    for (place, result) in views(&pair.catalog.views.clone(), &mut pair.shape) {
        let name = &pair.catalog.views[place].name;
        let query = &queries[place];
        let statements = match result {
            Ok(statements) => statements,
            Err(reason) => {
                problems.push(format!("{query}\n    refused: {reason}"));
                continue;
            }
        };
        if let Err(error) = pair.server.try_sql("postgres", &statements.join(";\n")) {
            problems.push(format!("{query}\n    {}\n    {error}", statements.join(";\n")));
            continue;
        }
        let mut there = pair.sqlite(&format!("SELECT * FROM {name}"));
        let mut here = match pair.postgres(&format!("SELECT * FROM main.{name}")) {
            Ok(rows) => rows,
            Err(error) => {
                problems.push(format!("{query}\n    {}\n    {error}", statements.join(";\n")));
                continue;
            }
        };
        if !query.contains("ORDER BY") || query.contains("OVER") || query.contains("WINDOW") {
            let plain = |value: &Value| match value {
                Value::Null => String::new(),
                Value::Integer(number) => number.to_string(),
                Value::Real(number) => format!("{number}"),
                Value::Text(text) => text.clone(),
                Value::Blob(bytes) => format!("{bytes:?}"),
            };
            let number = |text: String| match text.as_str() {
                "t" => "1".to_owned(),
                "f" => "0".to_owned(),
                other => other
                    .parse::<f64>()
                    .map_or_else(|_| text.clone(), |number| format!("{number}")),
            };
            there.sort_by_cached_key(|row| row.iter().map(|value| number(plain(value))).collect::<Vec<_>>());
            here.sort_by_cached_key(|row| {
                row.iter()
                    .map(|cell| number(cell.clone().unwrap_or_default()))
                    .collect::<Vec<_>>()
            });
        }
        let equal = there.len() == here.len()
            && there.iter().zip(&here).all(|(there, here)| {
                there.len() == here.len()
                    && there
                        .iter()
                        .zip(here)
                        .all(|(value, cell)| same(value, cell.as_deref()))
            });
        if !equal {
            let differs = there.iter().zip(&here).find(|(there, here)| {
                !there
                    .iter()
                    .zip(*here)
                    .all(|(value, cell)| same(value, cell.as_deref()))
            });
            problems.push(format!(
                "{query}\n    {}\n    {} rows there, {} here; {differs:?}",
                statements.join(";\n"),
                there.len(),
                here.len()
            ));
        }
    }
    assert!(
        problems.is_empty(),
        "{} of {}:\n{}",
        problems.len(),
        queries.len(),
        problems.join("\n")
    );
}

#[test]
fn what_would_mean_something_else_is_refused_with_the_reason() {
    let define = |(place, (query, _)): (usize, &(&str, &str))| format!("CREATE VIEW v{place} AS {query};\n");
    let mut pair = Pair::new(&REFUSED.iter().enumerate().map(define).collect::<String>());
    for (place, result) in views(&pair.catalog.views.clone(), &mut pair.shape) {
        let (query, part) = REFUSED[place];
        let reason = result.expect_err(query).to_string();
        assert!(reason.contains(part), "{query}: {reason}");
    }
}

#[test]
fn triggers_do_what_they_do_in_sqlite() {
    let mut pair = Pair::new(&format!("DELETE FROM log; {TRIGGERS}"));
    pair.server.sql("postgres", "DELETE FROM main.log");
    for (_, result) in views(&pair.catalog.views.clone(), &mut pair.shape) {
        pair.server.sql("postgres", &result.unwrap().join(";\n"));
    }
    assert_eq!(pair.catalog.triggers.len(), 7);
    for one in &pair.catalog.triggers {
        let statements =
            trigger(one, &one.name, &pair.shape).unwrap_or_else(|reason| panic!("{}: {reason}", one.name));
        pair.server.sql("postgres", &statements.join(";\n"));
    }
    for statement in STATEMENTS {
        let there = pair.sqlite.execute_batch(statement);
        let here = pair
            .server
            .try_sql("postgres", &format!("SET search_path = main; {statement}"));
        match (&there, &here) {
            (Ok(()), Ok(_)) => {}
            (Err(there), Err(here)) => assert!(there.to_string().contains(here.as_str()), "{there} {here}"),
            _ => panic!("{statement}: {there:?} {here:?}"),
        }
        for query in [
            "SELECT name, hits, touched FROM counter ORDER BY name",
            "SELECT what, n FROM log ORDER BY n, what",
            "SELECT id, name, n FROM t ORDER BY id",
            "SELECT id, t_id, name FROM child ORDER BY id",
        ] {
            let there = pair.sqlite(query);
            let sql = query
                .replace("FROM ", "FROM main.")
                .replace("what FROM", "what COLLATE \"C\" FROM");
            let sql = sql
                .replace("ORDER BY name", "ORDER BY name COLLATE \"C\"")
                .replace(
                    "ORDER BY n, what",
                    "ORDER BY n NULLS FIRST, what COLLATE \"C\" NULLS FIRST",
                );
            let here = pair.postgres(&sql).unwrap();
            assert_eq!(
                there.len(),
                here.len(),
                "{statement}: {query}\n{there:?}\n{here:?}"
            );
            for (there, here) in there.iter().zip(&here) {
                let equal = there
                    .iter()
                    .zip(here)
                    .all(|(value, cell)| same(value, cell.as_deref()));
                assert!(equal, "{statement}: {query}: {there:?} {here:?}");
            }
        }
    }
}

#[test]
fn a_text_with_a_dollar_quote_stays_inside_its_function() {
    let pair = Pair::new(&format!(
        "CREATE TRIGGER q AFTER DELETE ON log BEGIN INSERT INTO counter (name) VALUES ({}); END;",
        literal("$body$; DROP TABLE main.t; $body1$ it''s")
    ));
    let statements = trigger(&pair.catalog.triggers[0], "q", &pair.shape).unwrap();
    pair.server.sql("postgres", &statements.join(";\n"));
    pair.server.sql("postgres", "DELETE FROM main.log WHERE id = 2");
    let name = pair.server.sql("postgres", "SELECT name FROM main.counter");
    assert_eq!(name, "$body$; DROP TABLE main.t; $body1$ it''s");
}

/// The expression of a view such as `SELECT id, x AS r FROM t`.
fn expression_of(catalog: &Catalog, place: usize) -> Box<Expr> {
    let statement = catalog.views[place].statement.as_ref().unwrap();
    let Stmt::CreateView { select, .. } = &**statement else {
        panic!("{statement:?}");
    };
    let OneSelect::Select { columns, .. } = &select.body.select else {
        panic!("{select:?}");
    };
    let ResultColumn::Expr(expression, _) = &columns[1] else {
        panic!("{columns:?}");
    };
    expression.clone()
}

#[test]
fn what_goes_into_indexes_and_generated_columns_is_immutable() {
    let define = |(place, expression): (usize, &&str)| {
        format!("CREATE VIEW v{place} AS SELECT id, {expression} AS r FROM t;\n")
    };
    let pair = Pair::new(&EXPRESSIONS.iter().enumerate().map(define).collect::<String>());
    let mut problems = Vec::new();
    let mut indexes = 0;
    let mut try_it = |text: &str, sql: String| {
        indexes += 1;
        if let Err(error) = pair
            .server
            .try_sql("postgres", &format!("BEGIN; {sql}; ROLLBACK"))
        {
            problems.push(format!("{text}\n    {sql}\n    {error}"));
        }
    };
    for (place, text) in EXPRESSIONS.iter().enumerate() {
        let parsed = expression_of(&pair.catalog, place);
        let table = &pair.shape.tables[0];
        if let Ok(sql) = expression(&parsed, table, &pair.shape, Purpose::IndexPart)
            && sql.contains('"')
        {
            try_it(text, format!("CREATE INDEX ON main.t (({sql})) WHERE n < 1000"));
        }
        if let Ok(sql) = expression(&parsed, table, &pair.shape, Purpose::Condition) {
            try_it(text, format!("CREATE INDEX ON main.t (id) WHERE {sql}"));
            try_it(text, format!("ALTER TABLE main.t ADD CHECK ({sql}) NOT VALID"));
        }
        let text_type = TargetType::Text;
        if let Ok(sql) = expression(&parsed, table, &pair.shape, Purpose::Generated(&text_type)) {
            try_it(
                text,
                format!("CREATE TABLE main.g (LIKE main.t, g text GENERATED ALWAYS AS ({sql}) STORED)"),
            );
        }
    }
    assert!(
        problems.is_empty(),
        "{} of {indexes}:\n{}",
        problems.len(),
        problems.join("\n")
    );
}

//! What becomes of SQL, by tables of examples. `tests/cli/migrate_sql.rs` compares what both servers make of it.

mod mutation;

use turso_parser::ast::{Cmd, Expr, OneSelect, ResultColumn, Stmt};
use turso_parser::parser::Parser;

use super::shape::{ColumnShape, Shape, TableShape};
use super::{Purpose, default, expression};
use crate::migrate::encoding::Moments;
use crate::migrate::target_type::TargetType::{self, *};
use crate::migrate::written::{ClockForm, Parts, Written};

/// A table with columns of every kind.
pub(super) fn shape() -> Shape {
    let column = |name: &str, declared: &str, target: TargetType| ColumnShape {
        source: name.to_owned(),
        name: name.to_owned(),
        declared: declared.to_owned(),
        target,
        moments: if declared == "EPOCH" {
            Moments::EpochMs
        } else {
            Moments::Iso
        },
        written: match declared {
            "DATETIME" => Written::Clock(ClockForm::plain(Parts::Both(' '))),
            "DATE" => Written::Clock(ClockForm::plain(Parts::Date)),
            "EPOCH" | "BOOLEAN" => Written::Numbers,
            _ => Written::Nothing,
        },
        collation: (name == "label").then(|| "NOCASE".to_owned()),
    };
    let table = |name: &str, columns: Vec<ColumnShape>| TableShape {
        source: name.to_owned(),
        name: name.to_owned(),
        columns,
        rowid_alias: Some(0),
        irreplaceable: None,
        primary_key: vec![0],
        unique: Vec::new(),
    };
    Shape {
        schema: "main".to_owned(),
        folded: false,
        affinity: false,
        tables: vec![
            table(
                "t",
                vec![
                    column("id", "INTEGER", BigInt),
                    column("n", "INTEGER", BigInt),
                    column("x", "REAL", DoublePrecision),
                    column("price", "DECIMAL(10,2)", Numeric(Some((10, 2)))),
                    column("name", "TEXT", Text),
                    column("label", "TEXT", Text),
                    column("flag", "BOOLEAN", Boolean),
                    column("at", "DATETIME", Timestamp),
                    column("tz", "DATETIME", TimestampTz),
                    column("day", "DATE", Date),
                    column("ms", "EPOCH", Timestamp),
                    column("data", "JSON", Json),
                    column("raw", "BLOB", Bytea),
                    column("uid", "UUID", Uuid),
                ],
            ),
            table(
                "Other",
                vec![column("id", "INTEGER", BigInt), column("t_id", "INTEGER", BigInt)],
            ),
        ],
    }
}

pub(super) fn parse(text: &str) -> Box<Expr> {
    let sql = format!("SELECT {text}");
    let Some(Ok(Cmd::Stmt(Stmt::Select(select)))) = Parser::new(sql.as_bytes()).next() else {
        panic!("{text} is no expression");
    };
    let OneSelect::Select { columns, .. } = select.body.select else {
        panic!("{text} is no expression");
    };
    match columns.into_iter().next() {
        Some(ResultColumn::Expr(expression, _)) => expression,
        other => panic!("{other:?}"),
    }
}

fn condition(text: &str) -> String {
    let shape = shape();
    match expression(&parse(text), &shape.tables[0], &shape, Purpose::Condition) {
        Ok(sql) => sql,
        Err(reason) => format!("! {reason}"),
    }
}

fn of_default(text: &str, target: &TargetType) -> String {
    match default(text, target) {
        Ok(Some(sql)) => sql,
        Ok(None) => "none".to_owned(),
        Err(reason) => format!("! {reason}"),
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of examples")]
fn defaults_become_what_sqlite_would_store() {
    let cases: &[(&str, TargetType, &str)] = &[
        ("'it''s'", Text, "'it''s'"),
        ("'null'", Text, "'null'"),
        ("NULL", Text, "none"),
        ("(NULL)", BigInt, "none"),
        ("\"isbn\"", Text, "'isbn'"),
        ("\"\"", Text, "''"),
        ("'a\\b'", Text, "E'a\\\\b'"),
        ("lots", Text, "'lots'"),
        ("5", Text, "'5'"),
        ("1.0", Text, "'1.0'"),
        ("'5'", BigInt, "5"),
        ("-5", BigInt, "'-5'::bigint"),
        ("+5", BigInt, "5"),
        ("(5)", BigInt, "5"),
        ("-9223372036854775808", BigInt, "'-9223372036854775808'::bigint"),
        ("0x10", BigInt, "16"),
        ("2.0", BigInt, "2"),
        ("2.5", BigInt, "! `2.5` does not fit the type `bigint`"),
        ("''", BigInt, "! `''` does not fit the type `bigint`"),
        ("false", BigInt, "0"),
        ("TRUE", BigInt, "1"),
        ("0", Boolean, "false"),
        ("1", Boolean, "true"),
        ("'t'", Boolean, "true"),
        ("'f'", Boolean, "false"),
        ("false", Boolean, "false"),
        ("FALSE", Boolean, "false"),
        ("2", Boolean, "! `2` does not fit the type `boolean`"),
        ("0", DoublePrecision, "0"),
        ("1.5", DoublePrecision, "('1.5'::double precision)"),
        ("0.25", Numeric(Some((4, 2))), "0.25"),
        (
            "0.125",
            Numeric(Some((4, 2))),
            "! `0.125` does not fit the type `numeric(4,2)`",
        ),
        ("-1", Numeric(None), "'-1'::numeric"),
        ("x'00ff'", Bytea, "'\\x00ff'::bytea"),
        (
            "'abc'",
            VarChar(2),
            "! `'abc'` does not fit the type `varchar(2)`",
        ),
        ("CURRENT_TIMESTAMP", Timestamp, "(now() AT TIME ZONE 'UTC')"),
        ("current_timestamp", TimestampTz, "now()"),
        (
            "Current_Date",
            Date,
            "(date_trunc('day', (now() AT TIME ZONE 'UTC'))::date)",
        ),
        (
            "CURRENT_TIME",
            Time,
            "(to_char((now() AT TIME ZONE 'UTC'), 'HH24:MI:SS')::time)",
        ),
        (
            "CURRENT_TIMESTAMP",
            Text,
            "to_char((now() AT TIME ZONE 'UTC'), 'YYYY-MM-DD HH24:MI:SS')",
        ),
        ("datetime('now')", Timestamp, "(now() AT TIME ZONE 'UTC')"),
        ("datetime('now','localtime')", Timestamp, "LOCALTIMESTAMP"),
        ("datetime('now','localtime')", TimestampTz, "now()"),
        (
            "datetime('now', '+1 day')",
            Timestamp,
            "date_trunc('second', ((now() AT TIME ZONE 'UTC') + interval '1 day'))",
        ),
        (
            "strftime('%Y-%m-%d %H:%M:%f','now')",
            Timestamp,
            "(now() AT TIME ZONE 'UTC')",
        ),
        (
            "strftime('%Y-%m-%dT%H:%M:%fZ','now')",
            Text,
            "to_char((now() AT TIME ZONE 'UTC'), 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')",
        ),
        (
            "strftime('%s','now')",
            BigInt,
            "(floor(extract(epoch from (now() AT TIME ZONE 'UTC')))::bigint)",
        ),
        ("strftime('%s','now')", TimestampTz, "now()"),
        (
            "unixepoch()",
            BigInt,
            "(floor(extract(epoch from (now() AT TIME ZONE 'UTC')))::bigint)",
        ),
        (
            "julianday('now')",
            DoublePrecision,
            "((extract(epoch from (now() AT TIME ZONE 'UTC')) / 86400.0 + 2440587.5)::double precision)",
        ),
        (
            "'2024-01-02T03:04:05Z'",
            Timestamp,
            "'2024-01-02 03:04:05'::timestamp",
        ),
        (
            "\"2000-01-01 00:00:00+02:00\"",
            TimestampTz,
            "'1999-12-31 22:00:00+00'::timestamptz",
        ),
        (
            "'0000-00-00'",
            Date,
            "! `'0000-00-00'` does not fit the type `date`",
        ),
        (
            "'01/02/2024'",
            Date,
            "! `'01/02/2024'` does not fit the type `date`",
        ),
        (
            "lower(hex(randomblob(16)))",
            Uuid,
            "(lower(coalesce(upper(encode(substring(sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())) from 1 for 16), 'hex') COLLATE \"C\"), '') COLLATE \"C\")::uuid)",
        ),
        ("'{}'", Json, "'{}'::json"),
        ("''", JsonB, "! `''` does not fit the type `jsonb`"),
        (
            "my_function()",
            Text,
            "! the function `my_function()` has no counterpart",
        ),
        ("id + 1", BigInt, "! there is no column `id`"),
    ];
    for (text, target, expected) in cases {
        assert_eq!(of_default(text, target), *expected, "{text} for {target}");
    }
}

#[test]
fn conditions_keep_their_meaning() {
    let cases: &[(&str, &str)] = &[
        ("flag", "\"flag\""),
        ("n", "(\"n\" <> 0)"),
        ("NOT flag", "(NOT \"flag\")"),
        ("flag = 1", "\"flag\""),
        ("flag <> 1", "(NOT \"flag\")"),
        ("flag = 't'", "(CASE WHEN \"flag\" IS NOT NULL THEN FALSE END)"),
        ("flag IN (0, 1)", "(\"flag\" IN (FALSE, TRUE))"),
        ("flag IS NOT 1", "(\"flag\" IS NOT TRUE)"),
        ("flag IS TRUE", "(\"flag\" IS TRUE)"),
        ("flag + 1 > 1", "(((\"flag\"::integer::bigint) + 1) > 1)"),
        ("n == 5", "(\"n\" = 5)"),
        ("n = '5'", "(\"n\" = 5)"),
        ("n = 'five'", "(CASE WHEN \"n\" IS NOT NULL THEN FALSE END)"),
        ("name = 5", "(\"name\" = '5')"),
        ("name = n", "! text is used as a number"),
        ("name IS 'a'", "(\"name\" IS NOT DISTINCT FROM 'a')"),
        ("name < 'b'", "((\"name\" COLLATE \"C\") < 'b')"),
        ("label = 'A'", "(lower(\"label\" COLLATE \"C\") = 'a')"),
        (
            "name = 'A' COLLATE NOCASE",
            "(lower(\"name\" COLLATE \"C\") = 'a')",
        ),
        ("n IN ()", "FALSE"),
        ("n NOT IN (1, NULL)", "(\"n\" NOT IN (1, NULL))"),
        ("n BETWEEN 1 AND 3", "((\"n\" >= 1) AND (\"n\" <= 3))"),
        ("n / 2 = 1", "((\"n\" / 2) = 1)"),
        ("1 / n = 1", "(((1::bigint) / nullif(\"n\", 0)) = 1)"),
        (
            "price / 2 > 1",
            "! a decimal is divided, which SQLite does by whole numbers or doubles as each cell is",
        ),
        ("length(name) <= 10", "((length(\"name\")::bigint) <= 10)"),
        (
            "typeof(n) = 'integer'",
            "((CASE WHEN \"n\" IS NULL THEN 'null' ELSE 'integer' END) = 'integer')",
        ),
        (
            "json_valid(data) OR data IS NULL",
            "((CASE WHEN \"data\" IS NULL THEN NULL ELSE TRUE END) OR (\"data\" IS NULL))",
        ),
        ("name GLOB '[0-9]*'", "((\"name\" COLLATE \"C\") ~ '^[0-9].*$')"),
        (
            "name LIKE 'A%'",
            "(lower(\"name\" COLLATE \"C\") LIKE 'a%' ESCAPE '')",
        ),
        (
            "name REGEXP 'a'",
            "! `REGEXP` is a function of the application's own",
        ),
        ("at > '2024-01-01'", "(\"at\" >= timestamp '2024-01-01 00:00:00')"),
        (
            "at > CURRENT_TIMESTAMP",
            "! `CURRENT_TIMESTAMP` does not always give the same, which PostgreSQL wants here",
        ),
        (
            "date(at) = '2024-01-01'",
            "((lpad(floor(extract(year from \"at\"))::bigint::text, 4, '0') || '-' || lpad(floor(extract(month from \"at\"))::bigint::text, 2, '0') || '-' || lpad(floor(extract(day from \"at\"))::bigint::text, 2, '0')) = '2024-01-01')",
        ),
        (
            "ms > 1700000000000",
            "(((extract(epoch from \"ms\") * 1000)::bigint) > 1700000000000)",
        ),
        (
            "ms > 'x'",
            "! a date that is a number in SQLite is compared with what is none",
        ),
        (
            "uid = '00000000000000000000000000000001'",
            "(\"uid\" = '00000000-0000-0000-0000-000000000001'::uuid)",
        ),
        ("data != '[]'", "((\"data\"::text) <> '[]')"),
        ("raw = x'01'", "(\"raw\" = ('\\x01'::bytea))"),
        (
            "raw = 'a'",
            "! a blob is compared with text, which SQLite never holds equal or converts row by row",
        ),
        ("missing = 1", "! there is no column `missing`"),
        ("name != \"draft\"", "(\"name\" <> 'draft')"),
        ("rowid > 3", "(\"id\" > 3)"),
        ("n IN (SELECT 1)", "! a subquery may not stand here"),
        ("sum(n) > 1", "! the aggregate `sum()` may not stand here"),
        (
            "max(n, 3) > 1",
            "((CASE WHEN \"n\" IS NULL THEN NULL ELSE greatest(\"n\", 3) END) > 1)",
        ),
        ("ifnull(flag, 0)", "coalesce(\"flag\", FALSE)"),
        (
            "books_list_filter(n)",
            "! the function `books_list_filter()` has no counterpart",
        ),
    ];
    let mut problems = Vec::new();
    for (text, expected) in cases {
        let found = condition(text);
        if found != *expected {
            problems.push(format!("{text}: {found}"));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

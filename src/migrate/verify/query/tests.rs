//! The statements that compute digests.

use super::*;
use crate::migrate::plan::fixture;

/// A table with columns written as `name type`, `name type not null`, or `name generated`, and a key.
pub fn table(columns: &[&str], key: &[usize]) -> TablePlan {
    fixture::table("T", columns.iter().map(|text| column(text)).collect(), key)
}

fn column(text: &str) -> ColumnPlan {
    let (name, rest) = text.split_once(' ').unwrap();
    let (declared, not_null) = match rest.strip_suffix(" not null") {
        Some(declared) => (declared, true),
        None => (rest, false),
    };
    ColumnPlan {
        declared: declared.to_owned(),
        not_null,
        ..fixture::column(name, target(declared))
    }
}

fn target(name: &str) -> Option<TargetType> {
    Some(match name {
        "generated" => return None,
        "boolean" => TargetType::Boolean,
        "bigint" => TargetType::BigInt,
        "double precision" => TargetType::DoublePrecision,
        "text" => TargetType::Text,
        "bytea" => TargetType::Bytea,
        other => panic!("{other}"),
    })
}

fn sql(table: &TablePlan) -> String {
    let columns: Vec<_> = typed(table).collect();
    digest_sql("s", table, &columns, table.digest_key.is_empty())
}

#[test]
fn rows_are_seeded_by_a_whole_key_and_counted_once_where_nothing_is_null() {
    let table = table(&["id bigint not null", "a\"b text", "sum generated"], &[0]);
    assert_eq!(
        sql(&table),
        r#"select count(*), sum(hashint8extended(t."id", t."id"::bigint)), count(t."a""b"), sum(hashtextextended(t."a""b" collate "C", t."id"::bigint)) from "s"."T" as t"#
    );
}

#[test]
fn other_keys_are_chained() {
    let table = table(&["a text not null", "b bigint not null"], &[1, 0]);
    assert_eq!(
        seed(&table),
        r#"hashtextextended(t."a" collate "C", hashint8extended(t."b", 0))"#
    );
}

#[test]
fn without_a_key_whole_rows_are_chained_and_the_statement_does_not_double_with_each_column() {
    let long = sql(&table(&["f double precision"; 60], &[]));
    assert!(long.len() < 30_000, "{}", long.len());
    assert!(sql(&table(&["a bytea"], &[])).ends_with(
        r#"sum(hash_record_extended(row(coalesce(t."a", '\x00000000'::bytea)), 0)) from "s"."T" as t"#
    ));
}

//! Keys, UNIQUE constraints and indexes.

use super::*;

fn made(sql: &str) -> Vec<String> {
    let plan = plan(sql);
    assert_eq!(left(&plan), [""; 0]);
    statements(&table(&plan, "t").indexes)
        .into_iter()
        .map(str::to_owned)
        .collect()
}

fn sorted(sql: &str) -> Vec<String> {
    let mut made = made(sql);
    made.sort();
    made
}

#[test]
fn keys_and_indexes_keep_names_order_direction_and_filter() {
    assert_eq!(
        sorted(
            "create table t (a text, b int, c int, primary key (b, a), unique (c, a));
             create index by_c on t (c desc, a) where b > 3;
             create unique index u on t (a);"
        ),
        [
            "alter table {schema}.\"t\" add constraint \"t_c_a_key\" unique (\"c\", \"a\")",
            "alter table {schema}.\"t\" add constraint \"t_pkey\" primary key (\"b\", \"a\")",
            "create index \"by_c\" on {schema}.\"t\" (\"c\" desc, \"a\") where (\"b\" > 3)",
            "create unique index \"u\" on {schema}.\"t\" (\"a\")",
        ]
    );
}

#[test]
fn an_index_over_small_letters_is_found_by_queries_and_a_unique_one_compares_as_sqlite_does() {
    assert_eq!(
        sorted(
            "create table t (name text, n int);
             create index by_name on t (lower(name), n); create index by_number on t (Upper(n));
             create unique index one on t (lower(name));",
        ),
        [
            "create index \"by_name\" on {schema}.\"t\" ((lower(\"name\")), \"n\")",
            "create index \"by_number\" on {schema}.\"t\" ((upper((\"n\"::text) COLLATE \"C\")))",
            "create unique index \"one\" on {schema}.\"t\" ((lower(\"name\" COLLATE \"C\")))",
        ]
    );
}

#[test]
fn keys_keep_their_own_names_where_no_other_relation_has_them() {
    assert_eq!(
        sorted(
            "create table t (a text constraint pk_t primary key, b int constraint uq_t_b unique, c int,
                 constraint uq_t_c_b unique (c, b), constraint other unique (a, c), constraint uq_again unique (b));
             create table other (x int);",
        ),
        [
            "alter table {schema}.\"t\" add constraint \"pk_t\" primary key (\"a\")",
            "alter table {schema}.\"t\" add constraint \"t_a_c_key\" unique (\"a\", \"c\")",
            "alter table {schema}.\"t\" add constraint \"uq_t_b\" unique (\"b\")",
            "alter table {schema}.\"t\" add constraint \"uq_t_c_b\" unique (\"c\", \"b\")",
        ]
    );
    let plan = plan(
        "create table a (x int, y text collate nocase, constraint pk primary key (x), constraint uq unique (y));
         create table b (x int, constraint pk primary key (x));",
    );
    assert_eq!(
        statements(&table(&plan, "a").indexes),
        [
            "alter table {schema}.\"a\" add constraint \"pk\" primary key (\"x\")",
            "create unique index \"uq\" on {schema}.\"a\" (lower(\"y\" collate \"C\"))",
        ]
    );
    assert_eq!(
        statements(&table(&plan, "b").indexes),
        ["alter table {schema}.\"b\" add constraint \"b_pkey\" primary key (\"x\")"]
    );
}

#[test]
fn a_key_with_nulls_becomes_unique_and_does_not_key_digests() {
    let plan =
        plan("create table t (a text primary key, b); insert into t values (null, 1), (null, 2), ('x', 3);");
    let table = table(&plan, "t");
    assert_eq!(
        statements(&table.indexes),
        ["alter table {schema}.\"t\" add constraint \"t_pkey\" unique (\"a\")"]
    );
    assert_eq!(table.digest_key, [0; 0]);
    assert!(!table.columns[0].not_null && !table.create.contains("not null"));
    assert!(
        noted(&plan, &["primary key of `t`", "`a` is NULL in 2 rows"]),
        "{:?}",
        plan.notes
    );
}

#[test]
fn nocase_stays_unique_without_regard_to_case() {
    let steps = made(
        "create table t (name text collate nocase primary key, mail text collate nocase unique, n int collate nocase);
         create index plain on t (mail collate binary);
         create unique index numbers on t (n);",
    );
    let has = |part: &str| steps.iter().any(|step| step.contains(part));
    assert!(has("primary key (\"name\")"), "{steps:#?}");
    assert!(
        has("unique index \"t_nocase_key\" on {schema}.\"t\" (lower(\"name\" collate \"C\"))"),
        "{steps:#?}"
    );
    assert!(
        has("unique index \"t_mail_key\" on {schema}.\"t\" (lower(\"mail\" collate \"C\"))"),
        "{steps:#?}"
    );
    assert!(has("\"plain\" on {schema}.\"t\" (\"mail\")"), "{steps:#?}");
    assert!(has("\"numbers\" on {schema}.\"t\" (\"n\")"), "{steps:#?}");
}

#[test]
fn rtrim_expressions_and_repeated_columns() {
    let steps = made(
        "create table t (a text, b int, unique (b, b));
         create index r on t (a collate rtrim);
         create index e on t (abs(b), b, b desc);",
    );
    let has = |part: &str| steps.iter().any(|step| step.contains(part));
    assert!(has("(rtrim(\"a\", ' '))"), "{steps:#?}");
    assert!(has("unique (\"b\")"), "{steps:#?}");
    let expression = steps.iter().find(|step| step.contains("\"e\"")).unwrap();
    assert!(
        expression.ends_with(", \"b\")") && expression.contains("abs("),
        "{expression}"
    );
}

#[test]
fn an_index_that_a_constraint_repeats_is_made_once() {
    let steps = made(
        "create table t (id integer primary key, a text unique, b text, unique (id), unique (b));
         create unique index named on t (b);",
    );
    assert_eq!(steps.len(), 3, "{steps:#?}");
    assert!(steps.iter().any(|step| step.contains("\"named\"")), "{steps:#?}");
    assert!(
        steps.iter().any(|step| step.contains("unique (\"a\")")),
        "{steps:#?}"
    );
}

#[test]
fn values_too_long_for_a_btree_stay_unique_and_searchable() {
    let plan = plan(
        "create table t (a text unique, b text, c text, d integer, e text primary key);
         create index hash on t (b);
         create index both on t (b, d);
         create unique index mixed on t (c, d);
         insert into t select v, v, v, 1, v from (select replace(hex(zeroblob(2000)), '0', 'x') as v);",
    );
    let table = table(&plan, "t");
    let steps = statements(&table.indexes);
    let has = |part: &str| steps.iter().any(|step| step.contains(part));
    assert!(
        has("create unique index \"t_a_key\" on {schema}.\"t\" (md5(\"a\"))"),
        "{steps:#?}"
    );
    assert!(
        has("create unique index \"t_pkey\" on {schema}.\"t\" (md5(\"e\"))"),
        "{steps:#?}"
    );
    assert!(
        has("create index \"hash\" on {schema}.\"t\" using hash (\"b\")"),
        "{steps:#?}"
    );
    assert!(has("(md5(\"c\"), \"d\")"), "{steps:#?}");
    assert_eq!(left(&plan).len(), 1, "{:?}", left(&plan));
    assert!(
        left(&plan)[0].starts_with("index t: both: some of its values are too long"),
        "{:?}",
        left(&plan)
    );
    assert!(table.columns[4].not_null);
    assert_eq!(table.digest_key, [4]);
}

#[test]
fn what_has_no_counterpart_is_named() {
    let plan = plan(
        "create table t (a, b text);
         create index f on t (b) where hex(zeroblob(length(b))) = '00';
         create unique index g on t (zeroblob(a));",
    );
    let left = left(&plan);
    assert!(left.iter().any(|l| l.starts_with("index t: f: ")), "{left:?}");
    assert!(
        left.iter().any(|l| l.starts_with("unique index t: g: ")),
        "{left:?}"
    );
}

#[test]
fn json_under_an_index_is_text() {
    let plan = plan("create table t (a json unique, b json); insert into t values ('{}', '{}');");
    let create = &table(&plan, "t").create;
    assert!(
        create.contains("\"a\" text") && create.contains("\"b\" json"),
        "{create}"
    );
}

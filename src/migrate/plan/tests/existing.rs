//! Plans to fill tables that are there.

use super::*;
use crate::migrate::target_type::TargetType;

fn column(name: &str, target: TargetType) -> ExistingColumn {
    ExistingColumn {
        name: name.to_owned(),
        target,
        unfit: None,
        not_null: false,
        has_default: false,
        generated: false,
        identity: false,
        sequence: None,
    }
}

fn into(sql: &str, existing: &[ExistingTable], emptied: bool) -> Result<FilePlan, Vec<String>> {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(sql).unwrap();
    let source = source(Settings::default());
    let path = source.path.clone();
    let mut reading = Reading {
        path: &path,
        is_copy: false,
        connections: &mut [connection],
        observer: &Silent,
        interrupt: &Interrupt::default(),
    };
    let observation = observe::look(&source, &mut reading).unwrap();
    into_existing(&source, &observation.seen(), existing, emptied)
}

fn users() -> ExistingTable {
    ExistingTable {
        name: "users".to_owned(),
        columns: vec![
            ExistingColumn {
                identity: true,
                sequence: Some("s.users_id_seq".to_owned()),
                not_null: true,
                ..column("id", TargetType::Integer)
            },
            column("name", TargetType::VarChar(20)),
            ExistingColumn {
                generated: true,
                not_null: true,
                ..column("slug", TargetType::Text)
            },
        ],
        primary_key: vec!["id".to_owned()],
        has_rows: false,
        parents: Vec::new(),
    }
}

const USERS: &str = "create table Users (name text, slug text, id integer primary key autoincrement);
    insert into Users values ('a', 'a', 1), ('b', 'b', 5);";

#[test]
fn encodings_and_keys_are_those_of_the_tables_that_are_there() {
    let plan = into(USERS, &[users()], false).unwrap();
    let table = &plan.tables[0];
    assert_eq!(
        (table.source.as_str(), table.name.as_str(), table.rows),
        ("Users", "users", 2)
    );
    let targets: Vec<_> = table
        .columns
        .iter()
        .map(|c| c.encoding.as_ref().map(|e| e.target.clone()))
        .collect();
    assert_eq!(
        targets,
        [Some(TargetType::VarChar(20)), None, Some(TargetType::Integer)]
    );
    assert_eq!(table.digest_key, [2]);
    assert_eq!(table.sequences[0].next, 6);
    assert_eq!(table.create, "");
}

#[test]
fn everything_that_does_not_match_is_told_at_once() {
    let mut there = users();
    there.has_rows = true;
    there.columns.remove(1);
    there.columns.push(ExistingColumn {
        not_null: true,
        ..column("must", TargetType::Text)
    });
    let sql = format!("{USERS} create table other (x);");
    let problems = into(&sql, &[there.clone()], false).unwrap_err();
    for part in [
        "`Users.name` is not in the table `s.users`",
        "`s.users` holds rows",
        "`users.must` is NOT NULL without a default",
        "the table `other` is not in the schema `s`",
    ] {
        assert!(
            problems.iter().any(|problem| problem.contains(part)),
            "{part} in {problems:#?}"
        );
    }
    assert_eq!(problems.len(), 4);
    assert_eq!(into(&sql, &[there], true).unwrap_err().len(), 3);
}

#[test]
fn rows_are_filled_in_the_order_of_the_foreign_keys_that_are_there() {
    let there = |name: &str, parents: &[&str]| ExistingTable {
        name: name.to_owned(),
        columns: vec![column("id", TargetType::BigInt)],
        primary_key: Vec::new(),
        has_rows: false,
        parents: parents.iter().map(|&parent| parent.to_owned()).collect(),
    };
    let sql = "create table a (id integer); create table b (id integer); create table c (id integer);";
    let existing = [there("a", &["b", "a"]), there("b", &["c", "d"]), there("c", &[])];
    let plan = into(sql, &existing, false).unwrap();
    let names: Vec<&str> = plan.tables.iter().map(|table| table.name.as_str()).collect();
    assert_eq!(names, ["c", "b", "a"]);
}

#[test]
fn the_ledgers_of_go_node_and_java_stay_too() {
    for name in ["goose_db_version", "SequelizeMeta", "flyway_schema_history"] {
        let there = ExistingTable {
            name: name.to_owned(),
            columns: vec![column("name", TargetType::Text)],
            primary_key: Vec::new(),
            has_rows: true,
            parents: Vec::new(),
        };
        let sql = format!("create table \"{name}\" (name text)");
        let plan = into(&sql, &[there], false).unwrap();
        assert!(
            plan.tables.is_empty() && left(&plan)[0].contains("own migrations"),
            "{name}"
        );
    }
}

#[test]
fn the_ledger_of_the_applications_own_migrations_stays() {
    let there = ExistingTable {
        name: "django_migrations".to_owned(),
        columns: vec![column("id", TargetType::BigInt)],
        primary_key: vec![],
        has_rows: true,
        parents: Vec::new(),
    };
    let plan = into(
        "create table django_migrations (id integer primary key, app text);",
        &[there],
        false,
    )
    .unwrap();
    assert_eq!(plan.tables.len(), 0);
    assert!(
        left(&plan)[0].starts_with("table django_migrations: "),
        "{:?}",
        left(&plan)
    );
}

//! Names in whole plans.

use super::*;

#[test]
fn names_are_exact_and_those_that_can_not_be_are_told() {
    let long = "x".repeat(70);
    let plan = plan(&format!(
        "create table \"Or.der s\" (\"Sel\"\"ect\" int, xmin int, \"{long}1\" int, \"{long}2\" int);
         create table {long} (id integer primary key);
         create index {long}i on \"Or.der s\" (xmin);"
    ));
    let order = table(&plan, "Or.der s");
    assert!(order.create.contains("{schema}.\"Or.der s\"") && order.create.contains("\"Sel\"\"ect\""));
    let names: Vec<_> = order.columns.iter().map(|column| column.name.as_str()).collect();
    assert!(
        names[1].starts_with("xmin_") && names[2].len() == 63 && names[2] != names[3],
        "{names:?}"
    );
    assert!(noted(&plan, &["`Or.der s.xmin`", names[1]]), "{:?}", plan.notes);
    assert!(noted(&plan, &["the table", &long]), "{:?}", plan.notes);
    let other = table(&plan, &long);
    assert_eq!(other.name.len(), 63);
    assert!(
        other.create.contains("(sequence name {schema}."),
        "{}",
        other.create
    );
}

#[test]
fn names_of_one_schema_do_not_collide_across_tables() {
    let plan = plan(
        "create table a (x int, constraint k check (x > 0), unique (x));
         create table b (x int, constraint k check (x > 0));
         create table a_x_key (y int primary key);
         create table a_x_key_pkey (y int);",
    );
    let mut all: Vec<String> = plan.tables.iter().map(|table| table.name.clone()).collect();
    for table in &plan.tables {
        for step in &table.indexes {
            all.push(step.name.split(' ').next_back().unwrap().to_owned());
        }
        if ["a", "b"].contains(&table.source.as_str()) {
            assert!(
                table.create.contains("constraint \"k\" check"),
                "{}",
                table.create
            );
        }
    }
    let count = all.len();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), count, "{all:?}");
}

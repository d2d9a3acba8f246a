//! Files that are looked at as `plan` and `run` do: from disk, by several connections.

use std::sync::Mutex;

use tempfile::TempDir;

use super::*;
use crate::event::{Event, Silent};
use crate::migrate::misfit::Misfit;
use crate::migrate::plan::TablePlan;
use crate::migrate::settings::Settings;

/// A file that this SQL makes.
fn file(sql: &str) -> (TempDir, Source) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("s.db");
    Connection::open(&path).unwrap().execute_batch(sql).unwrap();
    let source = Source {
        name: "s".to_owned(),
        path,
        schema: "s".to_owned(),
        settings: Settings::default(),
    };
    (folder, source)
}

fn observed(source: &Source, connections: usize, observer: &dyn Observer) -> FilePlan {
    let open = |_| sqlite::open(&source.path).unwrap();
    let mut reading = Reading {
        path: &source.path,
        is_copy: false,
        connections: &mut (0..connections).map(open).collect::<Vec<_>>(),
        observer,
        interrupt: &Interrupt::default(),
    };
    observe(source, &mut reading).unwrap()
}

fn one_table(sql: &str) -> TablePlan {
    let (_folder, source) = file(sql);
    observed(&source, 2, &Silent).tables.remove(0)
}

/// Numbers from 1 to `last` as the rows of `n`.
fn numbers(last: u32) -> String {
    format!("with recursive n(i) as (select 1 union all select i + 1 from n where i < {last})")
}

#[test]
fn several_connections_see_what_one_sees_in_the_order_of_rows() {
    let (_folder, source) = file(&format!(
        "create table t (id integer primary key, a int, b text);
         {} insert into t select i, case when i % 40001 = 0 then 'no number' else i end, 'b' || i from n;",
        numbers(130_000)
    ));
    let one = observed(&source, 1, &Silent);
    let three = observed(&source, 3, &Silent);
    assert_eq!(one, three);
    let keys: Vec<_> = one.tables[0]
        .misfits
        .iter()
        .map(|cell| cell.key[0].1.clone())
        .collect();
    assert_eq!(keys, [40_001, 80_002, 120_003]);
    assert_eq!(one.tables[0].rows, 130_000);
}

#[test]
fn progress_ends_at_the_number_of_rows() {
    struct Amounts(Mutex<Vec<(String, u64, u64)>>);
    impl Observer for Amounts {
        fn on(&self, event: Event<'_>) {
            if let Event::Amount {
                subject, done, total, ..
            } = event
            {
                self.0.lock().unwrap().push((subject.to_owned(), done, total));
            }
        }
    }
    let (_folder, source) = file(&format!(
        "create table t (id integer primary key, a int); {} insert into t select i * 3, i from n;",
        numbers(70_000)
    ));
    let amounts = Amounts(Mutex::new(Vec::new()));
    observed(&source, 2, &amounts);
    let amounts = amounts.0.into_inner().unwrap();
    assert_eq!(amounts.last(), Some(&("s.t".to_owned(), 70_000, 70_000)));
    assert!(
        amounts.iter().all(|(_, done, total)| done <= total),
        "{amounts:?}"
    );
}

#[test]
fn all_misfits_are_counted_and_the_first_are_named() {
    let table = one_table(&format!(
        "create table t (id integer primary key, a int); {} insert into t select i, case when i % 5 = 0 then 'x' else i end from n;",
        numbers(60_000)
    ));
    assert_eq!((table.misfit_count, table.misfits.len()), (12_000, 10_000));
    let keys: Vec<_> = table
        .misfits
        .iter()
        .map(|cell| cell.key[0].1.as_i64().unwrap())
        .collect();
    assert_eq!(keys, (1..=10_000).map(|number| number * 5).collect::<Vec<_>>());
}

#[test]
fn a_column_of_which_nothing_fits_hides_no_other() {
    let table = one_table(&format!(
        "create table t (id integer primary key, a int, b int); {}
         insert into t select i, case when i % 5 = 0 then 'x' else i end, case when i >= 59998 then 'y' else i end from n;",
        numbers(60_000)
    ));
    let groups: Vec<_> = table
        .misfit_groups
        .iter()
        .map(|group| {
            let named = table.misfits.iter().filter(|cell| group.holds(cell)).count();
            (group.column.as_str(), group.cells, named)
        })
        .collect();
    assert_eq!(groups, [("a", 12_000, 9997), ("b", 3, 3)]);
}

#[test]
fn long_cells_are_looked_at_to_their_end() {
    let table = one_table(
        "create table t (id integer primary key, a text, b blob);
         insert into t values (1, replace(hex(zeroblob(1500000)), '0', 'ж'), zeroblob(3000000));
         insert into t values (2, cast(cast(replace(hex(zeroblob(1500000)), '0', 'x') as blob) || x'00' as text), null);",
    );
    let found: Vec<_> = table
        .misfits
        .iter()
        .map(|cell| (cell.key[0].1.clone(), cell.reason))
        .collect();
    assert_eq!(found, [(2.into(), Misfit::NulCharacter)]);
    assert!(table.misfits[0].shown.starts_with("xxx") && table.misfits[0].shown.chars().count() <= 200);
    assert_eq!(
        (table.columns[1].longest, table.columns[2].longest),
        (6_000_000, 3_000_000)
    );
}

#[test]
fn null_where_the_table_forbids_it_takes_the_row() {
    let table = one_table(
        "create table t (id integer primary key, a text); insert into t values (1, 'x'), (2, null);
         pragma writable_schema = on;
         update sqlite_schema set sql = 'create table t (id integer primary key, a text not null)' where name = 't';",
    );
    assert_eq!(table.misfit_count, 1);
    assert_eq!(
        (table.misfits[0].reason, table.misfits[0].takes_row),
        (Misfit::NullInNotNull, true)
    );
}

#[test]
fn rows_without_a_rowid_are_named_by_their_primary_key() {
    let table = one_table(
        "create table t (a text, b blob, n int, primary key (b, a)) without rowid;
         insert into t values ('x', x'01ff', 'no number'), ('y', x'02', 3), ('z', x'03', 4);",
    );
    let key = &table.misfits[0].key;
    assert_eq!(key[0], ("b".to_owned(), serde_json::json!({ "blob": "01ff" })));
    assert_eq!(key[1], ("a".to_owned(), "x".into()));
}

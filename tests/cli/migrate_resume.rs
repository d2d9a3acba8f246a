//! `migrate run` that was killed in the middle of a table: it goes on behind the last part that was committed.

use std::collections::BTreeMap;

use crate::migrate_scene::Scene;

/// One table for each way in which rows are told apart, with keys that are easily taken for others.
const TABLES: &str = "
    create table numbers (n integer); insert into numbers with recursive c(n) as (select 1 union all select n + 1 from c where n < 4000) select n from c;
    create table rowids (id integer primary key, v text); insert into rowids select 7 * n - 9000, 'text ' || n from numbers;
    create table plain (v text, n integer); insert into plain select 'text ' || (n % 10), n from numbers;
    create table nameless (rowid text, oid text, _rowid_ text);
      insert into nameless select 'a' || (n % 5), 'b', n from numbers;
    create table texts (k text primary key, n integer) without rowid;
      insert into texts select case n % 4 when 0 then 'é' when 1 then 'Z' when 2 then '' else ' ' end || n, n from numbers;
    create table nocase (k text collate nocase primary key, n integer) without rowid;
      insert into nocase select case n % 2 when 0 then 'Key ' else 'kEY ' end || n, n from numbers;
    create table rtrim (k text collate rtrim primary key, n integer) without rowid;
      insert into rtrim select n || substr('   ', 1, n % 4), n from numbers;
    create table composite (a integer, b text, n integer, primary key (a desc, b)) without rowid;
      insert into composite select n % 3, 'text ' || n, n from numbers;
    create table descending (k integer, n integer, primary key (k desc)) without rowid;
      insert into descending select n - 2000, n from numbers;
    create table mixed (k primary key, n integer) without rowid;
      insert into mixed select case n % 4 when 0 then n when 1 then n / 7.0 when 2 then 't' || n else cast('b' || n as blob) end, n from numbers;
    drop table numbers;";

/// How many tables these are.
const COUNT: usize = 9;

/// The second part of a table that was not cut yet waits, until it is killed.
const BRAKE: &str = "create table public.cut (name text);
    create function public.brake() returns trigger language plpgsql as $$ begin
        if old.state = 'copying' and not exists (select from public.cut where name = old.name) then
            perform pg_sleep(60);
        end if;
        return new;
    end $$;
    create trigger brake before update of progress on stackctl.migration_table
        for each row execute function public.brake();";

/// Its first part is committed, and it is at the second.
const CUT: &str = "from stackctl.migration_table as t
    where state = 'copying' and not exists (select from public.cut where name = t.name)";

#[test]
fn a_table_goes_on_behind_its_last_part_whatever_its_key_is() {
    let scene = Scene::with(TABLES);
    // That makes the ledger.
    scene
        .sqlite("other.db")
        .execute_batch("create table t (a)")
        .unwrap();
    scene.migrate(&["--sqlite", "other.db=other"]);
    scene.sql(BRAKE);
    let options = ["--jobs", "1", "--chunk-rows", "900"];
    let mut cut = BTreeMap::new();
    for _ in 0..COUNT {
        let mut child = scene.spawn(&options);
        scene.wait_until(&format!("select count(*) > 0 {CUT}"), &mut child);
        child.kill().unwrap();
        child.wait().unwrap();
        let table = scene.sql(&format!("select name, progress->>'rows_read' {CUT}"));
        let (name, rows) = table.split_once('|').unwrap();
        assert_eq!(rows, "900", "{name}");
        // Where the rows of the first part are, and which transaction has brought them.
        let first = format!(
            "select '{name}'::regclass::oid, count(*), min(xmin::text::bigint) from {name} where ctid < '(1,0)'"
        );
        let before = scene.sql(&format!("set search_path = stackctl_main; {first}"));
        cut.insert(name.to_owned(), (first, before));
        scene.sql(&format!("insert into public.cut values ('{name}')"));
    }
    assert_eq!(cut.len(), COUNT, "{cut:?}");
    let output = scene.call("run", &options).success();
    assert!(output.stderr.contains("going on with"), "{}", output.stderr);
    for (name, (first, before)) in cut {
        assert_eq!(scene.sql(&first), before, "the first rows of `{name}` came again");
        assert_eq!(
            scene.sql(&format!("select count(*) from {name}")),
            "4000",
            "{name}"
        );
    }
    scene.call("verify", &[]).success();
}

//! `migrate run`: what tables declare (keys, defaults, constraints, indexes, names) and what stands on them, by how it
//! behaves in PostgreSQL.

use crate::migrate_scene::{Scene, each};

#[test]
fn inserts_without_an_id_work_everywhere() {
    let scene = Scene::carried(
        "create table plain (id integer primary key, v text);
         insert into plain (v) values ('a'), ('b'), ('c');
         create table counted (id integer primary key autoincrement, v text);
         insert into counted (v) values ('a'), ('b'), ('c'), ('d'), ('e');
         delete from counted where id > 3;
         create table empty_plain (id integer primary key, v text);
         create table empty_counted (id integer primary key autoincrement, v text);
         create table emptied (id integer primary key autoincrement, v text);
         insert into emptied values (40, 'a'); delete from emptied;
         create table negative (id integer primary key, v text);
         insert into negative values (-5, 'a');
         create table quoted (\"Id\" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, v text);
         insert into quoted values (7, 'a');
         create table bracketed ([id] integer not null, v text, primary key ([id] autoincrement));",
    );
    for (table, id) in [
        ("plain", "4"),
        ("counted", "6"),
        ("empty_plain", "1"),
        ("empty_counted", "1"),
        ("emptied", "41"),
        ("negative", "1"),
        ("bracketed", "1"),
    ] {
        assert_eq!(
            scene.sql(&format!("insert into {table} (v) values ('new') returning id")),
            id,
            "{table}"
        );
    }
    assert_eq!(
        scene.sql("insert into quoted (v) values ('new') returning \"Id\""),
        "8"
    );
    // Programs give ids of their own as well.
    scene.sql("insert into plain (id, v) values (100, 'own')");
}

#[test]
fn defaults_of_all_forms_work() {
    let scene = Scene::carried(
        "create table t (id integer primary key, n integer default 5, neg integer default -7, par integer default (2 + 3),
           r real default 1.5, s text default 'it''s', nul text default null, nulltext text default 'null',
           quoted text default \"double\", flag boolean default 1, flag2 boolean default false, flag3 bool default '0',
           hex integer default 0x1F, b blob default x'00ff', now1 datetime default current_timestamp,
           now2 timestamp default CURRENT_TIMESTAMP, day date default current_date, clock time default current_time,
           now3 text default (datetime('now')), now4 text default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
           now5 datetime default (datetime('now', 'localtime')), epoch integer default (strftime('%s', 'now')),
           jd real default (julianday('now')), token text default (lower(hex(randomblob(16)))), up text default (upper('x')),
           low text default (lower('X')), sci real default 1e3, plus integer default +4);
         insert into t (id) values (1);",
    );
    scene.sql("insert into t (id) values (2)");
    let same = "n, neg, par, r, s, nul, nulltext, quoted, flag, flag2, flag3, hex, encode(b, 'hex'), up, low, sci, plus";
    let expected = "5|-7|5|1.5|it's||null|double|t|f|f|31|00ff|X|x|1000|4";
    assert_eq!(
        scene.sql(&format!("select {same} from t order by id")),
        format!("{expected}\n{expected}")
    );
    for (column, sane) in [
        (
            "now1",
            "abs(extract(epoch from now1::timestamp - (now() at time zone 'UTC'))) < 60",
        ),
        (
            "now2",
            "abs(extract(epoch from now2::timestamp - (now() at time zone 'UTC'))) < 60",
        ),
        ("day", "abs(day::date - (now() at time zone 'UTC')::date) <= 1"),
        ("clock", "clock is not null"),
        (
            "now3",
            "now3 ~ '^\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d$' and abs(extract(epoch from now3::timestamp - (now() at time zone 'UTC'))) < 60",
        ),
        (
            "now4",
            "now4 ~ '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$' and abs(extract(epoch from now4::timestamptz - now())) < 60",
        ),
        ("now5", "now5 is not null"),
        ("epoch", "abs(epoch::bigint - extract(epoch from now())) < 60"),
        (
            "jd",
            "abs(jd - (extract(epoch from now()) / 86400 + 2440587.5)) < 0.001",
        ),
        ("token", "token ~ '^[0-9a-f]{32}$'"),
    ] {
        assert_eq!(
            scene.sql(&format!("select {sane} from t where id = 2")),
            "t",
            "{column}: {}",
            scene.sql(&format!("select {column} from t where id = 2"))
        );
    }
    assert_eq!(scene.sql("select count(distinct token) from t"), "2");
}

#[test]
fn not_null_and_checks_refuse_what_they_refused() {
    let scene = Scene::carried(
        "create table t (id integer primary key, must text not null, age integer check (age >= 0 and age < 150),
           kind text check (kind in ('a', 'b')), j text check (json_valid(j)), a integer, b integer,
           name text check (length(name) > 2), g text check (g glob 'x*'),
           constraint ordered check (a <= b or b is null));
         insert into t values (1, 'x', 5, 'a', '{}', 1, 2, 'abc', 'xy');",
    );
    let insert = |columns: &str, values: &str| {
        format!("insert into t (id, must, {columns}) values (9, 'm', {values})")
    };
    scene.server_refuses("insert into t (id) values (2)", "not-null");
    scene.server_refuses(&insert("age", "-1"), "check constraint");
    scene.server_refuses(&insert("age", "150"), "check constraint");
    scene.server_refuses(&insert("kind", "'c'"), "check constraint");
    scene.server_refuses(&insert("a, b", "3, 2"), "\"ordered\"");
    scene.server_refuses(&insert("name", "'ab'"), "check constraint");
    scene.server_refuses(&insert("g", "'y'"), "check constraint");
    let json = scene.try_sql(&insert("j", "'{'")).unwrap_err();
    assert!(
        json.contains("json") || json.contains("check constraint"),
        "{json}"
    );
    // NULL passes a CHECK in both.
    scene.sql(&insert("age, kind, a, b", "null, null, null, null"));
}

#[test]
fn unique_and_primary_keys_hold() {
    let scene = Scene::carried(
        "create table t (id integer primary key, email text unique, nick text collate nocase unique, a, b, unique (a, b));
         insert into t values (1, 'a@x', 'Bob', 1, 2), (2, 'A@x', 'Eve', 1, 3), (3, null, null, null, null),
           (4, null, null, null, null);
         create table pair (a integer, b text, v text, primary key (b, a)) without rowid;
         insert into pair values (1, 'x', 'one'), (2, 'x', 'two'), (1, 'y', 'three');
         create table strict_one (id integer primary key, n int not null, r real, b blob, t text, x any) strict;
         insert into strict_one values (1, 2, 0.5, x'01', 'text', 7), (2, 3, 1, null, null, 'seven');
         create table loose (k text primary key, v);
         insert into loose values (null, 1), (null, 2), ('k', 3);",
    );
    scene.server_refuses("insert into t (id) values (1)", "duplicate key");
    scene.server_refuses("insert into t (id, email) values (9, 'a@x')", "duplicate key");
    scene.server_refuses("insert into t (id, nick) values (9, 'BOB')", "duplicate key");
    scene.server_refuses("insert into t (id, a, b) values (9, 1, 3)", "duplicate key");
    scene.server_refuses("insert into pair values (1, 'y', 'again')", "duplicate key");
    scene.server_refuses("insert into pair values (null, 'y', 'again')", "not-null");
    assert_eq!(
        scene.sql("select a, b, v from pair order by b, a"),
        "1|x|one\n2|x|two\n1|y|three"
    );
    assert_eq!(
        scene.sql("select id, n, r, encode(b, 'hex'), t, x from strict_one order by id"),
        "1|2|0.5|01|text|7\n2|3|1|||seven"
    );
    // SQLite lets NULL into a primary key that is not of whole numbers; no row may be lost for it.
    assert_eq!(scene.sql("select count(*), sum(v::int) from loose"), "3|6");
    scene.server_refuses("insert into loose values ('k', 4)", "duplicate key");
}

#[test]
fn indexes_keep_their_order_condition_and_expression() {
    let scene = Scene::carried(
        "create table t (id integer primary key, email text, state text, at datetime, deleted integer, n integer);
         insert into t values (1, 'A@x', 'new', '2024-01-01 00:00:00', 0, 5), (2, 'a@x', 'new', '2024-01-02 00:00:00', 1, 5);
         create unique index one_open on t (state) where deleted = 0;
         create index newest on t (at desc, id);
         create index lowered on t (lower(email));
         create index nocase_email on t (email collate nocase);
         create unique index \"odd name\" on t (n, id);
         create index same_name on t (n);",
    );
    let definition = |index: &str| {
        scene.sql(&format!(
            "select indexdef from pg_indexes where schemaname = 'main' and indexname = '{index}'"
        ))
    };
    assert!(
        definition("one_open").contains("UNIQUE"),
        "{}",
        definition("one_open")
    );
    assert!(
        definition("one_open").contains("WHERE"),
        "{}",
        definition("one_open")
    );
    assert!(
        definition("newest").contains("at DESC"),
        "{}",
        definition("newest")
    );
    assert!(
        definition("lowered").ends_with("(lower(email))"),
        "{}",
        definition("lowered")
    );
    assert!(
        definition("odd name").contains("UNIQUE"),
        "{}",
        definition("odd name")
    );
    scene.server_refuses(
        "insert into t (id, state, deleted) values (3, 'new', 0)",
        "duplicate key",
    );
    scene.sql("insert into t (id, state, deleted) values (3, 'new', 1)");
    let plan =
        scene.sql("set enable_seqscan = off; explain (costs off) select * from t where lower(email) = 'a@x'");
    assert!(
        plan.contains("lowered") || plan.contains("nocase_email"),
        "{plan}"
    );
}

#[test]
fn generated_columns_are_computed_by_the_server() {
    let scene = Scene::carried(
        "create table t (id integer primary key, price integer not null, count integer not null,
           total integer generated always as (price * count) stored,
           label text as (upper(name) || '!') virtual, name text);
         insert into t (id, price, count, name) values (1, 3, 4, 'a'), (2, 5, 6, 'b');",
    );
    assert_eq!(
        scene.sql("select id, total, label from t order by id"),
        "1|12|A!\n2|30|B!"
    );
    scene.sql(
        "insert into t (id, price, count, name) values (3, 7, 8, 'c'); update t set price = 1 where id = 1",
    );
    assert_eq!(
        scene.sql("select id, total, label from t order by id"),
        "1|4|A!\n2|30|B!\n3|56|C!"
    );
    scene.server_refuses("update t set total = 5", "can only be updated to DEFAULT");
}

#[test]
fn foreign_keys_of_all_shapes_hold() {
    let scene = Scene::carried(
        "create table child (id integer primary key, parent integer references parent on delete cascade,
           a integer, b text, self integer references child (id),
           later integer references parent (id) deferrable initially deferred,
           foreign key (a, b) references pair (a, b) on update cascade on delete set null);
         create table parent (id integer primary key, first_child integer references child);
         create table pair (a integer, b text, primary key (a, b));
         insert into parent values (1, null), (2, null);
         insert into pair values (1, 'x');
         insert into child values (1, 1, 1, 'x', null, 2), (2, 2, null, null, 1, null), (3, 1, 1, null, 3, 1);
         update parent set first_child = 1 where id = 1;",
    );
    scene.server_refuses("insert into child (id, parent) values (9, 99)", "foreign key");
    scene.server_refuses("insert into child (id, a, b) values (9, 1, 'y')", "foreign key");
    scene.server_refuses("insert into child (id, self) values (9, 99)", "foreign key");
    scene.server_refuses("update parent set first_child = 99", "foreign key");
    scene.sql(
        "begin; insert into child (id, later) values (9, 77); insert into parent (id) values (77); commit",
    );
    scene.sql("update pair set a = 5 where a = 1");
    assert_eq!(scene.sql("select a, b from child where id = 1"), "5|x");
    scene.sql("update child set self = null, later = null; delete from parent where id = 2");
    assert_eq!(
        scene.sql("select string_agg(id::text, ',' order by id) from child"),
        "1,3,9"
    );
}

#[test]
fn orphans_are_carried_told_and_not_let_in_again() {
    let scene = Scene::with(
        "create table parent (id integer primary key);
         create table child (id integer primary key, parent integer references parent, none integer references nowhere);
         insert into parent values (1);
         insert into child values (1, 1, null), (2, 7, null), (3, null, null), (4, 8, null);",
    );
    let report = scene.migrate(&[]);
    let file = &report["files"][0];
    assert_eq!(file["orphans"][0]["rows"], 2, "{report}");
    let named = file["orphans"].to_string();
    assert!(
        named.contains("[[\"id\",2]]") && named.contains("[[\"id\",4]]"),
        "{named}"
    );
    assert_eq!(scene.sql("select count(*) from child"), "4");
    assert_eq!(
        scene.sql(
            "select convalidated from pg_constraint where conrelid = 'child'::regclass and contype = 'f'"
        ),
        "f"
    );
    scene.server_refuses("insert into child (id, parent) values (9, 99)", "foreign key");
    assert!(
        file["not_carried"].to_string().contains("nowhere"),
        "a key to a table that is not there is not told: {}",
        file["not_carried"]
    );
}

#[test]
fn names_are_carried_whatever_they_are() {
    let long = "a_name_of_more_than_sixty_three_bytes_that_many_programs_have_made_";
    let scene = Scene::with(&format!(
        "create table \"Order Items\" (\"Select\" integer primary key, \"references\" text, \"a.b\" text, \"quo\"\"te\" text,
           [bracket] text, `tick` text, \"größe\" text, user text, \"{{schema}}\" text);
         insert into \"Order Items\" values (1, 'r', 'd', 'q', 'b', 't', 'g', 'u', 's');
         create table \"select\" (id integer primary key, \"order\" integer references \"Order Items\" (\"Select\"));
         insert into \"select\" values (1, 1);
         create table \"a.b\" (\"x y\" text unique); insert into \"a.b\" values ('dot');
         create table {long}one ({long}x text, {long}y text); insert into {long}one values ('1x', '1y');
         create table {long}two (id integer primary key); insert into {long}two values (2);
         create table \"{emoji}\" (v text); insert into \"{emoji}\" values ('smile');
         create index {long}i on {long}one ({long}x); create index {long}j on {long}one ({long}y);",
        emoji = "😀".repeat(20)
    ));
    let report = scene.migrate(&[]);
    assert_eq!(
        scene.sql("select \"Select\", \"references\", \"a.b\", \"quo\"\"te\", bracket, tick, \"größe\", \"user\", schema from \"Order Items\""),
        "1|r|d|q|b|t|g|u|s"
    );
    scene.server_refuses("insert into \"select\" values (2, 9)", "foreign key");
    assert_eq!(scene.sql("select \"x y\" from \"a.b\""), "dot");
    let tables = &report["files"][0]["tables"];
    let names = each(tables, "name");
    assert_eq!(each(tables, "source").len(), 6);
    assert!(names.iter().all(|name| name.len() <= 63), "{names:?}");
    let of = |ending: &str| {
        let place = each(tables, "source")
            .iter()
            .position(|name| name.ends_with(ending));
        names[place.unwrap()]
    };
    assert_eq!(scene.sql(&format!("select * from \"{}\"", of("_one"))), "1x|1y");
    assert_eq!(scene.sql(&format!("select * from \"{}\"", of("_two"))), "2");
    assert_eq!(scene.sql(&format!("select * from \"{}\"", of("😀"))), "smile");
    assert_eq!(
        scene.sql(&format!(
            "select count(*) from pg_indexes where schemaname = 'main' and tablename = '{}'",
            of("_one")
        )),
        "2"
    );
}

#[test]
fn folded_names_need_no_quotes_and_do_not_collide() {
    let scene = Scene::with(
        "create table \"Users\" (\"UserId\" integer primary key, \"É\" text, \"é\" text);
         insert into \"Users\" values (1, 'upper', 'lower');
         create view \"Names\" as select \"UserId\", \"é\" as \"Small\" from \"Users\";",
    );
    scene.migrate(&["--names", "folded"]);
    assert_eq!(scene.sql("select UserId from Users"), "1");
    assert_eq!(scene.sql("select userid from names"), "1");
    let row = scene.sql("select * from users");
    assert_eq!(row, "1|upper|lower");
}

#[test]
fn views_and_triggers_work_as_they_did() {
    let scene = Scene::with(
        "create table t (id integer primary key, v text, changed integer not null default 0, updated_at datetime);
         create table log (id integer primary key autoincrement, what text);
         insert into t (id, v) values (1, 'a'), (2, 'b');
         create view short as select id, upper(v) as loud from t where id < 2;
         create view on_view as with s as (select loud from short) select loud || '?' as asked from s;
         create view odd as select * from sqlite_master;
         create trigger touch after update of v on t begin
           update t set changed = old.changed + 1, updated_at = datetime('now') where id = new.id;
         end;
         create trigger logged after insert on t when new.v <> 'quiet' begin
           insert into log (what) values ('made ' || new.v);
         end;
         create trigger guarded before delete on t when old.id = 1 begin
           select raise(abort, 'the first one stays');
         end;",
    );
    let report = scene.migrate(&[]);
    assert_eq!(scene.sql("select id, loud from short"), "1|A");
    assert_eq!(scene.sql("select asked from on_view"), "A?");
    let lost = &report["files"][0]["not_carried"];
    assert_eq!(each(lost, "name"), ["odd"], "{lost}");
    assert_eq!(scene.sql("select count(*) from log"), "0");
    scene.sql("update t set v = 'c' where id = 2");
    assert_eq!(
        scene.sql("select id, v, changed, updated_at is not null from t order by id"),
        "1|a|0|f\n2|c|1|t"
    );
    scene.sql("insert into t (id, v) values (3, 'loud'), (4, 'quiet')");
    assert_eq!(scene.sql("select id, what from log"), "1|made loud");
    scene.server_refuses("delete from t where id = 1", "the first one stays");
    scene.sql("delete from t where id = 3");
}

#[test]
fn virtual_tables_and_their_shadows_are_skipped_and_told() {
    let scene = Scene::with(
        "create table t (id integer primary key, v text); insert into t values (1, 'a');
         create virtual table box using rtree (id, x0, x1); insert into box values (1, 0.5, 1.5);
         create virtual table words using fts5 (body); insert into words values ('hello world');
         create table words_of_mine (id integer primary key, v text); insert into words_of_mine values (1, 'mine');",
    );
    let report = scene.migrate(&[]);
    assert_eq!(
        scene.sql(
            "select string_agg(tablename, ',' order by tablename) from pg_tables where schemaname = 'main'"
        ),
        "t,words_of_mine"
    );
    let lost = each(&report["files"][0]["not_carried"], "name");
    for name in ["box", "words", "words_data", "box_node"] {
        assert!(lost.contains(&name), "{name} is not told: {lost:?}");
    }
}

#[test]
fn dates_are_compared_as_they_are_written() {
    let scene = Scene::with(
        "create table orders (id integer primary key, shipped datetime, iso datetime, ms datetime, several datetime, flag boolean);
         insert into orders values
           (1, '1997-12-31 00:00:00', '1997-12-31T00:00:00.500Z', 883526400000, '1997-12-31', 't'),
           (2, '1997-12-30 23:59:59', '1997-12-30T23:59:59.000Z', 883526399000, '1997-12-30 23:59:59', 'f'),
           (3, '1996-01-01 00:00:00', '1996-01-01T00:00:00.000Z', 820454400000, '1996-01-01T00:00:00', 'f');
         create view sales as select id from orders where shipped between '1997-01-01' and '1997-12-31';
         create view late as select id from orders where iso > '1997-12-31T00:00:00' order by id;
         create view texts as select shipped || '|' || iso as t from orders where id = 1;
         create view yes as select id from orders where flag = 't';
         create view counted as select id from orders where ms > '1997-01-01';
         create view mixed as select id from orders where several < '1997-12-31';
         create view truth as select id from orders where flag;",
    );
    let report = scene.migrate(&[]);
    assert_eq!(scene.sql("select id from sales"), "2");
    assert_eq!(scene.sql("select id from late"), "1");
    assert_eq!(
        scene.sql("select t from texts"),
        "1997-12-31 00:00:00|1997-12-31T00:00:00.500Z"
    );
    assert_eq!(scene.sql("select id from yes"), "1");
    let lost = &report["files"][0]["not_carried"];
    assert_eq!(each(lost, "name"), ["counted", "mixed", "truth"], "{lost}");
}

#[test]
fn the_collation_of_a_primary_key_is_its_own() {
    let scene = Scene::with(
        "create table folded (name text, primary key (name collate nocase)); insert into folded values ('a');
         create table exact (name text collate nocase, primary key (name collate binary)) without rowid;
         insert into exact values ('a'), ('A');",
    );
    scene.migrate(&[]);
    scene.server_refuses("insert into folded values ('A')", "duplicate key");
    scene.sql("insert into folded values ('ä'), ('Ä')");
    scene.sql("insert into exact values ('b'), ('B')");
}

#[test]
fn or_replace_is_refused_where_the_deletion_has_effects() {
    let scene = Scene::with(
        "create table parent (name text primary key, n integer);
         create table child (id integer primary key, parent text references parent (name) on delete cascade);
         create table plain (name text primary key, n integer);
         create table source (id integer primary key, name text);
         create trigger a after insert on source begin insert or replace into parent values (new.name, 1); end;
         create trigger b after insert on source begin insert or replace into plain values (new.name, new.id); end;",
    );
    let report = scene.migrate(&[]);
    let lost = &report["files"][0]["not_carried"];
    assert_eq!(each(lost, "name"), ["source: a"], "{lost}");
    scene.sql("insert into source (name) values ('x'), ('x')");
    assert_eq!(scene.sql("select name, n from plain"), "x|2");
}

#[test]
fn defaults_hold_what_sqlite_would_store() {
    let scene = Scene::with(
        "create table d (id integer primary key, a integer default '7', b text default 1.5, c text default 'CURRENT_TIMESTAMP',
           e json default (json('{}')), f blob default x'6162', g integer default +1, h integer default -1,
           i boolean default TRUE, day date default (date('now')), wrong date default (datetime('now')));
         insert into d (id, wrong) values (1, '2024-01-31');",
    );
    let report = scene.migrate(&[]);
    scene.sql("insert into d (id) values (2)");
    assert_eq!(
        scene.sql("select a, b, c, e, f, g, h, i, day = (now() at time zone 'utc')::date, wrong is null from d where id = 2"),
        "7|1.5|CURRENT_TIMESTAMP|{}|\\x6162|1|-1|t|t|t"
    );
    let lost = &report["files"][0]["not_carried"];
    assert_eq!(each(lost, "name"), ["d.wrong"], "{lost}");
}

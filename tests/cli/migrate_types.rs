//! `migrate run`: what the cells of columns of all sorts become, cell by cell.

use rusqlite::params;

use crate::migrate_scene::{Scene, hexadecimal};

#[test]
fn any_declared_type_is_carried() {
    let scene = Scene::carried(
        "create table t (id integer primary key, a number, b \"double precision\", c byte[], d nonsense(1, 2), e,
           f \"character varying\"(20), g \"INT UNSIGNED\", h \"unsigned big int\", i \"native character\"(70), j clob,
           k \"bit varying\", l varbinary(10), m money, n smallint, o blob sub_type text, p \"timestamp with time zone\",
           q nvarchar(10), r string, s decimal(10, 2), t int8, u float, v \"\", w xml);
         insert into t values (1, 1.5, 2.5, x'00ff', 'any', 7, 'varying', 4000000000, 9000000000, 'native', 'clob',
           'bits', x'0a', 12.25, -3, x'0102', '2024-05-06T07:08:09Z', 'nv', 'str', 3.14, 8, 0.5, 'none', '<a/>');",
    );
    let one = scene.sql(
        "select a::float8, b, encode(c, 'hex'), d, e, f, g, h, i, j, k, encode(l, 'hex'), m::float8, n, o = e'\\x01\\x02', \
         p, q, r, s, t, u, v, w from t",
    );
    assert_eq!(
        one,
        "1.5|2.5|00ff|any|7|varying|4000000000|9000000000|native|clob|bits|0a|12.25|-3|t|\
         2024-05-06 07:08:09+00|nv|str|3.14|8|0.5|none|<a/>"
    );
}

#[test]
fn declared_types_that_agree_with_the_data_become_native_ones() {
    let scene = Scene::carried(
        "create table t (id integer primary key, flag boolean, n integer, r real, d decimal(10, 2), v varchar(20),
           day date, clock time, at datetime, b blob, j json, u uuid, u16 uuid, c36 char(36), plain text);
         insert into t values (1, 1, 5, 0.5, 12.5, 'abc', '2024-02-29', '23:59:58.125', '2024-02-29 12:00:00', x'00',
           '{\"b\": 1, \"a\": [1e3]}', '00112233-4455-6677-8899-aabbccddeeff', x'00112233445566778899aabbccddeeff',
           '00112233-4455-6677-8899-AABBCCDDEEFF', '2024-02-29');
         insert into t (id) values (2);",
    );
    let types: Vec<String> = [
        "id", "flag", "n", "r", "d", "v", "day", "clock", "at", "b", "j", "u", "u16", "c36", "plain",
    ]
    .iter()
    .map(|column| scene.type_of("t", column))
    .collect();
    assert_eq!(
        types.join(", "),
        "bigint, boolean, bigint, double precision, numeric(10,2), character varying(20), date, time without time zone, \
         timestamp without time zone, bytea, json, uuid, uuid, uuid, text"
    );
    assert_eq!(
        scene.sql("select * from t order by id"),
        "1|t|5|0.5|12.50|abc|2024-02-29|23:59:58.125|2024-02-29 12:00:00|\\x00|{\"b\": 1, \"a\": [1e3]}|\
         00112233-4455-6677-8899-aabbccddeeff|00112233-4455-6677-8899-aabbccddeeff|\
         00112233-4455-6677-8899-aabbccddeeff|2024-02-29\n2||||||||||||||"
    );
}

#[test]
fn booleans_are_read_in_all_their_forms() {
    let scene = Scene::with(
        "create table t (id integer primary key, n boolean, letters bool, words boolean, tiny tinyint(1), odd boolean);
         insert into t values (1, 1, 't', 'true', 0, 1), (2, 0, 'f', 'false', 1, 0), (3, null, null, null, null, 2),
           (4, 1, 't', 'true', 1, 1), (5, 1, 't', 'TRUE', 1, 'maybe');",
    );
    scene.call("run", &[]).code(1);
    scene.migrate(&["--accept-quarantine"]);
    assert_eq!(
        scene.sql("select id, n, letters, words, tiny, odd from t order by id"),
        "1|t|t|t|f|t\n2|f|f|f|t|f\n3|||||\n4|t|t|t|t|t\n5|t|t|t|t|"
    );
    assert_eq!(
        scene.quarantine(),
        "t.odd|integer|it is outside the range of the type|32\nt.odd|text|its text is not a value of the type|6d61796265"
    );
}

#[test]
fn whole_numbers_of_all_sizes_are_exact() {
    let scene = Scene::carried(
        "create table t (id integer primary key, n integer, v);
         insert into t values (1, 4611686018427387904, 4611686018427387904), (2, -4611686018427387905, 0),
           (3, 9223372036854775807, 9223372036854775807), (4, -9223372036854775808, -9223372036854775808),
           (5, 9007199254740993, 9007199254740993), (9223372036854775807, 0, 0), (-9223372036854775808, 0, 0);",
    );
    assert_eq!(
        scene.sql("select id, n, v from t order by id"),
        "-9223372036854775808|0|0\n1|4611686018427387904|4611686018427387904\n2|-4611686018427387905|0\n\
         3|9223372036854775807|9223372036854775807\n4|-9223372036854775808|-9223372036854775808\n\
         5|9007199254740993|9007199254740993\n9223372036854775807|0|0"
    );
}

#[test]
fn doubles_are_the_same_bit_for_bit() {
    // SQLite keeps whole numbers of a REAL column as such, and gives back 0.0 for -0.0 there; not where no type is declared.
    let values = [
        0.1 + 0.2,
        1.0 / 3.0,
        5e-324,
        f64::MIN_POSITIVE,
        f64::MAX,
        -0.0,
        0.0,
        f64::INFINITY,
        f64::NEG_INFINITY,
        1e22,
        9_007_199_254_740_993.0,
        f64::from_bits(0x7fef_ffff_ffff_fffe),
        -123.456,
    ];
    let scene = Scene::with("create table t (id integer primary key, r real, f double, any)");
    let file = scene.sqlite("data.db");
    for (id, value) in (0_i64..).zip(values) {
        file.execute(
            "insert into t values (?, ?, ?, ?)",
            params![id, value, value, value],
        )
        .unwrap();
    }
    scene.migrate(&[]);
    let lines: Vec<_> = (0..)
        .zip(values)
        .map(|(id, value)| {
            let whole = if value == 0.0 { 0 } else { value.to_bits() };
            format!("{id}|{whole:016x}|{whole:016x}|{:016x}", value.to_bits())
        })
        .collect();
    assert_eq!(
        scene.sql("select id, encode(float8send(r), 'hex'), encode(float8send(f), 'hex'), encode(float8send(\"any\"), 'hex') from t order by id"),
        lines.join("\n")
    );
}

#[test]
fn decimals_keep_their_digits_and_infinity_is_not_lost() {
    let scene = Scene::carried(
        "create table t (id integer primary key, n numeric, price decimal(8, 2), text_n decimal(40, 20));
         insert into t values (1, 0.1, 19.99, 'x'), (2, 12345678901234567, 0.5, 'y'), (3, 1e100, 100000, 'z');
         update t set text_n = '0.12345678901234567890';
         create table m (n numeric); insert into m values (9e999), (1), (2);",
    );
    assert_eq!(
        scene.sql("select n = '0.1'::numeric, n::text like '0.1%' from t where id = 1"),
        "t|t"
    );
    assert_eq!(
        scene.sql("select n::text from t where id = 2"),
        "12345678901234567"
    );
    assert_eq!(scene.sql("select n = '1e100'::numeric from t where id = 3"), "t");
    assert_eq!(
        scene.sql("select price from t order by id"),
        "19.99\n0.50\n100000.00"
    );
    assert_eq!(scene.sql("select count(*) from m where n = 'Infinity'"), "1");
}

#[test]
fn moments_are_read_in_all_their_forms() {
    let scene = Scene::carried(
        "create table t (id integer primary key, ms datetime, s datetime, iso datetime, zoned datetime, day date);
         insert into t values (1, 1627303906122, 1627303906, '2009-01-01 00:00:00', '2021-07-26T15:51:46.122+03:00',
           '0001-01-01');
         insert into t values (2, 1700000000001, 1700000000, '2009-01-01T23:59:59.999999', '2021-07-26 12:51:46Z', '9999-12-31');
         insert into t values (3, 1700000000999, 1700000001, '2009-01-01', '2021-07-26T12:51:46-00:30', '2024-02-29');
         create table _prisma_migrations (id text primary key not null, checksum text not null, finished_at datetime,
           migration_name text not null, logs text, rolled_back_at datetime, started_at datetime not null default current_timestamp,
           applied_steps_count integer unsigned not null default 0);
         insert into _prisma_migrations values ('a', 'c', 1627303906122, 'm', null, null, 1627303906122, 1);",
    );
    assert_eq!(
        scene.sql(
            "select (ms::timestamp)::text, (s::timestamp)::text, (iso::timestamp)::text, (zoned::timestamptz)::text, day \
             from t order by id"
        ),
        "2021-07-26 12:51:46.122|2021-07-26 12:51:46|2009-01-01 00:00:00|2021-07-26 12:51:46.122+00|0001-01-01\n\
         2023-11-14 22:13:20.001|2023-11-14 22:13:20|2009-01-01 23:59:59.999999|2021-07-26 12:51:46+00|9999-12-31\n\
         2023-11-14 22:13:20.999|2023-11-14 22:13:21|2009-01-01 00:00:00|2021-07-26 13:21:46+00|2024-02-29"
    );
    assert_eq!(scene.type_of("t", "zoned"), "timestamp with time zone");
    assert_eq!(
        scene.sql("select started_at::timestamp from _prisma_migrations"),
        "2021-07-26 12:51:46.122"
    );
    scene.sql("insert into _prisma_migrations (id, checksum, migration_name) values ('b', 'c', 'n')");
}

#[test]
fn what_is_no_date_is_never_guessed_at() {
    let scene = Scene::with(
        "create table t (id integer primary key, day date, mostly date);
         insert into t values (1, '2024-01-02', '01/02/2024'), (2, '2024-01-03', 'soon'), (3, '01/02/2024', '2024-01-01'),
           (4, '2023-02-29', '1/2'), (5, '2024-01-04', 'x'), (6, '2024-01-05', 'y');",
    );
    scene.refused(&[], &["day", "01/02/2024"]);
    scene.migrate(&["--accept-quarantine"]);
    assert_eq!(
        scene.sql("select id, day, mostly from t order by id"),
        "1|2024-01-02|01/02/2024\n2|2024-01-03|soon\n3||2024-01-01\n4||1/2\n5|2024-01-04|x\n6|2024-01-05|y"
    );
    assert_eq!(
        scene.sql(
            "select key->>'id', convert_from(raw, 'UTF8') from stackctl.quarantine where \"column\" = 'day' order by 1"
        ),
        "3|01/02/2024\n4|2023-02-29"
    );
    assert_eq!(scene.type_of("t", "mostly"), "text");
}

#[test]
fn a_person_can_decide_types_moments_and_zones() {
    let scene = Scene::with(
        "create table t (id integer primary key, apple real, local datetime, code text, jd real, big integer);
         insert into t values (1, 0, '2024-07-01 12:00:00', 'a' || char(0), 2440587.5, 5);
         insert into t values (2, 649000000.5, '2024-01-01 12:00:00', 'b', 2451545.0, 6);",
    );
    scene.migrate(&[
        "--column",
        "t.apple=timestamptz:core-data",
        "--column",
        "t.local=timestamptz:iso:Europe/Moscow",
        "--column",
        "t.code=bytea",
        "--column",
        "t.jd=timestamp:julian-day",
        "--column",
        "t.big=numeric(10,2)",
    ]);
    assert_eq!(
        scene.sql("select apple, local, encode(code, 'hex'), jd, big from t order by id"),
        "2001-01-01 00:00:00+00|2024-07-01 09:00:00+00|6100|1970-01-01 00:00:00|5.00\n\
         2021-07-26 13:46:40.5+00|2024-01-01 09:00:00+00|62|2000-01-01 12:00:00|6.00"
    );
    let unknown = scene.call("plan", &["--column", "t.none=text"]).code(2);
    assert!(
        unknown.stderr.contains("t.none"),
        "a column that is not there is told"
    );
}

#[test]
fn zones_of_the_server_change_nothing() {
    let scene = Scene::new();
    scene.sql(&format!(
        "alter database \"{}\" set timezone = 'America/New_York'",
        scene.database
    ));
    scene
        .sqlite("data.db")
        .execute_batch(
            "create table t (id integer primary key, naive datetime, zoned datetime);
             insert into t values (1, '2009-01-01 00:00:00', '2009-01-01 00:00:00+00:00');
             create table django_migrations (id integer primary key autoincrement, app varchar(255) not null,
               name varchar(255) not null, applied datetime not null);
             insert into django_migrations values (1, 'a', '0001', '2009-01-01 00:00:00.123456');",
        )
        .unwrap();
    scene.migrate(&[]);
    // Django's are UTC, whatever the server's zone.
    assert_eq!(
        scene.sql("select naive::timestamptz, zoned::timestamptz from t"),
        "2009-01-01 00:00:00+00|2009-01-01 00:00:00+00"
    );
    assert_eq!(
        scene.sql("select applied from django_migrations"),
        "2009-01-01 00:00:00.123456+00"
    );
    assert_eq!(
        scene.type_of("django_migrations", "applied"),
        "timestamp with time zone"
    );
    scene.call("verify", &[]).success();
}

#[test]
fn one_bad_cell_costs_one_cell() {
    let scene = Scene::with(
        "create table t (id integer primary key, n integer, must integer not null, half integer, short varchar(3), e);
         insert into t values (1, 1, 1, 1, 'abc', 1), (2, 'lots-of-it', 2, 1.5, 'abcdef', 'two'), (3, 3, 'no', 3, '', 3.5),
           (4, 4, 4, 4, 'x', 'z'), (5, x'ff', 5, 5, 'y', null);",
    );
    let held = scene.call("run", &[]).code(1);
    assert_eq!(held.json()["files"][0]["state"], "held");
    assert_eq!(held.json()["files"][0]["quarantined"], 3);
    assert_eq!(
        scene.sql("select count(*) from pg_tables where schemaname = 'main'"),
        "0"
    );
    let done = scene.migrate(&["--accept-quarantine"]);
    assert_eq!(done["files"][0]["state"], "done-with-quarantine");
    assert_eq!(
        scene.sql("select id, n, must, half, short from t order by id"),
        "1|1|1|1|abc\n2||2|1.5|abcdef\n4|4|4|4|x\n5||5|5|y"
    );
    assert_eq!(
        scene.sql(
            "select key->>'id', \"table\", \"column\", class, encode(raw, 'hex') from stackctl.quarantine \
             where key->>'id' <> '3' order by 1"
        ),
        "2|t|n|text|6c6f74732d6f662d6974\n5|t|n|blob|ff"
    );
    // The whole row is kept with all its cells.
    assert_eq!(
        scene.sql("select \"row\"->>'short' || '/' || (\"row\"->>'n') from stackctl.quarantine where key->>'id' = '3'"),
        "/3"
    );
    scene.call("verify", &[]).success();
}

#[test]
fn text_that_postgresql_cannot_hold_is_kept_whole() {
    let scene = Scene::with("create table t (id integer primary key, v text, w text not null)");
    scene
        .sqlite("data.db")
        .execute_batch(
            "insert into t values (1, 'a' || char(0) || 'b', 'w'), (2, cast(x'ff41' as text), 'w'), (3, 'größe ✓ 𝄞', 'w'),
               (4, '', 'w'), (5, 'w', cast(x'c3' as text)), (6, char(0), 'w'), (7, cast('größe' as blob), 'w'),
               (8, cast(x'eda080' as text), 'w'), (9, '\\N', 'w'), (10, char(10, 13, 9, 92, 127, 65533), 'w');",
        )
        .unwrap();
    scene.refused(&[], &["NUL", "UTF-8"]);
    scene.migrate(&["--accept-quarantine"]);
    assert_eq!(
        scene.sql("select id, encode(convert_to(v, 'UTF8'), 'hex') from t order by id"),
        format!(
            "1|\n2|\n3|{}\n4|\n6|\n7|{}\n8|\n9|5c4e\n10|0a0d095c7fefbfbd",
            hex("größe ✓ 𝄞"),
            hex("größe")
        )
    );
    assert_eq!(scene.sql("select v is null, v = '' from t where id = 4"), "f|t");
    assert_eq!(
        scene.sql("select key->>'id', reason like '%NUL%', reason like '%UTF-8%', encode(raw, 'hex') from stackctl.quarantine where \"column\" = 'v' order by 1"),
        "1|t|f|610062\n2|f|t|ff41\n6|t|f|00\n8|f|t|eda080"
    );
    assert_eq!(
        scene.sql(
            "select key->>'id', reason like '%UTF-8%', \"row\" is not null from stackctl.quarantine where key->>'id' = '5'"
        ),
        "5|t|t"
    );
}

fn hex(text: &str) -> String {
    hexadecimal(text.as_bytes())
}

#[test]
fn columns_without_a_type_get_that_of_their_cells() {
    let scene = Scene::carried(
        "create table t (id integer primary key, whole, real, mixed, bytes, blank, words);
         insert into t values (1, 1, 0.5, 1, x'00', null, 'a'), (2, 2, 1.25, 'two', 'text', null, 'b'),
           (3, 3, 2, 0.1, null, null, 'c');",
    );
    assert_eq!(
        scene.sql("select whole::bigint + 0, real::float8, mixed, encode(bytes, 'hex'), blank, words from t order by id"),
        "1|0.5|1|00||a\n2|1.25|two|74657874||b\n3|2|0.1|||c"
    );
    assert_eq!(scene.type_of("t", "whole"), "bigint");
    assert_eq!(scene.type_of("t", "mixed"), "text");
    assert_eq!(scene.type_of("t", "bytes"), "bytea");
}

#[test]
fn affinity_gives_back_what_sqlite_would() {
    let scene = Scene::with(
        "create table Users (Id integer primary key, Flag boolean, At datetime, Day date, R real, B blob, T text, N integer);
         insert into Users values (1, 1, '2024-01-01 00:00:00', '2024-01-01', 0.5, x'00ff', 'b', 7),
           (2, 0, '2024-01-02', '2024-01-02', 2, x'', 'A', 8);",
    );
    scene.migrate(&["--types", "affinity"]);
    assert_eq!(
        scene.sql("select id, flag, at, day, r, encode(b, 'hex'), t, n from users order by t"),
        "2|0|2024-01-02|2024-01-02|2||A|8\n1|1|2024-01-01 00:00:00|2024-01-01|0.5|00ff|b|7"
    );
    assert_eq!(scene.type_of("users", "flag"), "bigint");
    assert_eq!(scene.type_of("users", "at"), "text");
    assert_eq!(
        scene.sql(
            "select collname from pg_attribute a join pg_collation c on c.oid = attcollation \
             where attrelid = 'users'::regclass and attname = 't'"
        ),
        "C"
    );
}

//! Examinations of copies, beside what SQLite's own check finds.

mod tamper;

use std::path::Path;

use proptest::prelude::*;

use super::super::findings::{ALL, LOOK_THROUGH};
use super::*;
use crate::migrate::sqlite::tests::fixture::Fixture;
use tamper::{Tamper, in_the_dark, rewrite, tamper};

/// What SQLite finds; an error is a finding.
fn sqlite_finds(path: &Path, check: &str) -> Vec<String> {
    let found = open_copy(path).and_then(|connection| Checker::new(&connection, path)?.findings(check));
    found.unwrap_or_else(|error| vec![error.to_string()])
}

fn we_find(path: &Path) -> Vec<String> {
    let found = Examination::whole(path, path).and_then(|examination| examination.found());
    found.unwrap_or_else(|error| vec![error.to_string()])
}

/// What the comparison alone shows of each table: `same`, `unknown`, or its findings.
fn compared(path: &Path) -> Vec<String> {
    let examination = Examination::whole(path, path).unwrap();
    let pages = Pages::open(path).unwrap().unwrap();
    let tables = declared::tables(&examination.connection).unwrap().unwrap();
    let shown = tables
        .iter()
        .filter(|table| !table.name.starts_with("sqlite_"))
        .map(|table| {
            match compare::compare(
                &examination.connection,
                (path, &pages),
                table,
                &examination.stopped,
            )
            .unwrap()
            {
                Compared::Same => "same".to_owned(),
                Compared::Unknown => "unknown".to_owned(),
                Compared::Differs(own) => format!("differs: {}", own.join("; ")),
            }
        });
    shown.collect()
}

/// All storage classes, numbers at every edge, text that collations fold, an entry on pages of its own.
const ROWS: &str = "
    CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT COLLATE NOCASE, b INT, c REAL, d, e NUMERIC, f AS (b + 1), g AS (a || 'x') STORED);
    INSERT INTO t (a, b, c, d, e) VALUES
        (NULL, NULL, NULL, NULL, NULL), ('', 0, 0.0, -0.0, '-0.0'), ('a', 1, 1, 1.0, '1.0'), ('B', 2, -1.5, 'x ', 1e300),
        ('c' || char(0) || 'd', 9223372036854775807, 9e999, x'00ff', '9007199254740993'), ('b', -9223372036854775808, -9e999, 9.3e18, 'no'),
        ('ä', 128, 1e18, 'x', 0.1), ('Z', 40000, 0.1, zeroblob(3), x''), ('z', 8388608, 3, 9007199254740992.0, 5),
        ('long', 2147483648, 1e-300, hex(zeroblob(20000)), 140737488355328), (x'41', -1, -3, -9.3e18, -129);
    ALTER TABLE t ADD COLUMN h DEFAULT 7.0; INSERT INTO t (a, h) VALUES ('q', 'r');";

const INDEXES: &str = "
    CREATE INDEX \"i a\" ON t (a); CREATE INDEX i_b ON t (b DESC, a COLLATE RTRIM DESC); CREATE UNIQUE INDEX i_c ON t (c, e, id);
    CREATE INDEX i_d ON t (d); CREATE INDEX i_e ON t (e, f); CREATE INDEX i_g ON t (g, h); CREATE INDEX i_id ON t (id);
    CREATE INDEX i_part ON t (a) WHERE b > 1 OR c IS NULL; CREATE INDEX i_lower ON t (lower(a) COLLATE NOCASE, b + 1);";

#[test]
fn indexes_of_every_kind_are_found_to_hold_their_rows() {
    for page in [512, 4096, 65536] {
        let fixture = Fixture::new(&format!("PRAGMA page_size = {page}; {ROWS} {INDEXES}"));
        assert_eq!(compared(&fixture.path), ["same"], "{page}");
        assert_eq!(we_find(&fixture.path), [""; 0]);
        assert_eq!(sqlite_finds(&fixture.path, ALL), [""; 0]);
    }
}

/// 300 rows, in some pages.
const MANY: &str = "CREATE TABLE t (a TEXT, b INT);
    WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 300)
    INSERT INTO t SELECT 'row ' || i, i % 250 FROM n; CREATE INDEX i ON t (a); CREATE INDEX k ON t (b);";

/// A name, the damage, what the comparison shows, and a part of what is told in the end.
type Case<'a> = (&'a str, &'a dyn Fn(&Path), &'a str, &'a str);

#[test]
fn each_kind_of_damage_is_found_by_the_comparison_alone() {
    let differs = "the index `i` of the table `t` does not hold what its rows hold";
    let cases: [Case<'_>; 9] = [
        (
            "missing",
            &|path| in_the_dark(path, "i", "INSERT INTO t VALUES ('new', 1)"),
            differs,
            "row 301 missing from index i",
        ),
        (
            "too many",
            &|path| in_the_dark(path, "i", "DELETE FROM t WHERE rowid = 7"),
            differs,
            "wrong # of entries in index i",
        ),
        (
            "other value",
            &|path| in_the_dark(path, "i", "UPDATE t SET a = 'ROW 9' WHERE rowid = 9"),
            differs,
            "row 9 missing from index i",
        ),
        (
            "other rowid",
            &|path| in_the_dark(path, "i", "UPDATE t SET rowid = 999 WHERE rowid = 9"),
            differs,
            "row 300 missing from index i",
        ),
        (
            "other class",
            &|path| in_the_dark(path, "i", "UPDATE t SET a = CAST(a AS BLOB) WHERE rowid = 9"),
            differs,
            "row 9 missing from index i",
        ),
        (
            "other column",
            &|path| rewrite(path, "i", "(a)", "(b)"),
            differs,
            "missing from index i",
        ),
        (
            "other direction",
            &|path| rewrite(path, "i", "(a)", "(a DESC)"),
            "the index `i` of the table `t` is not in order",
            "missing from index i",
        ),
        (
            "not unique",
            &|path| rewrite(path, "k", "INDEX", "UNIQUE INDEX"),
            "the index `k` of the table `t` holds a key twice that is unique",
            "non-unique entry in index k",
        ),
        (
            "swapped",
            &|path| assert!(tamper(path, "i", Tamper::Swap(0, 3, 4))),
            "the index `i` of the table `t` is not in order",
            "missing from index i",
        ),
    ];
    for (name, damage, own, sqlite) in cases {
        let fixture = Fixture::new(MANY);
        assert_eq!(compared(&fixture.path), ["same"]);
        damage(&fixture.path);
        let shown = compared(&fixture.path);
        assert!(
            shown[0].starts_with("differs: ") && shown[0].contains(own),
            "{name}: {shown:?}"
        );
        // What is told are SQLite's words.
        let found = we_find(&fixture.path);
        assert!(found.join("; ").contains(sqlite), "{name}: {found:?}");
    }
}

#[test]
fn what_the_comparison_cannot_show_sqlite_is_asked() {
    let long = "INSERT INTO t VALUES (zeroblob(2000000), 1)";
    for (name, sql, broken) in [
        ("utf16", format!("PRAGMA encoding = 'UTF-16le'; {MANY}"), "t"),
        ("long", format!("{MANY} {long}"), "t"),
        ("no rowid", "CREATE TABLE w (a PRIMARY KEY, b) WITHOUT ROWID; CREATE INDEX i ON w (b); INSERT INTO w VALUES (1, 2), (2, 1);".to_owned(), "w"),
        ("hidden", "CREATE TABLE \"12\" (rowid, oid, _rowid_, b); CREATE INDEX i ON \"12\" (b); INSERT INTO \"12\" VALUES (1, 2, 3, 4);".to_owned(), "12"),
    ] {
        let fixture = Fixture::new(&sql);
        assert_eq!(compared(&fixture.path), ["unknown"], "{name}");
        assert_eq!(we_find(&fixture.path), [""; 0], "{name}");
        in_the_dark(&fixture.path, "i", &format!("UPDATE \"{broken}\" SET b = 77, {0} = {0}", if broken == "t" { "a" } else { "b" }));
        in_the_dark(&fixture.path, "i", &format!("DELETE FROM \"{broken}\""));
        let found = we_find(&fixture.path);
        assert_eq!(found, sqlite_finds(&fixture.path, ALL), "{name}");
        assert!(!found.is_empty(), "{name}");
    }
    let virtual_table =
        Fixture::new("CREATE VIRTUAL TABLE v USING fts5 (a); INSERT INTO v VALUES ('one two');");
    assert_eq!(we_find(&virtual_table.path), [""; 0]);
    virtual_table
        .write()
        .execute_batch("DELETE FROM v_data WHERE id > 10")
        .unwrap();
    assert_eq!(
        we_find(&virtual_table.path),
        sqlite_finds(&virtual_table.path, ALL)
    );
    assert!(!we_find(&virtual_table.path).is_empty());
}

#[test]
fn names_are_no_sql() {
    let fixture = Fixture::new(
        "CREATE TABLE \"12\" (\"a\"\"b\" , \"select\"); CREATE INDEX \"i'\"\"\" ON \"12\" (\"select\", \"a\"\"b\");
         INSERT INTO \"12\" VALUES (1, 2); CREATE TABLE \"x'); --\" (rowid UNIQUE, \"main.y\"); INSERT INTO \"x'); --\" VALUES (5, 6);",
    );
    assert_eq!(compared(&fixture.path), ["same", "same"]);
    in_the_dark(&fixture.path, "i'\"", "UPDATE \"12\" SET \"select\" = 3");
    assert_eq!(we_find(&fixture.path), ["row 1 missing from index i'\""]);
}

#[test]
fn a_long_condition_has_room() {
    // Our parser takes a hundred, SQLite itself a thousand.
    for (count, shown) in [(30, Some("same")), (950, None)] {
        let terms: Vec<String> = (0..count).map(|number| format!("b = {number}")).collect();
        let sql = format!("{MANY} CREATE INDEX p ON t (a) WHERE {};", terms.join(" OR "));
        let fixture = Fixture::new(&sql);
        if let Some(shown) = shown {
            assert_eq!(compared(&fixture.path), [shown]);
        }
        assert_eq!(we_find(&fixture.path), [""; 0]);
        in_the_dark(&fixture.path, "p", "UPDATE t SET a = 'other' WHERE rowid = 5");
        assert_eq!(we_find(&fixture.path), ["row 5 missing from index p"]);
    }
}

#[test]
fn an_order_that_only_the_application_knows_hides_no_missing_row() {
    let fixture = Fixture::new(&MANY.replace("(a);", "(a COLLATE NOCASE);"));
    rewrite(&fixture.path, "i", "NOCASE", "unicase");
    assert_eq!(we_find(&fixture.path), [""; 0]);
    let restore = |path: &Path, damage: &str| {
        rewrite(path, "i", "unicase", "NOCASE");
        in_the_dark(path, "i", damage);
        rewrite(path, "i", "NOCASE", "unicase");
    };
    restore(&fixture.path, "UPDATE t SET a = 'other' WHERE rowid = 5");
    assert_eq!(
        we_find(&fixture.path),
        ["the index `i` of the table `t` does not hold what its rows hold"]
    );
}

#[test]
fn a_breaker_ends_it() {
    let fixture = Fixture::new(MANY);
    let examination = Examination::whole(&fixture.path, &fixture.path).unwrap();
    examination.breaker().interrupt();
    assert!(matches!(examination.run(), Err(SqliteError::Interrupted)));
    // In the middle of an index.
    let pages = Pages::open(&fixture.path).unwrap().unwrap();
    let root = examination
        .connection
        .query_row("SELECT rootpage FROM sqlite_schema WHERE name = 'i'", [], |row| {
            row.get(0)
        })
        .unwrap();
    let left = std::cell::Cell::new(2);
    let mut records = 0;
    let ended = index_tree::read(&pages, root, &|| left.replace(left.get() - 1) > 0, &mut |_| {
        records += 1;
        Ok(())
    });
    assert!(matches!(ended, Err(index_tree::Unreadable::Interrupted)) && records > 0);
    // While SQLite reads: an interrupt is not forgotten between two statements.
    let examination = Examination::whole(&fixture.path, &fixture.path).unwrap();
    let mut held = examination.connection.prepare("VALUES (1), (2)").unwrap();
    let mut held = held.raw_query();
    held.next().unwrap();
    examination.breaker().statements.interrupt();
    let tables = declared::tables(&examination.connection);
    assert!(tables.is_err());
}

fn literal() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("NULL".to_owned()),
        (-3..3_i64).prop_map(|number| number.to_string()),
        any::<i64>()
            .prop_map(|number| format!("({number} + 0)"))
            .prop_filter("min", |text| !text.contains("-9223372036854775808")),
        (-6..6_i32).prop_map(|number| format!("{}", f64::from(number) / 2.0)),
        "[aAbB ]{0,3}".prop_map(|text| format!("'{text}'")),
        "[a-c]{1,2}".prop_map(|text| format!("replace(hex(zeroblob(300)), '0', '{text}')")),
        Just("x'00'".to_owned()),
        Just("'a' || char(0) || 'b'".to_owned()),
    ]
}

fn row() -> impl Strategy<Value = String> {
    (literal(), literal(), literal()).prop_map(|(a, b, c)| format!("({a}, {b}, {c})"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn what_sqlite_finds_is_found_and_nothing_else(
        rows in proptest::collection::vec(row(), 1..60),
        change in (row(), 0..60_usize, 0..4_u8),
        tampers in proptest::collection::vec(any::<Tamper>(), 0..3),
        which in 0..5_usize,
    ) {
        let index = ["i", "j", "k", "l", "m"][which];
        let fixture = Fixture::new(&format!(
            "PRAGMA synchronous = OFF; PRAGMA page_size = 512; CREATE TABLE t (a TEXT COLLATE NOCASE, b NUMERIC, c REAL); INSERT INTO t VALUES {};
             CREATE INDEX i ON t (a, b DESC); CREATE INDEX j ON t (c DESC, b); CREATE INDEX k ON t (b, a COLLATE RTRIM);
             CREATE INDEX l ON t (b) WHERE c > 0; CREATE INDEX m ON t (lower(a));",
            rows.join(", ")
        ));
        prop_assert_eq!(compared(&fixture.path), ["same"]);
        let (row, at, how) = change;
        let at = at % rows.len() + 1;
        match how {
            0 => in_the_dark(&fixture.path, index, &format!("INSERT INTO t VALUES {row}")),
            1 => in_the_dark(&fixture.path, index, &format!("UPDATE t SET (a, b, c) = {row} WHERE rowid = {at}")),
            2 => in_the_dark(&fixture.path, index, &format!("DELETE FROM t WHERE rowid = {at}")),
            _ => {}
        }
        for one in tampers {
            tamper(&fixture.path, index, one);
        }
        if sqlite_finds(&fixture.path, LOOK_THROUGH).is_empty() {
            let (all, ours) = (sqlite_finds(&fixture.path, ALL), we_find(&fixture.path));
            prop_assert_eq!(all.is_empty(), ours.is_empty(), "SQLite: {:?}, we: {:?}", all, ours);
        }
    }
}

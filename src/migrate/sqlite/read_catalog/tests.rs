//! Catalogs of generated files.

use super::*;
use crate::migrate::sqlite::catalog::IndexOn;
use crate::migrate::sqlite::open;
use crate::migrate::sqlite::tests::fixture::Fixture;

fn catalog(sql: &str) -> Catalog {
    let fixture = Fixture::new(sql);
    read_catalog(&open(&fixture.path).unwrap(), &fixture.path).unwrap()
}

/// The catalog of a file with these entries put into its schema by force.
fn forced(sql: &str, entries: &[(&str, &str, &str)]) -> Catalog {
    let fixture = Fixture::new(sql);
    {
        let write = fixture.write();
        write.execute_batch("PRAGMA writable_schema = 1").unwrap();
        for (kind, name, sql) in entries {
            write
                .execute(
                    "INSERT INTO sqlite_schema (type, name, tbl_name, rootpage, sql) VALUES (?1, ?2, ?2, 0, ?3)",
                    [kind, name, sql],
                )
                .unwrap();
        }
    }
    read_catalog(&open(&fixture.path).unwrap(), &fixture.path).unwrap()
}

fn table<'c>(catalog: &'c Catalog, name: &str) -> &'c Table {
    catalog.tables.iter().find(|table| table.name == name).unwrap()
}

#[test]
fn names_that_differ_in_the_case_of_other_letters_than_those_of_ascii_are_two() {
    let catalog = catalog(
        "CREATE TABLE \"Ü\" (id INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO \"Ü\" VALUES (41);
         CREATE TABLE \"ü\" (a TEXT PRIMARY KEY, b INT) WITHOUT ROWID;
         CREATE TABLE \"д\" (id INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO \"д\" VALUES (7);
         CREATE TABLE \"Д\" (a ANY) STRICT;",
    );
    let told: Vec<_> = catalog
        .tables
        .iter()
        .map(|table| {
            (
                table.name.as_str(),
                table.without_rowid,
                table.strict,
                table.sequence,
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("Ü", false, false, Some(41)),
            ("ü", true, false, None),
            ("д", false, false, Some(7)),
            ("Д", false, true, None),
        ]
    );
    let skipped: Vec<&str> = catalog.skipped.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(skipped, ["sqlite_sequence"]);
}

#[test]
fn only_a_true_integer_primary_key_stands_for_the_rowid() {
    let catalog = catalog(
        "CREATE TABLE alias (id INTEGER PRIMARY KEY, a); CREATE TABLE later (a, id inteGER, PRIMARY KEY (id DESC));
         CREATE TABLE desc_key (id INTEGER PRIMARY KEY DESC); CREATE TABLE int_key (id INT PRIMARY KEY);
         CREATE TABLE big (id BIGINT PRIMARY KEY); CREATE TABLE without (id INTEGER PRIMARY KEY) WITHOUT ROWID;
         CREATE TABLE auto (id INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO auto VALUES (41); DELETE FROM auto;
         CREATE TABLE all_names (rowid, oid, _rowid_); CREATE TABLE one_name (RowID PRIMARY KEY);",
    );
    let keys: Vec<_> = catalog
        .tables
        .iter()
        .map(|table| (table.name.as_str(), table.rowid_alias, row_key(table)))
        .collect();
    let rowid = |name: &str| RowKey::Rowid(name.to_owned());
    assert_eq!(
        keys,
        [
            ("alias", Some(0), rowid("id")),
            ("later", Some(1), rowid("id")),
            ("desc_key", None, rowid("rowid")),
            ("int_key", None, rowid("rowid")),
            ("big", None, rowid("rowid")),
            ("without", None, RowKey::PrimaryKey(vec![0])),
            ("auto", Some(0), rowid("id")),
            ("all_names", None, rowid("")),
            ("one_name", None, rowid("_rowid_")),
        ]
    );
    let auto = table(&catalog, "auto");
    assert!(auto.autoincrement && auto.sequence == Some(41));
    assert!(!table(&catalog, "alias").autoincrement);
}

#[test]
fn odd_names_and_types_come_as_sqlite_knows_them() {
    let catalog = catalog(
        "CREATE TABLE \"a.b c\" (\"x\"\"y\" VARYING CHARACTER ( 20 , 3 ), [in dex] \"my type\", `tick` , 'quoted' UNSIGNED BIG INT /* why */,
           \"Ж\" TEXT DEFAULT 'it''s' -- a comment
           , plain DEFAULT (1 + 2) NOT NULL);
         CREATE TABLE copied AS SELECT 1 AS one, 'x' AS \"two words\";
         CREATE TABLE grown (a); ALTER TABLE grown ADD COLUMN b TEXT NOT NULL DEFAULT '' CHECK (b <> 'x');
         CREATE TABLE Literal (a CHECK (a <> \"text\"));",
    );
    let columns = |name: &str| -> Vec<(String, String)> {
        let columns = &table(&catalog, name).columns;
        columns
            .iter()
            .map(|column| (column.name.clone(), column.declared.clone()))
            .collect()
    };
    let pair = |name: &str, declared: &str| (name.to_owned(), declared.to_owned());
    assert_eq!(
        columns("a.b c"),
        [
            pair("x\"y", "VARYING CHARACTER ( 20 , 3 )"),
            pair("in dex", "my type"),
            pair("tick", ""),
            pair("quoted", "UNSIGNED BIG INT"),
            pair("Ж", "TEXT"),
            pair("plain", ""),
        ]
    );
    let odd = table(&catalog, "a.b c");
    assert_eq!(odd.unparsed, None);
    assert_eq!(odd.columns[4].default.as_deref(), Some("'it''s'"));
    assert!(odd.columns[5].not_null);
    assert_eq!(columns("copied"), [pair("one", ""), pair("two words", "")]);
    assert_eq!(table(&catalog, "grown").checks.len(), 1);
    assert_eq!(table(&catalog, "Literal").checks.len(), 1);
}

#[test]
fn not_null_after_a_reference_is_a_constraint_of_its_own() {
    let catalog = catalog(
        "CREATE TABLE p (id INTEGER PRIMARY KEY);
         CREATE TABLE c (
            a INTEGER REFERENCES p (id) NOT NULL CHECK (a > 0),
            b INTEGER REFERENCES p ON DELETE SET NULL NOT /* why */ NULL DEFAULT (1 NOT NULL),
            c INTEGER REFERENCES p NOT DEFERRABLE CONSTRAINT filled NOT NULL,
            d TEXT NOT NULL REFERENCES p (id) DEFERRABLE INITIALLY DEFERRED NOT NULL,
            e TEXT NOT NULL CHECK (e NOT NULL));",
    );
    let table = table(&catalog, "c");
    assert_eq!(table.unparsed, None);
    assert_eq!(table.checks.len(), 2);
    assert!(table.columns.iter().all(|column| column.not_null));
    let deferred: Vec<bool> = table.foreign_keys.iter().map(|key| key.deferred).collect();
    assert_eq!(deferred.iter().filter(|is_deferred| **is_deferred).count(), 1);
}

#[test]
fn what_pragmas_do_not_tell_comes_from_the_parse() {
    let catalog = catalog(
        "CREATE TABLE p (a, b, c UNIQUE, PRIMARY KEY (b, a));
         CREATE TABLE t (
           id INTEGER PRIMARY KEY, a TEXT COLLATE nocase CONSTRAINT short CHECK (length(a) < 9) CHECK (a <> ''),
           v AS (id * 2), s INT GENERATED ALWAYS AS (id + 1) STORED,
           x, y REFERENCES P (c) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED,
           CONSTRAINT both FOREIGN KEY (x, y) REFERENCES p ON UPDATE CASCADE,
           FOREIGN KEY (x) REFERENCES missing (z), CONSTRAINT positive CHECK (id > 0), UNIQUE (a, x));
         CREATE INDEX i1 ON t (lower(a) COLLATE RTRIM DESC, x) WHERE x IS NOT NULL;
         CREATE UNIQUE INDEX i2 ON t (a COLLATE BINARY);",
    );
    let table = table(&catalog, "t");
    assert_eq!(table.unparsed, None);
    let names: Vec<_> = table.checks.iter().map(|check| check.name.as_deref()).collect();
    assert_eq!(names, [Some("short"), None, Some("positive")]);
    assert_eq!(table.columns[1].collation.as_deref(), Some("NOCASE"));
    let generated: Vec<_> = table
        .columns
        .iter()
        .map(|column| {
            column
                .generated
                .as_ref()
                .map(|from| (from.stored, from.expression.is_some()))
        })
        .collect();
    assert_eq!(
        generated,
        [None, None, Some((false, true)), Some((true, true)), None, None]
    );
    let keys: Vec<_> = table
        .foreign_keys
        .iter()
        .map(|key| {
            (
                key.name.as_deref(),
                key.columns.clone(),
                key.parent.as_str(),
                key.parent_columns.join(","),
                key.deferred,
            )
        })
        .collect();
    assert_eq!(
        keys,
        [
            (None, vec![5], "P", "c".to_owned(), true),
            (Some("both"), vec![4, 5], "p", "b,a".to_owned(), false),
            (None, vec![4], "missing", String::new(), false),
        ]
    );
    assert_eq!(table.foreign_keys[0].on_delete, "SET NULL");
    assert_eq!(table.foreign_keys[1].on_update, "CASCADE");
    let [unique, i1, i2] = &table.indexes[..] else {
        panic!("{:?}", table.indexes);
    };
    assert!(unique.is_constraint && unique.unique && unique.filter.is_none());
    assert_eq!(unique.parts[0].collation.as_deref(), Some("NOCASE"));
    assert!(matches!(i1.parts[0].on, IndexOn::Expression(_)) && i1.parts[0].descending);
    assert_eq!(i1.parts[0].collation.as_deref(), Some("RTRIM"));
    assert!(matches!(i1.parts[1].on, IndexOn::Column(4)) && i1.filter.is_some());
    assert!(i2.unique && !i2.is_constraint && i2.parts[0].collation.is_none());
}

#[test]
fn strict_and_without_rowid_make_keys_not_null() {
    let catalog = catalog(
        "CREATE TABLE s (a TEXT PRIMARY KEY, b INT) STRICT; CREATE TABLE w (a, b, PRIMARY KEY (b)) WITHOUT ROWID;
         CREATE TABLE plain (a TEXT PRIMARY KEY);",
    );
    let not_null = |name: &str| -> Vec<bool> {
        table(&catalog, name)
            .columns
            .iter()
            .map(|column| column.not_null)
            .collect()
    };
    assert_eq!(
        (not_null("s"), not_null("w")),
        (vec![true, false], vec![false, true])
    );
    assert_eq!(not_null("plain"), [false]);
    assert!(table(&catalog, "s").strict && table(&catalog, "w").without_rowid);
}

#[test]
fn virtual_tables_are_skipped_and_their_rows_not_passed_over_in_silence() {
    let catalog = catalog(
        "CREATE VIRTUAL TABLE docs USING fts5(title, body); INSERT INTO docs VALUES ('a', 'b'), ('c', 'd');
         CREATE TABLE notes_content (id INTEGER PRIMARY KEY, body);
         CREATE VIRTUAL TABLE notes USING fts5(body, content='notes_content', content_rowid='id');
         CREATE VIRTUAL TABLE old USING fts4(body); CREATE VIRTUAL TABLE spots USING rtree(id, x0, x1);
         INSERT INTO spots VALUES (1, 0, 1); CREATE TABLE docs_mine (a); ANALYZE;",
    );
    let tables: Vec<_> = catalog.tables.iter().map(|table| table.name.as_str()).collect();
    assert_eq!(tables, ["notes_content", "docs_mine"]);
    let reason = |name: &str| {
        let skipped = catalog.skipped.iter().find(|skipped| skipped.name == name);
        skipped
            .unwrap_or_else(|| panic!("{name} is not told of"))
            .reason
            .clone()
    };
    assert!(
        reason("docs").contains("2 rows of its own, WHICH ARE NOT CARRIED"),
        "{}",
        reason("docs")
    );
    assert!(
        reason("spots").contains("1 rows of its own"),
        "{}",
        reason("spots")
    );
    assert!(
        reason("notes").contains("another table holds"),
        "{}",
        reason("notes")
    );
    assert!(reason("old").contains("holds no rows"), "{}", reason("old"));
    assert!(reason("docs_content").contains("`docs`"));
    assert!(reason("sqlite_stat1").contains("ANALYZE"));
}

#[test]
fn a_virtual_table_of_a_module_that_is_not_there_stops_nothing() {
    let catalog = forced(
        "CREATE TABLE t (a);",
        &[("table", "v", "CREATE VIRTUAL TABLE v USING nobody_has_this(a, b)")],
    );
    assert_eq!(catalog.tables.len(), 1);
    assert!(
        catalog.skipped[0].reason.contains("nobody_has_this"),
        "{:?}",
        catalog.skipped
    );
}

#[test]
fn broken_entries_are_named_and_stop_nothing() {
    let catalog = forced(
        "CREATE TABLE t (a); INSERT INTO t VALUES (1); CREATE VIEW good AS SELECT a FROM t;",
        &[
            ("view", "bad_view", "CREATE VIEW bad_view AS SELECT FROM WHERE"),
            ("table", "bad_table", "CREATE TABLE bad_table ("),
            ("trigger", "bad_trigger", "CREATE TRIGGER garbage"),
            ("what", "nonsense", "no SQL at all"),
            ("table", "T", "CREATE TABLE T (b)"),
        ],
    );
    assert_eq!(catalog.tables.len(), 1);
    let bad = catalog.views.iter().find(|view| view.name == "bad_view").unwrap();
    assert!(bad.statement.is_err());
    assert!(
        catalog
            .views
            .iter()
            .any(|view| view.name == "good" && view.statement.is_ok())
    );
    let named: Vec<_> = catalog
        .skipped
        .iter()
        .map(|skipped| skipped.name.as_str())
        .collect();
    assert_eq!(named, ["bad_table", "nonsense", "T"]);
}

#[test]
fn what_is_nested_too_deep_is_unparsed_and_not_a_crash() {
    let deep = format!("{}1{}", "(".repeat(400), ")".repeat(400));
    let nots = format!("{} 1", "NOT ".repeat(20_000));
    let chain = vec!["a"; 3_000].join(" || ");
    let cases = format!("{} 1 {}", "CASE WHEN 1 THEN ".repeat(400), "END ".repeat(400));
    for expression in [deep, nots, chain, cases] {
        let catalog = forced(
            "CREATE TABLE t (a);",
            &[(
                "view",
                "v",
                &format!("CREATE VIEW v AS SELECT {expression} FROM t"),
            )],
        );
        assert!(catalog.views[0].statement.is_err());
    }
    let subqueries = format!(
        "CREATE VIEW v AS SELECT * FROM {} t {}",
        "(SELECT * FROM ".repeat(90),
        ")".repeat(90)
    );
    assert!(parse::statement(&subqueries).is_ok());
}

#[test]
fn sql_with_a_nul_character_is_not_read() {
    // As a damaged page holds it: the text would be cut off on its way to the server.
    let damaged = "create trigger t before insert on a begin select raise(abort, 'a\0b'); end";
    let error = parse::statement(damaged).unwrap_err();
    assert!(error.contains("NUL character"), "{error}");
}

#[test]
fn mutations_of_statements_never_crash() {
    let statements = [
        "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT COLLATE NOCASE CHECK (a <> 'x') REFERENCES p (b) DEFERRABLE)",
        "CREATE VIEW v AS WITH c AS (SELECT a, count(*) OVER (PARTITION BY b ORDER BY a) FROM t) SELECT * FROM c LEFT JOIN t USING (a)",
        "CREATE TRIGGER r AFTER UPDATE OF a ON t WHEN new.a <> old.a BEGIN UPDATE t SET a = CASE WHEN 1 THEN 2 END; SELECT RAISE(ABORT, 'x'); END",
        "CREATE UNIQUE INDEX i ON t (lower(a) DESC, b COLLATE NOCASE) WHERE a IS NOT NULL AND b IN (1, x'00', 1e9)",
    ];
    let pieces = [
        "(", ")", "'", "\"", "[", "`", ",", ";", "--", "/*", "NOT", "CASE", "END", "\u{0}", "é", "x'", "1e",
        "$", "?0", ".", "AS",
    ];
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = |below: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        usize::try_from(random % below as u64).unwrap()
    };
    let mut refused = 0;
    for _ in 0..3_000 {
        let mut sql: Vec<char> = statements[next(statements.len())].chars().collect();
        for _ in 0..=next(4) {
            let at = next(sql.len().max(1));
            match next(3) {
                0 if at < sql.len() => {
                    sql.remove(at);
                }
                1 => {
                    sql.splice(at..at, pieces[next(pieces.len())].chars());
                }
                _ => sql.truncate(at + 1),
            }
        }
        let sql: String = sql.into_iter().collect();
        match parse::statement(&sql) {
            Ok(_) => {}
            Err(why) => {
                assert!(!why.contains("gave up"), "the parser crashed on {sql:?}");
                refused += 1;
            }
        }
    }
    assert!(refused > 1_000, "{refused}");
}

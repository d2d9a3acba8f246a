//! Files of all kinds are opened, or refused with what to do.

use std::fs;

use super::*;
use crate::error::Advice;
use crate::migrate::sqlite::tests::fixture::{Fixture, read_all};

#[test]
fn what_is_no_database_is_refused_with_a_hint() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("empty.db"), b"").unwrap();
    fs::write(
        at("text.db"),
        "no database at all, but long enough to have a header ".repeat(40),
    )
    .unwrap();
    fs::write(at("short.db"), b"SQLite format 3\0").unwrap();
    let refused = |name: &str| open(&at(name)).unwrap_err();
    assert!(matches!(refused("missing.db"), SqliteError::File { .. }));
    assert!(matches!(refused("empty.db"), SqliteError::Empty(_)));
    assert!(matches!(refused("text.db"), SqliteError::NotADatabase(_)));
    assert!(matches!(refused("short.db"), SqliteError::NotADatabase(_)));
    assert!(matches!(refused(""), SqliteError::NotAFile(_)));
    assert!(refused("text.db").hint().unwrap().contains("decrypted"));
    assert!(!at("missing.db").exists());
}

#[test]
fn a_wal_is_read_and_nothing_is_written() {
    let (fixture, writer) = Fixture::wal("CREATE TABLE t (a); INSERT INTO t VALUES (1), (2), (3);");
    let bytes = |end: &str| fs::read(fixture.beside(end)).unwrap();
    let before = (bytes(""), bytes("-wal"));
    assert_eq!(read_all(&fixture.path).unwrap(), 3);
    assert!((bytes(""), bytes("-wal")) == before);
    writer.execute("INSERT INTO t VALUES (4)", []).unwrap();
    assert_eq!(read_all(&fixture.path).unwrap(), 4);
}

#[test]
fn a_wal_that_a_crash_has_left_is_read_and_stays() {
    let (fixture, _writer) = Fixture::wal("CREATE TABLE t (a); INSERT INTO t VALUES (1), (2), (3);");
    let folder = tempfile::tempdir().unwrap();
    let crashed = folder.path().join("app.db");
    fs::copy(&fixture.path, &crashed).unwrap();
    fs::copy(fixture.beside("-wal"), folder.path().join("app.db-wal")).unwrap();
    let bytes = || {
        (
            fs::read(&crashed).unwrap(),
            fs::read(folder.path().join("app.db-wal")).unwrap(),
        )
    };
    let before = bytes();
    assert_eq!(read_all(&crashed).unwrap(), 3);
    assert!(bytes() == before);
    let nobody = open_copy(&crashed).unwrap();
    let tables: i64 = nobody
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .unwrap();
    assert_eq!(tables, 0, "a copy is read without a WAL");
}

#[test]
fn a_wal_whose_index_can_not_be_made_is_told_of() {
    let (fixture, writer) = Fixture::wal("CREATE TABLE t (a);");
    drop(writer);
    std::os::unix::fs::symlink("nowhere", fixture.beside("-shm")).unwrap();
    let refused = open(&fixture.path).unwrap_err();
    assert!(matches!(refused, SqliteError::Wal(_)), "{refused:?}");
    assert!(refused.hint().unwrap().contains("-wal"));
}

/// What SQLite says where the user may not write to the folder; root may always.
#[test]
fn a_wal_in_a_folder_that_is_read_only_is_told_of() {
    let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_READONLY_DIRECTORY);
    let path = Path::new("app.db");
    let told = SqliteError::new("open", path, rusqlite::Error::SqliteFailure(code, None));
    assert!(
        told.hint().unwrap().contains("who may write to its folder"),
        "{told}"
    );
}

#[test]
fn a_transaction_that_a_crash_has_cut_off_is_told_of() {
    let fixture = Fixture::new(
        "CREATE TABLE t (a); INSERT INTO t SELECT randomblob(900) FROM pragma_function_list LIMIT 100;",
    );
    let writer = fixture.write();
    writer
        .execute_batch("PRAGMA cache_size = 1; BEGIN; UPDATE t SET a = randomblob(900);")
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let crashed = folder.path().join("app.db");
    fs::copy(&fixture.path, &crashed).unwrap();
    fs::copy(fixture.beside("-journal"), folder.path().join("app.db-journal")).unwrap();
    let refused = open(&crashed).unwrap_err();
    assert!(matches!(refused, SqliteError::HotJournal(_)), "{refused:?}");
    assert!(folder.path().join("app.db-journal").exists());
}

#[test]
fn odd_paths_are_taken_as_they_are() {
    let fixture = Fixture::new("CREATE TABLE t (a); INSERT INTO t VALUES (1);");
    for name in ["file:x?mode=memory", "a#b%20c?d=é.db", "-dash.db"] {
        let path = fixture.folder.path().join(name);
        fs::copy(&fixture.path, &path).unwrap();
        assert_eq!(read_all(&path).unwrap(), 1);
        let copy = open_copy(&path).unwrap();
        assert_eq!(
            copy.query_row("SELECT a FROM t", [], |row| row.get::<_, i64>(0)),
            Ok(1)
        );
    }
}

#[test]
fn nothing_can_be_written_through_it() {
    let fixture = Fixture::new("CREATE TABLE t (a);");
    for connection in [open(&fixture.path).unwrap(), open_copy(&fixture.path).unwrap()] {
        assert!(connection.execute("INSERT INTO t VALUES (1)", []).is_err());
        assert!(connection.execute_batch("PRAGMA user_version = 7").is_err());
    }
}

#[test]
fn damage_anywhere_is_an_error_or_does_not_matter_and_never_a_crash() {
    let fixture = Fixture::new(
        "PRAGMA page_size = 512; CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b BLOB, c REAL);
         CREATE TABLE w (a TEXT, b, PRIMARY KEY (a, b)) WITHOUT ROWID; CREATE INDEX i ON t (a, c);
         WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 200)
         INSERT INTO t SELECT i, 'text ' || i, randomblob(i * 7 % 1500), i / 3.0 FROM n;
         INSERT INTO w SELECT a, c FROM t; CREATE VIEW v AS SELECT a FROM t;",
    );
    let good = fs::read(&fixture.path).unwrap();
    let cells = read_all(&fixture.path).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bad.db");
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = |below: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        usize::try_from(random % below as u64).unwrap()
    };
    let (mut refused, mut read) = (0, 0);
    for round in 0..300 {
        let mut bytes = good.clone();
        if round % 5 == 0 {
            bytes.truncate(1 + next(good.len() - 1));
        }
        for _ in 0..next(6) {
            // Half of the blows go where pages begin, which hurts most.
            let at = next(bytes.len());
            let at = if next(2) == 0 {
                at - at % 512 + (at % 16).min(bytes.len() - 1 - (at - at % 512))
            } else {
                at
            };
            bytes[at] = next(256).to_le_bytes()[0];
        }
        fs::write(&path, &bytes).unwrap();
        let done = std::thread::scope(|scope| {
            let (path, good) = (&path, &good);
            scope.spawn(move || (read_all(path), good.len())).join()
        });
        match done.expect("no damage makes the reader panic").0 {
            Ok(found) => read += u64::from(found <= cells * 2),
            Err(error) => {
                assert!(!error.to_string().is_empty());
                refused += 1;
            }
        }
    }
    assert!(refused > 50 && read > 50, "{refused} refused, {read} read");
}

#[test]
fn hostile_schemas_never_crash_the_reader() {
    let fixture = Fixture::new(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT COLLATE NOCASE, b BLOB DEFAULT 1, c AS (a || b) STORED, CHECK (id > 0));
         CREATE TABLE w (a TEXT, b REFERENCES t, PRIMARY KEY (a, b DESC)) WITHOUT ROWID; CREATE INDEX i ON t (lower(a)) WHERE b > 1;
         INSERT INTO t (a, b) VALUES ('x', 1), ('y', zeroblob(5000)), ('z', NULL); INSERT INTO w SELECT a, id FROM t;
         CREATE TRIGGER r AFTER INSERT ON t BEGIN DELETE FROM w; END; CREATE VIEW v AS SELECT a FROM t;",
    );
    let pieces = [
        "(",
        ")",
        "'",
        "\"",
        ",",
        " WITHOUT ROWID",
        " STRICT",
        "PRIMARY KEY",
        " AS (1)",
        " COLLATE x",
        "INTEGER",
        "\u{0}",
        "--",
        " UNIQUE",
        " REFERENCES t",
        "DESC",
        "é",
        "t",
        "x, ",
        "v",
    ];
    let mut random = 0x1234_5678_9abc_def1_u64;
    let mut next = |below: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        usize::try_from(random % below as u64).unwrap()
    };
    let good = fs::read(&fixture.path).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hostile.db");
    let (mut refused, mut read) = (0, 0);
    for _ in 0..150 {
        fs::write(&path, &good).unwrap();
        let writer = Connection::open(&path).unwrap();
        writer
            .execute_batch("PRAGMA writable_schema = 1; PRAGMA synchronous = 0;")
            .unwrap();
        let row = i64::try_from(1 + next(5)).unwrap();
        let sql: String = writer
            .query_row(
                "SELECT sql FROM sqlite_schema WHERE rowid = ?1 + (?1 > 2)",
                [row],
                |row| row.get(0),
            )
            .unwrap_or_default();
        let mut sql: Vec<char> = sql.chars().collect();
        for _ in 0..=next(3) {
            let at = next(sql.len().max(1));
            let end = (at + next(4)).min(sql.len());
            sql.splice(at.min(end)..end, pieces[next(pieces.len())].chars());
        }
        let sql: String = sql.into_iter().collect();
        writer
            .execute(
                "UPDATE sqlite_schema SET sql = ?2 WHERE rowid = ?1 + (?1 > 2)",
                (row, sql),
            )
            .unwrap();
        drop(writer);
        match std::thread::scope(|scope| scope.spawn(|| read_all(&path)).join())
            .expect("the reader does not panic")
        {
            Ok(_) => read += 1,
            Err(error) => {
                assert!(!error.to_string().is_empty());
                refused += 1;
            }
        }
    }
    assert!(read > 50, "{refused} refused, {read} read");
}

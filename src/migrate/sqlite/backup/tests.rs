//! Copies of files.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::Mutex;

use rusqlite::Connection;

use super::*;
use crate::event::{Event, Silent};
use crate::migrate::sqlite::open_copy;
use crate::migrate::sqlite::tests::fixture::{Fixture, read_all};

fn of<'a>(fixture: &'a Fixture, folder: &'a Path) -> Backup<'a> {
    Backup {
        name: "main/db",
        source: &fixture.path,
        folder,
        now: DateTime::from_timestamp(1_700_000_000, 0).unwrap().into(),
    }
}

fn backup(
    backup: &Backup<'_>,
    observer: &dyn Observer,
    interrupt: &Interrupt,
) -> Result<(PathBuf, Copied, Watch), SqliteError> {
    let copy = copy(backup, observer, interrupt)?;
    let checked = copy.check().run(observer, interrupt)?;
    copy.finish(checked)
}

fn rows(connection: &Connection) -> i64 {
    connection
        .query_row("SELECT count(*) FROM t", [], |row| row.get(0))
        .unwrap()
}

#[test]
fn a_copy_holds_the_wal_and_is_listed_with_its_checksum() {
    let (fixture, _writer) =
        Fixture::wal("PRAGMA user_version = 7; CREATE TABLE t (a); INSERT INTO t VALUES (1), (2);");
    let folder = fixture.folder.path().join("backups");
    let interrupt = Interrupt::default();
    let (path, copied, _) = backup(&of(&fixture, &folder), &Silent, &interrupt).unwrap();
    let (second, _, _) = backup(&of(&fixture, &folder), &Silent, &interrupt).unwrap();
    assert_ne!(path, second);
    assert_eq!(rows(&open_copy(&path).unwrap()), 2);
    assert!(copied.file.starts_with("main_db-") && copied.user_version == 7);
    assert_eq!(fs::metadata(&path).unwrap().len(), copied.bytes);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let day = path.parent().unwrap();
    let listed: Vec<Copied> = serde_json::from_slice(&fs::read(day.join("manifest.json")).unwrap()).unwrap();
    assert_eq!(listed[0], copied);
    let sums = std::process::Command::new("sha256sum")
        .args(["--strict", "-c", "SHA256SUMS"])
        .current_dir(day)
        .output()
        .unwrap();
    assert!(sums.status.success(), "{}", String::from_utf8_lossy(&sums.stderr));
    assert_eq!(String::from_utf8_lossy(&sums.stdout).lines().count(), 2);
    let names: Vec<_> = fs::read_dir(day)
        .unwrap()
        .map(|file| file.unwrap().file_name())
        .collect();
    assert_eq!(names.len(), 4, "{names:?}");
}

/// Writes to a file whenever it is told of an amount.
struct Writing<'a> {
    writer: Mutex<Connection>,
    told: Mutex<u32>,
    busy: &'a Mutex<u32>,
}

impl Observer for Writing<'_> {
    fn on(&self, event: Event<'_>) {
        if let Event::Amount { unit: "pages", .. } = event {
            *self.told.lock().unwrap() += 1;
            let done = self
                .writer
                .lock()
                .unwrap()
                .execute("UPDATE t SET a = randomblob(1000) WHERE rowid = 1", []);
            *self.busy.lock().unwrap() += u32::from(done.is_err());
        }
    }
}

#[test]
fn a_busy_writer_holds_a_copy_up_only_so_often() {
    for (mode, may_wait) in [("DELETE", true), ("WAL", false)] {
        let fixture = Fixture::new(&format!(
            "PRAGMA journal_mode = {mode}; CREATE TABLE t (a);
             WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 6000)
             INSERT INTO t SELECT randomblob(1000) FROM n;"
        ));
        let writer = fixture.write();
        writer.busy_timeout(std::time::Duration::ZERO).unwrap();
        let busy = Mutex::new(0);
        let observer = Writing {
            writer: Mutex::new(writer),
            told: Mutex::new(0),
            busy: &busy,
        };
        let folder = fixture.folder.path().join("backups");
        let (path, _, watch) = backup(&of(&fixture, &folder), &observer, &Interrupt::default()).unwrap();
        assert_eq!(rows(&open_copy(&path).unwrap()), 6000);
        let told = *observer.told.lock().unwrap();
        assert!(told < 30, "{mode}: {told}");
        assert_eq!(*busy.lock().unwrap() > 0, may_wait, "{mode}");
        // With a WAL, the writer has gone on while the copy was made.
        assert_eq!(watch.has_changed().unwrap(), !may_wait, "{mode}");
    }
}

#[test]
fn a_change_after_the_copy_is_noticed_and_a_checkpoint_is_none() {
    let (fixture, writer) = Fixture::wal("CREATE TABLE t (a); INSERT INTO t VALUES (1);");
    let folder = fixture.folder.path().join("backups");
    let (_, copied, watch) = backup(&of(&fixture, &folder), &Silent, &Interrupt::default()).unwrap();
    assert!(!watch.has_changed().unwrap());
    assert!(!copied.fingerprint.may_have_changed(&fixture.path).unwrap());
    writer.query_row("PRAGMA wal_checkpoint", [], |_| Ok(())).unwrap();
    assert!(!watch.has_changed().unwrap());
    writer.execute("INSERT INTO t VALUES (2)", []).unwrap();
    assert!(watch.has_changed().unwrap());
    assert!(copied.fingerprint.may_have_changed(&fixture.path).unwrap());
}

#[test]
fn damage_is_told_of_the_source_and_leaves_no_copy() {
    let fixture = Fixture::new(
        "CREATE TABLE t (a TEXT); CREATE INDEX i ON t (a);
         WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
         INSERT INTO t SELECT 'row ' || i FROM n;",
    );
    let mut bytes = fs::read(&fixture.path).unwrap();
    let last = bytes.len() - 4096;
    bytes[last..last + 64].fill(0xaa);
    fs::write(&fixture.path, bytes).unwrap();
    let folder = fixture.folder.path().join("backups");
    match backup(&of(&fixture, &folder), &Silent, &Interrupt::default()).map(|_| ()) {
        Err(SqliteError::Damaged { path, found }) => {
            assert_eq!(path, fixture.path);
            assert!(!found.is_empty());
        }
        other => panic!("{other:?}"),
    }
    let day = fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
    assert_eq!(fs::read_dir(day).unwrap().count(), 0);
}

#[test]
fn rows_that_break_their_constraints_are_no_damage() {
    let fixture = Fixture::new(
        "PRAGMA ignore_check_constraints = 1; CREATE TABLE t (a CHECK (a > 0), b REFERENCES missing (x));
         INSERT INTO t VALUES (-1, 5);",
    );
    let folder = fixture.folder.path().join("backups");
    let (path, ..) = backup(&of(&fixture, &folder), &Silent, &Interrupt::default()).unwrap();
    assert_eq!(read_all(&path).unwrap(), 2);
}

#[test]
fn leftovers_of_a_kill_are_removed_and_copies_in_the_making_are_not() {
    let fixture = Fixture::new("CREATE TABLE t (a);");
    let folder = fixture.folder.path().join("backups");
    let old = folder.join("2020-01-01");
    fs::create_dir_all(&old).unwrap();
    fs::write(old.join("main-000000.db.partial"), b"half").unwrap();
    fs::write(old.join("main-000000.db"), b"whole").unwrap();
    let other = of(&fixture, &folder);
    let source = open(&fixture.path).unwrap();
    let making = Place::new(&other, &source).unwrap();
    backup(&other, &Silent, &Interrupt::default()).unwrap();
    assert!(!old.join("main-000000.db.partial").exists());
    assert!(old.join("main-000000.db").exists());
    assert!(making.partial().exists());
}

#[test]
fn the_order_of_a_collation_of_the_application_is_no_damage() {
    let fixture = Fixture::new(
        "CREATE TABLE t (a TEXT COLLATE NOCASE PRIMARY KEY, b) WITHOUT ROWID; CREATE TABLE r (a); CREATE INDEX i ON r (a COLLATE NOCASE);
         INSERT INTO t VALUES ('a', 1), ('B', 2), ('c', 3), ('D', 4); INSERT INTO r SELECT a FROM t;
         PRAGMA writable_schema = 1; UPDATE sqlite_schema SET sql = replace(sql, 'NOCASE', 'unicase');",
    );
    let folder = fixture.folder.path().join("backups");
    let (path, ..) = backup(&of(&fixture, &folder), &Silent, &Interrupt::default()).unwrap();
    assert_eq!(read_all(&path).unwrap(), 12);
}

#[test]
fn an_index_that_does_not_hold_its_rows_is_found_by_the_examination_of_a_large_copy() {
    let fixture = Fixture::new(
        "CREATE TABLE t (a INT, c INT, b BLOB); CREATE INDEX i ON t (a);
         WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 70)
         INSERT INTO t SELECT i, -i, zeroblob(1000000) FROM n;
         PRAGMA writable_schema = 1; UPDATE sqlite_schema SET sql = replace(sql, '(a)', '(c)') WHERE name = 'i';",
    );
    let folder = fixture.folder.path().join("backups");
    let (path, ..) = backup(&of(&fixture, &folder), &Silent, &Interrupt::default()).unwrap();
    let examination = Examination::of(&path, &fixture.path)
        .unwrap()
        .expect("the copy is large");
    match examination.run() {
        Err(SqliteError::Damaged { path, found }) => {
            assert_eq!(path, fixture.path);
            assert!(found.contains("missing from index i"), "{found}");
        }
        other => panic!("{other:?}"),
    }
}

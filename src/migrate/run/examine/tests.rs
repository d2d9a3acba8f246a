//! A signal just before the check of a copy; one while it runs is shown through the command.

use std::sync::mpsc::channel;
use std::time::Duration;

use super::*;
use crate::migrate::report::Backup;
use crate::migrate::run::fixture;

/// A large copy, the check of which takes minutes: each row is asked whether it belongs to the index.
const SLOW: &str = "pragma synchronous = off; create table t (a integer, b blob);
    with recursive n (i) as (values (1) union all select i + 1 from n where i < 70)
      insert into t select i, zeroblob(1000000) from n;
    with recursive n (i) as (values (1) union all select i + 1 from n where i < 20000) insert into t (a) select i from n;
    create index i on t (a) where a < 0; pragma writable_schema = 1;
    update sqlite_schema set sql = replace(sql, 'a < 0', 'length(hex(zeroblob(1000000 + a))) < 0') where name = 'i';";

#[test]
fn after_a_signal_no_check_is_begun() {
    let (ended, end) = channel();
    std::thread::spawn(move || {
        let folder = tempfile::tempdir().unwrap();
        let source = fixture::source(&folder.path().join("a.db"), SLOW);
        let mut file = fixture::file(&source, Vec::new());
        file.backup = Some(Backup {
            path: source.path.display().to_string(),
            sha256: String::new(),
            made: String::new(),
            bytes: 0,
        });
        let interrupt = Interrupt::default();
        let files = [file];
        let (examinations, breakers) = Examinations::of(&files, &interrupt).unwrap();
        assert_eq!(breakers.len(), 1, "the copy is not large");
        interrupt.raise();
        // Nobody waits any more where it came too late.
        let _ = ended.send(examinations.run());
    });
    let answer = end
        .recv_timeout(Duration::from_secs(50))
        .expect("it ends long before the check is through");
    assert!(matches!(answer, Err(MigrateError::Interrupted)));
}

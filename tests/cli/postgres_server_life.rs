//! The throw-away server of the tests crashes and fills up as a real one does; benchmarks use it without these.

use crate::postgres_server::PostgresServer;

#[test]
fn a_crash_keeps_what_was_committed_and_ends_sessions() {
    let server = PostgresServer::start();
    server.sql(
        "postgres",
        "create table t (id int); insert into t values (1), (2)",
    );
    let mut session = server.connect("postgres");
    server.kill();
    assert!(session.simple_query("select 1").is_err());
    server.resume();
    assert_eq!(
        server.sql("postgres", "select id, null from t order by id"),
        "1|\n2|"
    );
    server.restart();
    assert!(
        server
            .try_sql("postgres", "select 1 from u")
            .unwrap_err()
            .contains("\"u\"")
    );
    let folder = server.socket().to_owned();
    drop(server);
    assert!(!folder.exists());
}

#[test]
fn a_small_disk_is_full_soon() {
    let server = PostgresServer::start_on_small_disk(64);
    let filled = server.try_sql(
        "postgres",
        "create table t as select repeat(md5(n::text), 20) from generate_series(1, 1000000) n",
    );
    assert!(filled.unwrap_err().contains("No space left on device"));
    assert_eq!(server.sql("postgres", "select 1"), "1");
}

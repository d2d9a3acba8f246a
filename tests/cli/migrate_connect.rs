//! Reaching a real server: how it is encrypted, who may, and what is said where it fails.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::thread;

use postgres::Client;
use postgres::error::SqlState;
use stackctl::error::Advice;
use stackctl::migrate::postgres::{
    Canceller, PostgresError, Surroundings, Target, address, connect, prepare_load,
};
use tempfile::TempDir;

use crate::git_server::Authority;
use crate::postgres_server::{PostgresServer, give};

/// A server with passwords and TLS over TCP, and the certificate to trust.
struct Guarded {
    server: PostgresServer,
    folder: TempDir,
}

impl Guarded {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let authority = Authority::new();
        let (key, certificate) = authority.issue();
        let file = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            fs::write(&path, bytes).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            give(&path);
            path.to_str().unwrap().to_owned()
        };
        let rules = "local all all trust\n\
                     host all plain 127.0.0.1/32 trust\n\
                     hostssl all locked 127.0.0.1/32 scram-sha-256\n\
                     hostnossl all bare 127.0.0.1/32 scram-sha-256\n";
        let settings = [
            format!("hba_file={}", file("hba", rules.as_bytes())),
            format!(
                "ssl_key_file={}",
                file("key", &key.private_key_to_pem_pkcs8().unwrap())
            ),
            format!(
                "ssl_cert_file={}",
                file("certificate", &certificate.to_pem().unwrap())
            ),
            "ssl=on".to_owned(),
        ];
        fs::write(folder.path().join("root"), authority.pem()).unwrap();
        fs::write(folder.path().join("other"), Authority::new().pem()).unwrap();
        let settings: Vec<&str> = settings.iter().map(String::as_str).collect();
        let server = PostgresServer::start_with(&settings);
        server.sql(
            "postgres",
            "create role locked login password 'sesame'; create role bare login password 'sesame';
             create role plain login",
        );
        Self { server, folder }
    }

    /// Connects over TCP with more of an address.
    fn connect(&self, more: &str) -> Result<Client, PostgresError> {
        let root = self.folder.path().join("root").display().to_string();
        let other = self.folder.path().join("other").display().to_string();
        connect(&target(&format!(
            "hostaddr=127.0.0.1 port={} dbname=postgres {}",
            self.server.port(),
            more.replace("ROOT", &root).replace("OTHER", &other)
        )))
    }

    /// Whether the connection is encrypted, or the error with its sources and its hint.
    fn told(&self, more: &str) -> String {
        match self.connect(more) {
            Ok(mut client) => {
                let asked = "select ssl::text from pg_stat_ssl where pid = pg_backend_pid()";
                let encrypted: String = client.query_one(asked, &[]).unwrap().get(0);
                format!("ssl {encrypted}")
            }
            Err(error) => told(&error),
        }
    }
}

fn target(address: &str) -> Target {
    let surroundings = Surroundings {
        variable: &|_| None,
        user: Some("postgres".to_owned()),
        home: None,
        sockets: Vec::new(),
    };
    address::target(Some(address), None, &surroundings).unwrap()
}

/// Why there is no connection.
fn refused(address: &str) -> PostgresError {
    connect(&target(address)).err().expect("no connection")
}

/// The message, its sources, and the hint.
fn told(error: &PostgresError) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        text = format!("{text}: {inner}");
        source = inner.source();
    }
    format!("{text}\n{}", error.hint().unwrap_or_default())
}

#[test]
fn connections_are_encrypted_as_they_are_asked_to_be() {
    let guarded = Guarded::start();
    for (more, expected) in [
        ("user=plain sslmode=disable", "ssl false"),
        ("user=plain", "ssl true"),
        ("user=plain sslmode=require", "ssl true"),
        (
            "user=plain host=localhost sslmode=verify-full sslrootcert=ROOT",
            "ssl true",
        ),
        (
            "user=plain host=db.example sslmode=verify-ca sslrootcert=ROOT",
            "ssl true",
        ),
        // As libpq: a root that is named is looked at.
        (
            "user=plain host=db.example sslmode=require sslrootcert=ROOT",
            "ssl true",
        ),
        (
            "user=locked password=sesame sslmode=verify-full sslrootcert=ROOT",
            "ssl true",
        ),
        // Taken without encryption only, which is tried behind the other.
        ("user=bare password=sesame", "ssl false"),
    ] {
        assert_eq!(guarded.told(more), expected, "{more}");
    }
    for (more, message) in [
        (
            "user=plain host=db.example sslmode=verify-full sslrootcert=ROOT",
            "hostname mismatch",
        ),
        (
            "user=plain sslmode=require sslrootcert=OTHER",
            "is not accepted: certificate signature failure",
        ),
        ("user=plain sslmode=verify-ca", "is not accepted: unable to get"),
    ] {
        let told = guarded.told(more);
        assert!(told.contains(message), "{more}: {told}");
        assert!(
            told.contains("name the certificate that signed the server's"),
            "{told}"
        );
    }
    let without = PostgresServer::start();
    let error = refused(&format!("{}?sslmode=require", without.tcp_url("postgres")));
    assert!(told(&error).contains("the server has no TLS"), "{}", told(&error));
    // Sockets are not encrypted, whatever is asked.
    connect(&target(&format!(
        "{}?sslmode=verify-full",
        without.url("postgres")
    )))
    .unwrap();
}

#[test]
fn who_is_refused_is_told_what_to_do() {
    let guarded = Guarded::start();
    for (more, message, hint) in [
        (
            "user=locked password=wrong",
            "password authentication failed for user \"locked\"",
            "give the password of `locked` by `PGPASSWORD`",
        ),
        (
            "user=locked",
            "password missing",
            "give the password of `locked` by `PGPASSWORD`",
        ),
        (
            "user=stranger",
            "no pg_hba.conf entry",
            "`stranger` may not connect from here to `postgres`",
        ),
        (
            "user=plain dbname=nowhere",
            "database \"nowhere\" does not exist",
            "make it: `createdb -h 127.0.0.1 -p",
        ),
    ] {
        let told = guarded.told(more);
        assert!(told.contains(message) && told.contains(hint), "{more}: {told}");
        assert!(!told.contains("wrong"), "{told}");
    }
    let told_refused = told(&refused("postgresql://u@127.0.0.1:1/db"));
    assert_eq!(
        told_refused,
        "can't connect to PostgreSQL at `127.0.0.1:1`: Connection refused (os error 111)\n\
         nothing listens at `127.0.0.1:1`: is the server started, and is that its port?"
    );
    let no_socket = told(&refused("host=/nowhere user=u"));
    assert!(
        no_socket.contains("there is no socket at `/nowhere:5432`"),
        "{no_socket}"
    );
    let no_host = told(&refused("host=nowhere.invalid user=u"));
    assert!(no_host.contains("check the host's name"), "{no_host}");
}

#[test]
fn the_next_host_is_tried_where_nobody_answers_and_not_where_one_refuses() {
    let guarded = Guarded::start();
    let port = guarded.server.port();
    let both = format!("host=127.0.0.1,127.0.0.1 port=1,{port} dbname=postgres user=plain");
    connect(&target(&both)).unwrap();
    let other = format!("host=127.0.0.1,127.0.0.1 port={port},{port} dbname=nowhere user=plain");
    assert!(told(&refused(&other)).contains("does not exist"));
}

#[test]
fn sessions_have_the_same_settings_whatever_the_role_has() {
    let server = PostgresServer::start_with(&["statement_timeout=5s", "maintenance_work_mem=64MB"]);
    server.sql(
        "postgres",
        "alter role postgres set timezone = 'Asia/Tokyo'; alter role postgres set search_path = 'x';
         alter role postgres set datestyle = 'German'; alter role postgres set extra_float_digits = -5",
    );
    let mut client = connect(&target(&server.url("postgres"))).unwrap();
    let setting = |client: &mut Client, name: &str| -> String {
        client
            .query_one("select current_setting($1)", &[&name])
            .unwrap()
            .get(0)
    };
    for (name, expected) in [
        ("TimeZone", "UTC"),
        ("search_path", ""),
        ("DateStyle", "ISO, YMD"),
        ("extra_float_digits", "1"),
        ("statement_timeout", "0"),
        ("row_security", "off"),
        ("application_name", "stackctl migrate"),
        ("maintenance_work_mem", "64MB"),
    ] {
        assert_eq!(setting(&mut client, name), expected, "{name}");
    }
    prepare_load(&mut client, 1).unwrap();
    assert_eq!(setting(&mut client, "maintenance_work_mem"), "256MB");
    assert_eq!(setting(&mut client, "synchronous_commit"), "off");
    client.batch_execute("set maintenance_work_mem = '1GB'").unwrap();
    prepare_load(&mut client, 1).unwrap();
    assert_eq!(setting(&mut client, "maintenance_work_mem"), "1GB");
}

#[test]
fn a_database_that_can_not_hold_all_text_is_refused() {
    let server = PostgresServer::start();
    server.sql(
        "postgres",
        "create database latin encoding 'LATIN1' locale 'C' template template0",
    );
    let error = refused(&server.url("latin"));
    assert_eq!(
        told(&error),
        "the database `latin` has the encoding LATIN1; UTF8 is needed\n\
         make another: `createdb -E UTF8 -T template0 latin`"
    );
}

#[test]
fn a_statement_is_cancelled_from_another_thread_and_the_session_stays() {
    let guarded = Guarded::start();
    for more in ["user=plain sslmode=require", "user=plain sslmode=disable"] {
        let target = target(&format!(
            "hostaddr=127.0.0.1 port={} dbname=postgres {more}",
            guarded.server.port()
        ));
        let mut client = connect(&target).unwrap();
        let canceller = Canceller::new(&client, &target).unwrap();
        let process: i32 = client.query_one("select pg_backend_pid()", &[]).unwrap().get(0);
        let waiting = thread::spawn(move || {
            let error = client.batch_execute("select pg_sleep(600)").unwrap_err();
            (PostgresError::statement("wait")(error), client)
        });
        let at_it =
            format!("select count(*) from pg_stat_activity where pid = {process} and wait_event = 'PgSleep'");
        while guarded.server.sql("postgres", &at_it) != "1" {
            thread::yield_now();
        }
        canceller.cancel().unwrap();
        let (error, mut client) = waiting.join().unwrap();
        assert_eq!(error.code(), Some(&SqlState::QUERY_CANCELED), "{error:?}");
        client.batch_execute("select 1").unwrap();
        drop(client);
    }
}

#[test]
fn a_server_that_went_away_is_told_apart() {
    let server = PostgresServer::start();
    let mut client = connect(&target(&server.url("postgres"))).unwrap();
    server.kill();
    let error = PostgresError::statement("count")(client.batch_execute("select 1").unwrap_err());
    assert!(
        told(&error).contains("goes on where it stopped"),
        "{}",
        told(&error)
    );
}

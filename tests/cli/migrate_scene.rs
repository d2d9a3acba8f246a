//! What tests of `migrate` start from: a SQLite file made by the test, and an empty database on a real server.

use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use serde_json::Value;

use crate::harness::{Output, TestStack};
use crate::postgres_server::PostgresServer;

/// How long something that must happen may take on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(180);

/// A folder with SQLite files, and a database of its own.
pub struct Scene {
    pub stack: TestStack,
    pub server: Arc<PostgresServer>,
    pub database: String,
}

impl Scene {
    /// A database on the server that all tests share.
    pub fn new() -> Self {
        static SHARED: OnceLock<Arc<PostgresServer>> = OnceLock::new();
        Self::on(Arc::clone(
            SHARED.get_or_init(|| Arc::new(PostgresServer::start())),
        ))
    }

    /// A database on this server.
    pub fn on(server: Arc<PostgresServer>) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let database = format!("test{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        server.database(&database);
        // What the owner of the test has set for libpq must not reach it; the harness clears the environment.
        Self {
            stack: TestStack::empty(),
            server,
            database,
        }
    }

    /// With the file `data.db` made by these statements.
    pub fn with(sql: &str) -> Self {
        let scene = Self::new();
        scene.sqlite("data.db").execute_batch(sql).unwrap();
        scene
    }

    /// The same, and carried into the schema `main` with nothing left behind.
    #[track_caller]
    pub fn carried(sql: &str) -> Self {
        let scene = Self::with(sql);
        scene.migrate(&[]);
        scene
    }

    /// A file of the folder.
    pub fn file(&self, name: &str) -> PathBuf {
        self.stack.path().join(name)
    }

    /// A connection that may write to a SQLite file; makes it where it is not there.
    pub fn sqlite(&self, file: &str) -> Connection {
        let connection = Connection::open(self.file(file)).unwrap();
        // The bundled library checks them unasked; most programs do not, and leave orphans.
        connection.pragma_update(None, "foreign_keys", false).unwrap();
        connection
    }

    /// The address of the database.
    pub fn url(&self) -> String {
        self.server.url(&self.database)
    }

    /// `migrate VERB` for `data.db`, which goes into the schema `main`; the arguments behind can name other files.
    pub fn arguments(&self, verb: &str, more: &[&str]) -> Vec<String> {
        let url = self.url();
        let mut arguments = vec!["--format", "json", "migrate", verb, "--to", &url];
        if !more.contains(&"--sqlite") && verb != "status" {
            arguments.extend(["--sqlite", "data.db=main"]);
        }
        arguments.extend(more);
        arguments.into_iter().map(str::to_owned).collect()
    }

    /// Runs it to its end.
    pub fn call(&self, verb: &str, more: &[&str]) -> Output {
        let arguments = self.arguments(verb, more);
        self.stack
            .run(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// `migrate run` that must succeed; its report.
    #[track_caller]
    pub fn migrate(&self, more: &[&str]) -> Value {
        self.call("run", more).success().json()
    }

    /// `migrate run` that must end with this code, and say this on stderr or in its report.
    #[track_caller]
    pub fn refused(&self, more: &[&str], words: &[&str]) -> Output {
        let output = self.call("run", more).code(1);
        for word in words {
            assert!(
                output.stderr.contains(word) || output.stdout.contains(word),
                "`{word}` is not told:\n{}\n{}",
                output.stderr,
                output.stdout
            );
        }
        output
    }

    /// Starts `migrate run` and gives it back while it runs.
    pub fn spawn(&self, more: &[&str]) -> Child {
        let arguments = self.arguments("run", more);
        self.stack
            .command(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// The rows of a query as lines, with `|` between the columns and nothing for NULL. Times are shown in UTC.
    #[track_caller]
    pub fn sql(&self, sql: &str) -> String {
        self.try_sql(sql).unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// The same, or the server's message.
    pub fn try_sql(&self, sql: &str) -> Result<String, String> {
        let settings = "set timezone = 'UTC'; set search_path = main, public;";
        self.server.try_sql(&self.database, &format!("{settings} {sql}"))
    }

    /// A statement that the server must refuse, with a message that holds `word`.
    #[track_caller]
    pub fn server_refuses(&self, sql: &str, word: &str) {
        let message = self.try_sql(sql).expect_err(sql);
        assert!(message.contains(word), "{sql}: {message}");
    }

    /// What is in quarantine: `table.column|class|reason|raw as hex`, in that order.
    pub fn quarantine(&self) -> String {
        self.sql(
            "select \"table\" || coalesce('.' || \"column\", ''), class, reason, encode(raw, 'hex') \
             from stackctl.quarantine order by 1, 2, 3, 4",
        )
    }

    /// The name of a column's type in the schema `main`.
    #[track_caller]
    pub fn type_of(&self, table: &str, column: &str) -> String {
        self.sql(&format!(
            "select format_type(atttypid, atttypmod) from pg_attribute \
             where attrelid = '\"{table}\"'::regclass and attname = '{column}'"
        ))
    }

    /// Everything in the database that is not the server's own, to prove that nothing was written.
    pub fn everything(&self) -> String {
        self.sql(
            "select 'schema', nspname, null from pg_namespace where nspname !~ '^(pg_|information_schema)' \
             union all select c.relkind::text, n.nspname || '.' || c.relname, c.relfilenode::text \
             from pg_class c join pg_namespace n on n.oid = relnamespace where nspname !~ '^(pg_|information_schema)' \
             union all select 'role', rolname, null from pg_roles order by 1, 2",
        )
    }

    /// Waits until a query gives `t`.
    #[track_caller]
    pub fn wait_until(&self, query: &str, child: &mut Child) {
        let deadline = Instant::now() + PATIENCE;
        while self.try_sql(query).as_deref() != Ok("t") {
            assert!(Instant::now() < deadline, "it never came to be: {query}");
            if let Some(status) = child.try_wait().unwrap() {
                panic!("it ended with {status} before this came to be: {query}");
            }
            thread::sleep(Duration::from_millis(2));
        }
    }
}

/// Whether a child that was started by `spawn` is at copying rows.
pub const COPYING: &str = "select count(*) > 0 from pg_stat_progress_copy where datname = current_database() and tuples_processed > 0";

/// The field of every object in a list, in its order.
pub fn each<'a>(list: &'a Value, field: &str) -> Vec<&'a str> {
    let list = list.as_array().unwrap_or_else(|| panic!("no list: {list}"));
    list.iter()
        .map(|one| one[field].as_str().unwrap_or_default())
        .collect()
}

/// `00ff`.
pub fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    })
}

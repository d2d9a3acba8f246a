//! What roles may do, on a real PostgreSQL made from features-postgres.

use std::process::{Command, Output};
use std::time::{Duration, Instant};

use crate::harness::TestStack;

/// How long a container may take to say what it must; a new machine's first containers are slow.
const PATIENCE: Duration = Duration::from_secs(180);

/// The example's database under a project of its own, gone with all its data at the end.
struct Database {
    stack: TestStack,
    project: String,
}

impl Database {
    fn start(test: &str) -> Self {
        let stack = TestStack::example("features-postgres");
        let project = format!("stackctl-test-{test}-{}", std::process::id());
        let database = Self { stack, project };
        database.change(
            "name = \"features-postgres\"",
            &format!("name = \"{}\"", database.project),
        );
        // Not needed here, and taken where two tests run at once.
        database.change("ports = [\"5433:5432\"]\n", "");
        database.stack.run(&["render", "--force"]).success();
        database
    }

    /// A new container each time: one that the engine starts again and again is unhealthy between two attempts.
    fn up(&self) -> Output {
        self.compose(&[
            "up",
            "--detach",
            "--force-recreate",
            "--wait",
            "--wait-timeout",
            "180",
            "postgres",
        ])
    }

    fn change(&self, from: &str, to: &str) {
        let text = self.stack.read("stack.toml");
        assert!(text.contains(from), "{from} is not in\n{text}");
        self.stack.write("stack.toml", &text.replace(from, to));
    }

    fn compose(&self, arguments: &[&str]) -> Output {
        Command::new("docker")
            .args(["compose", "--file", "rendered/compose.yaml"])
            .args(arguments)
            .current_dir(self.stack.path())
            .output()
            .unwrap()
    }

    /// Runs SQL as a service's role over TCP, or as the superuser over the socket.
    fn sql(&self, role: &str, sql: &str) -> Result<String, String> {
        let login = match role {
            "postgres" => "exec psql -U postgres".to_owned(),
            _ => format!("PGPASSWORD=$(cat /run/secrets/postgres_{role}) exec psql -h 127.0.0.1 -U {role}"),
        };
        let script = format!("{login} -d warehouse -X -q -A -t -v ON_ERROR_STOP=1 -c \"$1\"");
        result(&self.compose(&["exec", "-T", "postgres", "sh", "-c", &script, "sh", sql]))
    }

    /// Renders again and brings the running database to what the file says now, as `up` does.
    fn grant_again(&self) -> Result<String, String> {
        self.stack.run(&["render"]).success();
        let sql = self.stack.read("rendered/postgres/initdb.d/10-access.sql");
        self.stack.write("access.sql", &sql);
        let script = "docker compose --file rendered/compose.yaml exec -T postgres \
             psql -U postgres -d warehouse -X -v ON_ERROR_STOP=1 < access.sql";
        let output = Command::new("sh")
            .args(["-c", script])
            .current_dir(self.stack.path())
            .output()
            .unwrap();
        result(&output)
    }

    /// The log, as soon as it holds this text: however slowly an engine makes containers, it is not a failure of what
    /// they do.
    #[track_caller]
    fn log_with(&self, text: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let log = self.log();
            if log.contains(text) {
                return log;
            }
            assert!(Instant::now() < deadline, "{text:?} is not in\n{log}");
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    fn start_without_waiting(&self) {
        let up = self.compose(&["up", "--detach", "postgres"]);
        assert!(up.status.success(), "{up:?}");
    }

    fn log(&self) -> String {
        let output = self.compose(&["logs", "--no-log-prefix", "postgres"]);
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        self.compose(&["down", "--volumes", "--timeout", "5"]);
    }
}

fn result(output: &Output) -> Result<String, String> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if output.status.success() {
        Ok(text(&output.stdout))
    } else {
        Err(text(&output.stderr))
    }
}

#[track_caller]
fn denied(result: &Result<String, String>) {
    let message = result.as_ref().unwrap_err();
    assert!(
        message.contains("permission denied") || message.contains("must be owner"),
        "{message}"
    );
}

#[test]
fn roles_may_do_what_their_level_says() {
    let database = Database::start("access");
    let up = database.up();
    assert!(up.status.success(), "{up:?}\n{}", database.log());
    let sql = |role: &str, text: &str| database.sql(role, text);

    // `read`, also of a view, and nothing else.
    assert_eq!(sql("reports", "select count(*) from customer_name").unwrap(), "2");
    for text in [
        "insert into customer (name) values ('x')",
        "create table sales.t ()",
        "create table public.t ()",
        "create temporary table t ()",
        "drop table sales.customer",
        "truncate customer",
        "select lo_create(0)",
        "select lo_from_bytea(0, 'x')",
    ] {
        denied(&sql("reports", text));
    }

    // `write`: rows and their sequences, no tables.
    sql("orders-import", "insert into customer (name) values ('x')").unwrap();
    sql(
        "orders-import",
        "create temporary table t as select * from customer",
    )
    .unwrap();
    denied(&sql("orders-import", "alter table customer add column y text"));
    denied(&sql("orders-import", "select * from audit.event"));
    sql("shop", "insert into audit.event (what) values ('x')").unwrap();
    denied(&sql("shop", "create table audit.t ()"));

    // `own`: changes a table that an init file made; what it makes is shared at once.
    sql("shop", "alter table customer add column email text").unwrap();
    sql("shop", "create table purchase (id serial primary key, item text)").unwrap();
    sql("orders-import", "insert into purchase (item) values ('book')").unwrap();
    assert_eq!(sql("reports", "select item from purchase").unwrap(), "book");
    denied(&sql("reports", "insert into purchase (item) values ('x')"));
    sql("shop", "select lo_create(0)").unwrap();
    // Also what it makes as the owner of the schema.
    sql(
        "shop",
        "set role \"own:sales\"; create table gift (id int); insert into gift values (7)",
    )
    .unwrap();
    assert_eq!(sql("reports", "select id from gift").unwrap(), "7");
    // And what the superuser makes later, such as a patch.
    sql("postgres", "create table sales.refund (id serial primary key)").unwrap();
    sql("orders-import", "insert into refund default values").unwrap();

    // The superuser comes by the socket only.
    let remote = [
        "exec",
        "-T",
        "postgres",
        "psql",
        "-h",
        "127.0.0.1",
        "-U",
        "postgres",
        "-d",
        "warehouse",
        "-c",
        "select 1",
    ];
    assert!(
        result(&database.compose(&remote))
            .unwrap_err()
            .contains("pg_hba.conf rejects")
    );

    // Again: nothing is written, nobody loses anything.
    let stamps = "select md5(string_agg(oid || ' ' || xmin::text, ',' order by oid)) from pg_class where relnamespace in ('sales'::regnamespace, 'audit'::regnamespace)";
    assert_eq!(database.grant_again(), Ok(String::new()));
    let before = sql("postgres", stamps).unwrap();
    assert_eq!(database.grant_again(), Ok(String::new()));
    assert_eq!(sql("postgres", stamps).unwrap(), before);
    sql("shop", "alter table purchase add column price numeric").unwrap();
    sql("shop", "alter table refund add column price numeric").unwrap();

    // Less than before: `own` becomes `read`, a schema goes, a service goes.
    database.change(
        "databases = { sales = \"own\", audit = \"write\" }",
        "databases = { sales = \"read\" }",
    );
    database.change("databases = { sales = \"read\", audit = \"read\" }", "");
    assert_eq!(database.grant_again(), Ok(String::new()));
    assert_eq!(sql("shop", "select count(*) from purchase").unwrap(), "1");
    denied(&sql("shop", "insert into purchase (item) values ('x')"));
    denied(&sql("shop", "alter table purchase add column z text"));
    denied(&sql("shop", "drop table purchase"));
    denied(&sql("shop", "select * from audit.event"));
    sql("orders-import", "insert into purchase (item) values ('pen')").unwrap();
    let rights = "select rolcanlogin, has_database_privilege(rolname, current_database(), 'connect'), has_schema_privilege(rolname, 'sales', 'usage'), has_table_privilege(rolname, 'sales.purchase', 'select') from pg_roles where rolname = 'reports'";
    assert_eq!(sql("postgres", rights).unwrap(), "f|f|f|f");

    // And back.
    database.change(
        "databases = { sales = \"read\" }",
        "databases = { sales = \"own\", audit = \"write\" }",
    );
    assert_eq!(database.grant_again(), Ok(String::new()));
    sql("shop", "alter table purchase add column z text").unwrap();

    // No password reached the log, where a slow statement or an error would print it.
    let log = database.log();
    for role in ["shop", "orders-import"] {
        let password = sql(
            "postgres",
            &format!("select pg_read_file('/run/secrets/postgres_{role}')"),
        )
        .unwrap();
        assert!(password.len() > 20 && !log.contains(&password), "{role}");
    }
    assert!(!log.to_lowercase().contains("alter role"), "{log}");
}

#[test]
fn a_first_start_that_failed_begins_again() {
    let database = Database::start("first-start");
    database.stack.write(
        "sql/tables.sql",
        "create table sales.customer (name text);\nselect 1 / 0;\n",
    );
    database.stack.run(&["render"]).success();
    database.start_without_waiting();
    // The engine starts it again; a half-made database is not taken for a whole one.
    let log = database.log_with("the first start did not finish");
    assert!(log.contains("division by zero"), "{log}");
    assert!(!log.contains("Skipping initialization"), "{log}");

    let mended = "create table sales.customer (name text);\ninsert into sales.customer values ('a');\n";
    database.stack.write("sql/tables.sql", mended);
    database.stack.run(&["render"]).success();
    let up = database.up();
    assert!(up.status.success(), "{up:?}\n{}", database.log());
    assert_eq!(database.sql("reports", "select name from customer").unwrap(), "a");

    // The data stays from now on.
    database.compose(&["kill", "postgres"]);
    assert!(database.up().status.success());
    assert_eq!(database.sql("reports", "select name from customer").unwrap(), "a");
}

#[test]
fn a_half_made_database_is_never_served() {
    let database = Database::start("vanished");
    // As when the folder is rendered again in the middle of a first start: the image finds fewer files.
    std::fs::remove_file(
        database
            .stack
            .path()
            .join("rendered/postgres/initdb.d/99-finish.sh"),
    )
    .unwrap();
    database.start_without_waiting();
    let log = database.log_with("did not run to their end, so the server is not started");
    assert!(!log.contains("listening on IPv4"), "{log}");

    database.stack.run(&["render", "--force"]).success();
    let up = database.up();
    assert!(up.status.success(), "{up:?}\n{}", database.log());
    assert_eq!(
        database.sql("reports", "select count(*) from customer").unwrap(),
        "2"
    );
}

#[test]
fn data_that_are_there_are_neither_hidden_nor_thrown_away() {
    let database = Database::start("kept");
    let volume = "/var/lib/postgresql/data";
    let start = |before: &str| {
        let script = format!("cd {volume} && {before}; exec /bin/sh /etc/postgresql/start.sh postgres");
        let run = [
            "run",
            "--rm",
            "-T",
            "--no-deps",
            "--entrypoint",
            "/bin/sh",
            "postgres",
        ];
        let output = database.compose(&[run.as_slice(), &["-c", &script]].concat());
        assert!(!output.status.success(), "{output:?}");
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    // A power cut, or a copy that is still under way: the next start but one would have put them aside.
    for _ in 0..2 {
        let said = start("mkdir -p pgdata/base && touch pgdata/base/1");
        assert!(said.contains("holds files but no PG_VERSION"), "{said}");
    }
    // Another major has its data elsewhere in the volume.
    let said = start("rm -r pgdata; mkdir -p 18/docker && echo 18 >18/docker/PG_VERSION");
    assert!(
        said.contains("another database, in /var/lib/postgresql/data/18/docker, of PostgreSQL 18"),
        "{said}"
    );
    // The mark of one folder says nothing of another; the server itself does not like what it finds here.
    let said =
        start("rm -r 18; touch other.first-start-unfinished; mkdir pgdata && echo 15 >pgdata/PG_VERSION");
    assert!(!said.contains("begins again"), "{said}");
    let said = start("test -s pgdata/PG_VERSION && echo kept >&2");
    assert!(said.contains("kept"), "{said}");
}

//! SQLite files that become schemas of a stack's database, on a real engine.

use rusqlite::Connection;

use crate::harness::TestStack;
use crate::live::{Live, docker};

const STACK: &str = r#"
[stack]
name = "NAME"

[postgres]

[sqlite.main]
path = "data/main.db"
env = "MAIN_DB_PATH"

[sqlite.stats]
path = "data/stats.db"
types = "affinity"
env = "STATS_DB_PATH"

[services.app]
image = "postgres:15-bookworm"
entrypoint = ["sleep"]
command = ["infinity"]
user = "10001:10001"
healthcheck = { disable = true }
databases = { main = "write", stats = "read" }
"#;

const MAIN: &str = "
    create table users (id integer primary key autoincrement, email text not null unique, is_active boolean default 1);
    insert into users (email, is_active) select 'user' || value || '@example.com', value % 2
        from (with recursive n (value) as (select 1 union all select value + 1 from n where value < 500)
              select value from n);
    create table visits (
        id integer primary key,
        user_id integer not null references users (id) on delete cascade,
        page text
    );
    insert into visits (user_id, page) select id, '/' from users;
";

const STATS: &str =
    "create table daily (day date primary key, visits int); insert into daily values ('2024-01-02', 7);";

fn live() -> Live {
    let stack = TestStack::empty();
    std::fs::create_dir(stack.path().join("data")).unwrap();
    for (name, sql) in [("main", MAIN), ("stats", STATS)] {
        let path = stack.path().join(format!("data/{name}.db"));
        Connection::open(path).unwrap().execute_batch(sql).unwrap();
    }
    Live::of(stack, STACK)
}

/// What the service's own role says, by the connection string under the variable that had named the file.
fn ask(live: &Live, variable: &str, sql: &str) -> Result<String, String> {
    let script = format!("exec psql \"$(cat ${variable}_FILE)\" -X -q -A -t -v ON_ERROR_STOP=1 -c \"$1\"");
    let output = live.run(&["exec", "app", "sh", "-c", &script, "sh", sql]);
    if output.code == 0 {
        Ok(output.stdout.trim().to_owned())
    } else {
        Err(output.stderr)
    }
}

fn superuser(live: &Live, sql: &str) -> String {
    let database = live.project.replace('-', "_");
    let arguments = [
        "exec", "postgres", "psql", "-U", "postgres", "-d", &database, "-Atc", sql,
    ];
    live.run(&arguments).success().stdout.trim().to_owned()
}

/// Roles that migrations log in with and that could now.
const OPEN: &str = "select count(*) from pg_authid where rolname like 'stackctl:%' and (rolcanlogin or rolpassword is not null)";

#[test]
fn files_become_schemas_that_services_read_and_write_by_their_own_roles() {
    let live = live();
    live.up().success();
    a_dry_run_leaves_no_trace(&live);
    a_run_reports_and_closes_its_role(&live);
    services_read_and_write(&live);
    what_differs_or_is_there_is_refused(&live);
}

/// It looks at the database and changes nothing, in it or in the folder.
fn a_dry_run_leaves_no_trace(live: &Live) {
    let files = live.stack.snapshot();
    let roles = superuser(live, "select count(*) from pg_roles");
    let dry = live.run(&["migrate", "run", "--dry-run"]).success();
    assert!(
        dry.stdout
            .contains("becomes the schema `main`: 2 tables with 1,000 rows"),
        "{}",
        dry.stdout
    );
    assert_eq!(live.stack.snapshot(), files);
    assert_eq!(superuser(live, "select count(*) from pg_roles"), roles);
    assert_eq!(
        superuser(
            live,
            "select count(*) from pg_tables where schemaname in ('main', 'stats', 'stackctl')"
        ),
        "0"
    );
    assert_eq!(
        live.run(&["migrate", "status", "--format", "json"])
            .success()
            .json()["runs"],
        serde_json::json!([])
    );
}

fn a_run_reports_and_closes_its_role(live: &Live) {
    let arguments = [
        "migrate",
        "run",
        "--report",
        "report.html",
        "--report",
        "report.json",
        "-v",
    ];
    let run = live.run(&arguments).success();
    assert!(
        run.stdout
            .contains("main: done: 2 tables with 1,000 rows in the schema `main`, every column verified"),
        "{}",
        run.stdout
    );
    assert!(
        live.stack
            .read("report.html")
            .to_lowercase()
            .starts_with("<!doctype html>")
    );
    assert!(live.stack.read("report.json").contains("\"state\": \"done\""));
    assert_eq!(superuser(live, OPEN), "0");
    // Nothing of the role's password is told, even with all that is run.
    assert!(!run.stderr.contains("password"), "{}", run.stderr);
    let status = live
        .run(&["migrate", "status", "--format", "json"])
        .success()
        .json();
    assert_eq!(status["runs"].as_array().unwrap().len(), 2);
}

/// The service reads, and inserts without an id; what is deleted takes its children along, which the server does as the
/// owner of the table.
fn services_read_and_write(live: &Live) {
    assert_eq!(
        ask(live, "MAIN_DB_PATH", "select count(*) from users where is_active").unwrap(),
        "250"
    );
    assert_eq!(
        ask(
            live,
            "MAIN_DB_PATH",
            "insert into users (email) values ('new') returning id"
        )
        .unwrap(),
        "501"
    );
    assert_eq!(
        ask(
            live,
            "MAIN_DB_PATH",
            "insert into visits (user_id, page) values (501, '/') returning id"
        )
        .unwrap(),
        "501"
    );
    ask(live, "MAIN_DB_PATH", "delete from users where id = 501").unwrap();
    assert_eq!(
        ask(live, "MAIN_DB_PATH", "select count(*) from visits").unwrap(),
        "500"
    );
    assert_eq!(
        ask(live, "STATS_DB_PATH", "select day || visits from daily").unwrap(),
        "2024-01-027"
    );
    let denied = ask(live, "STATS_DB_PATH", "delete from daily").unwrap_err();
    assert!(denied.contains("permission denied"), "{denied}");
    assert!(ask(live, "MAIN_DB_PATH", "select * from stackctl.migration").is_err());
    assert!(ask(live, "MAIN_DB_PATH", "create table mine (a int)").is_err());
}

fn what_differs_or_is_there_is_refused(live: &Live) {
    // What differs is named, and the code says so.
    ask(
        live,
        "MAIN_DB_PATH",
        "update visits set page = '/other' where id = 7",
    )
    .unwrap();
    let differs = live.run(&["migrate", "verify", "main"]).code(1);
    assert!(differs.stdout.contains("id = 7: changed"), "{}", differs.stdout);

    // What is there is not overwritten unless it is said.
    let refused = live.run(&["migrate", "run"]).code(1);
    assert!(
        refused.stderr.contains("the schema `main` is not empty"),
        "{}",
        refused.stderr
    );
    assert_eq!(superuser(live, OPEN), "0");
    live.run(&["migrate", "run", "main", "--replace", "--no-backup"])
        .success();
    assert_eq!(
        ask(live, "MAIN_DB_PATH", "select page from visits where id = 7").unwrap(),
        "/"
    );

    // Roles and rights are as `up` wants them: it has nothing to do.
    let again = live.up().success();
    assert!(again.stdout.contains("nothing to do"), "{}", again.stdout);
    assert!(!again.stderr.contains("roles and rights"), "{}", again.stderr);
    assert!(!docker(&["logs", &format!("{}-postgres-1", live.project)]).contains("alter role"));
}

#[test]
fn a_schema_that_the_running_database_lacks_is_told_with_what_makes_it() {
    let live = live();
    live.edit(
        "databases = { main = \"write\", stats = \"read\" }",
        "databases = { main = \"write\" }",
    );
    let whole = live.stack.read("stack.toml");
    let (before, after) = whole.split_once("[sqlite.stats]").unwrap();
    let (_, services) = after.split_once("[services.app]").unwrap();
    live.stack
        .write("stack.toml", &format!("{before}[services.app]{services}"));
    live.run(&["up", "postgres"]).success();
    live.stack.write("stack.toml", &whole);
    let refused = live.run(&["migrate", "run"]).code(1);
    assert!(
        refused.stderr.contains("the database has no schema `stats` yet"),
        "{}",
        refused.stderr
    );
    assert!(
        refused.stderr.contains("`stackctl up` makes it"),
        "{}",
        refused.stderr
    );
    assert_eq!(superuser(&live, OPEN), "0");
}

#[test]
fn a_run_that_is_killed_is_gone_on_with_and_leaves_no_open_role() {
    let live = live();
    let big = live.stack.path().join("data/main.db");
    Connection::open(big)
        .unwrap()
        .execute_batch(
            "insert into visits (user_id, page) select a.id, hex(randomblob(40)) from users a, users b, (select 1 from users limit 4)",
        )
        .unwrap();
    live.up().success();
    let mut child = live.spawn(&["migrate", "run"]);
    let count =
        "select count(*) from pg_stat_activity where usename = 'stackctl:migrate' and query ilike 'copy %'";
    Live::until("rows are copied", || superuser(&live, count) != "0");
    child.kill().unwrap();
    child.wait().unwrap();
    // `up` closes the role of a run that could not.
    live.up().success();
    assert_eq!(superuser(&live, OPEN), "0");
    let status = live.run(&["migrate", "status"]).success();
    assert!(status.stdout.contains("unfinished"), "{}", status.stdout);
    let unfinished = "migration main into the schema main: not finished";
    let status = live.run(&["status"]).code(1);
    assert!(status.stdout.contains(unfinished), "{}", status.stdout);
    let run = live.run(&["migrate", "run"]).success();
    assert!(
        run.stderr.contains("going on with the migration of `main`"),
        "{}",
        run.stderr
    );
    assert_eq!(
        ask(&live, "MAIN_DB_PATH", "select count(*) from visits").unwrap(),
        "1000500"
    );
    live.run(&["migrate", "verify"]).success();
    assert_eq!(superuser(&live, OPEN), "0");
    let status = live.run(&["status"]).success();
    assert!(!status.stdout.contains("migration"), "{}", status.stdout);
}

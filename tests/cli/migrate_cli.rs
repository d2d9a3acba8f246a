//! `stackctl migrate` where no server is needed: its arguments, what it prints of a plan, and that it only reads.

use rusqlite::Connection;
use serde_json::Value;

use crate::harness::TestStack;

const STACK: &str = r#"
[stack]
name = "shop"

[postgres]

[sqlite.main]
path = "data/main.db"
skip = ["cache_*"]

[sqlite.main.columns]
"users.seen" = { type = "timestamptz", from = "epoch-ms", zone = "Europe/Moscow" }

[sqlite.stats]
path = "data/stats.db"
schema = "numbers"
types = "affinity"
"#;

const MAIN: &str = "
    pragma foreign_keys = off;
    create table users (
        id integer primary key autoincrement,
        email varchar(40) not null unique,
        is_active boolean not null default 1,
        age integer,
        seen integer,
        created_at datetime
    );
    insert into users (email, is_active, age, seen, created_at) values
        ('a@example.com', 1, 30, 1700000000000, '2024-01-02 03:04:05'),
        ('b@example.com', 0, 41, 1700000000001, '2024-01-02 03:04:06'),
        ('c@example.com', 1, 'old', null, '2024-01-02 03:04:07');
    create table visits (id integer primary key, user_id integer not null references users (id), page text);
    insert into visits (user_id, page) values (1, '/'), (2, '/'), (9, '/lost');
    create table cache_pages (page text);
";

const STATS: &str = "create table Daily (Day date, Visits int); insert into Daily values ('2024-01-02', 7);";

fn sqlite(stack: &TestStack, path: &str, sql: &str) {
    let path = stack.path().join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let connection = Connection::open(path).unwrap();
    connection.execute_batch(sql).unwrap();
}

/// A stack with two files.
fn stack() -> TestStack {
    let stack = TestStack::new(STACK);
    sqlite(&stack, "data/main.db", MAIN);
    sqlite(&stack, "data/stats.db", STATS);
    stack
}

fn file<'a>(plan: &'a Value, source: &str) -> &'a Value {
    let files = plan["files"].as_array().unwrap();
    files.iter().find(|file| file["source"] == source).unwrap()
}

/// The type of a column in a plan.
fn becomes(plan: &Value, table: &str, column: &str) -> Value {
    let files = plan["files"].as_array().unwrap();
    let tables = files.iter().flat_map(|file| file["tables"].as_array().unwrap());
    let table = tables.into_iter().find(|one| one["source"] == table).unwrap();
    let columns = table["columns"].as_array().unwrap();
    let column = columns.iter().find(|one| one["source"] == column).unwrap();
    column["encoding"]["target"].clone()
}

#[test]
fn a_plan_of_a_stack_tells_types_cells_and_what_is_left_out_and_only_reads() {
    let stack = stack();
    let before = stack.snapshot();
    let told = stack.run(&["migrate", "plan"]).success();
    for words in [
        "main: `data/main.db` becomes the schema `main`: 2 tables with 6 rows",
        "stats: `data/stats.db` becomes the schema `numbers`: 1 table with 1 row",
        "users.seen",
        "timestamptz from milliseconds in Europe/Moscow",
        "1 cell of `users` will not fit and goes to `stackctl.quarantine`:",
        "id = 3: age is text `old`, not bigint",
        "visits: 1 row without the parent of foreign key visits_user_id_fkey, such as id = 3",
        "cache_pages",
        "in all 2 files with 7 rows",
    ] {
        assert!(told.stdout.contains(words), "{words} is not in\n{}", told.stdout);
    }
    assert!(told.stderr.contains("--accept-quarantine"), "{}", told.stderr);
    let only = stack.run(&["migrate", "plan", "stats"]).success();
    assert!(!only.stdout.contains("main.db"), "{}", only.stdout);
    assert_eq!(stack.snapshot(), before);
}

#[test]
fn arguments_stand_over_stack_toml() {
    let stack = stack();
    let plan = |more: &[&str]| {
        let arguments = [&["migrate", "plan", "--format", "json"], more].concat();
        stack.run(&arguments).success().json()
    };
    let usual = plan(&[]);
    assert_eq!(becomes(&usual, "users", "is_active"), "boolean");
    assert_eq!(becomes(&usual, "users", "seen"), "timestamp-tz");
    assert_eq!(becomes(&usual, "Daily", "Day"), "text");
    assert_eq!(file(&usual, "stats")["tables"][0]["name"], "daily");
    let other = plan(&[
        "--types",
        "affinity",
        "--names",
        "exact",
        "--column",
        "users.age=text",
        "--column",
        "users.seen=bigint",
        "--skip",
        "visits",
    ]);
    assert_eq!(becomes(&other, "users", "is_active"), "big-int");
    assert_eq!(becomes(&other, "users", "age"), "text");
    assert_eq!(becomes(&other, "users", "seen"), "big-int");
    assert_eq!(file(&other, "stats")["tables"][0]["name"], "Daily");
    assert_eq!(file(&other, "main")["tables"].as_array().unwrap().len(), 1);
    assert!(other["estimated_seconds"].as_f64().unwrap() > 0.0);
}

#[test]
fn files_are_named_where_no_stack_is() {
    let stack = TestStack::empty();
    sqlite(&stack, "My Data.db", STATS);
    let plan = stack.run(&["migrate", "plan", "--sqlite", "My Data.db", "--format", "json"]);
    let plan = plan.success().json();
    assert_eq!(plan["files"][0]["schema"], "my_data");
    let sql = stack
        .run(&["migrate", "plan", "--sqlite", "My Data.db=Numbers", "--sql"])
        .success();
    assert!(
        sql.stdout.contains("create schema if not exists \"Numbers\";"),
        "{}",
        sql.stdout
    );
    assert!(sql.stdout.contains("\"Numbers\".\"Daily\""), "{}", sql.stdout);
}

/// What is refused as wrong usage, with words that its message holds.
#[test]
fn what_is_not_said_or_makes_no_sense_is_wrong_usage() {
    let alone = TestStack::empty();
    sqlite(&alone, "a.db", STATS);
    let stack = stack();
    for (stack, arguments, words) in [
        (
            &alone,
            &["plan"][..],
            "no SQLite file is named, and there is no `stack.toml`",
        ),
        (
            &alone,
            &["plan", "a.db"],
            "a file is named by an option: `--sqlite a.db`",
        ),
        (
            &alone,
            &["run", "--sqlite", "a.db"],
            "name one: `--to postgresql://USER@HOST/DATABASE`",
        ),
        (
            &alone,
            &["status"],
            "no database is named, and there is no stack.toml",
        ),
        (
            &alone,
            &["plan", "--sqlite", "a.db", "--sqlite", "b/a.db"],
            "two files would fill the schema `a`",
        ),
        (&alone, &["plan", "--sqlite", "a.db=stackctl"], "choose another"),
        (
            &alone,
            &["plan", "--sqlite", "a.db", "--types", "sqlite"],
            "[possible values: native, affinity]",
        ),
        (
            &alone,
            &["plan", "--sqlite", "a.db", "--column", "x=text"],
            "`x` is not TABLE.COLUMN",
        ),
        (
            &alone,
            &["run", "--sqlite", "a.db", "--to", "x", "--report", "a.pdf"],
            ".html, .json or .txt",
        ),
        (
            &alone,
            &[
                "run",
                "--sqlite",
                "a.db",
                "--to",
                "x",
                "--replace",
                "--into-existing",
            ],
            "cannot be used with",
        ),
        (
            &alone,
            &["run", "--sqlite", "a.db", "--to", "x", "--jobs", "0"],
            "0 is not in 1..=64",
        ),
        (&stack, &["plan", "mian"], "did you mean `main`?"),
        (
            &stack,
            &["plan", "main", "--sqlite", "a.db"],
            "cannot be used with",
        ),
        (
            &stack,
            &["run", "--password-file", "p"],
            "`--password-file` is for a database that `--to` names",
        ),
        (
            &stack,
            &["run", "--sqlite", "data/main.db=other"],
            "the stack's database has no schema `other`",
        ),
    ] {
        let told = stack.run(&[&["migrate"], arguments].concat()).code(2);
        assert!(
            told.stderr.contains(words),
            "{arguments:?}: {words} is not in\n{}",
            told.stderr
        );
    }
    let bare = TestStack::new("[stack]\nname = \"a\"\n\n[postgres]\n");
    let told = bare.run(&["migrate", "plan"]).code(2);
    assert!(
        told.stderr.contains("the stack has no SQLite files"),
        "{}",
        told.stderr
    );
}

/// A setting that was mistyped would leave a column as nobody wanted it, so it is an error before anything is read.
#[test]
fn names_that_no_file_has_are_refused_with_what_may_be_meant() {
    let here = stack();
    let before = here.snapshot();
    for (arguments, words) in [
        (["--column", "users.emial=text"], "did you mean `users.email`?"),
        (["--column", "usres.email=text"], "did you mean `users.email`?"),
        (
            ["--column", "orders.total=text"],
            "the tables are `users`, `visits`",
        ),
        (["--skip", "visit"], "did you mean `visits`?"),
        (["--skip", "visit"], "`--skip` names the table `visit`"),
    ] {
        for command in [&["plan"][..], &["run", "--dry-run"], &["run"]] {
            let told = here.run(&[&["migrate"], command, &arguments].concat()).code(2);
            assert!(told.stderr.contains(words), "{words} is not in\n{}", told.stderr);
            assert!(told.stdout.is_empty(), "{}", told.stdout);
        }
    }
    assert_eq!(here.snapshot(), before);
    for (right, wrong, words) in [
        ("users.seen", "users.sen", "`columns` names `users.sen`"),
        (
            "\"cache_*\"",
            "\"cache_page\"",
            "`skip` names the table `cache_page`",
        ),
    ] {
        here.write("stack.toml", &STACK.replace(right, wrong));
        let told = here.run(&["migrate", "plan"]).code(2);
        assert!(told.stderr.contains(words), "{words} is not in\n{}", told.stderr);
        assert!(told.stderr.contains("data/main.db"), "{}", told.stderr);
        assert!(told.stderr.contains("did you mean"), "{}", told.stderr);
        here.run(&["migrate", "plan", "stats"]).success();
    }
}

/// Patterns may fit no table, and an argument is for those of several files that have the name.
#[test]
fn arguments_are_for_the_files_that_have_the_name() {
    let told = stack().run(&[
        "migrate",
        "plan",
        "--format",
        "json",
        "--column",
        "USERS.AGE=text",
        "--skip",
        "Daily",
        "--skip",
        "tmp_*",
    ]);
    let plan = told.success().json();
    assert_eq!(becomes(&plan, "users", "age"), "text");
    assert!(file(&plan, "stats")["tables"].as_array().unwrap().is_empty());
    assert_eq!(file(&plan, "main")["tables"].as_array().unwrap().len(), 2);
    let notes = file(&plan, "stats")["notes"].to_string();
    assert!(!notes.contains("users"), "{notes}");
}

/// What follows can be typed as it is told, in a stack and elsewhere.
#[test]
fn a_plan_says_what_to_type_next() {
    let stack = stack();
    let next = |arguments: &[&str]| {
        stack
            .run(&[&["migrate", "plan"], arguments].concat())
            .success()
            .stderr
    };
    let told = next(&["stats"]);
    assert!(
        told.contains("`stackctl migrate run` with the same options does it"),
        "{told}"
    );
    assert!(!told.contains("--to"), "{told}");
    let alone = TestStack::empty();
    sqlite(&alone, "a.db", STATS);
    let told = alone
        .run(&["migrate", "plan", "--sqlite", "a.db"])
        .success()
        .stderr;
    assert!(told.contains("`--to postgresql://USER@HOST/DATABASE`"), "{told}");
}

/// Notes say what to write: lines of stack.toml where there is one, else options.
#[test]
fn notes_say_what_to_write_where_it_is_written() {
    let alone = TestStack::empty();
    let sql = "create table t (id integer primary key, at datetime); insert into t values (1, 1700000000000)";
    sqlite(&alone, "a.db", sql);
    let plan = alone
        .run(&["migrate", "plan", "--sqlite", "a.db"])
        .success()
        .stdout;
    assert!(
        plan.contains("`--column t.at=bigint`") && !plan.contains("sqlite.a"),
        "{plan}"
    );
    assert!(
        plan.lines()
            .any(|line| line.starts_with("  t.at ") && line.contains("  1 cell counts ")),
        "{plan}"
    );
    alone.write(
        "stack.toml",
        "[stack]\nname = \"a\"\n[postgres]\n[sqlite.a]\npath = \"a.db\"\n",
    );
    let plan = alone.run(&["migrate", "plan"]).success().stdout;
    assert!(
        plan.contains("`[sqlite.a.columns] \"t.at\" = { type = \"bigint\" }`"),
        "{plan}"
    );
}

/// `verify` compares by the plan of the run, so that options which would change a plan are none of its own.
#[test]
fn verify_takes_no_options_that_it_would_not_heed() {
    let stack = stack();
    for option in [
        "--types=affinity",
        "--column=users.age=text",
        "--skip=users",
        "--zone=UTC",
    ] {
        let told = stack.run(&["migrate", "verify", option]).code(2);
        assert!(told.stderr.contains("unexpected argument"), "{}", told.stderr);
    }
}

#[test]
fn a_file_that_is_not_there_is_told_with_its_name() {
    let stack = TestStack::new(STACK);
    let told = stack.run(&["migrate", "plan"]).code(1);
    assert!(told.stderr.contains("`data/main.db`"), "{}", told.stderr);
    assert!(
        told.stderr.contains("hint: look whether the path is right"),
        "{}",
        told.stderr
    );
    let told = stack.run(&["migrate", "plan", "--format", "json"]).code(1);
    assert!(told.stdout.is_empty());
    let error: Value = serde_json::from_str(told.stderr.trim()).unwrap();
    assert!(
        error["error"]["message"]
            .as_str()
            .unwrap()
            .contains("data/main.db")
    );
}

#[test]
fn a_database_that_does_not_run_is_told_with_what_starts_it() {
    let stack = stack().fake(
        "docker",
        r#"case "$*" in
        "version "*) echo '{"Client":{"Version":"26.0.0"},"Server":{"Version":"26.0.0"}}' ;;
        "compose version"*) echo 2.26.0 ;;
        *) ;;
        esac"#,
    );
    let before = stack.snapshot();
    for arguments in [&["run"][..], &["run", "--dry-run"], &["verify"], &["status"]] {
        let told = stack.run(&[&["migrate"], arguments].concat()).code(1);
        assert!(told.stderr.contains("`postgres` does not run"), "{}", told.stderr);
        assert!(
            told.stderr.contains("`stackctl up postgres` starts it"),
            "{}",
            told.stderr
        );
    }
    assert_eq!(stack.snapshot(), before);
}

#[test]
fn services_of_a_migrated_schema_find_its_connection_string() {
    let stack = TestStack::example("migrate");
    stack.run(&["render"]).success();
    let compose = stack.read("rendered/compose.yaml");
    assert!(
        compose.contains("MAIN_DB_PATH=/run/secrets/schema_url_main-app"),
        "{compose}"
    );
    assert!(!compose.contains("search_path"), "{compose}");
    let url = stack.read(".stackctl/migrate/mounts/app/schema_url_main-app");
    assert!(url.starts_with("postgresql://app:"), "{url}");
    assert!(
        url.ends_with("@postgres:5432/migrate?options=-csearch_path%3Dmain"),
        "{url}"
    );
    let ignored = stack.read("rendered/services/app/Dockerfile.dockerignore");
    for path in ["data/stats.db\n", "data/stats.db-wal\n", "**/*.sqlite3\n"] {
        assert!(ignored.contains(path), "{path} is not in\n{ignored}");
    }
}

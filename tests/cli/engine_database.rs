//! The database of a stack on a real engine: rows, roles that change, data that stay, and other versions.

use crate::harness::TestStack;
use crate::live::{Live, docker, get};

/// The example with a page made from rows, under a name and ports of its own.
fn example() -> Live {
    let stack = TestStack::example("web");
    let text = stack.read("stack.toml");
    let (base, _) = text.split_once("# `stackctl --env staging").unwrap();
    let (api, web) = (crate::live::free_port(), crate::live::free_port());
    let text = base
        .replace("name = \"web\"", "name = \"NAME\"")
        .replace("port = 8001", &format!("port = \"{api}:8001\""))
        .replace("port = 8002", &format!("port = \"{web}:8002\""));
    for folder in ["rendered", "rendered-staging"] {
        std::fs::remove_dir_all(stack.path().join(folder)).unwrap();
    }
    let live = Live::of(stack, &text);
    live.stack.write("port", &web.to_string());
    live
}

fn page(live: &Live) -> String {
    get(live.stack.read("port").parse().unwrap())
}

fn query(live: &Live, sql: &str) -> String {
    let output = live.run(&[
        "exec", "postgres", "psql", "-U", "postgres", "-d", "web", "-Atc", sql,
    ]);
    output.success().stdout.trim().to_owned()
}

#[test]
fn a_stack_with_a_database_is_brought_up_changed_and_taken_down() {
    let live = example();
    let database = live.stack.read("stack.toml");
    let database = format!(
        "{}\n",
        database.replace("[postgres]\n", "[postgres]\ndatabase = \"web\"\n")
    );
    live.stack.write("stack.toml", &database);
    live.up().success();
    assert!(page(&live).contains("<h1>Books</h1>"), "{}", page(&live));
    let again = live.up().success();
    assert_eq!(again.stdout, "nothing to do: all 3 services are healthy\n");
    assert!(!again.stderr.contains("roles and rights"), "{}", again.stderr);

    // A right that changes is set in the database that runs, and nothing is recreated for it but who reads it.
    let postgres = live.container("postgres");
    let may_insert = "select has_table_privilege('api', (select oid from pg_class where relkind = 'r' and relnamespace = 'app'::regnamespace limit 1), 'insert')";
    assert_eq!(query(&live, may_insert), "f");
    live.edit("app = \"read\"", "app = \"write\"");
    let changed = live.up().success();
    assert!(
        changed.stderr.contains("set roles and rights in the database"),
        "{}",
        changed.stderr
    );
    assert_eq!(query(&live, may_insert), "t");
    assert_eq!(live.container("postgres"), postgres);

    query(&live, "create table app.kept as select 42 as answer");
    live.run(&["down"]).success();

    // Another version of PostgreSQL can't read these data.
    live.edit(
        "[postgres]\n",
        "[postgres]\nversion = 16\nimage = \"postgres:15-bookworm\"\n",
    );
    let refused = live.up().code(1);
    assert!(
        refused
            .stderr
            .contains("the volume holds a database of PostgreSQL 15, and version 16 can't read it"),
        "{}",
        refused.stderr
    );
    assert!(
        refused.stderr.contains("set `version = 15` in `[postgres]`"),
        "{}",
        refused.stderr
    );
    assert!(live.containers().is_empty());

    live.edit("version = 16\nimage = \"postgres:15-bookworm\"\n", "");
    live.up().success();
    assert_eq!(query(&live, "select answer from app.kept"), "42");
    assert!(page(&live).contains("<h1>Books</h1>"));
    let inspected = docker(&["inspect", &format!("{}-api-1", live.project)]);
    let password = live
        .stack
        .read(&format!(".stackctl/{}/secrets/postgres_api", live.project));
    assert!(!inspected.contains(password.trim()));
}

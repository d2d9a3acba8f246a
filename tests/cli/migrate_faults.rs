//! `migrate run` when things go wrong: killed, interrupted, a server that goes away or is full, a damaged file, a writer.

use std::fs;
use std::os::unix::fs::FileExt;
use std::process::{Child, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::migrate_scene::{COPYING, PATIENCE, Scene};
use crate::postgres_server::PostgresServer;

/// Several tables with keys and indexes; those without a key show rows that came twice.
fn fill(scene: &Scene, rows: u32) {
    scene
        .sqlite("data.db")
        .execute_batch(&format!(
            "pragma synchronous = off; begin;
             create table parent (id integer primary key autoincrement, name text unique, at datetime);
             with recursive c(n) as (select 1 union all select n + 1 from c where n < {rows})
               insert into parent select n, 'name ' || n, datetime(n * 1000, 'unixepoch') from c;
             create table child (id integer primary key, parent integer references parent, note text, amount real);
             insert into child select id, id % {rows} + 1, 'note of some length that fills a page ' || id, id / 3.0
               from parent;
             create index child_parent on child (parent, id);
             create table keyless (v text, n integer); insert into keyless select name, id from parent;
             create table small (id integer primary key, v text); insert into small select id, name from parent where id < 9;
             commit;"
        ))
        .unwrap();
}

/// Every row is there, once, and both sides agree.
#[track_caller]
fn complete(scene: &Scene, rows: u32) {
    assert_eq!(
        scene.sql(
            "select (select count(*) from parent), (select count(*) from child), count(*), count(distinct n) from keyless"
        ),
        format!("{rows}|{rows}|{rows}|{rows}")
    );
    assert_eq!(
        scene.sql("insert into parent (name) values ('new') returning id"),
        (rows + 1).to_string()
    );
    scene.sql("delete from parent where name = 'new'");
    scene.server_refuses("insert into child (parent) values (-1)", "foreign key");
    scene.call("verify", &[]).success();
    assert_eq!(
        scene.sql("select string_agg(nspname, ',') from pg_namespace where nspname like 'stackctl\\_%'"),
        "",
        "nothing stays beside"
    );
}

/// Whether nothing is in the schema yet that anybody could take for the whole.
#[track_caller]
fn nothing_half_done(scene: &Scene) {
    assert_eq!(
        scene.sql("select count(*) from pg_class c join pg_namespace n on n.oid = relnamespace where nspname = 'main'"),
        "0"
    );
}

fn signal(child: &Child, signal: Signal) {
    let pid = i32::try_from(child.id()).unwrap();
    kill(Pid::from_raw(pid), signal).unwrap();
}

#[track_caller]
fn ended_with(child: Child, code: i32) -> Output {
    let output = child.wait_with_output().unwrap();
    assert_eq!(
        output.status.code(),
        Some(code),
        "{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

#[test]
fn killed_at_any_point_it_goes_on() {
    const ROWS: u32 = 20_000;
    let scene = Scene::new();
    fill(&scene, ROWS);
    let mut killed = 0;
    for after in [30, 80, 140, 200, 280, 360, 460, 600] {
        let mut child = scene.spawn(&[]);
        // The point is random; wherever it is, the outcome must be the same.
        thread::sleep(Duration::from_millis(after));
        if child.try_wait().unwrap().is_some() {
            break;
        }
        signal(&child, Signal::SIGKILL);
        child.wait().unwrap();
        killed += 1;
        let seen = scene.sql("select count(*) from pg_tables where schemaname = 'main'");
        assert!(
            ["0", "4"].contains(&seen.as_str()),
            "{seen} tables of 4 after kill {killed}"
        );
        if seen == "4" {
            break;
        }
    }
    assert!(killed > 0, "it was never killed");
    if scene.sql("select count(*) from pg_tables where schemaname = 'main'") == "0" {
        scene.migrate(&[]);
    }
    complete(&scene, ROWS);
}

#[test]
fn finished_tables_are_not_copied_again() {
    const ROWS: u32 = 30_000;
    let scene = Scene::new();
    fill(&scene, ROWS);
    let mut child = scene.spawn(&["--jobs", "1"]);
    let finished = "from pg_class c join pg_namespace n on n.oid = relnamespace \
                    where nspname like 'stackctl\\_%' and relkind = 'r'";
    // The second table is begun: the first is in its place for good.
    scene.wait_until(&format!("select count(*) > 1 {finished}"), &mut child);
    let oids = scene.sql(&format!(
        "select relname, c.oid {finished} order by c.oid limit 1"
    ));
    signal(&child, Signal::SIGKILL);
    child.wait().unwrap();
    nothing_half_done(&scene);
    let status = scene.call("status", &[]).success();
    assert!(status.stdout.contains("unfinished"), "{}", status.stdout);
    scene.migrate(&["--jobs", "1"]);
    let (name, oid) = oids.split_once('|').unwrap();
    assert_eq!(
        scene.sql(&format!("select '\"{name}\"'::regclass::oid")),
        oid,
        "`{name}` was made again"
    );
    complete(&scene, ROWS);
}

#[test]
fn restart_throws_away_what_was_begun() {
    const ROWS: u32 = 30_000;
    let scene = Scene::new();
    fill(&scene, ROWS);
    let mut child = scene.spawn(&[]);
    scene.wait_until(COPYING, &mut child);
    signal(&child, Signal::SIGKILL);
    child.wait().unwrap();
    scene.migrate(&["--restart"]);
    complete(&scene, ROWS);
}

#[test]
fn interrupted_it_ends_with_130_and_goes_on() {
    const ROWS: u32 = 30_000;
    let scene = Scene::new();
    fill(&scene, ROWS);
    for end in [Signal::SIGINT, Signal::SIGTERM] {
        let mut child = scene.spawn(&["--jobs", "1"]);
        scene.wait_until(COPYING, &mut child);
        signal(&child, end);
        let output = ended_with(child, 130);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            told.contains("interrupted") && told.contains("migrate run"),
            "{told}"
        );
        nothing_half_done(&scene);
    }
    assert_eq!(
        scene.sql("select count(*) from pg_stat_activity where application_name = 'stackctl migrate' and datname = current_database()"),
        "0"
    );
    scene.migrate(&[]);
    complete(&scene, ROWS);
}

#[test]
fn two_runs_at_once_do_not_mix() {
    const ROWS: u32 = 30_000;
    let scene = Scene::new();
    fill(&scene, ROWS);
    let mut first = scene.spawn(&["--jobs", "1"]);
    scene.wait_until(COPYING, &mut first);
    signal(&first, Signal::SIGSTOP);
    let second = scene.call("run", &[]);
    signal(&first, Signal::SIGCONT);
    assert_eq!(second.code, 1, "{second:?}");
    assert!(second.stderr.contains("another"), "{}", second.stderr);
    ended_with(first, 0);
    complete(&scene, ROWS);
}

#[test]
fn a_server_that_crashes_costs_no_row() {
    const ROWS: u32 = 30_000;
    let scene = Scene::on(Arc::new(PostgresServer::start()));
    fill(&scene, ROWS);
    for restart in [PostgresServer::kill, PostgresServer::stop] {
        let mut child = scene.spawn(&[]);
        scene.wait_until(COPYING, &mut child);
        restart(&scene.server);
        let output = ended_with(child, 1);
        scene.server.resume();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(told.contains("migrate run"), "{told}");
        nothing_half_done(&scene);
    }
    scene.migrate(&[]);
    complete(&scene, ROWS);
}

#[test]
fn a_full_disk_is_told_and_gone_on_from() {
    const ROWS: u32 = 5000;
    let scene = Scene::on(Arc::new(PostgresServer::start_on_small_disk(260)));
    scene.sql(
        "create table public.filler as select repeat(md5(n::text), 30) v from generate_series(1, 140000) n",
    );
    fill(&scene, ROWS);
    scene
        .sqlite("data.db")
        .execute_batch(
            "create table photo (id integer primary key, b blob);
             with recursive c(n) as (select 1 union all select n + 1 from c where n < 100)
               insert into photo select n, randomblob(1000000) from c;",
        )
        .unwrap();
    let output = scene.call("run", &[]).code(1);
    assert!(
        output.stderr.contains("make room on the server's disk") && output.stderr.contains("migrate run"),
        "{}",
        output.stderr
    );
    nothing_half_done(&scene);
    scene.sql("drop table public.filler; checkpoint");
    scene.migrate(&[]);
    complete(&scene, ROWS);
}

#[test]
fn a_damaged_file_is_told_and_nothing_is_made() {
    let scene = Scene::new();
    fill(&scene, 5000);
    let whole = fs::read(scene.file("data.db")).unwrap();
    let file = fs::File::options()
        .write(true)
        .open(scene.file("data.db"))
        .unwrap();
    // A page in the middle, as a bad disk leaves it.
    let middle = (whole.len() / 2 / 4096 * 4096) as u64;
    file.write_all_at(&vec![0xa5; 4096 * 8], middle).unwrap();
    for verb in ["plan", "run"] {
        let output = scene.call(verb, &[]).code(1);
        assert!(
            output.stderr.contains("data.db` is damaged"),
            "{verb}: {}",
            output.stderr
        );
    }
    nothing_half_done(&scene);

    fs::write(
        scene.file("data.db"),
        "this is no database, but long enough to be one\n".repeat(100),
    )
    .unwrap();
    let output = scene.call("run", &[]).code(1);
    assert!(output.stderr.contains("no SQLite database"), "{}", output.stderr);
    fs::write(scene.file("data.db"), &whole[..whole.len() / 2]).unwrap();
    scene.call("run", &[]).code(1);
    fs::remove_file(scene.file("data.db")).unwrap();
    let output = scene.call("run", &[]).code(1);
    assert!(output.stderr.contains("data.db"), "{}", output.stderr);
    assert!(!scene.file("data.db").exists(), "a file was made where none was");
    nothing_half_done(&scene);
}

#[test]
fn a_writer_does_not_tear_what_belongs_together() {
    let scene = Scene::with(
        "pragma journal_mode = wal;
         create table parent (id integer primary key, children integer);
         create table child (id integer primary key, parent integer references parent);
         create index child_parent on child (parent);
         with recursive c(n) as (select 1 union all select n + 1 from c where n < 3000)
           insert into parent select n, 3 from c;
         insert into child (parent) select id from parent, (select 1 union all select 2 union all select 3);",
    );
    for more in [&[][..], &["--no-backup", "--replace"][..]] {
        let stop = AtomicBool::new(false);
        let report = thread::scope(|scope| {
            let writer = scope.spawn(|| {
                let file = scene.sqlite("data.db");
                file.busy_timeout(PATIENCE).unwrap();
                let mut written = 0;
                while !stop.load(Ordering::Relaxed) {
                    file.execute_batch(
                        "begin immediate; insert into parent (children) values (3);
                         insert into child (parent) select max(p.id) from parent p union all
                           select max(p.id) from parent p union all select max(p.id) from parent p; commit",
                    )
                    .unwrap();
                    written += 1;
                }
                written
            });
            let output = scene.call("run", more);
            stop.store(true, Ordering::Relaxed);
            assert!(writer.join().unwrap() > 0);
            output.success().json()
        });
        assert_eq!(
            scene.sql(
                "select count(*) from parent p where children <> (select count(*) from child c where c.parent = p.id)"
            ),
            "0",
            "{more:?}"
        );
        let rows: u64 = scene.sql("select count(*) from parent").parse().unwrap();
        assert!(rows >= 3000, "{rows}");
        assert_eq!(
            report["files"][0]["changed_since"], true,
            "{more:?}: the file was written to"
        );
    }
}

/// The most memory that a process had, MiB; it is watched until it ends.
fn most_memory(child: &mut Child) -> u64 {
    let path = format!("/proc/{}/status", child.id());
    let deadline = Instant::now() + 3 * PATIENCE;
    let mut most = 0;
    while child.try_wait().unwrap().is_none() {
        assert!(Instant::now() < deadline, "it does not end");
        let status = fs::read_to_string(&path).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        if let Some(kibibytes) = line.and_then(|line| line.trim().strip_suffix(" kB")) {
            most = kibibytes.parse().unwrap();
        }
        thread::sleep(Duration::from_millis(1));
    }
    most / 1024
}

#[test]
fn memory_is_bounded_whatever_the_cells_are() {
    let scene = Scene::with(
        "pragma synchronous = off; create table t (id integer primary key, b blob, v text);
         insert into t values (1, zeroblob(30000000), 'a'), (2, zeroblob(70000000), replace(hex(zeroblob(5000000)), '0', 'x')),
           (3, zeroblob(80000000), 'c');
         with recursive c(n) as (select 10 union all select n + 1 from c where n < 3000)
           insert into t select n, zeroblob(10000), 'v' from c;
         create table doc (id integer primary key, body text);
         insert into doc values (1, '{\"a\": [\"' || replace(hex(zeroblob(8000000)), '0', 'x') || '\", 1.5]}');",
    );
    let mut child = scene.spawn(&["--column", "doc.body=json"]);
    // Its report is short; the pipes hold it.
    let most = most_memory(&mut child);
    ended_with(child, 0);
    assert_eq!(
        scene.sql("select sum(length(b)), sum(length(v)), count(*) from t"),
        format!("{}|{}|2994", 180_000_000 + 2991 * 10_000, 10_000_000 + 2 + 2991)
    );
    assert!((5..=64).contains(&most), "{most} MiB");
}

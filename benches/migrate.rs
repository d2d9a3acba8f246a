//! Measures `stackctl migrate run` beside pgloader and beside the floor, in one run and on one server: `make
//! bench-migrate`.
//!
//! The floor is what PostgreSQL itself can take: psql loads ready binary files, both tables at once and frozen, and builds
//! the same keys and indexes in parallel. It reads no SQLite, decides no type and verifies nothing. `tuned` is the same with
//! the settings for sorts and joins that stackctl makes.
//!
//! `ROWS` sets the rows of both tables together, `RUNS` how often each is measured: the fastest run counts, for what else
//! the machine does only adds. `SHAPE=blobs BYTES=2GB` measures the memory alone, on a table of large blobs. It prints
//! and never fails: a busy machine is not a defect.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]
// The server's harness is that of the tests.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a benchmark that can not go on ends"
)]

#[path = "migrate/database.rs"]
mod database;
#[path = "migrate/floor.rs"]
mod floor;
#[path = "migrate/measured.rs"]
mod measured;
#[path = "../tests/cli/postgres_server.rs"]
#[expect(dead_code, reason = "the tests use the rest")]
mod postgres_server;

use std::env;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use floor::Session;
use measured::{Measured, measure};
use postgres_server::PostgresServer;

const STACKCTL: &str = env!("CARGO_BIN_EXE_stackctl");

/// The settings of the server, for all alike. Nothing waits for the disk.
const SETTINGS: &[&str] = &[
    "shared_buffers=512MB",
    "max_wal_size=8GB",
    "checkpoint_timeout=1h",
];

/// The most memory that a run may take, KiB.
const MEMORY: u64 = 64 << 10;

fn main() {
    let arguments: Vec<String> = env::args().collect();
    if arguments
        .get(1)
        .is_some_and(|argument| argument == measured::INNER)
    {
        measured::inner(&arguments[2..]);
        return;
    }
    let scratch = tempfile::tempdir().expect("a temporary folder can be made");
    let server = PostgresServer::start_with(SETTINGS);
    println!(
        "{} processors; PostgreSQL {} with fsync=off, {}",
        std::thread::available_parallelism().map_or(0, usize::from),
        server.sql("postgres", "show server_version"),
        SETTINGS.join(", ")
    );
    if env::var("SHAPE").is_ok_and(|shape| shape == "blobs") {
        blobs(&server, scratch.path());
    } else {
        rows(&server, scratch.path());
    }
}

/// A run of stackctl: whole time, time by phase, and memory.
struct Run {
    measured: Measured,
    phases: Vec<(String, f64)>,
}

fn stackctl(server: &PostgresServer, file: &Path, scratch: &Path, database: &str) -> Run {
    let url = server.database(database);
    let mut command = Command::new(STACKCTL);
    command
        .args(["migrate", "run", "--format", "json", "--to", &url, "--sqlite"])
        .arg(format!("{}=main", file.display()))
        .arg("--backup-dir")
        .arg(scratch.join("copies"));
    let measured = measure(&mut command);
    // The next run shall not find the disk full of copies.
    let _ = std::fs::remove_dir_all(scratch.join("copies"));
    let report: serde_json::Value = serde_json::from_str(&measured.output).expect("the report is JSON");
    let phases = report["files"][0]["phases"]
        .as_array()
        .expect("the report names phases");
    Run {
        phases: phases
            .iter()
            .map(|phase| {
                let name = phase["name"].as_str().unwrap_or_default().to_owned();
                (name, phase["seconds"].as_f64().unwrap_or_default())
            })
            .collect(),
        measured,
    }
}

impl Run {
    fn phase(&self, wanted: &str) -> f64 {
        self.phases
            .iter()
            .filter(|(name, _)| name == wanted)
            .map(|(_, seconds)| seconds)
            .sum()
    }

    fn shown(&self) -> String {
        let phases: Vec<String> = self
            .phases
            .iter()
            .map(|(name, seconds)| format!("{name} {seconds:.2}"))
            .collect();
        phases.join(", ")
    }
}

fn rows(server: &PostgresServer, scratch: &Path) {
    let rows = number("ROWS", 5_000_000);
    let runs = number("RUNS", 3).max(1);
    let file = scratch.join("bench.db");
    database::rows(&file, rows);
    println!(
        "{rows} rows, {} MB of SQLite\n",
        file.metadata().map_or(0, |facts| facts.len()) / 1_000_000
    );

    let mut ours: Option<Run> = None;
    let mut floor: Option<floor::Floor> = None;
    for run in 0..runs {
        let database = format!("ours{run}");
        let one = stackctl(server, &file, scratch, &database);
        println!(
            "stackctl  {:6.2} s: {}; {} MB",
            one.measured.seconds,
            one.shown(),
            one.measured.peak >> 10
        );
        if run == 0 {
            floor::dump(server, &database, scratch);
        }
        drop_database(server, &database);
        let other = floor::load(server, scratch, &format!("floor{run}"), Session::Usual);
        println!(
            "floor     {:6.2} s: copy {:.2}, build {:.2}",
            other.whole(),
            other.copy,
            other.build
        );
        drop_database(server, &format!("floor{run}"));
        let tuned = floor::load(server, scratch, &format!("tuned{run}"), Session::Stackctl);
        println!(
            "  tuned   {:6.2} s: copy {:.2}, build {:.2}",
            tuned.whole(),
            tuned.copy,
            tuned.build
        );
        drop_database(server, &format!("tuned{run}"));
        if ours
            .as_ref()
            .is_none_or(|best| one.measured.seconds < best.measured.seconds)
        {
            ours = Some(one);
        }
        if floor.as_ref().is_none_or(|best| other.whole() < best.whole()) {
            floor = Some(other);
        }
    }
    let (ours, floor) = (ours.expect("there is a run"), floor.expect("there is a run"));
    let pgloader = pgloader(server, &file);

    println!("\n{:<46} {:>9} {:>9}", "", "measured", "bar");
    let at_most = |what: &str, measured: f64, bar: f64| {
        println!(
            "{what:<46} {measured:>8.2}x {:>8} {}",
            format!("<= {bar}x"),
            held(measured <= bar)
        );
    };
    let at_least = |what: &str, measured: f64, bar: f64| {
        println!(
            "{what:<46} {measured:>8.2}x {:>8} {}",
            format!(">= {bar}x"),
            held(measured >= bar)
        );
    };
    at_most("copy / floor's copy", ours.phase("copy") / floor.copy, 1.25);
    at_most("whole run / floor", ours.measured.seconds / floor.whole(), 1.35);
    if let Some(pgloader) = &pgloader {
        at_least("pgloader's copy / copy", pgloader.copy / ours.phase("copy"), 6.0);
        at_least(
            "pgloader / whole run",
            pgloader.measured.seconds / ours.measured.seconds,
            2.5,
        );
    }
    memory(&ours.measured);
}

/// What is left of it is written out, so that the next one does not pay for it.
fn drop_database(server: &PostgresServer, database: &str) {
    server.sql("postgres", &format!("drop database {database}"));
    server.sql("postgres", "checkpoint");
}

fn memory(measured: &Measured) {
    println!(
        "{:<46} {:>6} MB {:>8} {}",
        "memory",
        measured.peak >> 10,
        "<= 64 MB",
        held(measured.peak <= MEMORY)
    );
}

fn held(holds: bool) -> &'static str {
    if holds { "" } else { "MISSED" }
}

/// A run of pgloader.
struct Pgloader {
    measured: Measured,
    copy: f64,
}

fn pgloader(server: &PostgresServer, file: &Path) -> Option<Pgloader> {
    if Command::new("pgloader").arg("--version").output().is_err() {
        println!("pgloader is missing: `scripts/setup.sh pgloader`");
        return None;
    }
    server.database("pgloader");
    let mut command = Command::new("pgloader");
    command
        .arg(format!("sqlite://{}", file.display()))
        .arg(server.tcp_url("pgloader"));
    let measured = measure(&mut command);
    // Such as `COPY Threads Completion   0   4   13.571s`, or `1m13.571s`.
    let copy = measured
        .output
        .lines()
        .find(|line| line.contains("COPY Threads Completion"))
        .and_then(|line| {
            let time = line.split_whitespace().last()?.trim_end_matches('s');
            let (minutes, rest) = time.split_once('m').unwrap_or(("0", time));
            Some(minutes.parse::<f64>().ok()? * 60.0 + rest.parse::<f64>().ok()?)
        });
    println!(
        "pgloader  {:6.2} s: copy {:.2}; {} MB",
        measured.seconds,
        copy.unwrap_or_default(),
        measured.peak >> 10
    );
    drop_database(server, "pgloader");
    Some(Pgloader {
        copy: copy.unwrap_or_else(|| panic!("pgloader's summary is not as expected:\n{}", measured.output)),
        measured,
    })
}

fn blobs(server: &PostgresServer, scratch: &Path) {
    let bytes = size(&env::var("BYTES").unwrap_or_else(|_| "2GB".to_owned()));
    let file = scratch.join("blobs.db");
    database::blobs(&file, bytes);
    println!("{} MB of blobs", bytes / 1_000_000);
    let run = stackctl(server, &file, scratch, "blobs");
    println!("stackctl  {:6.2} s: {}\n", run.measured.seconds, run.shown());
    memory(&run.measured);
}

fn number(name: &str, default: u64) -> u64 {
    env::var(name).map_or(default, |text| {
        text.replace('_', "")
            .parse()
            .unwrap_or_else(|_| panic!("{name} is no number: {text}"))
    })
}

/// Such as `500MB`.
fn size(text: &str) -> u64 {
    let digits = text.trim_end_matches(|character: char| character.is_ascii_alphabetic());
    let unit = match &text[digits.len()..] {
        "GB" => 1_000_000_000,
        "MB" => 1_000_000,
        "" => 1,
        _ => panic!("BYTES is written as 500MB or 2GB"),
    };
    digits
        .parse::<u64>()
        .unwrap_or_else(|_| panic!("BYTES is written as 500MB or 2GB"))
        * unit
}

/// Seconds with their fraction.
fn seconds(time: Duration) -> f64 {
    time.as_secs_f64()
}

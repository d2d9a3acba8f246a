//! Measures the bars of the README on this machine: `make bench`.
//!
//! Each row is the median of 20 runs of the release binary as a person starts it, process start included. It
//! prints and never fails: a busy machine is not a defect.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const RUNS: usize = 20;
const SERVICES: usize = 200;
const STACKCTL: &str = env!("CARGO_BIN_EXE_stackctl");

fn main() {
    let scratch = tempfile::tempdir().expect("a temporary folder can be made");
    let images = scratch.path().join("images");
    write_project(&images, image);
    let built = scratch.path().join("built");
    write_project(&built, |index| {
        if index % 2 == 0 {
            python(index)
        } else {
            image(index)
        }
    });

    println!("{:<52} {:>10} {:>10}", "median of 20 runs", "measured", "bar");
    let version = median(|| (), || stackctl(&images, &["--version"]));
    row("stackctl --version", version, Duration::from_millis(5));
    for (project, what) in [(&images, "images"), (&built, "half built, with a database")] {
        let render = || stackctl(project, &["render", "--quiet"]);
        let bar = Duration::from_millis(50);
        let fresh = median(|| set_rendered_aside(project), render);
        row(&format!("render, {SERVICES} services, {what}: new"), fresh, bar);
        let again = median(|| (), render);
        row(
            &format!("render, {SERVICES} services, {what}: unchanged"),
            again,
            bar,
        );
    }
    let size = fs::metadata(STACKCTL).expect("the binary was built").len();
    println!(
        "{:<52} {:>7.1} MB {:>7.1} MB",
        "size of the binary",
        megabytes(size),
        15.0
    );
}

fn row(what: &str, measured: Duration, bar: Duration) {
    println!(
        "{what:<52} {:>7.1} ms {:>7.1} ms",
        milliseconds(measured),
        milliseconds(bar)
    );
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a binary has far fewer than 2^52 bytes"
)]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

fn median(mut prepare: impl FnMut(), run: impl Fn()) -> Duration {
    let mut times: Vec<Duration> = (0..RUNS)
        .map(|_| {
            prepare();
            let start = Instant::now();
            run();
            start.elapsed()
        })
        .collect();
    times.sort();
    times[RUNS / 2]
}

fn stackctl(project: &Path, arguments: &[&str]) {
    let output = Command::new(STACKCTL)
        .args(arguments)
        .current_dir(project)
        .stdin(Stdio::null())
        .output()
        .expect("the binary can be started");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Moves what was rendered out of the way. Not removed until the end: ext4 keeps the inodes of files removed in the
/// last seconds from being used again, and would search past them for each new file.
fn set_rendered_aside(project: &Path) {
    for folder in ["rendered", ".stackctl"] {
        let folder_there = project.join(folder);
        if folder_there.exists() {
            let aside = tempfile::tempdir_in(project.with_file_name("aside"))
                .expect("a temporary folder can be made");
            fs::rename(folder_there, aside.keep().join(folder)).expect("a temporary folder can be renamed");
        }
    }
}

/// A service from an image.
fn image(index: usize) -> String {
    format!(
        "[services.image{index}]\nimage = \"redis:7.4\"\nhealthcheck.test = [\"CMD\", \"redis-cli\", \"ping\"]\n\
         volumes = [\"data{index}:/data\"]\n"
    )
}

/// A service that is built and has a role in the database: a Dockerfile and its ignore file, two secrets and their
/// copies for those who read them.
fn python(index: usize) -> String {
    format!(
        "[services.py{index}]\npython = {{ version = \"3.11\", requirements = \"requirements.txt\" }}\n\
         command = \"python -m app\"\nport = {}\nhealth = \"/health\"\ndatabases = [\"app\"]\n\
         environment = {{ LOG_LEVEL = \"info\", WORKERS = 4 }}\n",
        10_000 + index
    )
}

fn write_project(project: &Path, service: impl Fn(usize) -> String) {
    let mut toml = String::from("[stack]\nname = \"bench\"\n[postgres]\nschemas = [\"app\"]\n");
    for index in 0..SERVICES {
        write!(toml, "{}", service(index)).expect("a string takes every text");
    }
    fs::create_dir_all(project).expect("the temporary folder can be written");
    fs::create_dir_all(project.with_file_name("aside")).expect("the temporary folder can be written");
    fs::write(project.join("stack.toml"), toml).expect("the temporary folder can be written");
    fs::write(project.join("requirements.txt"), "").expect("the temporary folder can be written");
}

//! A command -> how long it took and the most memory it held.
//!
//! The system tells the memory of a process's children only as the largest of all. So the command is the one child of a
//! process of its own: this program again.

use std::env;
use std::fmt::Write;
use std::process::{Command, Stdio};
use std::time::Instant;

use nix::sys::resource::{UsageWho, getrusage};

/// Stands before the command for that process.
pub const INNER: &str = "--measured";

/// What was measured.
#[derive(Debug)]
pub struct Measured {
    /// How long it took.
    pub seconds: f64,
    /// The most memory it held, KiB.
    pub peak: u64,
    /// What it wrote to its standard output.
    pub output: String,
}

/// Runs a command to its end, which must be a good one.
pub fn measure(command: &mut Command) -> Measured {
    let output = Command::new(env::current_exe().expect("this program has a path"))
        .arg(INNER)
        .arg(command.get_program())
        .args(command.get_args())
        .stdin(Stdio::null())
        .output()
        .expect("this program can be started");
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    let last = text.trim_end().rfind('\n').map_or(0, |place| place + 1);
    let figures = text.split_off(last);
    assert!(
        output.status.success(),
        "{command:?} failed:\n{text}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let (seconds, peak) = figures.trim().split_once(' ').expect("it ends with its figures");
    Measured {
        seconds: seconds.parse().expect("seconds come first"),
        peak: peak.parse().expect("memory comes last"),
        output: text,
    }
}

/// What the process in between does: runs the command, and tells its figures in a last line.
pub fn inner(command: &[String]) {
    let begun = Instant::now();
    let status = Command::new(&command[0])
        .args(&command[1..])
        .status()
        .unwrap_or_else(|error| panic!("`{}` can't be started: {error}", command[0]));
    let seconds = begun.elapsed().as_secs_f64();
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).expect("it may be asked");
    let mut figures = String::from("\n");
    writeln!(figures, "{seconds} {}", usage.max_rss()).expect("text takes everything");
    println!("{}", figures.trim_end());
    assert!(status.success(), "`{}` ended with {status}", command[0]);
}

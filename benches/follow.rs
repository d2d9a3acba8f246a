//! Measures the bars of sync and jobs on this machine, beside git in the same run: `make bench`.
//!
//! It prints and never fails: a busy machine is not a defect. Servers are `git daemon` on loopback, so that neither
//! TLS nor a CGI process stands between what is compared.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]

use std::fmt::Write;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::symlink;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

const STACKCTL: &str = env!("CARGO_BIN_EXE_stackctl");
const RUNS: usize = 20;
const FILES: usize = 5_000;
const IDLE_JOBS: usize = 500;
const DUE_JOBS: usize = 1_000;
const LINES: usize = 5_000;
const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

fn main() {
    let scratch = tempfile::tempdir().expect("a temporary folder can be made");
    let scratch = scratch.path();
    println!("{:<58} {:>10} {:>10}", "", "measured", "bar");
    sync(scratch);
    idle(scratch);
    change(scratch);
    due(scratch);
    reload(scratch);
}

/// A repository, served by `git daemon`.
struct Server {
    daemon: Child,
    url: String,
}

impl Server {
    fn start(folder: &Path) -> Self {
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|socket| socket.local_addr())
            .expect("loopback has a free port")
            .port();
        let daemon = Command::new("git")
            .args(["daemon", "--export-all", "--reuseaddr", "--listen=127.0.0.1"])
            .arg(format!("--port={port}"))
            .arg(format!("--base-path={}", folder.display()))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .expect("git is installed");
        until(|| TcpStream::connect(("127.0.0.1", port)).is_ok());
        Self {
            daemon,
            url: format!("git://127.0.0.1:{port}/code"),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        end_group(&mut self.daemon);
    }
}

fn sync(scratch: &Path) {
    let repositories = scratch.join("served");
    write_repository(&repositories.join("code"));
    let server = Server::start(&repositories);
    let roots = scratch.join("roots");
    fs::create_dir(&roots).expect("the temporary folder can be written");

    // Turns are taken, so that what else the machine does falls on both.
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for run in 0..5 {
        theirs.push(timed(|| {
            git(
                &["clone", "-q", "--depth", "1", &server.url],
                &roots.join(format!("git{run}")),
            );
        }));
        ours.push(timed(|| one_sync(&server.url, &roots.join(format!("ours{run}")))));
    }
    ratio(
        &format!("first sync of {FILES} files / git clone --depth 1"),
        &mut ours,
        &mut theirs,
    );

    let root = roots.join("ours0");
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        theirs.push(timed(|| git(&["ls-remote", "-q", &server.url, "HEAD"], scratch)));
        ours.push(timed(|| one_sync(&server.url, &root)));
    }
    ratio("sync with nothing new / git ls-remote", &mut ours, &mut theirs);
}

fn one_sync(url: &str, root: &Path) {
    run(Command::new(STACKCTL).args(["sync", "--one-time"]).args([
        format!("--repo={url}"),
        format!("--root={}", root.display()),
        "--link=code".to_owned(),
    ]));
}

fn write_repository(folder: &Path) {
    fs::create_dir_all(folder).expect("the temporary folder can be written");
    for file in 0..FILES {
        let parent = folder.join(format!("package{}", file % 100));
        fs::create_dir_all(&parent).expect("the temporary folder can be written");
        let line = format!("VALUE_{file} = {file}\n");
        fs::write(parent.join(format!("module{file}.py")), line.repeat(40))
            .expect("the temporary folder can be written");
    }
    git(&["init", "-q"], folder);
    git(&["add", "-A"], folder);
    git(
        &[
            "-c",
            "user.name=bench",
            "-c",
            "user.email=bench@localhost",
            "commit",
            "-qm",
            "all",
        ],
        folder,
    );
}

/// The agent, with jobs that are not due.
fn idle(scratch: &Path) {
    let mut crontab = String::new();
    for job in 0..IDLE_JOBS {
        writeln!(crontab, "{} {} 29 2 * /bin/true {job}", job % 60, job % 24)
            .expect("a string takes every text");
    }
    let agent = Agent::start(&scratch.join("idle"), &crontab, "15s");
    thread::sleep(Duration::from_secs(2));
    let (before, begun) = (agent.cpu(), Instant::now());
    thread::sleep(Duration::from_secs(30));
    let share = agent.cpu().saturating_sub(before).as_secs_f64() / begun.elapsed().as_secs_f64();
    println!(
        "{:<58} {:>7.1} MB {:>7.1} MB",
        format!("agent with {IDLE_JOBS} jobs, resident"),
        agent.resident(),
        10.0
    );
    println!(
        "{:<58} {:>8.3} % {:>8.3} %",
        format!("agent with {IDLE_JOBS} jobs, idle, of a core"),
        share * 100.0,
        0.1
    );
}

/// A new crontab until its first run, with a poll of one second.
fn change(scratch: &Path) {
    let folder = scratch.join("change");
    let agent = Agent::start(&folder, "@yearly /bin/true\n", "1s");
    let mark = folder.join("mark");
    let commit = "1".repeat(40);
    let begun = Instant::now();
    publish(&folder, &commit, &format!("@every 1s touch {}\n", mark.display()));
    until(|| mark.exists());
    row(
        "crontab change to first run, poll 1 s",
        begun.elapsed(),
        Duration::from_secs(2),
    );
    drop(agent);
}

/// Many jobs that are due at the same minute.
fn due(scratch: &Path) {
    let folder = scratch.join("due");
    let starts = folder.join("starts");
    fs::create_dir_all(&starts).expect("the temporary folder can be written");
    let mut crontab = String::new();
    for job in 0..DUE_JOBS {
        writeln!(crontab, "* * * * * : >{}/{job}", starts.display()).expect("a string takes every text");
    }
    let agent = Agent::start(&folder, &crontab, "15s");
    let count = || fs::read_dir(&starts).map_or(0, Iterator::count);
    until(|| count() == DUE_JOBS);
    let minute = now().as_secs() / 60 * 60;
    let last = fs::read_dir(&starts)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.metadata().ok()?.modified().ok())
        .max()
        .and_then(|time| time.duration_since(UNIX_EPOCH).ok())
        .expect("the files are there");
    row(
        &format!("{DUE_JOBS} jobs due at once, until the last one works"),
        last.saturating_sub(Duration::from_secs(minute)),
        Duration::from_secs(1),
    );
    drop(agent);
}

/// A commit with a long crontab, from SIGHUP until it is what runs start in, records on disk included.
fn reload(scratch: &Path) {
    let folder = scratch.join("reload");
    let agent = Agent::start(&folder, &long_crontab(0), "1h");
    let record = folder.join("state/generation.json");
    let mut times: Vec<Duration> = (1..=RUNS)
        .map(|run| {
            let commit = format!("{run:040}");
            publish(&folder, &commit, &long_crontab(run));
            timed(|| {
                agent.signal(Signal::SIGHUP);
                until(|| fs::read_to_string(&record).is_ok_and(|text| text.contains(&commit)));
            })
        })
        .collect();
    row(
        &format!("reload of a crontab of {LINES} lines"),
        median(&mut times),
        Duration::from_millis(50),
    );
}

/// One line differs from run to run.
fn long_crontab(run: usize) -> String {
    let mut crontab = format!("0 0 * * * true {run}\n");
    for line in 0..LINES {
        writeln!(
            crontab,
            "{} {} * * mon-fri /usr/local/bin/python3 app/job{line}.py --all",
            line % 60,
            line % 24
        )
        .expect("a string takes every text");
    }
    crontab
}

/// `stackctl jobs run` over a folder laid out as sync does.
struct Agent {
    process: Child,
}

impl Agent {
    fn start(folder: &Path, crontab: &str, poll: &str) -> Self {
        publish(folder, COMMIT, crontab);
        let state = folder.join("state");
        fs::create_dir_all(&state).expect("the temporary folder can be written");
        let log = fs::File::create(folder.join("log")).expect("the temporary folder can be written");
        let process = Command::new(STACKCTL)
            .args(["jobs", "run", "--requirements=", "--crontab=crontab.txt"])
            .arg(format!("--link={}", folder.join("code").display()))
            .arg(format!("--state-dir={}", state.display()))
            .arg(format!("--poll={poll}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .process_group(0)
            .spawn()
            .expect("the binary can be started");
        let generation = state.join("generation.json");
        until(|| generation.exists());
        Self { process }
    }

    fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.process.id()).expect("a process id is small");
        kill(Pid::from_raw(pid), signal).expect("the agent runs");
    }

    fn resident(&self) -> f64 {
        let status =
            fs::read_to_string(format!("/proc/{}/status", self.process.id())).expect("the agent runs");
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .expect("the kernel tells it");
        let kibibytes: f64 = line
            .trim()
            .trim_end_matches(" kB")
            .parse()
            .expect("it is a number");
        kibibytes * 1.024e-3
    }

    fn cpu(&self) -> Duration {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.process.id())).expect("the agent runs");
        let fields = stat
            .rsplit(')')
            .next()
            .expect("the line has a name")
            .split_whitespace();
        let ticks: u64 = fields
            .skip(11)
            .take(2)
            .filter_map(|field| field.parse::<u64>().ok())
            .sum();
        Duration::from_millis(ticks * 10)
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        end_group(&mut self.process);
    }
}

/// A worktree with this crontab, and the link on it.
fn publish(folder: &Path, commit: &str, crontab: &str) {
    let worktree: PathBuf = [folder, Path::new(".worktrees"), Path::new(commit)]
        .iter()
        .collect();
    fs::create_dir_all(&worktree).expect("the temporary folder can be written");
    fs::write(worktree.join("crontab.txt"), crontab).expect("the temporary folder can be written");
    let next = folder.join("next");
    symlink(format!(".worktrees/{commit}"), &next).expect("the temporary folder can be written");
    fs::rename(next, folder.join("code")).expect("the temporary folder can be written");
}

fn end_group(process: &mut Child) {
    let group = Pid::from_raw(-i32::try_from(process.id()).expect("a process id is small"));
    // It may have ended by itself, which is as well.
    let _ended = kill(group, Signal::SIGTERM);
    let _status = process.wait();
}

fn until(mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(90), "it never came");
        thread::sleep(Duration::from_millis(2));
    }
}

fn now() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("the clock is right")
}

fn git(arguments: &[&str], folder: &Path) {
    if arguments[0] == "clone" {
        run(Command::new("git").args(arguments).arg(folder));
    } else {
        run(Command::new("git").args(arguments).current_dir(folder));
    }
}

fn run(command: &mut Command) {
    let output = command.stdin(Stdio::null()).output().expect("it can be started");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

fn timed(work: impl FnOnce()) -> Duration {
    let begun = Instant::now();
    work();
    begun.elapsed()
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn ratio(what: &str, ours: &mut [Duration], theirs: &mut [Duration]) {
    let (ours, theirs) = (median(ours).as_secs_f64(), median(theirs).as_secs_f64());
    println!(
        "{what:<58} {:>9.2}x {:>9.2}x   ({:.1} ms / {:.1} ms)",
        ours / theirs,
        1.2,
        ours * 1e3,
        theirs * 1e3
    );
}

fn row(what: &str, measured: Duration, bar: Duration) {
    println!(
        "{what:<58} {:>7.0} ms {:>7.0} ms",
        measured.as_secs_f64() * 1e3,
        bar.as_secs_f64() * 1e3
    );
}

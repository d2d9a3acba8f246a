//! The agent on a sync layout made by hand: commits are folders, publishing is a rename.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

use crate::harness::{Output, TestStack};

/// How long anything may take on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(180);

/// A folder with commits, a state folder, and the agents that run on it.
pub struct AgentStand {
    pub stack: TestStack,
    pub extra: Vec<String>,
}

/// A running agent, killed when it is dropped.
pub struct Agent {
    child: Child,
    printed: Arc<Mutex<Vec<u8>>>,
    readers: Vec<std::thread::JoinHandle<()>>,
}

/// Waits until it is so.
#[track_caller]
pub fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "it never came to this: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

impl AgentStand {
    pub fn new() -> Self {
        let stack = TestStack::empty();
        fs::create_dir_all(stack.path().join("sync/.worktrees")).unwrap();
        fs::create_dir(stack.path().join("state")).unwrap();
        let state = stack.path().join("state").display().to_string();
        Self {
            stack: stack.env("STATE_DIR", &state).env("POLL_SEC", "200ms"),
            extra: Vec::new(),
        }
    }

    /// More arguments of `jobs run`.
    pub fn with(mut self, arguments: &[&str]) -> Self {
        self.extra.extend(arguments.iter().map(ToString::to_string));
        self
    }

    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.stack = self.stack.env(name, value);
        self
    }

    pub fn path(&self, below: &str) -> PathBuf {
        self.stack.path().join(below)
    }

    pub fn worktree(&self, commit: char) -> PathBuf {
        self.path("sync/.worktrees").join(name(commit))
    }

    /// Makes a commit of these files, and publishes it.
    pub fn publish(&self, commit: char, files: &[(&str, &str)]) {
        let worktree = self.worktree(commit);
        for (path, text) in files {
            let path = worktree.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let link = self.path("sync/link-new");
        symlink(format!(".worktrees/{}", name(commit)), &link).unwrap();
        fs::rename(&link, self.path("sync/app")).unwrap();
    }

    /// Publishes a commit whose only file is its crontab.
    pub fn crontab(&self, commit: char, text: &str) {
        self.publish(commit, &[("crontab.txt", text)]);
    }

    pub fn command(&self) -> Command {
        let link = self.path("sync/app").display().to_string();
        let mut command = self
            .stack
            .command(&["jobs", "run", "--link", &link, "--crontab", "crontab.txt"]);
        command.args(&self.extra);
        command
    }

    pub fn start(&self) -> Agent {
        let mut child = self
            .command()
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let printed = Arc::new(Mutex::new(Vec::new()));
        let readers = vec![
            collect(child.stdout.take().unwrap(), &printed),
            collect(child.stderr.take().unwrap(), &printed),
        ];
        Agent {
            child,
            printed,
            readers,
        }
    }

    /// Starts it, and waits until a generation is active.
    pub fn started(&self) -> Agent {
        let agent = self.start();
        // An agent before it may have left a generation in the state, which `status` tells without an agent too.
        let deadline = Instant::now() + PATIENCE;
        while self.run(&["health"]).code != 0 {
            assert!(Instant::now() < deadline, "{}", agent.text());
            std::thread::sleep(Duration::from_millis(20));
        }
        agent
    }

    #[track_caller]
    pub fn wait_for_generation(&self, agent: &Agent, number: u64) {
        let deadline = Instant::now() + PATIENCE;
        while self.status()["generation"]["number"].as_u64() < Some(number) {
            assert!(Instant::now() < deadline, "{}\n{}", agent.text(), self.status());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        self.stack.run(&[&["jobs"], arguments].concat())
    }

    /// The report of the agent; null where it does not answer.
    pub fn status(&self) -> Value {
        let output = self.run(&["status", "--format", "json"]);
        serde_json::from_str(&output.stdout).unwrap_or_default()
    }

    pub fn history(&self) -> Vec<Value> {
        let output = self
            .run(&["history", "--limit", "100000", "--format", "json"])
            .success();
        output.json().as_array().unwrap().clone()
    }

    /// The runs of a job that have ended with this outcome.
    pub fn ended(&self, job: &str, kind: &str) -> Vec<Value> {
        let mut runs = self.history();
        runs.retain(|run| run["job"] == job && run["outcome"]["kind"] == kind);
        runs
    }

    #[track_caller]
    pub fn wait_for_ended(&self, agent: &Agent, job: &str, kind: &str, count: usize) -> Vec<Value> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let runs = self.ended(job, kind);
            if runs.len() >= count {
                return runs;
            }
            assert!(
                Instant::now() < deadline,
                "{} of {count} runs of {job} ended with {kind}\n{}\n{:#?}",
                runs.len(),
                agent.text(),
                self.history()
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Agent {
    pub fn pid(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.child.id()).unwrap())
    }

    pub fn signal(&self, signal: Signal) {
        kill(self.pid(), signal).unwrap();
    }

    /// What it printed so far, on both streams.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.printed.lock().unwrap()).into_owned()
    }

    #[track_caller]
    pub fn wait_for_text(&self, text: &str) {
        let deadline = Instant::now() + PATIENCE;
        while !self.text().contains(text) {
            assert!(Instant::now() < deadline, "no `{text}` in\n{}", self.text());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits for its end: the code, and all it printed.
    #[track_caller]
    pub fn wait(mut self) -> (i32, String) {
        let deadline = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(Instant::now() < deadline, "it does not end\n{}", self.text());
            std::thread::sleep(Duration::from_millis(10));
        };
        for reader in self.readers.drain(..) {
            reader.join().unwrap();
        }
        (status.code().unwrap_or(-1), self.text())
    }

    pub fn terminate(self) -> (i32, String) {
        self.signal(Signal::SIGTERM);
        self.wait()
    }

    /// kill -9.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        // Where the test ended it already, there is nothing left to kill.
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// The object name of a commit.
pub fn name(commit: char) -> String {
    commit.to_string().repeat(40)
}

fn collect(stream: impl Read + Send + 'static, printed: &Arc<Mutex<Vec<u8>>>) -> std::thread::JoinHandle<()> {
    let printed = Arc::clone(printed);
    std::thread::spawn(move || {
        let mut reader = BufReader::new(stream);
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line).is_ok_and(|count| count > 0) {
            printed.lock().unwrap().extend_from_slice(&line);
            line.clear();
        }
    })
}

/// Whether a process is there and no zombie.
pub fn is_alive(pid: i32) -> bool {
    let stat = fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("stat"));
    stat.is_ok_and(|stat| !stat.rsplit(')').next().unwrap().trim_start().starts_with('Z'))
}

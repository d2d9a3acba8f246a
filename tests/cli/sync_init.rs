//! `stackctl sync` as the first process of a process namespace, which is what it is in a container.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::harness::TestStack;

/// How long anything may take before a test gives up.
const PATIENCE: Duration = Duration::from_secs(180);

/// A folder with a repository of one commit and an executable `hook`.
fn with_hook(script: &str) -> TestStack {
    let stack = TestStack::empty();
    for arguments in [
        &["init", "-q", "repo"][..],
        &[
            "-C",
            "repo",
            "-c",
            "user.name=t",
            "-c",
            "user.email=t@example.com",
            "commit",
            "-q",
            "--allow-empty",
            "-m",
            "x",
        ],
    ] {
        let status = Command::new("git")
            .args(arguments)
            .current_dir(stack.path())
            .status()
            .unwrap();
        assert!(status.success());
    }
    let hook = stack.path().join("hook");
    fs::write(&hook, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).unwrap();
    stack
}

/// A sync in a process namespace of its own, killed with it when this is dropped.
struct Contained {
    unshare: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStderr>>,
}

impl Contained {
    fn start(stack: &TestStack, arguments: &[&str]) -> Self {
        let hook = format!("--exechook-command={}", stack.path().join("hook").display());
        let usual = ["sync", "--repo=repo", "--root=root", "-v=2", &hook];
        let inner = stack.command(&[&usual, arguments].concat());
        let mut command = Command::new("unshare");
        // Without the right to make one, a user namespace gives it.
        if !nix::unistd::geteuid().is_root() {
            command.args(["--user", "--map-root-user"]);
        }
        command
            .args(["--pid", "--fork", "--kill-child"])
            .arg(inner.get_program())
            .args(inner.get_args())
            .current_dir(stack.path())
            .env("HOME", stack.path())
            .stdin(Stdio::null())
            .stderr(Stdio::piped());
        let mut unshare = command.spawn().unwrap();
        let lines = BufReader::new(unshare.stderr.take().unwrap()).lines();
        Self { unshare, lines }
    }

    /// Reads the log up to a line with this text.
    fn read_to(&mut self, text: &str) {
        let mut seen = Vec::new();
        for line in self.lines.by_ref() {
            let line = line.unwrap();
            if line.contains(text) {
                return;
            }
            seen.push(line);
        }
        panic!("`{text}` is not in\n{}", seen.join("\n"));
    }

    /// The first process of the namespace.
    fn first(&self) -> u32 {
        let children = children(self.unshare.id());
        assert_eq!(children.len(), 1, "{children:?}");
        children[0]
    }

    fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.first().cast_signed()), signal).unwrap();
    }

    fn code(&mut self) -> Option<i32> {
        self.lines.by_ref().for_each(drop);
        self.unshare.wait().unwrap().code()
    }
}

impl Drop for Contained {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _gone = self.unshare.kill();
        self.unshare.wait().unwrap();
    }
}

/// The processes whose parent this is, dead ones that nobody reaped included.
fn children(parent: u32) -> Vec<u32> {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let pids = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter(|pid: &u32| {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let behind_name = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
        behind_name.split(' ').nth(1) == Some(&parent.to_string())
    })
    .collect()
}

#[test]
fn the_code_of_the_sync_is_handed_on() {
    assert_eq!(
        Contained::start(&with_hook("exit 0"), &["--one-time"]).code(),
        Some(0)
    );
    assert_eq!(
        Contained::start(&with_hook("exit 1"), &["--one-time"]).code(),
        Some(1)
    );
}

#[test]
fn signals_reach_the_sync() {
    let stack = with_hook("exit 0");
    let mut contained = Contained::start(&stack, &["--period=1h"]);
    contained.read_to("INFO synced");
    contained.signal(Signal::SIGHUP);
    contained.read_to("nothing is new");
    contained.signal(Signal::SIGTERM);
    assert_eq!(contained.code(), Some(130));
}

#[test]
fn what_a_hook_leaves_behind_is_reaped() {
    let stack = with_hook("(exec sh -c 'echo > left') &");
    let mut contained = Contained::start(&stack, &["--period=1h", "-v=2", "--link=link"]);
    contained.read_to("INFO synced");
    let end = Instant::now() + PATIENCE;
    let mut is_left = false;
    while !is_left || children(contained.first()).len() != 1 {
        assert!(
            Instant::now() < end,
            "somebody is left: {:?}",
            children(contained.first())
        );
        is_left = stack.path().join("root/link/left").exists();
        std::thread::yield_now();
    }
}

//! `stackctl sync` as git-sync's users know it: how it starts, refuses, tells, and ends.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::harness::TestStack;

/// How long anything may take before a test gives up.
const PATIENCE: Duration = Duration::from_secs(180);

/// A folder with a repository `repo` of one commit.
fn with_repository() -> TestStack {
    let stack = TestStack::empty();
    git(&stack, &["init", "-q", "-b", "main", "repo"]);
    commit(&stack, "first");
    stack
}

fn git(stack: &TestStack, arguments: &[&str]) {
    let output = Command::new("git")
        .args(["-c", "user.name=test", "-c", "user.email=test@example.com"])
        .args(arguments)
        .current_dir(stack.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
}

fn commit(stack: &TestStack, text: &str) {
    stack.write("repo/file", text);
    git(stack, &["-C", "repo", "add", "file"]);
    git(stack, &["-C", "repo", "commit", "-q", "-m", text]);
}

/// Waits until a condition holds.
#[track_caller]
fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < end, "{what} did not come");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// A sync that runs until it is dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _gone = self.0.kill();
        self.0.wait().unwrap();
    }
}

fn spawn(stack: &TestStack, arguments: &[&str]) -> Running {
    let mut command = stack.command(&[&["sync"], arguments].concat());
    Running(command.stderr(Stdio::null()).spawn().unwrap())
}

/// An address of this host that is free now.
fn free_address() -> String {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .to_string()
}

/// The answer to a request; empty while nobody listens.
fn ask(address: &str, path: &str) -> String {
    let mut answer = String::new();
    if let Ok(mut stream) = TcpStream::connect(address) {
        stream
            .write_all(format!("GET {path} HTTP/1.1\r\n\r\n").as_bytes())
            .unwrap();
        stream.read_to_string(&mut answer).unwrap();
    }
    answer
}

#[test]
fn one_sync_publishes_and_ends() {
    let stack = with_repository();
    let output = stack
        .run(&["sync", "--repo=repo", "--root=root", "--link=here", "--one-time"])
        .success();
    assert_eq!(stack.read("root/here/file"), "first");
    assert_eq!(output.stdout, "");
    assert!(
        output.stderr.contains("INFO starting version="),
        "{}",
        output.stderr
    );
    assert!(output.stderr.contains("INFO synced commit="), "{}", output.stderr);
}

#[test]
fn variables_of_version_3_are_enough() {
    let stack = with_repository();
    let stack = stack
        .env("GIT_SYNC_REPO", "repo")
        .env("GIT_SYNC_BRANCH", "main")
        .env("GIT_SYNC_ROOT", "root")
        .env("GIT_SYNC_DEST", "seed")
        .env("GIT_SYNC_WAIT", "30")
        .env("GIT_SYNC_ONE_TIME", "true");
    let output = stack.run(&["sync"]).success();
    assert_eq!(stack.read("root/seed/file"), "first");
    assert!(
        output.stderr.contains("$GIT_SYNC_WAIT is of a former version"),
        "{}",
        output.stderr
    );
}

#[test]
fn what_can_not_be_is_told_and_left_in_the_error_file() {
    let stack = TestStack::empty();
    let output = stack
        .run(&[
            "sync",
            "--root=root",
            "--error-file=wrong",
            "--repo=x",
            "--period=1ms",
        ])
        .code(1);
    assert!(
        output.stderr.starts_with("error: --period can't be taken"),
        "{}",
        output.stderr
    );
    assert!(output.stderr.contains("\nhint: "), "{}", output.stderr);
    assert!(told(&stack, "root/wrong").contains("at least 10ms"));
    stack.run(&["sync", "--repo=x"]).code(1);
    stack.run(&["sync", "--no-such-flag"]).code(2);
}

/// What an error file says, which is JSON with git-sync's names.
fn told(stack: &TestStack, path: &str) -> String {
    let text: serde_json::Value = serde_json::from_str(&stack.read(path)).unwrap();
    assert!(text["Msg"].is_string() && text["Args"].is_object(), "{text}");
    text["Err"].as_str().unwrap().to_owned()
}

#[test]
fn a_sync_that_fails_says_why_and_leaves_no_secret() {
    let stack = TestStack::empty();
    let address = free_address();
    let repo = format!("--repo=http://me:hunter2@{address}/x.git");
    let output = stack
        .run(&[
            "sync",
            &repo,
            "--root=root",
            "--backend=git",
            "--one-time",
            "--error-file=error",
            "-v=9",
        ])
        .code(1);
    assert!(output.stderr.contains("ERROR sync failed"), "{}", output.stderr);
    assert!(!output.stderr.contains("hunter2"), "{}", output.stderr);
    // Also behind the end.
    assert!(
        told(&stack, "root/error").contains("fetching failed")
            || told(&stack, "root/error").contains("asking the server")
    );
    for (path, bytes) in stack.snapshot() {
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains("hunter2"), "{}", path.display());
    }
}

#[test]
fn status_and_health_read_what_the_sync_left() {
    let stack = with_repository();
    let missing = stack.run(&["sync", "status", "--root=root"]).code(1);
    assert!(
        missing.stderr.contains("no sync has worked"),
        "{}",
        missing.stderr
    );
    stack.run(&["sync", "health", "--root=root"]).code(1);
    stack.run(&["sync", "status"]).code(2);
    stack
        .run(&["sync", "--repo=repo", "--root=root", "--one-time"])
        .success();
    let text = stack.run(&["sync", "status", "--root=root"]).success().stdout;
    assert!(text.contains("repository  [DIR]/repo HEAD"), "{text}");
    let json = stack
        .run(&["sync", "status", "--root=root", "--format=json"])
        .success()
        .json();
    assert_eq!(json["failures"], 0);
    assert_eq!(json["commit"].as_str().unwrap().len(), 40);
    stack.run(&["sync", "health", "--root=root"]).success();
    let stack = stack.env("GITSYNC_ROOT", "root");
    stack.run(&["sync", "health", "--max-age=1h"]).success();
    stack.write("root/.stackctl-sync.json", r#"{"error":"no answer","next_at":1}"#);
    let sick = stack.run(&["sync", "health"]).code(1);
    assert!(
        sick.stderr.contains("nothing is published yet: no answer"),
        "{}",
        sick.stderr
    );
}

#[test]
fn the_endpoint_is_ready_once_something_is_published() {
    let stack = TestStack::empty();
    let address = free_address();
    let bind = format!("--http-bind={address}");
    let repo = format!("--repo={}", stack.path().join("repo").display());
    let _running = spawn(
        &stack,
        &[
            &repo,
            "--root=root",
            "--period=50ms",
            "--max-failures=-1",
            "--max-backoff=50ms",
            "--http-metrics",
            "--http-pprof",
            &bind,
        ],
    );
    until("the first answer", || !ask(&address, "/").is_empty());
    assert!(ask(&address, "/").starts_with("HTTP/1.1 503 "));
    git(&stack, &["init", "-q", "-b", "main", "repo"]);
    commit(&stack, "first");
    until("200", || ask(&address, "/").starts_with("HTTP/1.1 200 "));
    until("a round without news", || {
        ask(&address, "/metrics").contains("git_sync_count_total{status=\"noop\"}")
    });
    let metrics = ask(&address, "/metrics");
    for line in [
        "git_sync_count_total{status=\"success\"} 1",
        "git_fetch_count_total 1",
    ] {
        assert!(
            metrics.lines().any(|found| found == line),
            "{line} is not in\n{metrics}"
        );
    }
    assert!(ask(&address, "/debug/pprof/").starts_with("HTTP/1.1 200 "));
}

#[test]
fn a_taken_port_is_an_error() {
    let stack = with_repository();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let bind = format!("--http-bind={}", listener.local_addr().unwrap());
    let output = stack
        .run(&["sync", "--repo=repo", "--root=root", "--one-time", &bind])
        .code(1);
    assert!(
        output.stderr.contains("hint: choose another address"),
        "{}",
        output.stderr
    );
}

#[test]
fn hooks_run_once_in_the_worktree_and_their_failure_is_the_exit_code() {
    let stack = with_repository().env("MINE", "mine");
    let script = stack.path().join("hook");
    let run = |body: &str, flag: &str| {
        fs::write(&script, format!("#!/bin/sh\n{body}\n")).unwrap();
        let status = Command::new("chmod").arg("+x").arg(&script).status().unwrap();
        assert!(status.success());
        let hook = format!("--{flag}={}", script.display());
        stack.run(&[
            "sync",
            "--repo=repo",
            "--root=root",
            "--link=here",
            "--one-time",
            &hook,
        ])
    };
    run("echo $GITSYNC_HASH $MINE > hooked", "exechook-command").success();
    let target = fs::read_link(stack.path().join("root/here")).unwrap();
    let commit = target.file_name().unwrap().to_str().unwrap().to_owned();
    assert_eq!(stack.read("root/here/hooked"), format!("{commit} mine\n"));
    // Each start calls it, and a failure of it changes nothing of what is published.
    let failed = run("echo why >&2; exit 3", "exechook-command").code(1);
    assert!(failed.stderr.contains("why"), "{}", failed.stderr);
    assert_eq!(fs::read_link(stack.path().join("root/here")).unwrap(), target);
    // The link is right already, so there is nothing to do before it.
    run("exit 3", "pre-publish-exechook-command").success();
    self::commit(&stack, "second");
    run("exit 3", "pre-publish-exechook-command").code(1);
    assert_eq!(stack.read("root/here/file"), "second");
}

#[test]
fn hooks_are_told_no_secret_of_the_sync() {
    let stack = with_repository()
        .env("GITSYNC_USERNAME", "me")
        .env("GITSYNC_PASSWORD", "hunter2")
        .env("GIT_SYNC_PASSWORD", "hunter2")
        .env(
            "GITSYNC_CREDENTIAL",
            r#"{"url":"https://h/x","username":"me","password":"hunter2"}"#,
        )
        .env("GITSYNC_GITHUB_APP_PRIVATE_KEY", "hunter2")
        .env("GIT_SYNC_REPO", "https://me:hunter2@example.org/x")
        .env("GITSYNC_PERIOD", "7s");
    let script = stack.path().join("hook");
    fs::write(&script, "#!/bin/sh\nenv > hooked\n").unwrap();
    let status = Command::new("chmod").arg("+x").arg(&script).status().unwrap();
    assert!(status.success());
    let hook = format!("--exechook-command={}", script.display());
    stack
        .run(&[
            "sync",
            "--repo=repo",
            "--root=root",
            "--link=here",
            "--one-time",
            &hook,
        ])
        .success();
    let told = stack.read("root/here/hooked");
    assert!(
        told.contains("GITSYNC_HASH=") && told.contains("GITSYNC_PERIOD=7s"),
        "{told}"
    );
    assert!(!told.contains("hunter2"), "{told}");
}

#[test]
fn a_webhook_is_called_until_it_succeeds() {
    let stack = with_repository();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("--webhook-url=http://{}/hook", listener.local_addr().unwrap());
    let _running = spawn(
        &stack,
        &[
            "--repo=repo",
            "--root=root",
            "--period=100ms",
            "--webhook-backoff=1s",
            &url,
        ],
    );
    listener.set_nonblocking(true).unwrap();
    for status in ["500 No", "200 OK"] {
        let mut accepted = None;
        until("a call", || {
            accepted = listener.accept().ok();
            accepted.is_some()
        });
        let (mut stream, _) = accepted.unwrap();
        stream.set_nonblocking(false).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            assert_eq!(stream.read(&mut byte).unwrap(), 1);
            request.push(byte[0]);
        }
        let request = String::from_utf8(request).unwrap().to_lowercase();
        assert!(
            request.starts_with("post /hook ") && request.contains("gitsync-hash: "),
            "{request}"
        );
        let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        stream.write_all(answer.as_bytes()).unwrap();
    }
}

#[test]
fn help_manual_completions_and_pages_know_it() {
    let stack = TestStack::empty();
    for help in ["-h", "--help", "-?"] {
        let text = stack.run(&["sync", help]).success().stdout;
        assert!(
            text.contains("--stale-worktree-timeout") && text.contains("GITSYNC_PASSWORD"),
            "{text}"
        );
        assert!(
            !text.contains("--sync-hook-command") && !text.contains("__env__"),
            "{text}"
        );
    }
    let manual = stack.run(&["sync", "--man"]).success().stdout;
    assert!(
        manual.contains("On disk:") && manual.contains("--repo"),
        "{manual}"
    );
    assert_eq!(
        stack.run(&["sync", "--version"]).success().stdout.trim(),
        env!("CARGO_PKG_VERSION")
    );
    assert!(
        stack
            .run(&["completions", "bash"])
            .success()
            .stdout
            .contains("--exechook-command")
    );
    stack.run(&["man", "pages"]).success();
    assert!(stack.read("pages/stackctl-sync.1").contains("webhook"));
    assert!(stack.run(&["--help"]).success().stdout.contains("sync"));
    assert!(
        stack
            .run(&["-C", ".", "sync", "--version"])
            .success()
            .stdout
            .contains('.')
    );
}

//! Five minutes with a commit every second: readers and jobs check that every tree they see is whole, and no run is
//! lost.

use std::fs;
use std::io;
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::agent_stand::wait_until;
use crate::git_server::GitServer;
use crate::harness::TestStack;
use crate::upstream::Upstream;

const TIME: Duration = Duration::from_secs(300);
const FILES: usize = 50;

/// Looks at its worktree at its start and again later: the same commit, whole, both times.
const CHECK: &str = r#"
look() {
    cat "$STACKCTL_WORKTREE"/file* | sort -u
    ls "$STACKCTL_WORKTREE" | grep -c '^file'
}
before=$(look) || exit 2
sleep 2
after=$(look) || exit 3
[ "$before" = "$after" ] || { echo "it changed: $before / $after"; exit 4; }
[ "$(echo "$before" | wc -l)" = 2 ] || { echo "it is torn: $before"; exit 5; }
[ "$PWD" = "$STACKCTL_WORKTREE" ] || { echo "it is elsewhere: $PWD"; exit 6; }
"#;

/// Ends with this value.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself, which the test notices elsewhere.
        let _ended = kill(Pid::from_raw(self.0.id().cast_signed()), Signal::SIGTERM);
        let _status = self.0.wait();
    }
}

#[test]
fn nothing_is_torn_and_nothing_is_lost() {
    let stack = TestStack::empty();
    let upstream = Upstream::new(&stack.path().join("upstream"));
    upstream.write("check.sh", CHECK);
    upstream.write(
        "crontab.txt",
        "# stackctl: name=check overlap=allow\n@every 1s sh check.sh\n",
    );
    commit(&upstream, 0);
    let server = GitServer::start(stack.path());
    let root = stack.path().join("root");
    let link = root.join("code");
    let state = stack.path().join("state");
    fs::create_dir(&state).unwrap();
    let state_argument = format!("--state-dir={}", state.display());

    let sync = start(
        &stack,
        "sync.log",
        &[
            "sync",
            &format!("--repo={}", server.url("upstream/.git")),
            &format!("--root={}", root.display()),
            "--link=code",
            "--ref=main",
            "--period=200ms",
            "--keep-worktrees=2",
        ],
    );
    let agent = start(
        &stack,
        "agent.log",
        &[
            "jobs",
            "run",
            &format!("--link={}", link.display()),
            "--requirements=",
            "--crontab=crontab.txt",
            "--poll=200ms",
            &state_argument,
        ],
    );
    wait_until("the agent has a generation", || {
        state.join("generation.json").exists()
    });

    let is_over = AtomicBool::new(false);
    let looks = AtomicU64::new(0);
    let commits = thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    if let Some(fault) = look(&link) {
                        is_over.store(true, Ordering::Relaxed);
                        panic!("{fault}");
                    }
                    looks.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        let begun = Instant::now();
        let mut commits = 0;
        while begun.elapsed() < TIME && !is_over.load(Ordering::Relaxed) {
            commits += 1;
            commit(&upstream, commits);
            // The rate is what is tested.
            thread::sleep((begun + Duration::from_secs(commits)).saturating_duration_since(Instant::now()));
        }
        is_over.store(true, Ordering::Relaxed);
        commits
    });
    assert!(looks.load(Ordering::Relaxed) > 1000, "the readers looked seldom");
    let last = upstream.head();
    wait_until("the last commit is published", || {
        fs::canonicalize(&link).is_ok_and(|worktree| worktree.ends_with(&last))
    });
    let published = fs::read_dir(root.join(".worktrees")).unwrap().count();
    assert!(published < 20, "{published} worktrees are left of {commits}");

    drop(agent);
    drop(sync);
    every_run_went_well(&stack, &state_argument);
}

fn every_run_went_well(stack: &TestStack, state_argument: &str) {
    let history = stack.run(&[
        "jobs",
        "history",
        "check",
        "--limit=100000",
        "--format=json",
        state_argument,
    ]);
    let history = history.success().json();
    let records = history.as_array().unwrap();
    let bad: Vec<_> = records.iter().filter(|record| !is_good(record)).collect();
    assert!(
        bad.is_empty(),
        "{} of {} runs: {:#?}",
        bad.len(),
        records.len(),
        &bad[..bad.len().min(3)]
    );
    let mut seconds: Vec<u64> = records
        .iter()
        .map(|record| second(&record["scheduled"]))
        .collect();
    seconds.sort_unstable();
    let gaps: Vec<_> = seconds.windows(2).filter(|pair| pair[1] - pair[0] != 1).collect();
    assert!(gaps.is_empty(), "runs are missing or doubled: {gaps:?}");
    assert!(
        seconds.len() as u64 >= TIME.as_secs() - 5,
        "{} runs",
        seconds.len()
    );
}

fn is_good(record: &serde_json::Value) -> bool {
    record["failed"] == false && record["ended"].is_string()
}

fn second(time: &serde_json::Value) -> u64 {
    let time = chrono::DateTime::parse_from_rfc3339(time.as_str().unwrap()).unwrap();
    u64::try_from(time.timestamp()).unwrap()
}

/// Every file of a commit says the commit's number.
fn commit(upstream: &Upstream, number: u64) {
    for file in 0..FILES {
        upstream.write(format!("file{file}"), format!("{number}\n"));
    }
    upstream.commit("next");
}

/// What is wrong with the tree that is published now, if anything is.
fn look(link: &Path) -> Option<String> {
    let worktree = match fs::canonicalize(link) {
        Ok(worktree) => worktree,
        Err(error) => return Some(format!("the link leads nowhere: {error}")),
    };
    let mut contents = Vec::new();
    for file in 0..FILES {
        match fs::read_to_string(worktree.join(format!("file{file}"))) {
            Ok(text) => contents.push(text),
            // Nobody leased it, and two commits came meanwhile.
            Err(error) if error.kind() == io::ErrorKind::NotFound && !worktree.exists() => return None,
            Err(error) => return Some(format!("file{file} of {}: {error}", worktree.display())),
        }
    }
    contents.dedup();
    (contents.len() != 1).then(|| format!("{} is torn: {contents:?}", worktree.display()))
}

fn start(stack: &TestStack, log: &str, arguments: &[&str]) -> Running {
    let log = fs::File::create(stack.path().join(log)).unwrap();
    let mut command = stack.command(arguments);
    command.stdout(Stdio::null()).stderr(log);
    Running(command.spawn().unwrap())
}

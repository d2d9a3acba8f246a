//! examples/cron on a real engine: code, packages and schedule follow a repository that is served over HTTP with a
//! token, and nothing that runs is disturbed.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use crate::harness::{Output, TestStack};
use crate::live::{Live, docker, files_with, free_port};

/// Every second, and one that runs through the whole test.
const CRONTAB: &str = "\
# stackctl: name=write overlap=skip
@every 1s /usr/local/bin/python -u /app/project/docker_test/app/scripts/write.py
# stackctl: name=long timeout=1h
@reboot exec sleep 3000
";

/// Writes a row that tells which code and which packages it ran with.
const WRITE: &str = r#"
import importlib.metadata, os
import psycopg

WORD = "first"

try:
    six = importlib.metadata.version("six")
except importlib.metadata.PackageNotFoundError:
    six = "none"
with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
    connection.execute("CREATE TABLE IF NOT EXISTS jobs.seen (word text, six text, commit text, at timestamptz DEFAULT now())")
    connection.execute("INSERT INTO jobs.seen (word, six, commit) VALUES (%s, %s, %s)", (WORD, six, os.environ["STACKCTL_COMMIT"]))
"#;

/// The example's demo, with a name, a port and a clone of the repository of its own.
struct Cron {
    live: Live,
    clone: PathBuf,
    token: String,
}

impl Cron {
    fn new() -> Self {
        let stack = TestStack::example("cron");
        for rendered in ["rendered", "rendered-demo"] {
            fs::remove_dir_all(stack.path().join(rendered)).unwrap();
        }
        let port = free_port().to_string();
        let text = stack
            .read("stack.toml")
            .replace("name = \"cron\"", "name = \"NAME\"")
            .replace("8018:8080", &format!("{port}:8080"))
            .replace(
                "databases = { jobs = \"write\" }",
                "databases = { jobs = \"own\" }",
            );
        stack.write("repository/app/crontab.txt", CRONTAB);
        stack.write("repository/app/scripts/write.py", WRITE);
        let token = stack.read("secrets/git_token").trim().to_owned();
        let mut live = Live::of(stack, &text);
        live.project.push_str("-demo");
        let clone = live.stack.path().join(".clone");
        let mut cron = Self { live, clone, token };
        cron.run(&["up", "--timeout", "10m"]).success();
        cron.clone_from(&port);
        cron
    }

    fn clone_from(&mut self, port: &str) {
        let url = format!("http://robot:{}@127.0.0.1:{port}/docker_test.git", self.token);
        let status = Command::new("git")
            .args(["clone", "-q", &url])
            .arg(&self.clone)
            .status()
            .unwrap();
        assert!(status.success());
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut all = vec!["--env", "demo"];
        all.extend(arguments);
        self.live.run(&all)
    }

    /// Commits these files and pushes them; gives back the commit.
    fn push(&self, files: &[(&str, &str)]) -> String {
        for (path, text) in files {
            fs::write(self.clone.join(path), text).unwrap();
        }
        for arguments in [
            &["add", "-A"][..],
            &[
                "-c",
                "user.name=t",
                "-c",
                "user.email=t@localhost",
                "commit",
                "-qm",
                "next",
            ],
            &["push", "-q"],
        ] {
            let status = Command::new("git")
                .args(arguments)
                .current_dir(&self.clone)
                .status()
                .unwrap();
            assert!(status.success(), "{arguments:?}");
        }
        let head = Command::new("git")
            .args(["rev-parse", "HEAD"])
            .current_dir(&self.clone)
            .output()
            .unwrap();
        String::from_utf8(head.stdout).unwrap().trim().to_owned()
    }

    fn sql(&self, query: &str) -> String {
        let output = self.run(&[
            "exec", "postgres", "psql", "-U", "postgres", "-d", "cron", "-Atc", query,
        ]);
        output.success().stdout.trim().to_owned()
    }

    /// Waits until a row of this kind was written behind the newest one now.
    #[track_caller]
    fn until_written(&self, condition: &str) {
        let query = format!("SELECT count(*) FROM jobs.seen WHERE {condition}");
        Live::until(condition, || self.sql(&query) != "0");
    }

    /// Whether jobs still run, and with this.
    #[track_caller]
    fn still_writes(&self, condition: &str) {
        let query = format!("SELECT count(*) FROM jobs.seen WHERE {condition}");
        let before: u64 = self.sql(&query).parse().unwrap();
        Live::until(condition, || {
            self.sql(&query).parse::<u64>().unwrap() > before + 1
        });
    }

    fn report(&self) -> Value {
        let text = docker(&[
            "exec",
            &self.live.container("app"),
            "stackctl",
            "jobs",
            "status",
            "--format",
            "json",
        ]);
        serde_json::from_str(&text).unwrap()
    }

    /// The run that goes on since the beginning: its start.
    fn long(&self) -> String {
        let report = self.report();
        let running = report["running"].as_array().unwrap();
        let long = running.iter().find(|run| run["job"] == "long");
        long.map(|run| format!("{} {}", run["pid"], run["since"]))
            .unwrap_or_default()
    }

    /// The containers and when they were started.
    fn started(&self) -> Vec<String> {
        ["app", "sync-scripts", "postgres"]
            .iter()
            .map(|service| self.live.inspect(service, "{{.Id}} {{.State.StartedAt}}"))
            .collect()
    }

    /// When the environment in use was finished.
    fn installed(&self) -> String {
        docker(&[
            "exec",
            &self.live.container("app"),
            "sh",
            "-c",
            "stat -c '%n %y' /var/lib/app-state/envs/*/.complete",
        ])
    }

    /// Kills the first process of a container as the kernel would, so that the engine starts it again.
    fn kill(&self, service: &str) {
        let count = || self.live.inspect(service, "{{.RestartCount}}");
        let before = count();
        let pid: i32 = self.live.inspect(service, "{{.State.Pid}}").parse().unwrap();
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), nix::sys::signal::Signal::SIGKILL).unwrap();
        Live::until("the engine starts it again", || {
            count() != before && self.live.inspect(service, "{{.State.Running}}") == "true"
        });
    }

    #[track_caller]
    fn until_status_says(&self, text: &str) {
        Live::until(text, || self.run(&["status"]).stdout.contains(text));
    }
}

#[test]
fn a_stack_follows_its_repository() {
    let cron = Cron::new();
    cron.until_written("word = 'first'");
    Live::until("the long job runs", || !cron.long().is_empty());
    let (started, long) = (cron.started(), cron.long());

    // Code, packages and schedule, each live without a restart.
    let second = WRITE.replace("\"first\"", "\"second\"");
    let commit = cron.push(&[("app/scripts/write.py", &second)]);
    cron.until_written(&format!("word = 'second' AND commit = '{commit}'"));
    let requirements = cron.live.stack.read("repository/requirements.txt");
    cron.push(&[("requirements.txt", &format!("{requirements}\nsix==1.17.0\n"))]);
    cron.until_written("six = '1.17.0'");
    let crontab = format!("{CRONTAB}# stackctl: name=extra\n@every 1s touch /tmp/extra\n");
    cron.push(&[("app/crontab.txt", &crontab)]);
    Live::until("the new job ran", || {
        let history = cron.run(&["jobs", "history", "extra"]).success();
        history.stdout.contains("extra")
    });
    assert_eq!(cron.started(), started, "no container was touched");
    assert_eq!(cron.long(), long, "no job was killed");

    // What is broken is refused, and what is there goes on.
    let third = WRITE.replace("\"first\"", "\"third\"");
    cron.push(&[
        ("requirements.txt", "no-such-package-of-anybody==1.0\n"),
        ("app/scripts/write.py", &third),
    ]);
    cron.until_status_says("no-such-package-of-anybody");
    cron.still_writes("word = 'second' AND six = '1.17.0'");
    cron.push(&[
        ("requirements.txt", &format!("{requirements}\nsix==1.17.0\n")),
        ("app/crontab.txt", "61 * * * * true\n"),
    ]);
    cron.until_status_says("61 * * * * true");
    cron.still_writes("word = 'second' AND six = '1.17.0'");
    assert_eq!(
        cron.sql("SELECT count(*) FROM jobs.seen WHERE word = 'third'"),
        "0",
        "a refused commit never runs"
    );
    cron.push(&[("app/crontab.txt", &crontab)]);
    cron.until_written("word = 'third'");
    assert_eq!(cron.started(), started, "no container was touched");
    assert_eq!(cron.long(), long, "no job was killed");

    // Killed at any moment, both go on where they were.
    let installed = cron.installed();
    cron.kill("sync-scripts");
    cron.kill("app");
    cron.still_writes("word = 'third'");
    let fourth = WRITE.replace("\"first\"", "\"fourth\"");
    cron.push(&[("app/scripts/write.py", &fourth)]);
    cron.until_written("word = 'fourth'");
    let lost = cron.run(&["jobs", "history", "long"]).success();
    assert!(lost.stdout.contains("lost"), "{}", lost.stdout);

    // A restart and a new start install nothing again.
    cron.run(&["restart"]).success();
    cron.still_writes("word = 'fourth'");
    cron.run(&["down"]).success();
    cron.run(&["up"]).success();
    cron.still_writes("word = 'fourth'");
    assert_eq!(cron.installed(), installed, "nothing was installed again");
    let history = cron
        .run(&["jobs", "history", "long", "--limit", "1000"])
        .success();
    assert!(
        history.stdout.contains("lost"),
        "history outlives the containers:\n{}",
        history.stdout
    );

    no_place_shows_the_token(&cron);
}

fn no_place_shows_the_token(cron: &Cron) {
    let token = cron.token.as_str();
    let mut places = Vec::new();
    for service in ["app", "sync-scripts"] {
        let container = cron.live.container(service);
        places.push(docker(&["inspect", &container]));
        places.push(docker(&["logs", &container]));
        let image = docker(&["inspect", "--format", "{{.Image}}", &container]);
        places.push(docker(&["history", "--no-trunc", &image]));
        places.push(docker(&["inspect", &image]));
    }
    let ps = Command::new("ps").args(["axeww"]).output().unwrap();
    places.push(String::from_utf8_lossy(&ps.stdout).into_owned());
    for place in &places {
        assert!(!place.contains(token), "the token is in\n{place}");
    }
    let volume = format!("{}_sync_scripts", cron.live.project);
    let folder = docker(&["volume", "inspect", "--format", "{{.Mountpoint}}", &volume]);
    let mut found = Vec::new();
    files_with(&PathBuf::from(folder), token, &mut found);
    assert!(found.is_empty(), "the token is in {found:?}");
}

//! examples/cron on a real engine: code, packages and schedule follow the repository behind a token, while a job runs
//! through all of it.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

use crate::harness::{Output, TestStack, repository};
use crate::live::{Live, docker, on_this_network};

const TOKEN: &str = "a-token-of-a-test-0123456789";
const OTHER_TOKEN: &str = "another-token-of-a-test-9876543210";

/// Runs from the first commit to the end of the test, and says so each second.
const LONG: &str =
    "import time\nfor second in range(3600):\n    print(f'second {second}', flush=True)\n    time.sleep(1)\n";

/// The demo's stack, and a checkout of its repository to push from.
struct Demo {
    live: Live,
    checkout: PathBuf,
    port: String,
}

impl Demo {
    /// Brings the demo up, with a job that goes on and on.
    fn up() -> Self {
        let text = fs::read_to_string(repository().join("examples/cron/stack.toml")).unwrap();
        let text = text
            .replace("name = \"cron\"", "name = \"NAME\"")
            .replace("\"8018:", "\"PORT:");
        let mut live = Live::of(on_this_network(TestStack::example("cron")), &text);
        for folder in ["rendered", "rendered-demo"] {
            fs::remove_dir_all(live.stack.path().join(folder)).unwrap();
        }
        live.project += "-demo";
        live.stack.write("secrets/git_token", TOKEN);
        live.stack.write("repository/app/scripts/long.py", LONG);
        let crontab = live.stack.read("repository/app/crontab.txt");
        let long = "@reboot python3 app/scripts/long.py\n# stackctl: name=tick\n@every 1s echo tick 1\n";
        live.stack
            .write("repository/app/crontab.txt", &format!("{crontab}{long}"));
        let port = live.stack.read("stack.toml");
        let port = port.split("port = \"").nth(1).unwrap();
        let demo = Self {
            checkout: live.stack.path().join("checkout"),
            port: port.split(':').next().unwrap().to_owned(),
            live,
        };
        demo.run(&["up"]).success();
        demo.git(TOKEN, &["clone", "--quiet", &demo.url(), "checkout"]);
        demo
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}/docker_test.git", self.port)
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.live.run(&[&["--env", "demo"], arguments].concat())
    }

    /// Runs git in the checkout, or beside it where that is not there yet.
    fn git(&self, token: &str, arguments: &[&str]) {
        let folder = if self.checkout.is_dir() {
            &self.checkout
        } else {
            self.live.stack.path()
        };
        let helper = format!("!f() {{ echo username=test; echo password={token}; }}; f");
        let output = Command::new("git")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_TERMINAL_PROMPT", "0")
            .args(["-c", "user.name=test", "-c", "user.email=test@example.com"])
            .args(["-c", &format!("credential.helper={helper}")])
            .args(arguments)
            .current_dir(folder)
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {arguments:?}: {told}");
    }

    /// Commits what was written and pushes it.
    fn push(&self, token: &str, files: &[(&str, &str)]) -> String {
        for (path, text) in files {
            fs::write(self.checkout.join(path), text).unwrap();
        }
        self.git(token, &["add", "--all"]);
        self.git(token, &["commit", "--quiet", "--message", "a change"]);
        self.git(token, &["push", "--quiet"]);
        let head = Command::new("git")
            .args(["rev-parse", "HEAD"])
            .current_dir(&self.checkout)
            .output()
            .unwrap();
        String::from_utf8(head.stdout).unwrap().trim().to_owned()
    }

    /// What the agent says of itself.
    fn agent(&self) -> Value {
        let text = self.run(&["jobs", "status", "--format", "json"]).stdout;
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }

    /// Waits until a commit is what new runs start in.
    #[track_caller]
    fn until_active(&self, commit: &str) {
        Live::until(&format!("{commit} is active"), || {
            self.agent()["generation"]["commit"] == *commit
        });
    }

    fn logs(&self, service: &str) -> String {
        docker(&["logs", &format!("{}-{service}-1", self.live.project)])
    }

    /// Waits until the app prints something.
    #[track_caller]
    fn until_told(&self, text: &str) {
        Live::until(&format!("the app tells `{text}`"), || {
            self.logs("app").contains(text)
        });
    }

    fn crontab(&self) -> String {
        fs::read_to_string(self.checkout.join("app/crontab.txt")).unwrap()
    }

    /// Kills the first process of a container from outside, so that the engine starts it again.
    fn kill(&self, service: &str) {
        let restarts = || self.live.inspect(service, "{{.RestartCount}}");
        let before = restarts();
        let pid: i32 = self.live.inspect(service, "{{.State.Pid}}").parse().unwrap();
        kill(Pid::from_raw(pid), Signal::SIGKILL).unwrap();
        Live::until("the engine starts it again", || restarts() != before);
    }

    /// The containers that must stay the same ones.
    fn containers(&self) -> Vec<String> {
        let services = ["app", "sync-scripts", "postgres"];
        let started = |service: &str| self.live.inspect(service, "{{.Id}} {{.State.StartedAt}}");
        services.map(started).to_vec()
    }
}

#[test]
fn jobs_follow_their_repository_without_a_restart() {
    let demo = Demo::up();
    let containers = demo.containers();
    demo.until_told("second 1");
    demo.run(&["jobs", "run-now", "populate"]).success();
    demo.until_told("jobs.test_data has 1 rows");

    // Code, then packages, then the schedule: each is live by itself.
    let code = demo.push(TOKEN, &[("app/scripts/hello.py", "print('hello anew')\n")]);
    demo.until_active(&code);
    demo.run(&["jobs", "run-now", "hello.py"]).success();
    demo.until_told("hello anew");
    let packages = demo.push(
        TOKEN,
        &[
            ("requirements.txt", "psycopg[binary]==3.2.10\nsix==1.17.0\n"),
            (
                "app/scripts/hello.py",
                "import six\nprint('six', six.__version__)\n",
            ),
        ],
    );
    demo.until_active(&packages);
    demo.run(&["jobs", "run-now", "hello.py"]).success();
    demo.until_told("six 1.17.0");
    let schedule = demo.push(
        TOKEN,
        &[(
            "app/crontab.txt",
            &demo.crontab().replace("echo tick 1", "echo tick 2"),
        )],
    );
    demo.until_active(&schedule);
    demo.until_told("tick 2");

    // What is broken is refused, told, and healed by the next good commit.
    let good = demo.crontab();
    let broken = demo.push(
        TOKEN,
        &[
            ("app/crontab.txt", "61 * * * * true\n"),
            ("requirements.txt", "six==0.0.0.1\n"),
        ],
    );
    Live::until("the broken commit is refused", || {
        let pending = demo.agent()["pending"].clone();
        pending["commit"] == *broken && pending["error"].is_string()
    });
    let status = demo.run(&["status"]).code(1).stdout;
    assert!(status.starts_with("app stays at its old commit"), "{status}");
    assert_eq!(demo.agent()["generation"]["commit"], *schedule);
    let healed = demo.push(
        TOKEN,
        &[
            ("app/crontab.txt", &good),
            ("requirements.txt", "psycopg[binary]==3.2.10\n"),
        ],
    );
    demo.until_active(&healed);

    // One run went through all of it, in containers that nobody touched.
    assert_eq!(demo.containers(), containers);
    let running = demo.agent()["running"].clone();
    assert!(
        running
            .as_array()
            .unwrap()
            .iter()
            .any(|run| run["job"] == "long.py"),
        "{running}"
    );
    assert_eq!(demo.logs("app").matches("second 0\n").count(), 1);
}

#[test]
fn a_token_reaches_its_sync_and_nobody_else() {
    let demo = Demo::up();
    let sync = demo.live.container("sync-scripts");
    let app = demo.live.inspect("app", "{{.Id}} {{.State.StartedAt}}");

    // A new token: only the server of the demo, which reads a single file, is made anew.
    demo.live.stack.write("secrets/git_token", OTHER_TOKEN);
    demo.run(&["up"]).success();
    assert_eq!(demo.live.container("sync-scripts"), sync);
    assert_eq!(demo.live.inspect("app", "{{.Id}} {{.State.StartedAt}}"), app);
    let commit = demo.push(
        OTHER_TOKEN,
        &[("app/scripts/hello.py", "print('with another token')\n")],
    );
    demo.until_active(&commit);

    let name = |service: &str| format!("{}-{service}-1", demo.live.project);
    let processes = docker(&["top", &name("sync-scripts"), "-eo", "pid,args"]);
    let mut texts = vec![("docker top".to_owned(), processes)];
    for service in ["sync-scripts", "app"] {
        let image = format!("{}-{service}", demo.live.project);
        texts.extend([
            (
                format!("docker inspect {service}"),
                docker(&["inspect", &name(service)]),
            ),
            (
                format!("docker logs {service}"),
                docker(&["logs", &name(service)]),
            ),
            (
                format!("docker history {image}"),
                docker(&["history", "--no-trunc", &image]),
            ),
        ]);
    }
    // With the environment of every process of this host, those in containers among them; but for the tests' own git,
    // which is given its token that way.
    let processes = Command::new("ps").args(["axeww"]).output().unwrap();
    let processes = String::from_utf8_lossy(&processes.stdout);
    let others = processes
        .lines()
        .filter(|line| !line.contains("credential.helper"));
    texts.push(("ps".to_owned(), others.collect::<Vec<_>>().join("\n")));
    for (place, text) in texts {
        for token in [TOKEN, OTHER_TOKEN] {
            assert!(!text.contains(token), "the token is in {place}");
        }
    }
    let search = format!("! grep --recursive --files-with-matches {OTHER_TOKEN} /git");
    docker(&["exec", &name("sync-scripts"), "sh", "-c", &search]);
}

#[test]
fn what_is_installed_stays_over_kills_restarts_down_and_up() {
    let demo = Demo::up();
    demo.run(&["jobs", "run-now", "populate"]).success();
    demo.until_told("jobs.test_data has 1 rows");
    let before = demo.agent()["generation"].clone();

    // Killed without a word, both go on where they were, and the run that was cut is called lost.
    demo.until_told("second 1");
    demo.kill("sync-scripts");
    demo.kill("app");
    Live::until("the agent is back", || {
        demo.agent()["generation"]["commit"] == before["commit"]
    });
    let history = demo.run(&["jobs", "history", "long.py"]).success().stdout;
    assert!(history.contains("lost"), "{history}");

    demo.run(&["restart"]).success();
    demo.run(&["down"]).success();
    demo.run(&["up"]).success();
    let after = demo.agent()["generation"].clone();
    for key in ["number", "commit", "environment", "schedule"] {
        assert_eq!(before[key], after[key], "{key}");
    }
    assert!(!demo.logs("app").contains("Installing collected packages"));
    demo.run(&["jobs", "run-now", "populate"]).success();
    // The schedule may have written more in the meantime.
    demo.until_told("jobs.test_data has ");
    let code = demo.push(TOKEN, &[("app/scripts/hello.py", "print('hello anew')\n")]);
    demo.until_active(&code);
    let history = demo.run(&["jobs", "history", "populate"]).success().stdout;
    assert!(history.contains("jobs.test_data has 1 rows"), "{history}");
    let status = demo.run(&["sync", "status"]).success().stdout;
    assert!(status.contains(&code), "{status}");
}

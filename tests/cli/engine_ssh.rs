//! A repository behind OpenSSH's server, on a real engine: both backends follow it with a key, and know the server.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use crate::harness::TestStack;
use crate::live::{Live, docker, files_with, on_this_network};

/// Two syncs of one repository, the library's and the command's, and jobs of the first.
const STACK: &str = r#"
[stack]
name = "NAME"

[services.ssh]
dockerfile = "Dockerfile"
user = "10001:10001"
port = "PORT:2222"
read_only = false
secrets = ["host_key"]
healthcheck = { test = ["CMD", "bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/2222"] }

[sync.library]
repo = "ssh://git@ssh:2222/srv/git/code.git"
every = "1s"
ssh_key = "deploy_key"
known_hosts = "known_hosts"
depends_on = ["ssh"]

[sync.command]
repo = "ssh://git@ssh:2222/srv/git/code.git"
backend = "git"
every = "1s"
ssh_key = "deploy_key"
known_hosts = "known_hosts"
depends_on = ["ssh"]

[jobs.app]
sync = "library"
python = "3.11"
crontab = "crontab.txt"
requirements = ""
poll = "1s"

[secrets]
deploy_key = { file = "deploy_key" }
host_key = { file = "host_key" }
"#;

const DOCKERFILE: &str = r#"
FROM debian:bookworm-slim
RUN --mount=type=secret,id=build_env --mount=type=secret,id=build_ca \
    if [ -s /run/secrets/build_env ]; then . /run/secrets/build_env; fi \
    && apt-get update \
    && apt-get install --yes --no-install-recommends git openssh-server \
    && rm -rf /var/lib/apt/lists/* /etc/ssh/ssh_host_*
RUN useradd --uid 10001 --password '*' --create-home --home-dir /srv/git --shell /bin/sh git
COPY deploy_key.pub /etc/ssh/allowed
COPY --chown=10001:10001 repository /tmp/repository
USER git
WORKDIR /tmp/repository
RUN git init --quiet --initial-branch=main . && git add --all \
    && git -c user.name=test -c user.email=test@example.com commit --quiet --message first \
    && git clone --quiet --bare . /srv/git/code.git
CMD ["/usr/sbin/sshd", "-D", "-e", "-p", "2222", "-h", "/run/secrets/host_key", "-o", "UsePAM=no", \
     "-o", "StrictModes=no", "-o", "PidFile=none", "-o", "AuthorizedKeysFile=/etc/ssh/allowed"]
"#;

struct Ssh {
    live: Live,
    clone: PathBuf,
}

impl Ssh {
    fn up() -> Self {
        let stack = on_this_network(TestStack::empty());
        stack.write("Dockerfile", DOCKERFILE);
        stack.write(".dockerignore", "*\n!deploy_key.pub\n!repository\n");
        stack.write("repository/crontab.txt", "@every 1s sh say.sh\n");
        stack.write("repository/say.sh", "echo the first word\n");
        for key in ["deploy_key", "host_key"] {
            let path = stack.path().join(key);
            let status = Command::new("ssh-keygen")
                .args(["-q", "-t", "ed25519", "-N", "", "-C", "test", "-f"])
                .arg(path)
                .status()
                .unwrap();
            assert!(status.success());
        }
        let host = stack.read("host_key.pub");
        stack.write("known_hosts", &format!("[ssh]:2222 {host}"));
        let live = Live::of(stack, STACK);
        let clone = live.stack.path().join("clone");
        let ssh = Self { live, clone };
        ssh.live.run(&["up", "--timeout", "10m"]).success();
        let text = ssh.live.stack.read("stack.toml");
        let port = text.split("port = \"").nth(1).unwrap();
        let port = port.split(':').next().unwrap();
        let url = format!("ssh://git@127.0.0.1:{port}/srv/git/code.git");
        ssh.git(&["clone", "--quiet", &url, ssh.clone.to_str().unwrap()]);
        ssh
    }

    /// Runs git as a developer with the same key.
    fn git(&self, arguments: &[&str]) -> String {
        let root = self.live.stack.path();
        let folder = if self.clone.is_dir() { &self.clone } else { root };
        let key = root.join("deploy_key");
        let command = format!(
            "ssh -F none -i {} -o IdentitiesOnly=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
             -o LogLevel=ERROR",
            key.display()
        );
        let output = Command::new("git")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_SSH_COMMAND", command)
            .args(["-c", "user.name=test", "-c", "user.email=test@example.com"])
            .args(arguments)
            .current_dir(folder)
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {arguments:?}: {told}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    fn push(&self, path: &str, text: &str) -> String {
        fs::write(self.clone.join(path), text).unwrap();
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", "next"]);
        self.git(&["push", "--quiet"]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// The commit that a sync publishes.
    fn published(&self, sync: &str) -> String {
        let told = self
            .live
            .run(&["exec", &format!("sync-{sync}"), "--", "readlink", "/git/code"]);
        let target = told.stdout.trim().to_owned();
        target.rsplit('/').next().unwrap().to_owned()
    }

    fn active(&self) -> Value {
        let told = self.live.run(&["jobs", "status", "--format", "json"]).stdout;
        let status: Value = serde_json::from_str(&told).unwrap_or_default();
        status["generation"]["commit"].clone()
    }
}

#[test]
fn a_stack_follows_a_repository_behind_ssh() {
    let ssh = Ssh::up();
    let first = ssh.git(&["rev-parse", "HEAD"]);
    for sync in ["library", "command"] {
        assert_eq!(ssh.published(sync), first, "{sync}");
    }
    let second = ssh.push("say.sh", "echo the second word\n");
    for sync in ["library", "command"] {
        Live::until(&format!("{sync} publishes the new commit"), || {
            ssh.published(sync) == second
        });
    }
    Live::until("the new commit is active", || ssh.active() == *second);
    Live::until("its job runs", || {
        ssh.live
            .run(&["jobs", "history"])
            .stdout
            .contains("the second word")
    });

    // The private key is in no place that others can read.
    let key = ssh.live.stack.read("deploy_key");
    let secret = key.lines().nth(2).unwrap();
    for service in ["sync-library", "sync-command", "app"] {
        let container = ssh.live.container(service);
        let log = ssh.live.run(&["logs", service]).stdout;
        for told in [docker(&["inspect", &container]), log] {
            assert!(!told.contains(secret), "the key is told by {service}");
        }
    }
    for sync in ["library", "command"] {
        let volume = format!("{}_sync_{sync}", ssh.live.project);
        let folder = docker(&["volume", "inspect", "--format", "{{.Mountpoint}}", &volume]);
        let mut found = Vec::new();
        files_with(&PathBuf::from(folder), secret, &mut found);
        assert!(found.is_empty(), "the key is in {found:?}");
    }

    // A server with another key is somebody else: nothing is fetched from it, and what is published stays.
    let other = ssh.live.stack.read("deploy_key.pub");
    ssh.live
        .stack
        .write("known_hosts", &format!("[ssh]:2222 {other}"));
    ssh.live.run(&["up"]);
    ssh.push("say.sh", "echo the third word\n");
    for (sync, words) in [
        ("library", "key of the SSH host"),
        ("command", "Host key verification failed"),
    ] {
        Live::until(&format!("{sync} refuses the server"), || {
            let log = ssh.live.run(&["logs", &format!("sync-{sync}")]).stdout;
            log.contains(words)
        });
        assert_eq!(ssh.published(sync), second, "{sync}");
    }
}

//! A repository on a server, a root, and `stackctl sync` between them, for tests that run on both backends.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::git_server::GitServer;
use crate::harness::{Output, TestStack};

/// Makes a test for each backend of each function that takes a [`Scene`].
macro_rules! on_both_backends {
    ($($name:ident),* $(,)?) => {
        mod git_command {
            $(#[test] fn $name() { super::$name(&crate::sync_scene::Scene::new("git")); })*
        }
        mod git2 {
            $(#[test] fn $name() { super::$name(&crate::sync_scene::Scene::new("git2")); })*
        }
    };
}
pub(crate) use on_both_backends;

/// Everything lies in one folder: `origin` is the repository, `root` what is synced.
pub struct Scene {
    pub stack: TestStack,
    pub server: GitServer,
    pub backend: &'static str,
}

impl Scene {
    /// With one commit, in which `file` holds `first` and there is a folder.
    pub fn new(backend: &'static str) -> Self {
        let stack = TestStack::empty();
        let server = GitServer::start(stack.path());
        let scene = Self {
            stack,
            server,
            backend,
        };
        scene.create("origin");
        scene
    }

    /// Another repository with one commit.
    pub fn create(&self, name: &str) {
        let folder = self.path(name);
        fs::create_dir(&folder).unwrap();
        self.git_in(name, &["init", "--quiet", "-b", "main"]);
        self.git_in(name, &["config", "uploadpack.allowAnySHA1InWant", "true"]);
        fs::create_dir_all(folder.join("folder/below")).unwrap();
        for path in ["folder/one", "folder/two", "folder/below/three"] {
            fs::write(folder.join(path), format!("{path}\n")).unwrap();
        }
        self.commit_in(name, "file", "first");
    }

    /// A path below the folder.
    pub fn path(&self, path: &str) -> PathBuf {
        self.stack.path().join(path)
    }

    /// Runs git in the repository.
    pub fn git(&self, arguments: &[&str]) -> String {
        self.git_in("origin", arguments)
    }

    /// Runs git in a folder.
    #[track_caller]
    pub fn git_in(&self, folder: &str, arguments: &[&str]) -> String {
        let output = Command::new("git")
            .args(["-c", "user.name=Test", "-c", "user.email=test@example.org"])
            .args(["-c", "safe.directory=*", "-c", "protocol.file.allow=always"])
            .args(arguments)
            .current_dir(self.path(folder))
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "git {arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Changes a file and commits it; gives the commit.
    pub fn commit(&self, path: &str, text: &str) -> String {
        self.commit_in("origin", path, text)
    }

    /// The same in another repository.
    pub fn commit_in(&self, name: &str, path: &str, text: &str) -> String {
        fs::write(self.path(name).join(path), text).unwrap();
        self.git_in(name, &["add", "."]);
        self.git_in(name, &["commit", "--quiet", "--allow-empty", "-m", text]);
        self.head()
    }

    /// The repository's latest commit.
    pub fn head(&self) -> String {
        self.git(&["rev-parse", "HEAD"])
    }

    /// `stackctl sync` with these arguments, ready to be changed.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let repo = format!("--repo={}", self.server.url("origin/.git"));
        let backend = format!("--backend={}", self.backend);
        let root = format!("--root={}", self.path("root").display());
        let mut all = vec!["sync", &backend, &repo, &root, "--link=link", "--period=50ms"];
        all.extend(arguments);
        self.stack.command(&all)
    }

    /// Syncs once.
    pub fn once(&self, arguments: &[&str]) -> Output {
        let output = self.command(arguments).arg("--one-time").output().unwrap();
        Output {
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            code: output.status.code().unwrap_or(-1),
        }
    }

    /// Syncs until the value is dropped.
    pub fn start(&self, arguments: &[&str]) -> Running {
        let log = fs::File::options()
            .create(true)
            .append(true)
            .open(self.path("log"))
            .unwrap();
        let mut command = self.command(arguments);
        command.stdout(Stdio::null()).stderr(log);
        Running(command.spawn().unwrap())
    }

    /// What was logged by [`Scene::start`].
    pub fn log(&self) -> String {
        self.stack.read("log")
    }

    /// The commit that the link names; none without a link.
    pub fn served(&self) -> Option<String> {
        let target = fs::read_link(self.path("root/link")).ok()?;
        Some(target.file_name()?.to_str()?.to_owned())
    }

    /// Waits until this commit is served, then checks it.
    #[track_caller]
    pub fn serves(&self, commit: &str) {
        self.eventually("it is served", || {
            self.served().as_deref() == Some(commit) && self.path("root/link").is_dir()
        });
        self.check(&self.path("root/link"), commit);
    }

    /// Waits until a condition holds.
    #[track_caller]
    pub fn eventually(&self, what: &str, condition: impl Fn() -> bool) {
        let deadline = Instant::now() + Duration::from_secs(180);
        while !condition() {
            assert!(
                Instant::now() < deadline,
                "never: {what}; link to {:?}, log:\n{}",
                self.served(),
                fs::read_to_string(self.path("log")).unwrap_or_default()
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Waits until this many rounds began, and gives the requests that came with them.
    #[track_caller]
    pub fn pass_rounds(&self, rounds: usize) -> Vec<String> {
        self.server.requests();
        let seen = std::cell::RefCell::new(Vec::new());
        self.eventually("rounds pass", || {
            let mut seen = seen.borrow_mut();
            seen.extend(self.server.requests());
            // Each begins with one question; the last may still go on.
            seen.iter().filter(|request| request.starts_with("GET")).count() > rounds
        });
        seen.into_inner()
    }

    /// A folder must hold what a commit of the repository says, and nothing else.
    #[track_caller]
    pub fn check(&self, folder: &Path, commit: &str) {
        let names = self.git(&["ls-tree", "-r", "--name-only", commit]);
        let mut expected: Vec<&str> = names.lines().collect();
        expected.sort_unstable();
        assert_eq!(files(folder), expected, "{}", folder.display());
        for name in expected {
            let text = self.git(&["show", &format!("{commit}:{name}")]);
            assert_eq!(
                fs::read_to_string(folder.join(name)).unwrap().trim(),
                text,
                "{name}"
            );
        }
    }

    /// Runs git in the published worktree.
    #[track_caller]
    pub fn git_in_link(&self, arguments: &[&str]) -> String {
        self.git_in("root/link", arguments)
    }

    /// What lies in a folder below the root, sorted.
    pub fn names(&self, folder: &str) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.path(folder)) else {
            return Vec::new();
        };
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

/// Every file below a folder but git's own, sorted.
fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let entry = entry.unwrap();
            if entry.file_name() == ".git" {
                continue;
            }
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            } else {
                let relative = entry.path().strip_prefix(folder).unwrap().to_owned();
                found.push(relative.display().to_string());
            }
        }
    }
    found.sort();
    found
}

/// A sync that goes on.
pub struct Running(Child);

impl Running {
    /// Its process.
    pub fn pid(&self) -> u32 {
        self.0.id()
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: nix::sys::signal::Signal) {
        let pid = nix::unistd::Pid::from_raw(self.pid().cast_signed());
        nix::sys::signal::kill(pid, signal).unwrap();
    }

    /// Ends it as a power cut does.
    pub fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    /// Waits for its end and gives the exit code.
    pub fn end(mut self) -> Option<i32> {
        self.0.wait().unwrap().code()
    }

    /// Whether it still runs.
    pub fn runs(&mut self) -> bool {
        self.0.try_wait().unwrap().is_none()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.runs() {
            self.0.kill().unwrap();
            self.0.wait().unwrap();
        }
    }
}

//! A folder of its own for each test, a clean environment, and the real binary.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// A project in a temporary folder. Nothing of the caller's environment reaches stackctl but what is set here.
pub struct TestStack {
    directory: TempDir,
    environment: BTreeMap<String, String>,
}

/// What a command printed and how it ended. Paths of the temporary folder are replaced by `[DIR]`.
#[derive(Debug)]
pub struct Output {
    pub stdout: String,
    pub stderr: String,
    pub code: i32,
}

impl TestStack {
    /// An empty folder.
    pub fn empty() -> Self {
        let directory = tempfile::Builder::new()
            .prefix("stackctl-test-")
            .tempdir()
            .unwrap();
        let home = directory.path().join(".home");
        fs::create_dir(&home).unwrap();
        let mut environment = BTreeMap::new();
        environment.insert("HOME".to_owned(), home.display().to_string());
        environment.insert("NO_COLOR".to_owned(), "1".to_owned());
        environment.insert("PATH".to_owned(), std::env::var("PATH").unwrap_or_default());
        Self {
            directory,
            environment,
        }
    }

    /// A folder with this stack.toml.
    pub fn new(stack_toml: &str) -> Self {
        Self::empty().file("stack.toml", stack_toml)
    }

    /// A copy of one of the project's examples.
    pub fn example(name: &str) -> Self {
        let stack = Self::empty();
        copy(&repository().join("examples").join(name), stack.path());
        stack
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Writes a file below the folder.
    pub fn file(self, path: &str, text: &str) -> Self {
        self.write(path, text);
        self
    }

    /// Writes a file below the folder.
    pub fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Reads a file below the folder.
    pub fn read(&self, path: &str) -> String {
        let path = self.path().join(path);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// Sets a variable for every command.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Puts an executable of this name first on PATH; `script` is POSIX shell.
    pub fn fake(self, name: &str, script: &str) -> Self {
        let folder = self.path().join(".fakes");
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        let search = self.environment["PATH"].clone();
        let folder = folder.display().to_string();
        if search.starts_with(&folder) {
            self
        } else {
            self.env("PATH", &format!("{folder}:{search}"))
        }
    }

    /// The command, ready to be changed or spawned.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_stackctl"));
        command
            .args(arguments)
            .current_dir(self.path())
            .env_clear()
            .envs(&self.environment)
            .stdin(Stdio::null());
        command
    }

    /// Runs stackctl to its end.
    pub fn run(&self, arguments: &[&str]) -> Output {
        let output = self.command(arguments).output().unwrap();
        let text = |bytes: &[u8]| {
            let directory = self.path().display().to_string();
            String::from_utf8_lossy(bytes).replace(&directory, "[DIR]")
        };
        Output {
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
            code: output.status.code().unwrap_or(-1),
        }
    }

    /// Every file below the folder with its bytes, to prove that a command wrote nothing.
    pub fn snapshot(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut files = BTreeMap::new();
        collect(self.path(), self.path(), &mut files);
        files
    }
}

impl Output {
    /// The command must have ended with this code.
    #[track_caller]
    pub fn code(self, code: i32) -> Self {
        assert_eq!(
            self.code, code,
            "\n--- stdout\n{}\n--- stderr\n{}",
            self.stdout, self.stderr
        );
        self
    }

    /// The command must have succeeded.
    #[track_caller]
    pub fn success(self) -> Self {
        self.code(0)
    }

    /// stdout as JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error} in\n{}", self.stdout))
    }
}

/// The folder of the repository.
pub fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            fs::create_dir_all(&target).unwrap();
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), &target).unwrap();
        }
    }
}

fn collect(root: &Path, folder: &Path, files: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let path = entry.path();
        let name = path.strip_prefix(root).unwrap().to_owned();
        if entry.file_type().unwrap().is_dir() {
            files.insert(name, Vec::new());
            collect(root, &path, files);
        } else {
            files.insert(name, fs::read(&path).unwrap_or_default());
        }
    }
}

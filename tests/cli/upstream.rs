//! A repository that others fetch from, made with the git command in a folder of its own.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A repository with a worktree; its branch is `main`.
pub struct Upstream {
    path: PathBuf,
}

impl Upstream {
    /// An empty repository in a new folder.
    pub fn new(path: &Path) -> Self {
        fs::create_dir_all(path).unwrap();
        let upstream = Self {
            path: path.to_owned(),
        };
        upstream.git(["init", "--quiet", "--initial-branch=main"]);
        upstream
    }

    /// Its folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Runs git in it; gives back what it printed, without the last line's end.
    #[track_caller]
    pub fn git<T: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = T>) -> String {
        git(&self.path, arguments)
    }

    /// Writes a file.
    pub fn write(&self, path: impl AsRef<Path>, bytes: impl AsRef<[u8]>) -> &Self {
        let path = self.path.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
        self
    }

    /// Commits all that is in the worktree; gives back the commit.
    #[track_caller]
    pub fn commit(&self, message: &str) -> String {
        self.git(["add", "--all"]);
        self.git(["commit", "--quiet", "--allow-empty", "--message", message]);
        self.head()
    }

    /// The commit that is checked out.
    pub fn head(&self) -> String {
        self.git(["rev-parse", "HEAD"])
    }
}

/// Runs git in a folder, without anybody's configuration, and expects success.
#[track_caller]
pub fn git<T: AsRef<OsStr>>(folder: &Path, arguments: impl IntoIterator<Item = T>) -> String {
    let output = command(folder).args(arguments).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git in {}: {stderr}", folder.display());
    String::from_utf8_lossy(&output.stdout)
        .trim_end_matches('\n')
        .to_owned()
}

/// git in a folder, without anybody's configuration.
pub fn command(folder: &Path) -> Command {
    let mut command = Command::new("git");
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("HOME", "/nonexistent")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_AUTHOR_NAME", "A")
        .env("GIT_AUTHOR_EMAIL", "a@example.com")
        .env("GIT_COMMITTER_NAME", "A")
        .env("GIT_COMMITTER_EMAIL", "a@example.com")
        .args(["-c", "safe.directory=*", "-c", "protocol.file.allow=always"])
        .current_dir(folder);
    command
}

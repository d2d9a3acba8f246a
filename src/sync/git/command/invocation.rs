//! One run of git: its own process group, killed whole at the deadline, with nothing of the caller's git settings.

use std::ffi::{OsStr, OsString};
use std::io::{self, Read};
use std::os::fd::{BorrowedFd, RawFd};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use nix::fcntl::{FcntlArg, FdFlag, fcntl};
use nix::sys::signal::{Signal, killpg};
use nix::sys::wait::{Id, WaitPidFlag, waitid};
use nix::unistd::Pid;

use crate::runtime::interrupt::Interrupt;
use crate::sync::git::GitError;
use crate::sync::git::address::redact;

use super::failure::{Failure, classify};

/// How long pipes may stay open behind a git that has ended, held by processes that it left.
const DRAIN: Duration = Duration::from_secs(1);
/// What is kept of stderr: its end.
const LONGEST_MESSAGE: usize = 64 * 1024;

/// Runs git.
#[derive(Debug)]
pub struct Invocation {
    /// The executable.
    pub program: PathBuf,
    /// Variables that are set.
    pub variables: Vec<(&'static str, OsString)>,
    /// Descriptors that git and its children inherit under the same numbers.
    pub inherited: Vec<RawFd>,
    /// Ends git at once when stackctl is to end.
    pub interrupt: Interrupt,
    /// What must not appear in a message.
    pub secrets: Vec<String>,
}

/// Where git works.
#[derive(Debug, Clone, Copy)]
pub enum At<'a> {
    /// In a repository, whatever surrounds it.
    Repository(&'a Path),
    /// In a worktree, whose `.git` leads to its repository.
    Worktree(&'a Path),
}

/// What git printed, and how it ended.
#[derive(Debug)]
struct Ended {
    status: ExitStatus,
    stdout: Vec<u8>,
    stderr: Vec<u8>,
}

enum Message {
    Stdout(Vec<u8>),
    Stderr(Vec<u8>),
    Exited,
    Stop,
}

impl Invocation {
    /// Runs git to its end and gives what it printed on stdout.
    ///
    /// # Errors
    /// It failed, or did not end before the deadline.
    pub fn run<A: AsRef<OsStr>>(
        &self,
        step: &'static str,
        at: At<'_>,
        arguments: &[A],
        deadline: Instant,
    ) -> Result<String, Failure> {
        let ended = self.finish(step, at, arguments, deadline)?;
        if ended.status.success() {
            return Ok(String::from_utf8_lossy(&ended.stdout).into_owned());
        }
        let mut printed = String::from_utf8_lossy(&ended.stderr).into_owned();
        if printed.trim().is_empty() {
            printed = String::from_utf8_lossy(&ended.stdout).into_owned();
        }
        if printed.trim().is_empty() {
            printed = format!("git ended with {}", ended.status);
        }
        let secrets: Vec<&str> = self.secrets.iter().map(String::as_str).collect();
        Err(classify(step, &redact(&printed, &secrets)))
    }

    fn finish<A: AsRef<OsStr>>(
        &self,
        step: &'static str,
        at: At<'_>,
        arguments: &[A],
        deadline: Instant,
    ) -> Result<Ended, Failure> {
        let start = Instant::now();
        let other = |message: String| Failure::Error(GitError::Other { step, message });
        let cannot = |error: io::Error| other(format!("`{}` can't be run: {error}", self.program.display()));
        if start >= deadline {
            return Err(too_late(step, Duration::ZERO));
        }
        let mut child = Killed(self.command(at, arguments).spawn().map_err(cannot)?);
        let messages = child.messages(&self.interrupt);
        let mut ended = (None, None, false);
        while !matches!(ended, (Some(_), Some(_), true)) {
            let is_over = ended.2;
            let limit = if is_over {
                DRAIN
            } else {
                deadline.saturating_duration_since(Instant::now())
            };
            match messages.1.recv_timeout(limit) {
                Ok(Message::Stdout(bytes)) => ended.0 = Some(bytes),
                Ok(Message::Stderr(bytes)) => ended.1 = Some(bytes),
                Ok(Message::Exited) => ended.2 = true,
                Ok(Message::Stop) => return Err(other("stackctl was asked to end".to_owned())),
                Err(_) if is_over => break,
                Err(RecvTimeoutError::Timeout) => return Err(too_late(step, start.elapsed())),
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(other("its output could not be read".to_owned()));
                }
            }
        }
        // What it left behind in its group ends with it.
        child.kill();
        Ok(Ended {
            status: child.0.wait().map_err(cannot)?,
            stdout: ended.0.unwrap_or_default(),
            stderr: ended.1.unwrap_or_default(),
        })
    }

    fn command<A: AsRef<OsStr>>(&self, at: At<'_>, arguments: &[A]) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(arguments)
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            // Those of sync itself may hold a password.
            let is_git = text.starts_with("GIT_") || text.starts_with("GITSYNC_");
            if is_git || name == "LANGUAGE" || name == "SSH_ASKPASS" {
                command.env_remove(name);
            }
        }
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        match at {
            At::Repository(path) => {
                let folder = path.parent().filter(|folder| folder.is_dir());
                command
                    .env("GIT_DIR", path)
                    .current_dir(folder.unwrap_or(Path::new("/")));
            }
            At::Worktree(path) => {
                command.current_dir(path);
                if let Some(above) = path.parent() {
                    command.env("GIT_CEILING_DIRECTORIES", above);
                }
            }
        }
        let inherited = self.inherited.clone();
        // SAFETY: prctl and fcntl are async-signal-safe, and nothing is allocated between fork and exec.
        unsafe {
            command.pre_exec(move || {
                nix::sys::prctl::set_pdeathsig(Signal::SIGKILL)?;
                for number in &inherited {
                    // SAFETY: the parent holds these open as long as it runs git.
                    let descriptor = BorrowedFd::borrow_raw(*number);
                    fcntl(descriptor, FcntlArg::F_SETFD(FdFlag::empty()))?;
                }
                Ok(())
            });
        }
        command
    }
}

fn too_late(step: &'static str, after: Duration) -> Failure {
    Failure::Error(GitError::Deadline { step, after })
}

/// A child that does not outlive this value, nor does its group.
struct Killed(Child);

impl Killed {
    fn pid(&self) -> Pid {
        Pid::from_raw(self.0.id().cast_signed())
    }

    /// Its output and its end arrive here, and a wish to stop, as long as the listening goes on.
    fn messages(
        &mut self,
        interrupt: &Interrupt,
    ) -> (crate::runtime::interrupt::Listening, Receiver<Message>) {
        let (sender, receiver) = channel();
        if let Some(pipe) = self.0.stdout.take() {
            read(pipe, sender.clone(), Message::Stdout, usize::MAX);
        }
        if let Some(pipe) = self.0.stderr.take() {
            read(pipe, sender.clone(), Message::Stderr, LONGEST_MESSAGE);
        }
        let pid = self.pid();
        let exited = sender.clone();
        std::thread::spawn(move || {
            // It is left unreaped, so that its number can't become another group's before that is killed.
            let _status = waitid(Id::Pid(pid), WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT);
            exited.send(Message::Exited)
        });
        let stop = sender.clone();
        let listening = interrupt.listen(move |_| {
            // Nobody waits for this git any more.
            let _gone = stop.send(Message::Stop);
        });
        if interrupt.arrived() {
            let _gone = sender.send(Message::Stop);
        }
        (listening, receiver)
    }

    fn kill(&self) {
        // The only error is a group that has gone.
        let _gone = killpg(self.pid(), Signal::SIGKILL);
    }
}

impl Drop for Killed {
    fn drop(&mut self) {
        if matches!(self.0.try_wait(), Ok(None)) {
            self.kill();
            // It was just killed, and there is nobody to tell of an error.
            let _status = self.0.wait();
        }
    }
}

fn read(
    mut pipe: impl Read + Send + 'static,
    sender: Sender<Message>,
    message: fn(Vec<u8>) -> Message,
    longest: usize,
) {
    std::thread::spawn(move || {
        let (mut kept, mut buffer) = (Vec::new(), [0; 8192]);
        while let Ok(length) = pipe.read(&mut buffer) {
            if length == 0 {
                break;
            }
            kept.extend_from_slice(&buffer[..length]);
            if kept.len() > longest.saturating_mul(2) {
                kept.drain(..kept.len() - longest);
            }
        }
        // Nobody waits for this git any more.
        let _gone = sender.send(message(kept));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell() -> Invocation {
        Invocation {
            program: "/bin/sh".into(),
            variables: vec![("GIT_TERMINAL_PROMPT", "0".into())],
            inherited: Vec::new(),
            interrupt: Interrupt::default(),
            secrets: vec!["hunter2".to_owned()],
        }
    }

    fn run(script: &str, time: Duration) -> Result<String, Failure> {
        let folder = std::env::temp_dir();
        let deadline = Instant::now() + time;
        shell().run("trying", At::Worktree(&folder), &["-c", script], deadline)
    }

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn a_group_that_hangs_is_killed_whole() {
        let folder = tempfile::tempdir().unwrap();
        let fifo = folder.path().join("fifo");
        nix::unistd::mkfifo(&fifo, nix::sys::stat::Mode::S_IRWXU).unwrap();
        // The grandchild holds the fifo open until it ends.
        let script = format!("sleep 1000 > '{}' & sleep 1000", fifo.display());
        let reader = std::thread::spawn(move || std::fs::read(fifo));
        let failure = run(&script, Duration::from_millis(300)).unwrap_err();
        assert!(matches!(
            failure,
            Failure::Error(GitError::Deadline { step: "trying", .. })
        ));
        assert!(reader.join().unwrap().unwrap().is_empty());
    }

    #[test]
    fn secrets_are_hidden_and_stdout_is_given() {
        assert_eq!(run("echo $GIT_TERMINAL_PROMPT$GIT_DIR", LONG).unwrap(), "0\n");
        let Failure::Error(error) = run(
            "echo fatal: it was hunter2 at https://me:pw@h/x >&2; exit 1",
            LONG,
        )
        .unwrap_err() else {
            panic!("not an error");
        };
        assert_eq!(
            error.to_string(),
            "trying failed: fatal: it was *** at https://***@h/x"
        );
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let invocation = Invocation {
            program: "/nowhere/git".into(),
            ..shell()
        };
        let failure = invocation
            .run(
                "trying",
                At::Worktree(Path::new("/")),
                &["x"],
                Instant::now() + LONG,
            )
            .unwrap_err();
        let Failure::Error(error) = failure else {
            panic!("not an error");
        };
        assert!(error.to_string().contains("`/nowhere/git` can't be run"));
    }
}

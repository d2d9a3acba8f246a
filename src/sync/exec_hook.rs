//! A command that is run in the worktree, with its children killed at the deadline.

use std::io::{self, Read};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, killpg};
use nix::sys::wait::{Id, WaitPidFlag, waitid};
use nix::unistd::Pid;

use super::git::address::redact;
use super::hook::{Hook, HookError};
use super::log::Log;
use super::options::ExecHook;

/// Bytes of output that are kept: the last ones.
const KEPT: usize = 16 * 1024;
/// How long pipes may stay open behind a command that has ended, held by its own children.
const DRAIN: Duration = Duration::from_millis(500);
/// In front of the names of sync's own variables, today's and former ones.
const OWN: [&str; 2] = ["GITSYNC_", "GIT_"];
/// Ends of the names of those that hold secrets.
const SECRET: [&str; 6] = [
    "_PASSWORD",
    "_CREDENTIAL",
    "_PRIVATE_KEY",
    "_ASKPASS_URL",
    "_WEBHOOK_URL",
    "_GIT_CONFIG",
];

/// The hook.
#[derive(Debug)]
pub struct ExecHookCommand {
    /// What it is called.
    pub name: &'static str,
    /// What is run.
    pub options: ExecHook,
    /// Where it is told.
    pub log: Log,
}

impl Hook for ExecHookCommand {
    fn name(&self) -> &'static str {
        self.name
    }

    fn call(&self, commit: &str, worktree: &Path) -> Result<(), HookError> {
        let command = &self.options.command;
        self.log.info(
            0,
            "running hook",
            &[("hook", &self.name), ("commit", &commit), ("command", command)],
        );
        let ended = self.run(commit, worktree);
        let ended = ended.map_err(|error| HookError(format!("can't run `{command}`: {error}")))?;
        let pairs: [(&str, &dyn std::fmt::Display); 4] = [
            ("hook", &self.name),
            ("commit", &commit),
            ("stdout", &ended.stdout),
            ("stderr", &ended.stderr),
        ];
        match ended.status {
            Some(status) if status.success() => {
                self.log.info(1, "hook succeeded", &pairs);
                Ok(())
            }
            Some(status) => Err(self.failed(&status.to_string(), &ended)),
            None => {
                let seconds = self.options.timeout.as_secs_f64();
                Err(self.failed(&format!("killed after {seconds} s"), &ended))
            }
        }
    }
}

/// How a command ended; no status where it was killed at its deadline.
struct Ended {
    status: Option<std::process::ExitStatus>,
    stdout: String,
    stderr: String,
}

impl ExecHookCommand {
    fn failed(&self, how: &str, ended: &Ended) -> HookError {
        let Ended { stdout, stderr, .. } = ended;
        HookError(format!(
            "`{}`: {how}, stdout: {stdout:?}, stderr: {stderr:?}",
            self.options.command
        ))
    }

    fn run(&self, commit: &str, worktree: &Path) -> io::Result<Ended> {
        let mut command = Command::new(&self.options.command);
        command
            .current_dir(worktree)
            .env("GITSYNC_HASH", commit)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0);
        // A hook may come out of the repository, and has no need of what opens that.
        for (name, value) in std::env::vars_os() {
            if is_secret(&name.to_string_lossy(), &value.to_string_lossy()) {
                command.env_remove(name);
            }
        }
        end_with_parent(&mut command);
        let mut child = command.spawn()?;
        let stdout = child.stdout.take().map(last_bytes);
        let stderr = child.stderr.take().map(last_bytes);
        let in_time = ends_within(&child, self.options.timeout);
        if !in_time {
            // It is not reaped yet, so the group is still its own. The only error is a group that has gone.
            let _gone = killpg(pid(&child), Signal::SIGKILL);
        }
        let status = child.wait()?;
        let until = Instant::now() + DRAIN;
        Ok(Ended {
            status: in_time.then_some(status),
            stdout: text(stdout, until),
            stderr: text(stderr, until),
        })
    }
}

/// Whether a variable is one of sync's own that holds a secret, by its name or as part of a URL.
fn is_secret(name: &str, value: &str) -> bool {
    OWN.iter().any(|front| name.starts_with(front))
        && (SECRET.iter().any(|end| name.ends_with(end)) || redact(value, &[]) != value)
}

/// Lets the kernel end the command when sync is killed, since nobody would hold its deadline then.
fn end_with_parent(command: &mut Command) {
    // SAFETY: prctl is async-signal-safe, and nothing else happens between fork and exec.
    unsafe {
        command.pre_exec(|| nix::sys::prctl::set_pdeathsig(Signal::SIGKILL).map_err(io::Error::from));
    }
}

fn pid(child: &Child) -> Pid {
    Pid::from_raw(child.id().cast_signed())
}

/// Waits for the end of a child, and leaves it to be reaped.
fn ends_within(child: &Child, time: Duration) -> bool {
    let (sender, ended) = channel();
    let pid = pid(child);
    std::thread::spawn(move || {
        let _status = waitid(Id::Pid(pid), WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT);
        sender.send(())
    });
    ended.recv_timeout(time).is_ok()
}

/// Reads to the end, and gives back the last bytes.
fn last_bytes(mut pipe: impl Read + Send + 'static) -> Receiver<Vec<u8>> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut kept = Vec::new();
        let mut chunk = [0; 4096];
        while let Ok(length @ 1..) = pipe.read(&mut chunk) {
            kept.extend_from_slice(&chunk[..length]);
            let surplus = kept.len().saturating_sub(KEPT);
            kept.drain(..surplus);
        }
        sender.send(kept)
    });
    receiver
}

/// What was read by then; nothing where a process that was left behind holds the pipe open.
fn text(bytes: Option<Receiver<Vec<u8>>>, until: Instant) -> String {
    let left = until.saturating_duration_since(Instant::now());
    let bytes = bytes
        .and_then(|bytes| bytes.recv_timeout(left).ok())
        .unwrap_or_default();
    String::from_utf8_lossy(&bytes).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::super::log::tests::Written;
    use super::*;

    fn hook(folder: &Path, script: &str, timeout: Duration) -> (ExecHookCommand, Written) {
        let path = folder.join("hook.sh");
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        let written = Written::default();
        let options = ExecHook {
            command: path.display().to_string(),
            timeout,
            backoff: timeout,
        };
        let hook = ExecHookCommand {
            name: "exechook",
            options,
            log: written.log(6),
        };
        (hook, written)
    }

    #[test]
    fn it_runs_in_the_worktree_with_the_commit() {
        let folder = tempfile::tempdir().unwrap();
        let script = "echo \"$GITSYNC_HASH $(pwd)\"; echo oh >&2";
        let (hook, written) = hook(folder.path(), script, Duration::from_secs(20));
        hook.call("abc", folder.path()).unwrap();
        let expected = format!("stdout=\"abc {}\" stderr=\"oh\"", folder.path().display());
        assert!(written.text().contains(&expected), "{}", written.text());
    }

    #[test]
    fn a_failure_says_what_was_printed() {
        let folder = tempfile::tempdir().unwrap();
        let (hook, _) = hook(folder.path(), "echo why >&2; exit 3", Duration::from_secs(20));
        let error = hook.call("abc", folder.path()).unwrap_err().to_string();
        assert!(
            error.contains("exit status: 3") && error.contains("why"),
            "{error}"
        );
        let gone = ExecHookCommand {
            options: ExecHook {
                command: "/does/not/exist".to_owned(),
                ..hook.options.clone()
            },
            ..hook
        };
        assert!(
            gone.call("abc", folder.path())
                .unwrap_err()
                .to_string()
                .contains("can't run")
        );
    }

    #[test]
    fn its_children_end_with_it_at_the_deadline() {
        let folder = tempfile::tempdir().unwrap();
        let script = "sleep 1000 & echo $! > child; echo begun; wait";
        let (hook, _) = hook(folder.path(), script, Duration::from_secs(1));
        let error = hook.call("abc", folder.path()).unwrap_err().to_string();
        assert!(
            error.contains("killed after 1 s") && error.contains("begun"),
            "{error}"
        );
        let child = std::fs::read_to_string(folder.path().join("child")).unwrap();
        let until = Instant::now() + Duration::from_secs(20);
        // Whoever adopted it reaps it.
        while std::fs::read_to_string(format!("/proc/{}/stat", child.trim()))
            .is_ok_and(|stat| !stat.contains(") Z "))
        {
            assert!(Instant::now() < until, "it lives on");
            std::thread::yield_now();
        }
    }

    #[test]
    fn output_is_kept_to_its_end_only() {
        let folder = tempfile::tempdir().unwrap();
        let script = "head -c 1000000 /dev/zero | tr '\\0' x; echo END; exit 1";
        let (hook, _) = hook(folder.path(), script, Duration::from_secs(20));
        let error = hook.call("abc", folder.path()).unwrap_err().to_string();
        assert!(
            error.contains("xEND") && error.len() < 2 * KEPT,
            "{}",
            error.len()
        );
    }

    #[test]
    fn one_that_leaves_a_process_behind_is_done_all_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let (hook, _) = hook(folder.path(), "sleep 300 &\nexit 0", Duration::from_secs(200));
        let begun = Instant::now();
        hook.call("abc", folder.path()).unwrap();
        assert!(begun.elapsed() < Duration::from_secs(150));
    }
}

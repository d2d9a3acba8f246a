//! The first process of a container: runs this program again as its child, hands it every signal, and reaps what
//! others leave behind.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;

use nix::errno::Errno;
use nix::sys::signal::{SigSet, SigmaskHow, Signal, kill, sigprocmask};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

/// Runs this program with the same arguments until it ends, and gives back the code to exit with: its own, or 128
/// and the number of the signal that ended it.
pub fn run() -> io::Result<u8> {
    let mut command = Command::new("/proc/self/exe");
    command.args(std::env::args_os().skip(1));
    if let Some(name) = std::env::args_os().next() {
        command.arg0(name);
    }
    watch(command)
}

/// Starts the command as the child that all is done for.
fn watch(mut command: Command) -> io::Result<u8> {
    // Blocked before the child is there, so that none is lost.
    let signals = SigSet::all();
    signals.thread_block()?;
    // SAFETY: sigprocmask is async-signal-safe, and nothing else happens between fork and exec.
    unsafe {
        command.pre_exec(|| {
            sigprocmask(SigmaskHow::SIG_SETMASK, Some(&SigSet::empty()), None).map_err(io::Error::from)
        });
    }
    let child = Pid::from_raw(command.spawn()?.id().cast_signed());
    loop {
        match signals.wait() {
            Ok(Signal::SIGCHLD) => {
                if let Some(code) = reap(child)? {
                    return Ok(code);
                }
            }
            Ok(signal) => match kill(child, signal) {
                // It has just ended, which SIGCHLD says.
                Ok(()) | Err(Errno::ESRCH) => {}
                Err(error) => return Err(error.into()),
            },
            // Real-time signals have no name, and nobody here takes one.
            Err(Errno::EINVAL | Errno::EINTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// Takes note of every process that has ended; one SIGCHLD may stand for many.
fn reap(child: Pid) -> io::Result<Option<u8>> {
    loop {
        let (pid, code) = match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
            Ok(WaitStatus::Exited(pid, code)) => (pid, code),
            Ok(WaitStatus::Signaled(pid, signal, _)) => (pid, 128 + signal as i32),
            Ok(WaitStatus::StillAlive) | Err(Errno::ECHILD) => return Ok(None),
            Ok(_) | Err(Errno::EINTR) => continue,
            Err(error) => return Err(error.into()),
        };
        if pid == child {
            return Ok(Some(u8::try_from(code).unwrap_or(u8::MAX)));
        }
    }
}

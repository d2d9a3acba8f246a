//! Runs a program under ptrace, to end it or to let it fail at any of its system calls.

use std::os::unix::process::CommandExt;
use std::process::{Child, Command};

use nix::libc::{PTRACE_SYSCALL_INFO_ENTRY, SIGTRAP, c_long};
use nix::sys::ptrace;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::Pid;

/// How a traced program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// By itself, with this code.
    Exited(i32),
    /// By the kill that was asked for.
    Killed,
}

/// Kills the program with SIGKILL behind its system call number `at`.
pub fn killed_behind(command: &mut Command, at: usize) -> End {
    let mut calls = 0;
    Traced::start(command).run(|pid, is_entry| {
        if !is_entry {
            if calls == at {
                kill(pid, Signal::SIGKILL).unwrap();
            }
            calls += 1;
        }
    })
}

/// Lets one system call fail with an errno: of those whose number is among `calls`, the one with index `at`. Tells
/// how the program ended and whether it came so far.
#[cfg(target_arch = "x86_64")]
pub fn failing_at(command: &mut Command, calls: &[c_long], errno: i32, at: usize) -> (End, bool) {
    let (mut met, mut failing) = (0, false);
    let end = Traced::start(command).run(|pid, is_entry| {
        let mut registers = ptrace::getregs(pid).unwrap();
        if is_entry && calls.contains(&registers.orig_rax.cast_signed()) {
            failing = met == at;
            met += 1;
            if failing {
                // No system call has this number: the kernel does nothing.
                registers.orig_rax = u64::MAX;
                ptrace::setregs(pid, registers).unwrap();
            }
        } else if !is_entry && failing {
            registers.rax = i64::from(-errno).cast_unsigned();
            ptrace::setregs(pid, registers).unwrap();
            failing = false;
        }
    });
    (end, met > at)
}

/// A program that stands still before its first instruction.
struct Traced(Child);

impl Traced {
    fn start(command: &mut Command) -> Self {
        // SAFETY: between fork and exec only ptrace(2) is called, which is safe there.
        unsafe { command.pre_exec(|| Ok(ptrace::traceme()?)) };
        let child = command.spawn().unwrap();
        let pid = Pid::from_raw(child.id().cast_signed());
        assert_eq!(waitpid(pid, None), Ok(WaitStatus::Stopped(pid, Signal::SIGTRAP)));
        let options = ptrace::Options::PTRACE_O_TRACESYSGOOD | ptrace::Options::PTRACE_O_EXITKILL;
        ptrace::setoptions(pid, options).unwrap();
        Self(child)
    }

    /// Runs it from system call to system call; `at_stop` is told whether it stands before or behind one.
    fn run(mut self, mut at_stop: impl FnMut(Pid, bool)) -> End {
        let pid = Pid::from_raw(self.0.id().cast_signed());
        let mut signal = None;
        loop {
            if ptrace::syscall(pid, signal.take()).is_err() {
                // It was killed while it stood still.
                assert!(!self.0.wait().unwrap().success());
                return End::Killed;
            }
            match waitpid(pid, None).unwrap() {
                WaitStatus::PtraceSyscall(_) => {
                    let is_entry = ptrace::syscall_info(pid).unwrap().op == PTRACE_SYSCALL_INFO_ENTRY;
                    at_stop(pid, is_entry);
                }
                WaitStatus::Stopped(_, stopped) if stopped as i32 != SIGTRAP => signal = Some(stopped),
                WaitStatus::Exited(_, code) => return End::Exited(code),
                WaitStatus::Signaled(..) => return End::Killed,
                _ => {}
            }
        }
    }
}

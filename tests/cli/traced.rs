//! Runs a program under ptrace, to end it or to let it fail at any of its system calls.

use std::os::unix::process::CommandExt;
use std::process::{Child, Command};

use nix::libc::{self, SIGTRAP, c_long};
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

/// Where a traced program stands still.
#[derive(Debug, Clone, Copy)]
enum Stop {
    /// Before a system call; whether that may change something on a disk.
    Before { changes: bool },
    /// Behind it.
    Behind,
}

/// Kills the program with SIGKILL behind a system call: of those that may change something on a disk, the one with
/// index `at`. Between two of them nothing on disk changes, so these are all states that a kill can leave.
pub fn killed_behind(command: &mut Command, at: usize) -> End {
    let (mut met, mut is_next) = (0, false);
    Traced::start(command).run(|pid, stop| match stop {
        Stop::Before { changes } => {
            is_next = changes && met == at;
            met += usize::from(changes);
        }
        Stop::Behind if is_next => kill(pid, Signal::SIGKILL).unwrap(),
        Stop::Behind => {}
    })
}

/// Lets one system call fail with an errno: of those that may change something on a disk, the one with index `at`.
/// Tells how the program ended and whether it came so far.
#[cfg(target_arch = "x86_64")]
pub fn failing_at(command: &mut Command, errno: i32, at: usize) -> (End, bool) {
    let (mut met, mut is_failing) = (0, false);
    let end = Traced::start(command).run(|pid, stop| match stop {
        Stop::Before { changes } => {
            is_failing = changes && met == at;
            met += usize::from(changes);
            if is_failing {
                // No system call has this number: the kernel does nothing.
                let mut registers = ptrace::getregs(pid).unwrap();
                registers.orig_rax = u64::MAX;
                ptrace::setregs(pid, registers).unwrap();
            }
        }
        Stop::Behind if is_failing => {
            let mut registers = ptrace::getregs(pid).unwrap();
            registers.rax = i64::from(-errno).cast_unsigned();
            ptrace::setregs(pid, registers).unwrap();
        }
        Stop::Behind => {}
    });
    (end, met > at)
}

/// System calls that change nothing on a disk. Any other is taken to change something.
#[rustfmt::skip]
const HARMLESS: &[c_long] = &[
    libc::SYS_read, libc::SYS_pread64, libc::SYS_close, libc::SYS_lseek, libc::SYS_fcntl, libc::SYS_ioctl,
    libc::SYS_statx, libc::SYS_newfstatat, libc::SYS_fstat, libc::SYS_getdents64, libc::SYS_readlinkat,
    libc::SYS_faccessat, libc::SYS_getcwd, libc::SYS_ppoll, libc::SYS_mmap, libc::SYS_munmap, libc::SYS_mremap,
    libc::SYS_mprotect, libc::SYS_madvise, libc::SYS_brk, libc::SYS_futex, libc::SYS_sigaltstack,
    libc::SYS_rt_sigaction, libc::SYS_rt_sigprocmask, libc::SYS_rt_sigreturn, libc::SYS_getrandom,
    libc::SYS_getpid, libc::SYS_gettid, libc::SYS_getuid, libc::SYS_geteuid, libc::SYS_getegid, libc::SYS_uname,
    libc::SYS_prlimit64, libc::SYS_rseq, libc::SYS_set_robust_list, libc::SYS_set_tid_address,
    libc::SYS_sched_getaffinity, libc::SYS_clock_gettime, libc::SYS_execve, libc::SYS_exit_group,
    #[cfg(target_arch = "x86_64")] libc::SYS_poll,
    #[cfg(target_arch = "x86_64")] libc::SYS_access,
    #[cfg(target_arch = "x86_64")] libc::SYS_stat,
    #[cfg(target_arch = "x86_64")] libc::SYS_arch_prctl,
];

/// What the program is about to do, or has just done.
fn stop(pid: Pid) -> Stop {
    let information = ptrace::syscall_info(pid).unwrap();
    if information.op != libc::PTRACE_SYSCALL_INFO_ENTRY {
        return Stop::Behind;
    }
    // SAFETY: the kernel filled in this member of the union, as `op` says.
    let entry = unsafe { information.u.entry };
    let call = entry.nr.cast_signed();
    let is_reading_open =
        call == libc::SYS_openat && entry.args[2] & u64::from(libc::O_CREAT.cast_unsigned()) == 0;
    Stop::Before {
        changes: !is_reading_open && !HARMLESS.contains(&call),
    }
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

    /// Runs it from system call to system call.
    fn run(mut self, mut at_stop: impl FnMut(Pid, Stop)) -> End {
        let pid = Pid::from_raw(self.0.id().cast_signed());
        let mut signal = None;
        loop {
            if ptrace::syscall(pid, signal.take()).is_err() {
                // It was killed while it stood still.
                assert!(!self.0.wait().unwrap().success());
                return End::Killed;
            }
            match waitpid(pid, None).unwrap() {
                WaitStatus::PtraceSyscall(_) => at_stop(pid, stop(pid)),
                WaitStatus::Stopped(_, stopped) if stopped as i32 != SIGTRAP => signal = Some(stopped),
                WaitStatus::Exited(_, code) => return End::Exited(code),
                WaitStatus::Signaled(..) => return End::Killed,
                _ => {}
            }
        }
    }
}

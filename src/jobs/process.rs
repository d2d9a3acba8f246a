//! Starting a command in a process group of its own, with its output in a pipe.
//!
//! Nothing here waits for it: the agent reaps every child by `waitpid(-1)`. So it must be called on the agent's own
//! thread, where a failed start is reaped by the standard library before anybody else can.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, PipeReader, Seek, SeekFrom, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use nix::sys::memfd::{MFdFlags, memfd_create};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

/// The standard library starts a process without copying this one only where it finds this function, for which it asks
/// weakly: a static program has it only if something names it.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[used]
static ADD_FOLDER: unsafe extern "C" fn(
    *mut nix::libc::posix_spawn_file_actions_t,
    *const nix::libc::c_char,
) -> nix::libc::c_int = nix::libc::posix_spawn_file_actions_addchdir_np;

/// What to start.
#[derive(Debug, Clone, Copy)]
pub struct Launch<'a> {
    /// The program, by its path.
    pub program: &'a Path,
    /// Its arguments.
    pub arguments: &'a [OsString],
    /// Where it runs.
    pub directory: &'a Path,
    /// Variables that are laid over the agent's own.
    pub environment: &'a [(OsString, OsString)],
    /// What it reads; nothing otherwise.
    pub stdin: Option<&'a [u8]>,
}

/// A process that was started.
#[derive(Debug)]
pub struct Started {
    /// Its process, which leads the group of the same number.
    pub pid: Pid,
    /// What it prints on stdout and stderr, in the order in which it does.
    pub output: PipeReader,
}

/// Starts it.
///
/// # Errors
/// The program or the folder is not there or can't be used, or the system has no process or descriptor left.
pub fn start(launch: &Launch<'_>) -> io::Result<Started> {
    let (output, writer) = io::pipe()?;
    let stdin = match launch.stdin {
        None => Stdio::null(),
        Some(text) => Stdio::from(file_of(text)?),
    };
    let child = Command::new(launch.program)
        .args(launch.arguments)
        .current_dir(launch.directory)
        .envs(launch.environment.iter().map(|(name, value)| (name, value)))
        .stdin(stdin)
        .stdout(writer.try_clone()?)
        .stderr(writer)
        .process_group(0)
        .spawn()?;
    let pid = i32::try_from(child.id()).expect("the kernel's process numbers fit");
    Ok(Started {
        pid: Pid::from_raw(pid),
        output,
    })
}

/// The arguments that make a shell run a command line.
#[must_use]
pub fn shell_arguments(command: &[u8]) -> Vec<OsString> {
    vec!["-c".into(), OsStr::from_bytes(command).to_owned()]
}

/// Sends a signal to a whole group. One that has ended needs none.
pub fn signal_group(group: Pid, signal: Signal) {
    let _ended = killpg(group, signal);
}

/// Whether a group still has a process.
#[must_use]
pub fn has_group(group: Pid) -> bool {
    !matches!(killpg(group, None), Err(nix::errno::Errno::ESRCH))
}

/// A nameless file, because a pipe takes only 64 KiB before somebody reads; in memory, because a full disk stops no job.
fn file_of(text: &[u8]) -> io::Result<File> {
    let mut file = File::from(memfd_create(c"stdin", MFdFlags::MFD_CLOEXEC)?);
    file.write_all(text)?;
    file.seek(SeekFrom::Start(0))?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use nix::sys::wait::{WaitStatus, waitpid};

    use super::*;

    fn run(command: &str, stdin: Option<&[u8]>) -> (String, WaitStatus) {
        let folder = tempfile::tempdir().unwrap();
        let started = start(&Launch {
            program: Path::new("/bin/sh"),
            arguments: &shell_arguments(command.as_bytes()),
            directory: folder.path(),
            environment: &[("GREETING".into(), "hello".into())],
            stdin,
        })
        .unwrap();
        let mut text = String::new();
        let mut output = started.output;
        output.read_to_string(&mut text).unwrap();
        (text, waitpid(started.pid, None).unwrap())
    }

    #[test]
    fn both_streams_arrive_in_order_and_the_code_comes_back() {
        let (text, status) = run("echo $GREETING; echo oops >&2; echo bye; exit 3", None);
        assert_eq!(text, "hello\noops\nbye\n");
        assert!(matches!(status, WaitStatus::Exited(_, 3)));
    }

    #[test]
    fn stdin_is_what_was_given_or_empty() {
        assert_eq!(run("cat", None).0, "");
        let long = vec![b'x'; 200_000];
        assert_eq!(run("wc -c", Some(&long)).0.trim(), "200000");
    }

    #[test]
    fn a_folder_that_is_gone_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let launch = Launch {
            program: Path::new("/bin/sh"),
            arguments: &[],
            directory: &folder.path().join("gone"),
            environment: &[],
            stdin: None,
        };
        assert!(start(&launch).is_err());
    }
}

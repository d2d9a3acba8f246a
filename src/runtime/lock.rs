//! One operation at a time on one project of this host.
//!
//! The kernel's `flock` on `lock` in the state directory: it ends with the process, however that ends, so no lock
//! is ever left behind. The file is never removed, because two processes could then hold locks on two files of
//! the same name. Inside stands who holds it, for the message that the second one gets.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use nix::fcntl::{FcntlArg, FdFlag, fcntl};

use super::state_directory;
use crate::error::Advice;

/// The lock's name in the state directory.
pub const FILE_NAME: &str = "lock";

/// The lock, held until it is dropped or the process ends.
#[derive(Debug)]
pub struct Lock {
    file: File,
}

/// Who holds a lock.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Holder {
    /// The command, such as `up`; empty where the holder has not said yet.
    pub command: String,
    /// Its process.
    pub pid: u32,
    /// `USER@HOST`.
    pub who: String,
    /// When it took the lock, in seconds since 1970.
    pub since: u64,
}

/// Why the lock could not be taken.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Somebody else holds it.
    #[error("{}", busy(holder, *waited))]
    Busy {
        /// Who.
        holder: Holder,
        /// How long it was waited for.
        waited: Duration,
    },
    /// Its file can't be made or locked.
    #[error("can't lock `{}`", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl Advice for LockError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Busy { .. } => {
                Some("wait for it with `--wait-lock 5m`; the lock ends with that process".to_owned())
            }
            Self::File { path, source } => {
                let path = path
                    .ancestors()
                    .find(|folder| folder.exists())
                    .unwrap_or(path)
                    .display();
                match source.kind() {
                    io::ErrorKind::PermissionDenied => Some(format!(
                        "run stackctl as the user who ran it here first; `ls -ld {path}` shows whom"
                    )),
                    io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Some(format!(
                        "the disk is full; make room on it, `df -h {path}` shows it"
                    )),
                    io::ErrorKind::ReadOnlyFilesystem => Some(
                        "the disk is mounted read-only, and stackctl writes beside stack.toml".to_owned(),
                    ),
                    _ => None,
                }
            }
        }
    }
}

impl Lock {
    /// Lets commands that are started from now on hold the lock too. One that outlives a killed stackctl then
    /// keeps the next one from working beside it.
    pub fn share_with_children(&self) -> io::Result<()> {
        fcntl(&self.file, FcntlArg::F_SETFD(FdFlag::empty()))?;
        Ok(())
    }

    /// Takes the lock of the project whose state directory, relative to `root`, is `state_directory`. Where
    /// another process holds it, waits at most `wait`. `command` is what that other one would be told.
    pub fn take(
        root: &Path,
        state_directory: &str,
        command: &str,
        wait: Duration,
    ) -> Result<Self, LockError> {
        let path = root.join(state_directory).join(FILE_NAME);
        let failed = |source| LockError::File {
            path: path.strip_prefix(".").unwrap_or(&path).to_owned(),
            source,
        };
        state_directory::prepare(root, state_directory).map_err(failed)?;
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(failed)?;
        let mut held = match file.try_lock() {
            Ok(()) => file,
            Err(TryLockError::WouldBlock) => {
                let busy = || LockError::Busy {
                    holder: Holder::read(&path),
                    waited: wait,
                };
                wait_for(file, wait).ok_or_else(busy)?.map_err(failed)?
            }
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        };
        Holder::us(command).write(&mut held).map_err(failed)?;
        Ok(Self { file: held })
    }
}

/// Blocks in a thread of its own, because `flock` has no deadline. A lock that comes too late is given back when
/// the thread finds nobody waiting.
fn wait_for(file: File, wait: Duration) -> Option<io::Result<File>> {
    if wait.is_zero() {
        return None;
    }
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let result = loop {
            match file.lock() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => break result.map(|()| file),
            }
        };
        let _nobody_waits = sender.send(result);
    });
    receiver.recv_timeout(wait).ok()
}

impl Holder {
    fn us(command: &str) -> Self {
        // Names of users come from the environment: asking the system's databases in a static binary loads
        // libraries of the host.
        let user = ["SUDO_USER", "USER", "LOGNAME"]
            .iter()
            .find_map(|name| std::env::var(name).ok());
        let user = user.unwrap_or_else(|| format!("uid {}", nix::unistd::getuid()));
        let host = nix::unistd::gethostname().unwrap_or_default();
        Self {
            command: command.to_owned(),
            pid: std::process::id(),
            who: format!("{user}@{}", host.to_string_lossy()),
            since: now(),
        }
    }

    fn write(&self, file: &mut File) -> io::Result<()> {
        let Self {
            command,
            pid,
            who,
            since,
        } = self;
        file.set_len(0)?;
        file.rewind()?;
        write!(file, "command={command}\npid={pid}\nwho={who}\nsince={since}\n")
    }

    /// What the holder wrote; parts of it are missing when it is just writing.
    fn read(path: &Path) -> Self {
        let mut text = String::new();
        let _unknown = File::open(path).and_then(|mut file| file.read_to_string(&mut text));
        let value = |name: &str| {
            let lines = text.lines().filter_map(|line| line.split_once('='));
            lines
                .filter(|(key, _)| *key == name)
                .map(|(_, value)| value)
                .next()
                .unwrap_or_default()
        };
        Self {
            command: value("command").to_owned(),
            pid: value("pid").parse().unwrap_or_default(),
            who: value("who").to_owned(),
            since: value("since").parse().unwrap_or_default(),
        }
    }
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.command.is_empty() {
            return f.write_str("another stackctl");
        }
        write!(f, "`stackctl {}` (pid {}, {}", self.command, self.pid, self.who)?;
        match now().checked_sub(self.since) {
            Some(seconds) if self.since > 0 => {
                write!(f, ", for {})", crate::model::Duration::from_secs(seconds))
            }
            _ => f.write_str(")"),
        }
    }
}

fn busy(holder: &Holder, waited: Duration) -> String {
    if waited.is_zero() {
        format!("{holder} works on this stack")
    } else {
        format!("{holder} still works on this stack after {waited:?}")
    }
}

fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |time| time.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(root: &Path, wait: Duration) -> Result<Lock, LockError> {
        Lock::take(root, ".stackctl/shop", "up", wait)
    }

    #[test]
    fn a_lock_that_a_full_disk_prevents_is_not_blamed_on_its_owner() {
        let hint = |kind: io::ErrorKind| {
            let error = LockError::File {
                path: PathBuf::from("/nowhere/.stackctl/p/lock"),
                source: kind.into(),
            };
            error.hint().unwrap()
        };
        // The nearest folder that is there.
        assert!(hint(io::ErrorKind::StorageFull).contains("`df -h /`"));
        assert!(hint(io::ErrorKind::ReadOnlyFilesystem).contains("read-only"));
        assert!(hint(io::ErrorKind::PermissionDenied).contains("`ls -ld"));
    }

    #[test]
    fn the_second_one_is_told_who_holds_it() {
        let root = tempfile::tempdir().unwrap();
        let held = take(root.path(), Duration::ZERO).unwrap();
        let error = take(root.path(), Duration::ZERO).unwrap_err();
        let told = error.to_string();
        assert!(
            told.starts_with(&format!("`stackctl up` (pid {}, ", std::process::id())),
            "{told}"
        );
        assert!(told.ends_with(" works on this stack"), "{told}");
        assert!(error.hint().is_some());
        drop(held);
        take(root.path(), Duration::ZERO).unwrap();
        assert!(root.path().join(".stackctl/shop/lock").exists());
        let ignored = std::fs::read_to_string(root.path().join(".stackctl/.gitignore")).unwrap();
        assert_eq!(ignored, "*\n");
    }

    #[test]
    fn the_second_one_waits_as_long_as_it_was_told() {
        let root = tempfile::tempdir().unwrap();
        let held = take(root.path(), Duration::ZERO).unwrap();
        let error = take(root.path(), Duration::from_millis(20)).unwrap_err();
        assert!(error.to_string().ends_with("after 20ms"), "{error}");
        thread::scope(|scope| {
            let waiting = scope.spawn(|| take(root.path(), Duration::from_secs(60)));
            drop(held);
            assert!(waiting.join().unwrap().is_ok());
        });
    }

    #[test]
    fn a_holder_that_has_not_said_who_it_is_is_still_one() {
        assert_eq!(
            Holder::read(Path::new("/nonexistent")).to_string(),
            "another stackctl"
        );
    }
}

//! One builder at a time in a state directory.
//!
//! The kernel's `flock`, which ends with its holder. The installer is a child that holds it too: where the builder is
//! killed, the next one starts only when nobody writes into the folder any more.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;
use std::time::Duration;

use nix::fcntl::{FcntlArg, FdFlag, fcntl};

use super::FOLDER;
use super::error::EnvironmentError;
use crate::runtime::interrupt::Interrupt;

const FILE_NAME: &str = ".lock";
/// `flock` has no deadline and is not woken by a signal that another thread takes.
const PAUSE: Duration = Duration::from_millis(100);

/// The lock, held until it is dropped and every child that shares it has ended.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock, and waits for it; none where the user wants to stop. `waiting` is called once if it must wait.
    pub fn take(
        state_dir: &Path,
        interrupt: &Interrupt,
        waiting: impl FnOnce(),
    ) -> Result<Option<Self>, EnvironmentError> {
        let file = open(state_dir)?;
        let mut waiting = Some(waiting);
        loop {
            if interrupt.arrived() {
                return Ok(None);
            }
            if try_lock(state_dir, &file)? {
                fcntl(&file, FcntlArg::F_SETFD(FdFlag::empty()))
                    .map_err(io::Error::from)
                    .map_err(EnvironmentError::state(&state_dir.join(FOLDER)))?;
                return Ok(Some(Self { _file: file }));
            }
            if let Some(waiting) = waiting.take() {
                waiting();
            }
            std::thread::sleep(PAUSE);
        }
    }

    /// Takes the lock if nobody holds it. Children do not share it.
    pub fn try_take(state_dir: &Path) -> Result<Option<Self>, EnvironmentError> {
        let file = open(state_dir)?;
        Ok(try_lock(state_dir, &file)?.then_some(Self { _file: file }))
    }
}

/// Whether somebody holds it.
pub fn is_held(state_dir: &Path) -> Result<bool, EnvironmentError> {
    let path = state_dir.join(FOLDER).join(FILE_NAME);
    let file = match File::open(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        opened => opened.map_err(EnvironmentError::state(&path))?,
    };
    match file.try_lock_shared() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(error)) => Err(EnvironmentError::state(&path)(error)),
    }
}

fn open(state_dir: &Path) -> Result<File, EnvironmentError> {
    let folder = state_dir.join(FOLDER);
    fs::create_dir_all(&folder).map_err(EnvironmentError::state(&folder))?;
    let path = folder.join(FILE_NAME);
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .map_err(EnvironmentError::state(&path))
}

fn try_lock(state_dir: &Path, file: &File) -> Result<bool, EnvironmentError> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(EnvironmentError::state(
            &state_dir.join(FOLDER).join(FILE_NAME),
        )(error)),
    }
}

//! What a process may open, and the lock on the state folder.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::Path;

use nix::sys::resource::{Resource, getrlimit, setrlimit};

use super::error::AgentError;

/// The lock's name in the state folder. The kernel lets go of it when the process ends, however it does.
const LOCK: &str = "agent.lock";
/// Descriptors that the agent itself needs.
const OWN: u64 = 128;
/// Descriptors for each job: its pipe, its standard input while it starts, and twice that for runs that overlap.
const EACH: u64 = 4;

/// Makes the state folder, and takes it for one agent.
pub fn lock(state_dir: &Path) -> Result<File, AgentError> {
    fs::create_dir_all(state_dir).map_err(AgentError::state(state_dir))?;
    let path = state_dir.join(LOCK);
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .map_err(AgentError::state(&path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(AgentError::Running {
            state_dir: state_dir.to_owned(),
        }),
        Err(TryLockError::Error(source)) => Err(AgentError::state(&path)(source)),
    }
}

/// Raises the limit of open files as far as so many jobs need it, and no further: jobs inherit it, and old programs
/// close every descriptor up to it one by one. Tells the limit where it can't be raised enough.
pub fn raise_limit(jobs: usize) -> Option<u64> {
    let wanted = OWN + EACH * jobs as u64;
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).ok()?;
    if soft >= wanted {
        return None;
    }
    let reached = wanted.min(hard);
    // It is not above the hard limit, so this fails only where a container forbids it; then it stays as it is.
    let raised = setrlimit(Resource::RLIMIT_NOFILE, reached, hard).is_ok();
    (!raised || reached < wanted).then_some(if raised { reached } else { soft })
}

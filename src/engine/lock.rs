//! One operation at a time on one stack.

use std::time::{Duration, Instant};

use super::EngineError;
use super::project::Project;
use crate::event::Event;
use crate::runtime::lock::{Lock, LockError};

/// The wait is cut into pieces, between which an interrupt is noticed.
const PIECE: Duration = Duration::from_millis(250);
/// A command that outlives the stackctl that started it, which was killed, is waited for without being asked:
/// its holder is gone, and it ends soon.
const ORPHAN: Duration = Duration::from_secs(30);

/// Takes the stack's lock; where somebody else holds it, waits for at most `wait`.
pub fn take(project: &Project<'_>, operation: &str, wait: Duration) -> Result<Lock, EngineError> {
    let attempt = |piece| {
        let state_directory = project.stack().state_directory();
        Lock::take(&project.root, &state_directory, operation, piece)
    };
    let begun = Instant::now();
    let mut is_told = false;
    loop {
        let piece = if is_told { PIECE } else { Duration::ZERO };
        match attempt(piece) {
            Err(LockError::Busy { holder, .. }) => {
                let is_gone =
                    holder.pid != 0 && !std::path::Path::new(&format!("/proc/{}", holder.pid)).exists();
                let limit = if is_gone { wait.max(ORPHAN) } else { wait };
                if begun.elapsed() >= limit {
                    return Err(LockError::Busy {
                        holder,
                        waited: limit,
                    }
                    .into());
                }
                if project.runner().interrupted() {
                    return Err(EngineError::interrupted(Some(format!("waiting for {holder}"))));
                }
                if !is_told {
                    is_told = true;
                    let note = if is_gone {
                        format!("waiting for what {holder}, which was killed, has left running")
                    } else {
                        format!("waiting for {holder}")
                    };
                    project.observer().on(Event::Note(&note));
                }
            }
            other => {
                let lock = other?;
                lock.share_with_children().map_err(|source| EngineError::State {
                    path: project.state_directory().join(crate::runtime::lock::FILE_NAME),
                    source,
                })?;
                return Ok(lock);
            }
        }
    }
}

//! Files that live for one input, in memory where the machine has such a folder.

use std::path::{Path, PathBuf};

/// A path of this process's own.
#[must_use]
pub fn path(name: &str) -> PathBuf {
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() {
        memory.to_owned()
    } else {
        std::env::temp_dir()
    };
    folder.join(format!("stackctl-fuzz-{}-{name}", std::process::id()))
}

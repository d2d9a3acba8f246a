//! Room on the disk that holds images, containers and volumes.

use super::{Problem, Project};
use crate::engine::EngineError;

/// Below this, nothing is started: a database that can't write its log stops, and may stop badly.
const LEAST: u64 = 256 << 20;
/// Below this, it is told.
const LITTLE: u64 = 2 << 30;

/// A folder and the bytes that are free there; unknown where the engine is on another host.
#[derive(Debug, Clone)]
pub struct Room {
    /// The engine's folder.
    pub folder: String,
    /// Free bytes.
    pub free: Option<u64>,
}

/// Looks at the disk of the engine.
pub fn room(project: &Project<'_>) -> Result<Room, EngineError> {
    Ok(Room::of(project.docker.info()?.docker_root_dir))
}

impl Room {
    /// Of a folder of this host.
    pub fn of(folder: String) -> Self {
        let free = nix::sys::statvfs::statvfs(folder.as_str())
            .ok()
            .map(|disk| disk.blocks_available().saturating_mul(disk.fragment_size()));
        Self { folder, free }
    }

    /// Too little to start anything.
    pub fn problem(&self) -> Option<Problem> {
        let free = self.free.filter(|free| *free < LEAST)?;
        Some(Problem::new(
            format!(
                "the disk of `{}` is full: {} are free",
                self.folder,
                megabytes(free)
            ),
            "`docker system df` shows what Docker holds; `docker image prune` and `docker builder prune` free what \
             nothing uses",
        ))
    }

    /// Little enough to be told.
    pub fn warning(&self) -> Option<String> {
        let free = self.free.filter(|free| (LEAST..LITTLE).contains(free))?;
        Some(format!(
            "only {} are free on the disk of `{}`; `docker system df` shows what Docker holds",
            megabytes(free),
            self.folder
        ))
    }
}

fn megabytes(bytes: u64) -> String {
    format!("{} MB", bytes >> 20)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(free: u64) -> Room {
        Room {
            folder: "/var/lib/docker".to_owned(),
            free: Some(free),
        }
    }

    #[test]
    fn a_full_disk_is_a_problem_and_a_nearly_full_one_a_warning() {
        let full = room(5 << 20).problem().unwrap();
        assert_eq!(full.what, "the disk of `/var/lib/docker` is full: 5 MB are free");
        assert!(room(1 << 30).problem().is_none() && room(1 << 30).warning().is_some());
        assert!(room(50 << 30).problem().is_none() && room(50 << 30).warning().is_none());
    }
}

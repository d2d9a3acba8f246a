//! The host: who may use Docker, disk, memory, clock.

use std::fs;

use nix::unistd::{Group, getegid, geteuid, getgroups};

use super::{Check, Docker};
use crate::engine::preflight::disk::Room;

/// Below this much free memory something will be killed soon.
const LITTLE_MEMORY_KIB: u64 = 256 << 10;

/// The checks.
pub fn checks(docker: &Docker<'_>, engine_answers: bool) -> Vec<Check> {
    let mut checks = vec![user(engine_answers)];
    if let (true, Ok(info)) = (engine_answers, docker.info()) {
        checks.push(disk(&Room::of(info.docker_root_dir)));
        for warning in info.warnings.into_iter().flatten() {
            if let Some(check) = engine_warning(&warning) {
                checks.push(check);
            }
        }
    }
    checks.extend(memory(&fs::read_to_string("/proc/meminfo").unwrap_or_default()));
    checks.extend(clock());
    checks
}

fn user(engine_answers: bool) -> Check {
    if geteuid().is_root() {
        return Check::ok("user", "root, who may use Docker");
    }
    let docker = Group::from_name("docker").ok().flatten().map(|group| group.gid);
    let groups = getgroups().unwrap_or_default();
    if docker.is_some_and(|docker| groups.contains(&docker) || getegid() == docker) {
        Check::ok("user", "in the group `docker`")
    } else if engine_answers {
        Check::ok("user", "may use Docker")
    } else {
        Check::warning(
            "user",
            "not in the group `docker`",
            "`sudo usermod -aG docker $USER`, then log in again",
        )
    }
}

fn disk(room: &Room) -> Check {
    if let Some(problem) = room.problem() {
        return Check::broken("disk", problem);
    }
    if let Some(warning) = room.warning() {
        return Check::warning("disk", warning, "`docker image prune`; `docker builder prune`");
    }
    match room.free {
        Some(free) => Check::ok("disk", format!("{} GB free in `{}`", free >> 30, room.folder)),
        None => Check::ok("disk", format!("`{}` is on the engine's host", room.folder)),
    }
}

fn memory(meminfo: &str) -> Option<Check> {
    let read = |name: &str| -> Option<u64> {
        let line = meminfo.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim_start_matches(':')
            .trim()
            .strip_suffix(" kB")?
            .parse()
            .ok()
    };
    let (available, total) = (read("MemAvailable")?, read("MemTotal")?);
    let found = format!("{} MB of {} MB available", available >> 10, total >> 10);
    Some(if available < LITTLE_MEMORY_KIB {
        Check::warning(
            "memory",
            found,
            "stop what is not needed, or add memory or swap: `free -m` shows who has it",
        )
    } else {
        Check::ok("memory", found)
    })
}

/// Engines warn of much; what hurts a stack is told.
fn engine_warning(warning: &str) -> Option<Check> {
    let hurts =
        warning.contains("memory limit") || warning.contains("devicemapper") || warning.contains("pids");
    hurts.then(|| {
        Check::warning(
            "engine",
            warning.trim_start_matches("WARNING: ").to_owned(),
            "see https://docs.docker.com/engine/install/linux-postinstall/",
        )
    })
}

/// A clock that nobody sets drifts until certificates and schedules fail.
fn clock() -> Option<Check> {
    let synchronized = std::path::Path::new("/run/systemd/timesync/synchronized").exists();
    let is_systemd = std::path::Path::new("/run/systemd/system").exists();
    if synchronized {
        Some(Check::ok("clock", "set by systemd-timesyncd"))
    } else if is_systemd && !std::path::Path::new("/run/chrony").exists() {
        Some(Check::warning(
            "clock",
            "nothing seems to set the clock",
            "`timedatectl` says more; `sudo timedatectl set-ntp true`",
        ))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::doctor::State;

    #[test]
    fn little_memory_is_told() {
        let check = memory("MemTotal:       24682340 kB\nMemAvailable:     100000 kB\n").unwrap();
        assert_eq!(
            (check.state, check.found.as_str()),
            (State::Warning, "97 MB of 24103 MB available")
        );
    }
}

//! What the kernel tells of this process, for metrics.

use std::fs;
use std::path::Path;

/// Facts of this process; what can't be read is left out.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ProcessFacts {
    /// Seconds of processor time.
    pub cpu_seconds: Option<f64>,
    /// Bytes in memory.
    pub resident_bytes: Option<u64>,
    /// Bytes of address space.
    pub virtual_bytes: Option<u64>,
    /// When it started, in seconds since 1970.
    pub started_at: Option<f64>,
    /// Open files.
    pub open_files: Option<u64>,
    /// How many it may open.
    pub most_files: Option<u64>,
    /// Threads.
    pub threads: Option<u64>,
}

/// Name, kind, help and value of a metric.
pub type Metric = (&'static str, &'static str, &'static str, f64);

impl ProcessFacts {
    /// Reads them.
    #[must_use]
    pub fn read() -> Self {
        let proc = Path::new("/proc/self");
        let stat = fs::read_to_string(proc.join("stat")).unwrap_or_default();
        // The second field is the name, which may hold anything, also a parenthesis.
        let fields: Vec<&str> = stat
            .rsplit_once(')')
            .map_or("", |(_, rest)| rest)
            .split_whitespace()
            .collect();
        let field = |index: usize| fields.get(index)?.parse::<f64>().ok();
        let status = fs::read_to_string(proc.join("status")).unwrap_or_default();
        let ticks = ticks();
        let limits = nix::sys::resource::getrlimit(nix::sys::resource::Resource::RLIMIT_NOFILE);
        Self {
            cpu_seconds: field(11)
                .zip(field(12))
                .map(|(user, system)| (user + system) / ticks),
            resident_bytes: line(&status, "VmRSS:").map(|kilobytes| kilobytes * 1024),
            virtual_bytes: line(&status, "VmSize:").map(|kilobytes| kilobytes * 1024),
            started_at: field(19)
                .zip(booted_at())
                .map(|(since, boot)| boot + since / ticks),
            open_files: fs::read_dir(proc.join("fd"))
                .ok()
                .map(|files| files.count() as u64),
            most_files: limits.ok().map(|(soft, _)| soft),
            threads: line(&status, "Threads:"),
        }
    }

    /// As metrics of the names that every exporter has.
    #[expect(clippy::cast_precision_loss, reason = "metrics are decimal numbers")]
    pub fn metrics(&self) -> impl Iterator<Item = Metric> {
        let whole = |value: Option<u64>| value.map(|value| value as f64);
        [
            (
                "process_cpu_seconds_total",
                "counter",
                "Processor time in seconds.",
                self.cpu_seconds,
            ),
            (
                "process_resident_memory_bytes",
                "gauge",
                "Memory in bytes.",
                whole(self.resident_bytes),
            ),
            (
                "process_virtual_memory_bytes",
                "gauge",
                "Address space in bytes.",
                whole(self.virtual_bytes),
            ),
            (
                "process_start_time_seconds",
                "gauge",
                "When the process started, in seconds since 1970.",
                self.started_at,
            ),
            ("process_open_fds", "gauge", "Open files.", whole(self.open_files)),
            (
                "process_max_fds",
                "gauge",
                "Files that may be open.",
                whole(self.most_files),
            ),
            ("process_threads", "gauge", "Threads.", whole(self.threads)),
        ]
        .into_iter()
        .filter_map(|(name, kind, help, value)| Some((name, kind, help, value?)))
    }
}

/// The kernel's ticks in a second.
fn ticks() -> f64 {
    let ticks = nix::unistd::sysconf(nix::unistd::SysconfVar::CLK_TCK);
    // Linux has had 100 on every platform for long.
    #[expect(clippy::cast_precision_loss, reason = "it is a small number")]
    ticks.ok().flatten().map_or(100.0, |ticks| ticks as f64)
}

fn line(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

fn booted_at() -> Option<f64> {
    let stat = fs::read_to_string("/proc/stat").ok()?;
    stat.lines()
        .find_map(|line| line.strip_prefix("btime "))?
        .trim()
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_knows_this_process() {
        let facts = ProcessFacts::read();
        assert!(facts.resident_bytes > Some(100_000), "{facts:?}");
        assert!(
            facts.open_files > Some(2) && facts.threads >= Some(1),
            "{facts:?}"
        );
        assert!(facts.started_at > Some(1_600_000_000.0), "{facts:?}");
        assert_eq!(facts.metrics().count(), 7);
    }
}

//! What was counted, as Prometheus reads it. The names are git-sync's; those it does not have begin as its do.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::runtime::process_facts::ProcessFacts;

/// Counters of one sync. Read and written from several threads.
#[derive(Debug, Default)]
pub struct Metrics(Mutex<Counted>);

#[derive(Debug, Default)]
struct Counted {
    rounds: BTreeMap<&'static str, (f64, u64)>,
    fetches: u64,
    askpass: BTreeMap<&'static str, u64>,
    app_tokens: BTreeMap<&'static str, u64>,
    hooks: BTreeMap<(&'static str, &'static str), u64>,
    healed: u64,
    failures: u32,
    succeeded_at: Option<i64>,
    commit: Option<String>,
}

/// How something went, as a label says it.
const fn status(is_good: bool) -> &'static str {
    if is_good { "success" } else { "error" }
}

impl Metrics {
    /// A round ended; `status` is `success`, `noop` or `error`.
    pub fn round(&self, status: &'static str, took: Duration, failures: u32, now: i64) {
        self.with(|counted| {
            let (seconds, count) = counted.rounds.entry(status).or_default();
            *seconds += took.as_secs_f64();
            *count += 1;
            counted.failures = failures;
            if status != "error" {
                counted.succeeded_at = Some(now);
            }
        });
    }

    /// Something new was fetched.
    pub fn fetched(&self) {
        self.with(|counted| counted.fetches += 1);
    }

    /// A commit is published.
    pub fn published(&self, commit: &str) {
        self.with(|counted| counted.commit = Some(commit.to_owned()));
    }

    /// Something broken was made good.
    pub fn healed(&self) {
        self.with(|counted| counted.healed += 1);
    }

    /// The askpass URL was asked.
    pub fn askpass(&self, is_good: bool) {
        self.with(|counted| *counted.askpass.entry(status(is_good)).or_default() += 1);
    }

    /// A GitHub App's token was asked for.
    pub fn app_token(&self, is_good: bool) {
        self.with(|counted| *counted.app_tokens.entry(status(is_good)).or_default() += 1);
    }

    /// A hook ran.
    pub fn hook(&self, name: &'static str, is_good: bool) {
        self.with(|counted| *counted.hooks.entry((name, status(is_good))).or_default() += 1);
    }

    /// All of it, in Prometheus' text format.
    #[must_use]
    pub fn text(&self, process: &ProcessFacts) -> String {
        let mut text = Text::default();
        self.with(|counted| counted.write(&mut text));
        text.process(process);
        text.0
    }

    fn with<T>(&self, act: impl FnOnce(&mut Counted) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Counted {
    fn write(&self, text: &mut Text) {
        text.head("git_sync_duration_seconds", "summary", "Time that syncs took.");
        for (status, (seconds, count)) in &self.rounds {
            text.line(
                &format!("git_sync_duration_seconds_sum{{status=\"{status}\"}}"),
                seconds,
            );
            text.line(
                &format!("git_sync_duration_seconds_count{{status=\"{status}\"}}"),
                count,
            );
        }
        let rounds = self.rounds.iter().map(|(status, (_, count))| (*status, *count));
        text.by_status("git_sync_count_total", "Syncs, by how they went.", rounds);
        text.head(
            "git_fetch_count_total",
            "counter",
            "Syncs that fetched something.",
        );
        text.line("git_fetch_count_total", &self.fetches);
        let askpass = self.askpass.iter().map(|(status, count)| (*status, *count));
        text.by_status(
            "git_sync_askpass_calls",
            "Calls of the askpass URL, by how they went.",
            askpass,
        );
        let tokens = self.app_tokens.iter().map(|(status, count)| (*status, *count));
        let name = "git_sync_refresh_github_app_token_count";
        text.by_status(
            name,
            "GitHub App tokens that were asked for, by how that went.",
            tokens,
        );
        text.head(
            "git_sync_hook_run_count_total",
            "counter",
            "Runs of hooks, by how they went.",
        );
        for ((name, status), count) in &self.hooks {
            let labels = format!("name=\"{name}\",status=\"{status}\"");
            text.line(&format!("git_sync_hook_run_count_total{{{labels}}}"), count);
        }
        text.head(
            "git_sync_healed_total",
            "counter",
            "Broken things that were made good.",
        );
        text.line("git_sync_healed_total", &self.healed);
        text.head(
            "git_sync_consecutive_failures",
            "gauge",
            "Syncs that failed since the last good one.",
        );
        text.line("git_sync_consecutive_failures", &self.failures);
        if let Some(at) = self.succeeded_at {
            let name = "git_sync_last_success_timestamp_seconds";
            text.head(name, "gauge", "When the repository was last asked with success.");
            text.line(name, &at);
        }
        if let Some(commit) = &self.commit {
            text.head("git_sync_published_info", "gauge", "The published commit.");
            text.line(&format!("git_sync_published_info{{commit=\"{commit}\"}}"), &1);
        }
    }
}

#[derive(Default)]
struct Text(String);

impl Text {
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        self.push(&format!("# HELP {name} {help}\n# TYPE {name} {kind}\n"));
    }

    fn line(&mut self, name: &str, value: &dyn std::fmt::Display) {
        self.push(&format!("{name} {value}\n"));
    }

    fn by_status(&mut self, name: &str, help: &str, counts: impl Iterator<Item = (&'static str, u64)>) {
        self.head(name, "counter", help);
        for (status, count) in counts {
            self.line(&format!("{name}{{status=\"{status}\"}}"), &count);
        }
    }

    fn process(&mut self, facts: &ProcessFacts) {
        for (name, kind, help, value) in facts.metrics() {
            self.head(name, kind, help);
            self.line(name, &value);
        }
    }

    fn push(&mut self, text: &str) {
        self.0.write_str(text).expect("memory takes all that is written");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_git_syncs() {
        let metrics = Metrics::default();
        metrics.round("success", Duration::from_millis(1500), 0, 100);
        metrics.round("noop", Duration::from_secs(1), 0, 200);
        metrics.round("error", Duration::from_secs(1), 1, 300);
        metrics.fetched();
        metrics.askpass(true);
        metrics.app_token(false);
        metrics.hook("webhook", true);
        metrics.published("abc");
        let text = metrics.text(&ProcessFacts::read());
        for line in [
            "git_sync_duration_seconds_sum{status=\"success\"} 1.5",
            "git_sync_duration_seconds_count{status=\"success\"} 1",
            "git_sync_count_total{status=\"success\"} 1",
            "git_sync_count_total{status=\"noop\"} 1",
            "git_sync_count_total{status=\"error\"} 1",
            "git_fetch_count_total 1",
            "git_sync_askpass_calls{status=\"success\"} 1",
            "git_sync_refresh_github_app_token_count{status=\"error\"} 1",
            "git_sync_hook_run_count_total{name=\"webhook\",status=\"success\"} 1",
            "git_sync_consecutive_failures 1",
            "git_sync_last_success_timestamp_seconds 200",
            "git_sync_published_info{commit=\"abc\"} 1",
        ] {
            assert!(
                text.lines().any(|found| found == line),
                "{line} is not in\n{text}"
            );
        }
        assert!(text.contains("\nprocess_resident_memory_bytes "), "{text}");
    }

    #[test]
    fn each_metric_is_described_before_its_values() {
        let text = Metrics::default().text(&ProcessFacts::read());
        let mut known = "";
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("# TYPE ") {
                known = rest.split(' ').next().unwrap();
            } else if !line.starts_with('#') {
                assert!(line.starts_with(known) && !known.is_empty(), "{line}");
            }
        }
    }
}

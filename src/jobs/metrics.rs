//! What Prometheus is told. Labels are names of jobs and kinds of outcomes, never a command.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Arc, Mutex, PoisonError};

use super::history::Record;

/// Counters and gauges, shared with the thread that answers.
#[derive(Debug, Clone, Default)]
pub struct Metrics(Arc<Mutex<Values>>);

#[derive(Debug, Default)]
struct Values {
    jobs: BTreeMap<String, OfJob>,
    gauges: Gauges,
    builds: [u64; 2],
    switches: u64,
}

#[derive(Debug, Default)]
struct OfJob {
    runs: BTreeMap<&'static str, u64>,
    retries: u64,
    duration_ms: u64,
    finished: u64,
    last_started_ms: u64,
    last_ended_ms: u64,
    last_success_ms: u64,
}

/// What is so at the moment, set by the agent before it waits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
// Each is a gauge of its own.
#[allow(clippy::struct_excessive_bools)]
pub struct Gauges {
    /// Whether jobs can run.
    pub is_ready: bool,
    /// Runs of each job that go on, and when it is due next, in seconds since 1970.
    pub jobs: Vec<(String, usize, Option<u64>)>,
    /// The generation; zero before the first.
    pub generation: u64,
    /// Its commit.
    pub commit: String,
    /// Whether the published schedule is good.
    pub is_schedule_valid: bool,
    /// Whether something published is not active yet.
    pub is_pending: bool,
    /// Whether it is held.
    pub is_held: bool,
    /// Whether no run is started.
    pub is_paused: bool,
}

impl Metrics {
    /// A run was started.
    pub fn started(&self, job: &str, now_ms: u64, is_retry: bool) {
        self.with(|values| {
            let job = values.jobs.entry(job.to_owned()).or_default();
            job.last_started_ms = now_ms;
            job.retries += u64::from(is_retry);
        });
    }

    /// A run ended, or was not started.
    pub fn ended(&self, record: &Record) {
        let Some(outcome) = &record.outcome else { return };
        self.with(|values| {
            let job = values.jobs.entry(record.job.clone()).or_default();
            *job.runs.entry(outcome.word()).or_default() += 1;
            if let Some(duration) = record.duration_ms {
                job.duration_ms += duration;
                job.finished += 1;
                job.last_ended_ms = record.ended_ms.unwrap_or_default();
                if outcome.word() == "success" {
                    job.last_success_ms = job.last_ended_ms;
                }
            }
        });
    }

    /// An environment was built, or could not be.
    pub fn built(&self, is_success: bool) {
        self.with(|values| values.builds[usize::from(!is_success)] += 1);
    }

    /// A generation became the active one; jobs that it does not have are told no more.
    pub fn switched(&self, is_scheduled: impl Fn(&str) -> bool) {
        self.with(|values| {
            values.switches += 1;
            values.jobs.retain(|name, _| is_scheduled(name));
        });
    }

    /// Sets what is so at the moment.
    pub fn set(&self, gauges: Gauges) {
        self.with(|values| values.gauges = gauges);
    }

    /// Whether jobs can run.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.with(|values| values.gauges.is_ready)
    }

    /// The text that Prometheus reads.
    #[must_use]
    pub fn text(&self) -> String {
        self.with(|values| values.text())
    }

    fn with<T>(&self, act: impl FnOnce(&mut Values) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Values {
    fn text(&self) -> String {
        let mut page = Page::default();
        page.head(
            "stackctl_job_runs_total",
            "counter",
            "Runs that ended or were not started, by outcome.",
        );
        for (name, job) in &self.jobs {
            for (outcome, count) in &job.runs {
                page.value(
                    "stackctl_job_runs_total",
                    &[("job", name), ("outcome", outcome)],
                    *count,
                );
            }
        }
        page.jobs(
            &self.jobs,
            "stackctl_job_retries_total",
            "counter",
            "Attempts after a failed one.",
            |job| Some(job.retries.to_string()),
        );
        page.head("stackctl_job_duration_seconds", "summary", "How long runs took.");
        for (name, job) in &self.jobs {
            let label = [("job", name.as_str())];
            page.value(
                "stackctl_job_duration_seconds_sum",
                &label,
                thousandths(job.duration_ms),
            );
            page.value("stackctl_job_duration_seconds_count", &label, job.finished);
        }
        let moment = |ms: u64| (ms > 0).then(|| thousandths(ms));
        page.jobs(
            &self.jobs,
            "stackctl_job_last_start_timestamp_seconds",
            "gauge",
            "When the last run started.",
            |job| moment(job.last_started_ms),
        );
        page.jobs(
            &self.jobs,
            "stackctl_job_last_end_timestamp_seconds",
            "gauge",
            "When the last run ended.",
            |job| moment(job.last_ended_ms),
        );
        page.jobs(
            &self.jobs,
            "stackctl_job_last_success_timestamp_seconds",
            "gauge",
            "When the last run that succeeded ended.",
            |job| moment(job.last_success_ms),
        );
        self.gauges.write(&mut page);
        page.head(
            "stackctl_environment_builds_total",
            "counter",
            "Builds of dependencies, by outcome.",
        );
        for (outcome, count) in ["success", "failure"].iter().zip(self.builds) {
            page.value(
                "stackctl_environment_builds_total",
                &[("outcome", outcome)],
                count,
            );
        }
        page.single(
            "stackctl_generation_switches_total",
            "counter",
            "Switches to another generation.",
            self.switches,
        );
        page.0
    }
}

impl Gauges {
    fn write(&self, page: &mut Page) {
        page.head("stackctl_job_running", "gauge", "Runs that go on.");
        for (name, running, _) in &self.jobs {
            page.value("stackctl_job_running", &[("job", name)], *running);
        }
        page.head(
            "stackctl_job_next_timestamp_seconds",
            "gauge",
            "When the job is due next.",
        );
        for (name, _, next) in &self.jobs {
            if let Some(next) = next {
                page.value("stackctl_job_next_timestamp_seconds", &[("job", name)], *next);
            }
        }
        page.single(
            "stackctl_generation",
            "gauge",
            "The number of the active generation.",
            self.generation,
        );
        page.head(
            "stackctl_generation_info",
            "gauge",
            "The commit of the active generation.",
        );
        if self.generation > 0 {
            page.value("stackctl_generation_info", &[("commit", &self.commit)], 1);
        }
        for (name, help, value) in [
            (
                "stackctl_schedule_valid",
                "Whether the published schedule is good.",
                self.is_schedule_valid,
            ),
            (
                "stackctl_generation_pending",
                "Whether what is published is not active yet.",
                self.is_pending,
            ),
            (
                "stackctl_generation_held",
                "Whether the generation is held.",
                self.is_held,
            ),
            ("stackctl_paused", "Whether no run is started.", self.is_paused),
        ] {
            page.single(name, "gauge", help, u8::from(value));
        }
    }
}

/// Text in Prometheus's format.
#[derive(Default)]
struct Page(String);

impl Page {
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        self.line(format_args!("# HELP {name} {help}\n# TYPE {name} {kind}"));
    }

    fn value(&mut self, name: &str, labels: &[(&str, &str)], value: impl std::fmt::Display) {
        let labels: Vec<String> = labels
            .iter()
            .map(|(label, text)| format!("{label}=\"{}\"", escaped(text)))
            .collect();
        if labels.is_empty() {
            self.line(format_args!("{name} {value}"));
        } else {
            self.line(format_args!("{name}{{{}}} {value}", labels.join(",")));
        }
    }

    fn single(&mut self, name: &str, kind: &str, help: &str, value: impl std::fmt::Display) {
        self.head(name, kind, help);
        self.value(name, &[], value);
    }

    fn jobs(
        &mut self,
        jobs: &BTreeMap<String, OfJob>,
        name: &str,
        kind: &str,
        help: &str,
        value: impl Fn(&OfJob) -> Option<String>,
    ) {
        self.head(name, kind, help);
        for (job, values) in jobs {
            if let Some(value) = value(values) {
                self.value(name, &[("job", job)], value);
            }
        }
    }

    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        writeln!(self.0, "{line}").expect("writing to a string does not fail");
    }
}

fn thousandths(value: u64) -> String {
    format!("{}.{:03}", value / 1000, value % 1000)
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jobs::history::{Cause, Outcome};

    #[test]
    fn runs_are_counted_by_outcome() {
        let metrics = Metrics::default();
        metrics.started("a \"b\"", 1_500, false);
        metrics.ended(&Record {
            run: "1".to_owned(),
            job: "a \"b\"".to_owned(),
            cause: Cause::Schedule,
            attempt: 1,
            scheduled_ms: 0,
            started_ms: Some(1_500),
            ended_ms: Some(2_750),
            duration_ms: Some(1_250),
            outcome: Some(Outcome::Exit { code: 3 }),
            commit: String::new(),
            environment: None,
            last_line: None,
        });
        metrics.built(false);
        let text = metrics.text();
        for line in [
            "stackctl_job_runs_total{job=\"a \\\"b\\\"\",outcome=\"exit\"} 1",
            "stackctl_job_duration_seconds_sum{job=\"a \\\"b\\\"\"} 1.250",
            "stackctl_job_last_end_timestamp_seconds{job=\"a \\\"b\\\"\"} 2.750",
            "stackctl_environment_builds_total{outcome=\"failure\"} 1",
            "stackctl_schedule_valid 0",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
        metrics.switched(|_| false);
        assert!(!metrics.text().contains("a \\\"b"));
    }
}

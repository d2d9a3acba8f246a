//! `stackctl jobs check FILE…`.

use std::path::{Path, PathBuf};

use anyhow::Context;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::super::Outcome;
use super::super::failure::Failure;
use crate::crontab::{self, CrontabErrors, Defaults, Job};
use crate::error::ExitCode;
use crate::model::TimeZone;
use crate::model::time_zone::TimeZoneError;
use crate::ui::{Table, Ui};

/// Check crontabs, and list their jobs with the next runs
#[derive(Debug, clap::Args)]
#[command(after_long_help = crontab::FORMAT)]
pub struct Args {
    /// The crontabs
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The time zone of schedules where the crontab sets none
    #[arg(long, value_name = "NAME", env = "TZ", default_value = "UTC", value_parser = zone)]
    zone: TimeZone,
    /// How many runs of each job are listed
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u16).range(0..=1000))]
    count: u16,
    /// List the runs after this time, such as 2026-10-24T12:00:00Z, instead of now
    #[arg(long, value_name = "TIME")]
    after: Option<DateTime<Utc>>,
}

/// The container's TZ may be empty, or have the colon that the C library takes before a name.
pub fn zone(text: &str) -> Result<TimeZone, TimeZoneError> {
    match text.strip_prefix(':').unwrap_or(text) {
        "" => Ok(TimeZone::UTC),
        name => name.parse(),
    }
}

/// Reads all files, and tells the problems of each or lists their jobs.
pub fn run(args: &Args, ui: &Ui) -> Outcome {
    let defaults = Defaults {
        zone: args.zone,
        ..Defaults::default()
    };
    let mut checked: Vec<(&Path, Vec<Job>)> = Vec::new();
    let mut code = ExitCode::Done;
    for file in &args.files {
        let text = std::fs::read(file)
            .with_context(|| format!("can't read `{}`", file.display()))
            .map_err(|error| Failure::usage(error).hint("name the crontab as it is seen from this folder"))?;
        match crontab::parse(&text, &file.display().to_string(), &defaults) {
            Ok(jobs) => {
                warn_of_input(file, &jobs, ui);
                checked.push((file, jobs));
            }
            Err(errors) => code = invalid(errors).tell(ui),
        }
    }
    if code == ExitCode::Done {
        let after = args.after.unwrap_or_else(Utc::now);
        let listed = Listing {
            after,
            count: usize::from(args.count),
        };
        let files: Vec<Value> = checked
            .iter()
            .map(|(file, jobs)| listed.json(file, jobs))
            .collect();
        ui.result(&json!({ "valid": true, "files": files }), |_| {
            let texts: Vec<String> = checked
                .iter()
                .map(|(file, jobs)| listed.text(file, jobs))
                .collect();
            texts.join("\n")
        });
    }
    Ok(code)
}

fn invalid(errors: CrontabErrors) -> Failure {
    Failure::Invalid {
        path: errors.source,
        text: errors.text,
        diagnostics: errors.diagnostics,
    }
}

/// A `%` is what surprises who comes from a scheduler that takes it literally.
fn warn_of_input(file: &Path, jobs: &[Job], ui: &Ui) {
    for job in jobs.iter().filter(|job| job.stdin.is_some()) {
        ui.warning(&format!(
            "{}:{}: the command of `{}` ends at its `%`, and the rest is its standard input; write `\\%` for the sign itself",
            file.display(),
            job.line,
            job.name
        ));
    }
}

/// Which runs are listed.
struct Listing {
    after: DateTime<Utc>,
    count: usize,
}

impl Listing {
    fn runs(&self, job: &Job) -> Vec<DateTime<chrono_tz::Tz>> {
        let runs = std::iter::successors(job.timing.next_after(self.after), |run| {
            job.timing.next_after(*run)
        });
        runs.take(self.count)
            .map(|run| run.with_timezone(&job.zone().get()))
            .collect()
    }

    fn json(&self, file: &Path, jobs: &[Job]) -> Value {
        let jobs: Vec<Value> = jobs
            .iter()
            .map(|job| {
                json!({
                    "name": job.name,
                    "id": job.id(),
                    "line": job.line,
                    "schedule": job.schedule,
                    "zone": job.zone().to_string(),
                    "command": job.command_text(),
                    "stdin": job.stdin.as_deref().map(String::from_utf8_lossy),
                    "environment": job.environment.variables().keys().collect::<Vec<_>>(),
                    "overlap": job.policy.overlap,
                    "timeout": job.policy.timeout,
                    "retries": job.policy.retries,
                    "retry_delay": job.policy.retry_delay,
                    "catch_up": job.policy.catch_up,
                    "next": self.runs(job).iter().map(DateTime::to_rfc3339).collect::<Vec<_>>(),
                })
            })
            .collect();
        json!({ "file": file.display().to_string(), "jobs": jobs })
    }

    fn text(&self, file: &Path, jobs: &[Job]) -> String {
        let count = match jobs.len() {
            1 => "1 job".to_owned(),
            many => format!("{many} jobs"),
        };
        let head = format!("{} is valid: {count}\n", file.display());
        if jobs.is_empty() {
            return head;
        }
        let mut table = Table::new(["line", "job", "schedule", "next runs"]);
        for job in jobs {
            table.row([
                job.line.to_string(),
                job.name.clone(),
                job.schedule.clone(),
                self.next(job),
            ]);
        }
        format!("{head}{table}")
    }

    fn next(&self, job: &Job) -> String {
        if job.timing.is_at_start() {
            return "when the agent starts".to_owned();
        }
        let runs = self.runs(job);
        if runs.is_empty() && self.count > 0 {
            return "none to come".to_owned();
        }
        let shown: Vec<String> = runs.iter().map(shown).collect();
        shown.join(", ")
    }
}

/// A run in the time zone of its job; seconds only where there are some.
fn shown(run: &DateTime<chrono_tz::Tz>) -> String {
    let has_seconds = run.timestamp() % 60 != 0;
    let format = if has_seconds { "%F %T %Z" } else { "%F %R %Z" };
    run.format(format).to_string()
}

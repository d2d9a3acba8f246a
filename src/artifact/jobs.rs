//! The crontab of jobs that stand in stack.toml.

use serde::Serialize;

use super::File;
use super::error::ArtifactError;
use super::template::Templates;
use crate::model::{CronJob, Jobs, Service, Stack};

/// What the crontab is made from.
#[derive(Serialize)]
struct Crontab {
    jobs: Vec<Job>,
}

#[derive(Serialize)]
struct Job {
    zone: String,
    /// The words behind `# stackctl:`.
    directives: String,
    schedule: String,
    /// As cron reads it.
    command: String,
}

/// Renders the crontab, for jobs that have one.
pub fn crontab(
    stack: &Stack,
    service: &Service,
    jobs: &Jobs,
    templates: &Templates,
) -> Result<Option<File>, ArtifactError> {
    if jobs.cron.is_empty() {
        return Ok(None);
    }
    let view = Crontab {
        jobs: jobs.cron.iter().map(|job| line(stack, job)).collect(),
    };
    let text = templates.render("jobs/crontab.j2", &view)?;
    Ok(Some(File::plain(path(service), text)))
}

/// Where the crontab is, below the rendered folder.
pub fn path(service: &Service) -> String {
    format!("services/{}/crontab", service.name)
}

fn line(stack: &Stack, job: &CronJob) -> Job {
    Job {
        zone: job.timezone.unwrap_or(stack.timezone).to_string(),
        directives: directives(job),
        schedule: job.schedule.clone(),
        // To cron a plain `%` is the end of the line.
        command: job.command.replace('%', "\\%"),
    }
}

fn directives(job: &CronJob) -> String {
    let policy = &job.policy;
    let words = [
        Some(format!("name={}", job.name)),
        policy
            .overlap
            .map(|overlap| format!("overlap={}", overlap.as_str())),
        policy.timeout.map(|time| format!("timeout={time}")),
        policy.retries.map(|count| format!("retries={count}")),
        policy.retry_delay.map(|time| format!("retry-delay={time}")),
        policy.catch_up.map(|flag| {
            if flag {
                "catch-up".to_owned()
            } else {
                "catch-up=false".to_owned()
            }
        }),
    ];
    words.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

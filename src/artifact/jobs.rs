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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::crontab::{self, Defaults, Overlap};

    #[test]
    fn what_is_rendered_is_what_cron_reads() {
        let stack = r#"
            [stack]
            name = "x"
            timezone = "Europe/Amsterdam"
            [sync.a]
            repo = "https://git.example.com/a.git"
            [jobs.j]
            sync = "a"
            python = "3.11"
            [[jobs.j.cron]]
            name = "one"
            schedule = " */5  8-18 * * mon-fri "
            command = "date +%F | sed 's/#/\\n/'"
            overlap = "replace"
            timeout = "1h30m"
            retries = 2
            retry_delay = "90s"
            catch_up = true
            [[jobs.j.cron]]
            name = "two"
            schedule = "@every 90s"
            command = "true"
            timezone = "America/New_York"
            catch_up = false
        "#;
        let stack = crate::config::load(stack, None).unwrap().stack;
        let service = stack.service("j").unwrap();
        let templates = Templates::new(&BTreeMap::new()).unwrap();
        let file = crontab(&stack, service, service.role.jobs().unwrap(), &templates);
        let bytes = file.unwrap().unwrap().bytes;
        let jobs = crontab::parse(&bytes, "crontab", &Defaults::default()).unwrap();
        let [one, two] = &jobs[..] else {
            panic!("{jobs:?}");
        };
        assert_eq!(one.command_text(), "date +%F | sed 's/#/\\n/'");
        assert_eq!((one.name.as_str(), two.name.as_str()), ("one", "two"));
        assert_eq!(one.zone().to_string(), "Europe/Amsterdam");
        assert_eq!(two.zone().to_string(), "America/New_York");
        assert_eq!(one.policy.overlap, Overlap::Replace);
        assert_eq!(one.policy.timeout.unwrap().to_string(), "1h30m");
        assert_eq!((one.policy.retries, one.policy.catch_up), (2, true));
        assert!(!two.policy.catch_up);
    }
}

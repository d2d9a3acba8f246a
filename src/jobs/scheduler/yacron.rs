//! The YAML that yacron reads: block style with every text quoted, because it uses a strict dialect (strictyaml).

use std::fmt::Write;
use std::sync::Arc;

use super::{Unsupported, check_common};
use crate::crontab::{Job, Overlap};

const NAME: &str = "yacron";

/// Renders the jobs; `command` is what runs the job of an index.
///
/// # Errors
/// It can't do what a job asks for.
pub fn render(jobs: &[Arc<Job>], command: impl Fn(usize, &Job) -> String) -> Result<String, Unsupported> {
    let clocked: Vec<(usize, &Arc<Job>)> = jobs
        .iter()
        .enumerate()
        .filter(|(_, job)| !job.timing.is_at_start())
        .collect();
    let mut yaml = String::from("# Written by stackctl from the crontab of the active generation.\n");
    if clocked.is_empty() {
        // A mapping without keys can't be written in block style; this one says nothing.
        yaml.push_str("defaults:\n  captureStdout: true\n");
        return Ok(yaml);
    }
    yaml.push_str("jobs:\n");
    for (index, job) in clocked {
        check_common(NAME, job)?;
        let concurrency = match job.policy.overlap {
            Overlap::Skip => "Forbid",
            Overlap::Allow => "Allow",
            Overlap::Replace => "Replace",
            Overlap::Queue => {
                let reason = "has no `overlap=queue`; use skip, allow or replace, or the builtin scheduler";
                return Err(Unsupported::new(NAME, job, reason));
            }
        };
        let timeout = job.policy.timeout.map(|timeout| {
            format!(
                "    executionTimeout: {}\n    killTimeout: 5\n",
                timeout.get().as_secs_f64()
            )
        });
        let delay = job.policy.retry_delay.get().as_secs_f64();
        write!(
            yaml,
            "  - name: {name}\n    command: {command}\n    schedule: {schedule}\n    timezone: {zone}\n    \
             concurrencyPolicy: {concurrency}\n    captureStdout: true\n    captureStderr: true\n    failsWhen:\n      \
             producesStdout: false\n      producesStderr: false\n    onFailure:\n      retry:\n        \
             maximumRetries: {retries}\n        initialDelay: {delay}\n        maximumDelay: {delay}\n        \
             backoffMultiplier: 1\n{timeout}",
            name = quoted(&job.name),
            command = quoted(&command(index, job)),
            schedule = quoted(&job.schedule),
            zone = quoted(&job.zone().to_string()),
            retries = job.policy.retries,
            timeout = timeout.unwrap_or_default(),
        )
        .expect("writing to a string does not fail");
    }
    Ok(yaml)
}

/// A text in single quotes, in which only the quote itself is special.
fn quoted(text: &str) -> String {
    let plain: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    format!("'{}'", plain.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crontab::{self, Defaults};

    fn rendered(text: &str) -> Result<String, String> {
        let jobs = crontab::parse(text.as_bytes(), "crontab", &Defaults::default()).unwrap();
        let jobs: Vec<_> = jobs.into_iter().map(Arc::new).collect();
        render(&jobs, |index, _| format!("/bin/sh '/s/{index}'")).map_err(|error| error.to_string())
    }

    #[test]
    fn jobs_are_rendered_with_their_policies() {
        let yaml = rendered("# stackctl: name=a overlap=replace timeout=90s retries=2\n@hourly a\n").unwrap();
        for line in [
            "  - name: 'a'",
            "    command: '/bin/sh ''/s/0'''",
            "    concurrencyPolicy: Replace",
            "    executionTimeout: 90",
            "        maximumRetries: 2",
            "        initialDelay: 30",
        ] {
            assert!(yaml.lines().any(|found| found == line), "{line}\n{yaml}");
        }
        assert!(
            rendered("# stackctl: overlap=queue\n* * * * * a\n")
                .unwrap_err()
                .contains("overlap=queue")
        );
        assert!(rendered("@reboot a\n").unwrap().contains("defaults:"));
    }
}

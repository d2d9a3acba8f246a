//! The crontab that supercronic reads.
//!
//! It has one zone for all jobs (`CRON_TZ`, the last one counts), and one rule for overlap, `-overlapping` on its
//! command line (crontab/crontab.go and main.go of v0.2.48).

use std::fmt::Write;
use std::sync::Arc;

use super::{Unsupported, check_common};
use crate::crontab::{Job, Overlap};

/// A crontab, and the arguments that go with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The crontab.
    pub crontab: String,
    /// Arguments before its path.
    pub arguments: Vec<&'static str>,
}

const NAME: &str = "supercronic";

/// Renders the jobs; `command` is what runs the job of an index.
///
/// # Errors
/// It can't do what a job asks for.
pub fn render(jobs: &[Arc<Job>], command: impl Fn(usize, &Job) -> String) -> Result<Rendered, Unsupported> {
    let clocked: Vec<(usize, &Arc<Job>)> = jobs
        .iter()
        .enumerate()
        .filter(|(_, job)| !job.timing.is_at_start())
        .collect();
    let mut crontab = String::from("# Written by stackctl from the crontab of the active generation.\n");
    let Some((_, first)) = clocked.first() else {
        return Ok(Rendered {
            crontab,
            arguments: Vec::new(),
        });
    };
    line(&mut crontab, format_args!("CRON_TZ={}", first.zone()));
    for (index, job) in &clocked {
        check(job, first)?;
        let text = job.command_text().replace(['\n', '\r'], " ");
        line(&mut crontab, format_args!("# {}: {text}", job.name));
        line(
            &mut crontab,
            format_args!("{} {}", job.schedule, command(*index, job)),
        );
    }
    let is_overlapping = first.policy.overlap == Overlap::Allow;
    Ok(Rendered {
        crontab,
        arguments: if is_overlapping {
            vec!["-overlapping"]
        } else {
            Vec::new()
        },
    })
}

fn line(crontab: &mut String, line: std::fmt::Arguments<'_>) {
    writeln!(crontab, "{line}").expect("writing to a string does not fail");
}

fn check(job: &Job, first: &Job) -> Result<(), Unsupported> {
    check_common(NAME, job)?;
    let refuse = |reason: String| Err(Unsupported::new(NAME, job, reason));
    if job.zone() != first.zone() {
        return refuse(format!(
            "has one time zone for all jobs, and `{}` is in {}; use one, or the builtin scheduler",
            first.name,
            first.zone()
        ));
    }
    let overlap = job.policy.overlap;
    if !matches!(overlap, Overlap::Skip | Overlap::Allow) {
        return refuse(format!(
            "has no `overlap={overlap}`; use skip or allow, or the builtin scheduler"
        ));
    }
    if overlap != first.policy.overlap {
        return refuse(format!(
            "has one overlap rule for all jobs, and `{}` has {}; use one, or the builtin scheduler",
            first.name, first.policy.overlap
        ));
    }
    if job.policy.timeout.is_some() || job.policy.retries > 0 {
        return refuse(
            "has neither timeouts nor retries; remove them, or use the builtin scheduler".to_owned(),
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crontab::{self, Defaults};

    fn rendered(text: &str) -> Result<Rendered, String> {
        let jobs = crontab::parse(text.as_bytes(), "crontab", &Defaults::default()).unwrap();
        let jobs: Vec<_> = jobs.into_iter().map(Arc::new).collect();
        render(&jobs, |index, _| format!("/bin/sh /s/{index}")).map_err(|error| error.to_string())
    }

    #[test]
    fn jobs_are_rendered_with_their_scripts() {
        let found = rendered("CRON_TZ=Europe/Amsterdam\n@reboot start\n*/5 * * * * a%b\n").unwrap();
        assert_eq!(
            found.crontab.lines().skip(1).collect::<Vec<_>>(),
            ["CRON_TZ=Europe/Amsterdam", "# a: a", "*/5 * * * * /bin/sh /s/1"]
        );
        assert!(found.arguments.is_empty());
        let found = rendered("# stackctl: overlap=allow\n* * * * * a\n").unwrap();
        assert_eq!(found.arguments, ["-overlapping"]);
    }

    #[test]
    fn what_it_lacks_is_refused_with_the_job() {
        for (text, word) in [
            ("@every 5s a\n", "@every"),
            ("# stackctl: timeout=5s\n* * * * * a\n", "timeouts"),
            ("# stackctl: overlap=queue\n* * * * * a\n", "overlap=queue"),
            ("# stackctl: catch-up\n* * * * * a\n", "catch-up"),
            ("* * * * * a\nCRON_TZ=Asia/Tokyo\n* * * * * b\n", "one time zone"),
            (
                "* * * * * a\n# stackctl: overlap=allow\n* * * * * b\n",
                "one overlap rule",
            ),
        ] {
            let error = rendered(text).unwrap_err();
            assert!(error.contains(word), "{error}");
        }
    }
}

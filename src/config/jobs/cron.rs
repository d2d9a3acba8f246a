//! `[[jobs.NAME.cron]]`.

use toml::Spanned;

use super::super::problems::Problems;
use super::super::secret_in_clear;
use super::super::sync::above_zero;
use super::super::table::{Table, table};
use crate::crontab::Timing;
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::model::{CronJob, Duration, Overlap, Policy, ServiceName, TimeZone};

table! {
    /// One job that stands in stack.toml.
    Cron {
        /// The job's name, as `stackctl jobs list` shows it.
        name: Spanned<ServiceName>,
        /// Five fields as in a crontab, or a word such as `@hourly`.
        schedule: Spanned<String>,
        /// A line for the shell, run in the folder of the code. `%` is a plain character here.
        command: Spanned<String>,
        /// The time zone of the schedule. Default: the stack's.
        timezone: Spanned<TimeZone>,
        /// What happens when a run is due while the one before goes on.
        overlap: Spanned<Overlap>,
        /// Time that a run may take.
        timeout: Spanned<Duration>,
        /// How often a failed run is tried again.
        retries: Spanned<u32>,
        /// Time between two tries.
        retry_delay: Spanned<Duration>,
        /// Whether a run that was missed while the container was down is made up for.
        catch_up: Spanned<bool>,
    }
}

impl Cron {
    /// The valid job; `header` is where the table of all jobs stands.
    pub(super) fn convert(&self, header: Span, problems: &mut Problems) -> Option<CronJob> {
        for (key, is_there) in [
            ("name", self.name.is_some()),
            ("schedule", self.schedule.is_some()),
            ("command", self.command.is_some()),
        ] {
            if !is_there && !self.unreadable().contains(&key) {
                let place = self.place().unwrap_or_else(|| header.clone());
                problems.push(
                    Diagnostic::error(Code::MissingKey, place, format!("missing key `{key}` of a job"))
                        .help("a job has a `name`, a `schedule` and a `command`"),
                );
            }
        }
        for (key, text) in [("schedule", &self.schedule), ("command", &self.command)] {
            let Some(text) = text else { continue };
            if text.get_ref().trim().is_empty() || text.get_ref().contains('\n') {
                problems.push(
                    Diagnostic::error(
                        Code::InvalidValue,
                        text.span(),
                        format!("`{key}` must be one line"),
                    )
                    .help("put a longer program into a file of the repository, and name that"),
                );
            }
        }
        if let Some(command) = &self.command
            && let Some(reason) = secret_in_clear::suspect_word(command.get_ref())
        {
            problems.push(
                Diagnostic::error(
                    Code::SecretInClear,
                    command.span(),
                    "a secret stands in this command in clear",
                )
                .labelled(reason)
                .help("name it under `[secrets]`, and give it to the jobs under `environment`"),
            );
        }
        if let Some(timeout) = &self.timeout {
            above_zero("timeout", timeout, problems);
        }
        self.check_schedule(problems);
        self.check_percent(problems);
        Some(CronJob {
            name: self.name.as_ref()?.get_ref().clone(),
            schedule: self.schedule.as_ref()?.get_ref().trim().to_owned(),
            command: self.command.as_ref()?.get_ref().trim().to_owned(),
            timezone: self.timezone.as_ref().map(|zone| *zone.get_ref()),
            policy: Policy {
                overlap: self.overlap.as_ref().map(|choice| *choice.get_ref()),
                timeout: self.timeout.as_ref().map(|time| *time.get_ref()),
                retries: self.retries.as_ref().map(|count| *count.get_ref()),
                retry_delay: self.retry_delay.as_ref().map(|time| *time.get_ref()),
                catch_up: self.catch_up.as_ref().map(|flag| *flag.get_ref()),
            },
        })
    }

    /// A crontab has no way to write these: a backslash takes a `%` its meaning, and another one at the end joins lines.
    fn check_percent(&self, problems: &mut Problems) {
        let Some(command) = &self.command else { return };
        if command.get_ref().contains("\\%") || command.get_ref().trim().ends_with('\\') {
            problems.push(
                Diagnostic::error(
                    Code::InvalidCrontab,
                    command.span(),
                    "a crontab can't hold a backslash before `%` or at the end of a line",
                )
                .help("a plain `%` needs none; put anything else into a script"),
            );
        }
    }

    /// Tells what cron would not take, at its place in the text where that is as written.
    fn check_schedule(&self, problems: &mut Problems) {
        let one_line = self
            .schedule
            .as_ref()
            .filter(|text| !text.get_ref().contains('\n') && !text.get_ref().trim().is_empty());
        let Some(schedule) = one_line else { return };
        let text = schedule.get_ref();
        let zone = self
            .timezone
            .as_ref()
            .map_or(TimeZone::UTC, |zone| *zone.get_ref());
        let is_as_written = schedule.span().len() == text.len() + 2;
        for fault in Timing::parse(text, zone).err().into_iter().flatten() {
            let span = if is_as_written {
                let start = schedule.span().start + 1;
                start + fault.span.start..start + fault.span.end
            } else {
                schedule.span()
            };
            let problem = Diagnostic::error(fault.code, span, fault.message);
            problems.push(match fault.help {
                Some(help) => problem.help(help),
                None => problem,
            });
        }
    }

    /// Where the first thing of the table stands, as tables of a list have no place of their own.
    fn place(&self) -> Option<Span> {
        let name = self.name.as_ref().map(Spanned::span);
        let texts = [&self.schedule, &self.command]
            .into_iter()
            .flatten()
            .map(Spanned::span);
        name.into_iter().chain(texts).min_by_key(|span| span.start)
    }
}

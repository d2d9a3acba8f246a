//! Jobs as written -> valid ones with every default, and what one table can get wrong by itself.

use std::collections::BTreeMap;

use toml::Spanned;

use super::super::problems::Problems;
use super::super::sync::above_zero;
use super::super::table::Table;
use super::Jobs;
use super::container::{DRAIN, PROJECT};
use crate::diagnostic::{Code, Diagnostic, Span, quoted};
use crate::model::mount::is_container_path;
use crate::model::{CronJob, Duration, Installer, Jobs as Model, Policy, Scheduler, ServiceName, Sync};

const POLL: Duration = Duration::from_secs(15);
const REQUIREMENTS: &str = "requirements.txt";
const CRONTAB: &str = "crontab.txt";
const ENVIRONMENTS_KEPT: u32 = 3;

impl Jobs {
    /// The valid jobs. `syncs` are those of the file, none where one could not be read.
    pub fn convert(
        &self,
        key: &Spanned<String>,
        syncs: &BTreeMap<String, Option<Sync>>,
        problems: &mut Problems,
    ) -> Option<Model> {
        check_name(key, problems);
        let sync = self.source(key, syncs, problems);
        self.check_python(key, problems);
        self.check_project(problems);
        for (key, value) in [("poll", &self.poll), ("timeout", &self.timeout)] {
            if let Some(value) = value {
                above_zero(key, value, problems);
            }
        }
        let cron = self.cron_jobs(key.span(), problems);
        let time = |value: &Option<Spanned<Duration>>, default| {
            value.as_ref().map_or(default, |value| *value.get_ref())
        };
        let requirements = self.in_repository("requirements", self.requirements.as_ref(), problems);
        let crontab = self.in_repository("crontab", self.crontab.as_ref(), problems);
        let project = self
            .project
            .as_ref()
            .map_or(PROJECT, |path| path.get_ref().as_str());
        let (sync, link) = sync?;
        Some(Model {
            sync,
            link,
            project: project.trim_end_matches('/').to_owned(),
            requirements: match &self.requirements {
                None => Some(REQUIREMENTS.to_owned()),
                Some(_) => requirements,
            },
            crontab: match &self.crontab {
                None if cron.is_empty() => Some(CRONTAB.to_owned()),
                None => None,
                Some(_) => crontab,
            },
            cron,
            poll: time(&self.poll, POLL),
            scheduler: self
                .scheduler
                .as_ref()
                .map_or(Scheduler::Builtin, |choice| *choice.get_ref()),
            installer: self
                .installer
                .as_ref()
                .map_or(Installer::Pip, |choice| *choice.get_ref()),
            keep: self
                .keep
                .as_ref()
                .map_or(ENVIRONMENTS_KEPT, |count| count.get_ref().get()),
            policy: Policy {
                overlap: self.overlap.as_ref().map(|choice| *choice.get_ref()),
                timeout: self.timeout.as_ref().map(|time| *time.get_ref()),
                retries: self.retries.as_ref().map(|count| *count.get_ref()),
                retry_delay: self.retry_delay.as_ref().map(|time| *time.get_ref()),
                catch_up: self.catch_up.as_ref().map(|flag| *flag.get_ref()),
            },
            drain: time(&self.drain, DRAIN),
            metrics_port: self.metrics_port.as_ref().map(|port| *port.get_ref()),
        })
    }

    /// The sync that is named, and the name of its link.
    fn source(
        &self,
        key: &Spanned<String>,
        syncs: &BTreeMap<String, Option<Sync>>,
        problems: &mut Problems,
    ) -> Option<(ServiceName, String)> {
        let Some(sync) = &self.sync else {
            if !self.unreadable().contains(&"sync") {
                problems.push(
                    Diagnostic::error(
                        Code::MissingKey,
                        key.span(),
                        "nothing says where these jobs come from",
                    )
                    .help("write `sync = \"NAME\"` for a table `[sync.NAME]`"),
                );
            }
            return None;
        };
        // A name that is not there is told with all other references.
        let found = syncs.get(sync.get_ref())?.as_ref()?;
        Some((found.name.clone(), found.link.clone()))
    }

    fn check_python(&self, key: &Spanned<String>, problems: &mut Problems) {
        if self.python.is_none() && !self.unreadable().contains(&"python") {
            problems.push(
                Diagnostic::error(
                    Code::MissingKey,
                    key.span(),
                    "nothing says which Python these jobs run with",
                )
                .help("write the minor version, such as `python = \"3.11\"`"),
            );
        }
        let Some(scheduler) = &self.scheduler else { return };
        let tools = self.python.iter().flat_map(|python| &python.0.tools).flatten();
        let has_it = tools.clone().any(|tool| tool.get_ref() == "supercronic");
        if *scheduler.get_ref() == Scheduler::Supercronic && !has_it {
            problems.within("scheduler", |problems| {
                problems.push(
                    Diagnostic::error(Code::MissingKey, scheduler.span(), "supercronic is not in the image")
                        .help(
                            "pin it under `[build.downloads.supercronic]` with `version`, `source` and `sha256`, and write `python = { version = \"…\", tools = [\"supercronic\"] }`",
                        ),
                );
            });
        }
    }

    fn check_project(&self, problems: &mut Problems) {
        let Some(project) = &self.project else { return };
        let text = project.get_ref();
        // The text also stands in the options of a folder in memory.
        if !is_container_path(text) || text.contains([':', ',']) {
            problems.within("project", |problems| {
                problems.push(
                    Diagnostic::error(
                        Code::InvalidValue,
                        project.span(),
                        format!("{} is not an absolute path in the container", quoted(text)),
                    )
                    .help("write it from the root, such as `/app/project`"),
                );
            });
        }
    }

    /// A file of the repository; none where the text is empty.
    fn in_repository(
        &self,
        key: &str,
        written: Option<&Spanned<String>>,
        problems: &mut Problems,
    ) -> Option<String> {
        let written = written?;
        let text = written.get_ref();
        if text.is_empty() {
            return None;
        }
        if text.starts_with('/') || text.split('/').any(|part| part == "..") {
            problems.within(key, |problems| {
                problems.push(
                    Diagnostic::error(
                        Code::InvalidValue,
                        written.span(),
                        format!("{} is not a file of the repository", quoted(text)),
                    )
                    .help(format!(
                        "write it from the top of `{}`'s repository, such as `app/{key}.txt`",
                        self.sync_name()
                    )),
                );
            });
        }
        Some(text.trim_start_matches("./").to_owned())
    }

    fn sync_name(&self) -> &str {
        self.sync
            .as_ref()
            .map_or("the sync", |name| name.get_ref().as_str())
    }

    fn cron_jobs(&self, header: Span, problems: &mut Problems) -> Vec<CronJob> {
        problems.within("cron", |problems| {
            let mut jobs: Vec<CronJob> = Vec::new();
            for entry in self.cron.iter().flatten() {
                let Some(job) = entry.convert(header.clone(), problems) else {
                    continue;
                };
                if let Some(name) = entry
                    .name
                    .as_ref()
                    .filter(|_| jobs.iter().any(|other| other.name == job.name))
                {
                    problems.push(
                        Diagnostic::error(
                            Code::DuplicateName,
                            name.span(),
                            format!("two jobs are called `{}`", job.name),
                        )
                        .help("give each a name of its own"),
                    );
                }
                jobs.push(job);
            }
            jobs
        })
    }
}

/// The volume with the state has a longer name than the service.
fn check_name(key: &Spanned<String>, problems: &mut Problems) {
    let name: Option<ServiceName> = key.get_ref().parse().ok();
    if name.is_some_and(|name| Model::volume(&name).is_none()) {
        problems.push(
            Diagnostic::error(
                Code::IdentifierTooLong,
                key.span(),
                format!("{} is too long for jobs", quoted(key.get_ref())),
            )
            .help("the volume `NAME_state` may have 63 bytes; shorten it to 57"),
        );
    }
}

//! The first line of `status`: whether all is well and, if not, what to type. Pure.

use serde::Serialize;

use super::{Condition, Inside, Migrations, ServiceStatus};
use crate::engine::plan::Unwanted;
use crate::engine::progress::{count, list};
use crate::jobs::report::Report as JobsReport;
use crate::sync::report::Report as SyncReport;

/// The answer in a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Headline {
    /// Whether all is well.
    pub ok: bool,
    /// The answer.
    pub summary: String,
    /// What to type.
    pub next: Option<String>,
}

impl Headline {
    /// Decides what matters most.
    #[must_use]
    pub fn of(
        services: &[ServiceStatus],
        orphans: &[Unwanted],
        rendered: Option<&str>,
        project: &str,
    ) -> Self {
        let are = |condition: Condition| -> Vec<&ServiceStatus> {
            services
                .iter()
                .filter(|service| service.condition == condition)
                .collect()
        };
        let names = |services: &[&ServiceStatus]| {
            let names: Vec<&str> = services.iter().map(|service| service.service.as_str()).collect();
            names.join(" ")
        };
        let absent = are(Condition::Absent);
        if !services.is_empty() && absent.len() == services.len() {
            return Self::not_well(format!("{project} is not up"), "stackctl up");
        }
        let broken = are(Condition::Broken);
        if !broken.is_empty() {
            let told: Vec<String> = broken
                .iter()
                .map(|service| format!("{} is {}", service.service, adjective(&service.state)))
                .collect();
            return Self::not_well(list(&told), format!("stackctl logs {}", names(&broken)));
        }
        if !absent.is_empty() {
            let be = if absent.len() == 1 { "is" } else { "are" };
            return Self::not_well(
                format!("{} {be} not up", names(&absent).replace(' ', ", ")),
                "stackctl up",
            );
        }
        let starting = are(Condition::Starting);
        if !starting.is_empty() {
            let be = if starting.len() == 1 { "is" } else { "are" };
            return Self::not_well(
                format!("{} {be} still starting", names(&starting).replace(' ', ", ")),
                format!("stackctl logs -f {}", names(&starting)),
            );
        }
        let changed: Vec<&ServiceStatus> = services
            .iter()
            .filter(|service| service.action.is_change())
            .collect();
        if !changed.is_empty() {
            return Self::not_well(
                format!(
                    "all containers are well, but {} not what is rendered",
                    match &changed[..] {
                        [one] => format!("{} is", one.service),
                        _ => format!("{} are", names(&changed).replace(' ', ", ")),
                    }
                ),
                "stackctl up",
            );
        }
        if let Some(rendered) = rendered {
            return Self::not_well(
                format!("all containers are well, but the rendered files differ from stack.toml: {rendered}"),
                "stackctl diff",
            );
        }
        if !orphans.is_empty() {
            return Self::not_well(
                format!(
                    "{} of a service that stack.toml has no more",
                    count(orphans.len(), "container")
                ),
                "stackctl up",
            );
        }
        Self {
            ok: true,
            summary: format!("all is well: {}", count(services.len(), "service")),
            next: None,
        }
    }

    /// The same, unless the last `up` did not come to its end: then containers may be well and yet not what the
    /// sources say, because an image could not be built.
    #[must_use]
    pub fn unless_unfinished(self, is_unfinished: bool) -> Self {
        if self.ok && is_unfinished {
            return Self::not_well(
                "all containers are well, but the last `up` did not finish".to_owned(),
                "stackctl up",
            );
        }
        self
    }

    /// The same, unless a sync or jobs say of themselves that something is wrong. Containers that are well may hold
    /// old code; what is wrong with containers comes first.
    #[must_use]
    pub fn unless_inside(self, syncs: &[Inside<SyncReport>], jobs: &[Inside<JobsReport>], now: u64) -> Self {
        if !self.ok {
            return self;
        }
        let sync = syncs.iter().find_map(of_sync);
        let jobs = || jobs.iter().find_map(|jobs| of_jobs(jobs, now));
        match sync.or_else(jobs) {
            Some((summary, next)) => Self::not_well(summary, next),
            None => self,
        }
    }

    /// The same, unless a migration waits for a person.
    #[must_use]
    pub fn unless_open(self, migrations: &Migrations) -> Self {
        match migrations.next() {
            Some((summary, next)) if self.ok => Self::not_well(summary, next),
            _ => self,
        }
    }

    fn not_well(summary: String, next: impl Into<String>) -> Self {
        Self {
            ok: false,
            summary,
            next: Some(next.into()),
        }
    }
}

/// Runs that failed longer ago are history: `jobs history --failed` tells them.
const RECENT: u64 = 3600;

/// What is wrong with a sync, and what to type.
fn of_sync(sync: &Inside<SyncReport>) -> Option<(String, String)> {
    let logs = format!("stackctl logs {}", sync.service);
    if let Some(silent) = &sync.silent {
        return Some((format!("{} gives no answer: {silent}", sync.service), logs));
    }
    let error = sync.report.as_ref()?.error.as_ref()?;
    Some((format!("{} can't sync: {error}", sync.service), logs))
}

/// What is wrong with jobs, and what to type: what holds new code back first, then runs that failed.
fn of_jobs(jobs: &Inside<JobsReport>, now: u64) -> Option<(String, String)> {
    let service = &jobs.service;
    let typed = |verb: &str| format!("stackctl jobs {verb} --service {service}");
    if let Some(silent) = &jobs.silent {
        let summary = format!("{service} gives no answer: {silent}");
        return Some((summary, format!("stackctl logs {service}")));
    }
    let report = jobs.report.as_ref()?;
    if let Some(pending) = report.pending.as_ref().filter(|pending| pending.error.is_some()) {
        let part = &pending.part;
        let commit = pending.commit.get(..12).unwrap_or(&pending.commit);
        let summary = format!("{service} stays at its old commit: the {part} of {commit} can't be taken");
        return Some((summary, typed("status")));
    }
    if report.paused {
        return Some((
            format!("{service} is paused, so no job is started"),
            typed("resume"),
        ));
    }
    if report.held {
        return Some((
            format!("{service} is held at an earlier commit"),
            typed("release"),
        ));
    }
    let failed: Vec<&str> = report
        .failures
        .iter()
        .filter(|failure| failure.at + RECENT > now)
        .map(|failure| failure.job.as_str())
        .collect();
    let first = failed.first()?;
    let summary = match failed.len() {
        1 => format!("a run of {first} failed in {service}"),
        many => format!("{many} runs failed in {service}, the last one of {first}"),
    };
    Some((summary, typed("history --failed")))
}

/// A state so that it reads behind `is`.
fn adjective(state: &str) -> String {
    match state.strip_prefix("ended") {
        Some(rest) => format!("not running (it ended{rest})"),
        None => state.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Action;
    use crate::runtime::docker::HealthStatus;

    fn service(name: &str, state: &str, condition: Condition, action: Action) -> ServiceStatus {
        ServiceStatus {
            service: name.to_owned(),
            state: state.to_owned(),
            condition,
            health: HealthStatus::None,
            exit_code: None,
            restarts: 0,
            ports: Vec::new(),
            image: String::new(),
            image_age: None,
            uptime: None,
            container: None,
            action,
        }
    }

    fn told(services: &[ServiceStatus], rendered: Option<&str>) -> String {
        let headline = Headline::of(services, &[], rendered, "shop");
        match headline.next {
            Some(next) => format!("{} -> {next}", headline.summary),
            None => headline.summary,
        }
    }

    #[test]
    fn an_up_that_did_not_finish_is_told_where_nothing_else_is_wrong() {
        let well = || service("a", "healthy", Condition::Well, Action::Keep);
        let headline = Headline::of(&[well()], &[], None, "shop").unless_unfinished(true);
        assert_eq!(headline.next.as_deref(), Some("stackctl up"));
        assert!(!headline.ok);
        let absent = service("c", "absent", Condition::Absent, Action::Create);
        let headline = Headline::of(&[absent], &[], None, "shop").unless_unfinished(true);
        assert_eq!(headline.summary, "shop is not up");
    }

    fn inside<T>(service: &str, report: T) -> Inside<T> {
        Inside {
            name: service.to_owned(),
            service: service.to_owned(),
            report: Some(report),
            silent: None,
        }
    }

    #[test]
    fn what_jobs_say_counts_where_all_containers_are_well() {
        use crate::jobs::report::{Failure, Pending};
        let well = || service("a", "healthy", Condition::Well, Action::Keep);
        let told = |sync: SyncReport, jobs: JobsReport| {
            let headline = Headline::of(&[well()], &[], None, "shop");
            let headline = headline.unless_inside(&[inside("sync-s", sync)], &[inside("app", jobs)], 10_000);
            match headline.next {
                Some(next) => format!("{} -> {next}", headline.summary),
                None => headline.summary,
            }
        };
        let sync = SyncReport::default;
        let failed = |at| JobsReport {
            failures: vec![Failure {
                job: "hello".to_owned(),
                at,
                ..Failure::default()
            }],
            ..JobsReport::default()
        };
        assert_eq!(told(sync(), JobsReport::default()), "all is well: 1 service");
        assert_eq!(told(sync(), failed(10_000 - RECENT)), "all is well: 1 service");
        assert_eq!(
            told(sync(), failed(9_990)),
            "a run of hello failed in app -> stackctl jobs history --failed --service app"
        );
        let paused = JobsReport {
            paused: true,
            ..failed(9_990)
        };
        assert_eq!(
            told(sync(), paused.clone()),
            "app is paused, so no job is started -> stackctl jobs resume --service app"
        );
        let pending = JobsReport {
            pending: Some(Pending {
                commit: "0123456789abcdef".to_owned(),
                part: "dependencies".to_owned(),
                error: Some("no such package".to_owned()),
                ..Pending::default()
            }),
            ..paused
        };
        assert_eq!(
            told(sync(), pending.clone()),
            "app stays at its old commit: the dependencies of 0123456789ab can't be taken -> stackctl jobs status --service app"
        );
        let denied = SyncReport {
            error: Some("the server wants other credentials".to_owned()),
            ..SyncReport::default()
        };
        assert_eq!(
            told(denied, pending),
            "sync-s can't sync: the server wants other credentials -> stackctl logs sync-s"
        );
        let absent = service("a", "absent", Condition::Absent, Action::Create);
        let headline = Headline::of(&[absent], &[], None, "shop").unless_inside(
            &[],
            &[inside("app", failed(9_990))],
            10_000,
        );
        assert_eq!(headline.summary, "shop is not up");
    }

    #[test]
    fn what_matters_most_is_told_first() {
        let well = || service("a", "healthy", Condition::Well, Action::Keep);
        let broken = service("b", "ended with code 1", Condition::Broken, Action::Keep);
        let absent = || service("c", "absent", Condition::Absent, Action::Create);
        let changed = service("d", "healthy", Condition::Well, Action::Recreate("x".to_owned()));
        assert_eq!(told(&[well()], None), "all is well: 1 service");
        assert_eq!(told(&[absent()], None), "shop is not up -> stackctl up");
        assert_eq!(
            told(&[well(), broken, absent()], None),
            "b is not running (it ended with code 1) -> stackctl logs b"
        );
        assert_eq!(told(&[well(), absent()], None), "c is not up -> stackctl up");
        assert_eq!(
            told(&[well(), changed], Some("1 changed")),
            "all containers are well, but d is not what is rendered -> stackctl up"
        );
        assert_eq!(
            told(&[well()], Some("1 changed")),
            "all containers are well, but the rendered files differ from stack.toml: 1 changed -> stackctl diff"
        );
    }
}

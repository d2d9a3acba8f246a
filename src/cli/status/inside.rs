//! What `status` shows of syncs, jobs and migrations.

use super::age;
use crate::engine::status::{Inside, MigrationRun, Migrations, Report};
use crate::jobs::report::{Pending, Report as Jobs};
use crate::migrate::report::FileState;
use crate::sync::report::Report as Sync;

/// Next runs that are shown.
const NEXT: usize = 5;
/// Failed runs that are shown.
const FAILED: usize = 3;

/// The lines of all, an empty one before each; `now` is in seconds since 1970.
pub fn lines(report: &Report, now: u64) -> Vec<String> {
    let mut lines = Vec::new();
    for sync in &report.syncs {
        let title = format!("sync {}", sync.name);
        block(&mut lines, &title, sync, |sync| of_sync(sync, now));
    }
    for jobs in &report.jobs {
        let title = format!("jobs {}", jobs.name);
        block(&mut lines, &title, jobs, |jobs| of_jobs(jobs, now));
    }
    lines.extend(of_migrations(&report.migrations));
    lines
}

fn of_migrations(migrations: &Migrations) -> Vec<String> {
    let state = |run: &MigrationRun| match run.state {
        FileState::Held => "held: stands ready, and is not published",
        _ if migrations.works => "works right now",
        _ => "not finished",
    };
    let mut lines: Vec<String> = migrations
        .runs
        .iter()
        .map(|run| {
            format!(
                "migration {} into the schema {}: {}, begun {}",
                run.source,
                run.schema,
                state(run),
                run.began
            )
        })
        .collect();
    lines.extend(
        migrations
            .silent
            .iter()
            .map(|silent| format!("migrations: the database gives no answer: {silent}")),
    );
    if !lines.is_empty() {
        lines.insert(0, String::new());
    }
    lines
}

fn block<T>(lines: &mut Vec<String>, title: &str, inside: &Inside<T>, of: impl Fn(&T) -> Vec<String>) {
    let told = match (&inside.report, &inside.silent) {
        (Some(report), _) => of(report),
        (None, Some(silent)) => vec![format!("gives no answer: {silent}")],
        (None, None) => vec!["does not run".to_owned()],
    };
    let mut told = told.into_iter();
    lines.push(String::new());
    lines.push(format!("{title}: {}", told.next().unwrap_or_default()));
    lines.extend(told.map(|line| format!("  {line}")));
}

fn of_sync(sync: &Sync, now: u64) -> Vec<String> {
    let reference = sync
        .reference
        .trim_start_matches("refs/heads/")
        .trim_start_matches("refs/tags/");
    let mut lines = vec![match &sync.commit {
        Some(commit) => format!(
            "{} of {reference}{}{}",
            short(commit),
            sync.published_at
                .map_or_else(String::new, |at| format!(", published {} ago", since(at, now))),
            sync.succeeded_at
                .map_or_else(String::new, |at| format!(", checked {} ago", since(at, now))),
        ),
        None => format!("nothing of {reference} is published yet"),
    }];
    if let Some(error) = &sync.error {
        lines.push(match sync.failures {
            0 | 1 => format!("failed: {error}"),
            many => format!("failed {many} times in a row: {error}"),
        });
        lines.extend(sync.hint.iter().map(|hint| format!("hint: {hint}")));
        lines.extend(sync.next_at.map(|at| format!("tried again {}", until(at, now))));
    }
    lines
}

fn of_jobs(jobs: &Jobs, now: u64) -> Vec<String> {
    let mut lines = vec![match &jobs.generation {
        Some(generation) => format!(
            "commit {} since {}, packages {}, schedule {} of {} job{}",
            short(&generation.commit),
            since(generation.since, now),
            generation.environment.as_deref().map_or("none", short),
            short(&generation.schedule),
            generation.jobs,
            if generation.jobs == 1 { "" } else { "s" },
        ),
        None => "waits for its first commit with packages and schedule".to_owned(),
    }];
    if jobs.paused {
        lines.push("paused: no job is started until `stackctl jobs resume`".to_owned());
    }
    if jobs.held {
        lines.push("held: newer commits wait for `stackctl jobs release`".to_owned());
    }
    if let Some(pending) = &jobs.pending {
        lines.extend(of_pending(pending, now));
    }
    lines.extend(jobs.running.iter().map(|run| {
        format!(
            "running: {} for {}, of commit {}",
            run.job,
            since(run.since, now),
            short(&run.commit)
        )
    }));
    let next: Vec<String> = jobs
        .next
        .iter()
        .take(NEXT)
        .map(|next| format!("{} {}", next.job, until(next.at, now)))
        .collect();
    if !next.is_empty() {
        lines.push(format!("next: {}", next.join(", ")));
    }
    lines.extend(jobs.failures.iter().take(FAILED).map(|failure| {
        let last = failure
            .last_line
            .as_ref()
            .map_or_else(String::new, |line| format!(": {line}"));
        format!(
            "failed: {} {} ago, {}{last}",
            failure.job,
            since(failure.at, now),
            failure.outcome
        )
    }));
    lines.extend(jobs.advice.iter().map(|advice| format!("hint: {advice}")));
    lines
}

fn of_pending(pending: &Pending, now: u64) -> Vec<String> {
    let commit = short(&pending.commit);
    let Some(error) = &pending.error else {
        return vec![format!("pending: commit {commit}, {}", pending.part)];
    };
    let mut lines = vec![format!(
        "refused: commit {commit}, its {} can't be taken",
        pending.part
    )];
    lines.extend(error.lines().map(|line| format!("  {line}")));
    lines.push(match pending.retry_at {
        Some(at) => format!("tried again {}", until(at, now)),
        None => "waits for another commit".to_owned(),
    });
    lines
}

/// The first digits of a hash, as people name commits.
fn short(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}

fn since(at: u64, now: u64) -> String {
    age(now.saturating_sub(at))
}

fn until(at: u64, now: u64) -> String {
    match at.checked_sub(now) {
        None | Some(0) => "now".to_owned(),
        Some(seconds) => format!("in {}", age(seconds)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn migrations_say_how_far_they_are() {
        let text = r#"{"runs":[{"source":"main","schema":"m","state":"held","began":"2026-01-02T03:04:05Z"}],"silent":"gone"}"#;
        let mut migrations: Migrations = serde_json::from_str(text).unwrap();
        assert_eq!(
            of_migrations(&migrations),
            [
                "",
                "migration main into the schema m: held: stands ready, and is not published, begun 2026-01-02T03:04:05Z",
                "migrations: the database gives no answer: gone"
            ]
        );
        migrations = Migrations::default();
        assert_eq!(of_migrations(&migrations), [""; 0]);
    }
    use crate::jobs::report::{Failure, Generation, Next};

    #[test]
    fn jobs_say_what_runs_what_waits_and_what_failed() {
        let report = Jobs {
            generation: Some(Generation {
                number: 3,
                commit: "a".repeat(40),
                environment: Some("b".repeat(64)),
                schedule: "c".repeat(64),
                jobs: 2,
                since: 1000,
            }),
            held: true,
            pending: Some(Pending {
                commit: "d".repeat(40),
                part: "dependencies".to_owned(),
                error: Some("no such package\nsee above".to_owned()),
                retry_at: Some(4660),
                ..Pending::default()
            }),
            next: vec![Next {
                job: "hello.py".to_owned(),
                at: 4612,
            }],
            failures: vec![Failure {
                job: "copy".to_owned(),
                at: 4540,
                outcome: "exit 1".to_owned(),
                last_line: Some("no password supplied".to_owned()),
            }],
            advice: vec!["check DATABASE_URL".to_owned()],
            ..Jobs::default()
        };
        assert_eq!(
            of_jobs(&report, 4600).join("\n"),
            "commit aaaaaaaaaaaa since 1h, packages bbbbbbbbbbbb, schedule cccccccccccc of 2 jobs\n\
             held: newer commits wait for `stackctl jobs release`\n\
             refused: commit dddddddddddd, its dependencies can't be taken\n  \
             no such package\n  \
             see above\n\
             tried again in 1m\n\
             next: hello.py in 12s\n\
             failed: copy 1m ago, exit 1: no password supplied\n\
             hint: check DATABASE_URL"
        );
    }

    #[test]
    fn a_sync_says_what_it_serves_and_why_it_fails() {
        let report = Sync {
            reference: "refs/heads/main".to_owned(),
            commit: Some("a".repeat(40)),
            published_at: Some(940),
            succeeded_at: Some(995),
            failures: 2,
            error: Some("it wants a password".to_owned()),
            hint: Some("check the token".to_owned()),
            next_at: Some(1000),
            ..Sync::default()
        };
        assert_eq!(
            of_sync(&report, 1000).join("\n"),
            "aaaaaaaaaaaa of main, published 1m ago, checked 5s ago\n\
             failed 2 times in a row: it wants a password\n\
             hint: check the token\n\
             tried again now"
        );
    }
}

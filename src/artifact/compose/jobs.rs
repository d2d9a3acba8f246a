//! The agent's command and variables.

use crate::model::{Installer, Jobs, Scheduler};

/// The shell file with package index, proxy and authorities, by the name of its secret.
const NETWORK: &str = "build_env";

/// The command behind the entrypoint.
pub fn command(jobs: &Jobs) -> Vec<String> {
    let mut words: Vec<String> = ["stackctl", "jobs", "run", "--link"].map(str::to_owned).to_vec();
    words.push(jobs.source());
    let mut add = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            words.extend([format!("--{name}"), value]);
        }
    };
    let policy = &jobs.policy;
    add("publish", Some(jobs.published()));
    add(
        "inline-crontab",
        (!jobs.cron.is_empty()).then(|| Jobs::INLINE_CRONTAB.to_owned()),
    );
    add("keep-environments", Some(jobs.keep.to_string()));
    add(
        "installer",
        (jobs.installer != Installer::Pip).then(|| jobs.installer.as_str().to_owned()),
    );
    add(
        "scheduler",
        (jobs.scheduler != Scheduler::Builtin).then(|| jobs.scheduler.as_str().to_owned()),
    );
    add(
        "overlap",
        policy.overlap.map(|overlap| overlap.as_str().to_owned()),
    );
    add("job-timeout", policy.timeout.map(|time| time.to_string()));
    add("retries", policy.retries.map(|count| count.to_string()));
    add("retry-delay", policy.retry_delay.map(|time| time.to_string()));
    add("drain", Some(jobs.drain.to_string()));
    add(
        "http-bind",
        jobs.metrics_port.map(|port| format!("0.0.0.0:{port}")),
    );
    if policy.catch_up == Some(true) {
        words.push("--catch-up".to_owned());
    }
    words
}

/// Variables that tell the agent, and people in the container, where things are.
pub fn variables(jobs: &Jobs) -> Vec<(&'static str, String)> {
    let file = |path: &Option<String>| {
        path.as_ref()
            .map_or_else(String::new, |path| format!("{}/{path}", jobs.published()))
    };
    let poll = jobs.poll.get();
    let poll = if poll.subsec_nanos() == 0 {
        poll.as_secs().to_string()
    } else {
        jobs.poll.to_string()
    };
    vec![
        ("CRON_FILE", file(&jobs.crontab)),
        ("POLL_SEC", poll),
        ("REQ_FILE", file(&jobs.requirements)),
        ("STATE_DIR", Jobs::STATE.to_owned()),
        (Jobs::NETWORK_FILE, format!("/run/secrets/{NETWORK}")),
    ]
}

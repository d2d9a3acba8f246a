//! What a crontab means: each rule of the format, and each way to break it.

use chrono::{DateTime, Utc};

use super::*;

fn jobs(text: &str) -> Vec<Job> {
    parse(text.as_bytes(), "crontab.txt", &Defaults::default())
        .unwrap_or_else(|errors| panic!("{}", errors.drawn()))
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

#[test]
fn a_line_is_five_fields_and_a_command() {
    let jobs = jobs("*/2 * * * * /usr/local/bin/python -u /app/project/docker_test/app/scripts/hello.py\n");
    assert_eq!(jobs.len(), 1);
    assert_eq!(jobs[0].name, "hello.py");
    assert_eq!(jobs[0].schedule, "*/2 * * * *");
    assert_eq!(
        jobs[0].command_text(),
        "/usr/local/bin/python -u /app/project/docker_test/app/scripts/hello.py"
    );
    assert_eq!(
        jobs[0].timing.next_after(at("2026-01-01T00:01:30Z")),
        Some(at("2026-01-01T00:02:00Z"))
    );
}

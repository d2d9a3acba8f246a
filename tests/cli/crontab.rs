//! `stackctl jobs check`: crontabs as people have them, their problems, and the runs that it lists.

use crate::harness::TestStack;

const CRONTAB: &str = "\
CRON_TZ=Europe/Amsterdam
*/15 * * * * /usr/local/bin/python -u /app/project/scripts/hello.py
# stackctl: name=report overlap=queue timeout=10m retries=2 catch-up
30 2 * * * python3 -m shop.report \\
    --all
@every 90s curl -fsS https://example.com/ping
@reboot true
";

#[test]
fn jobs_are_listed_with_their_next_runs() {
    let stack = TestStack::empty().file("app/crontab.txt", CRONTAB);
    let before = stack.snapshot();
    // The night in which 02:00 becomes 03:00.
    let arguments = [
        "jobs",
        "check",
        "app/crontab.txt",
        "--after",
        "2026-03-28T23:40:00Z",
        "--count",
        "2",
    ];
    let output = stack.run(&arguments).success();
    assert_eq!(
        output.stdout,
        "\
app/crontab.txt is valid: 4 jobs
LINE  JOB       SCHEDULE      NEXT RUNS
2     hello.py  */15 * * * *  2026-03-29 00:45 CET, 2026-03-29 01:00 CET
4     report    30 2 * * *    2026-03-29 03:00 CEST, 2026-03-30 02:30 CEST
6     curl      @every 90s    2026-03-29 00:40:30 CET, 2026-03-29 00:42 CET
7     true      @reboot       when the agent starts
"
    );
    assert_eq!(output.stderr, "");
    assert_eq!(stack.snapshot(), before);
}

#[test]
fn the_night_that_has_an_hour_twice_is_told_both_ways() {
    let stack = TestStack::empty().file("c", "30 2 * * * fixed\n30 * * * * wild\n");
    let arguments = [
        "jobs",
        "check",
        "c",
        "--zone",
        "Europe/Amsterdam",
        "--after",
        "2026-10-24T23:40:00Z",
    ];
    let output = stack.run(&arguments).success();
    assert_eq!(
        output.stdout,
        "\
c is valid: 2 jobs
LINE  JOB    SCHEDULE    NEXT RUNS
1     fixed  30 2 * * *  2026-10-25 02:30 CEST, 2026-10-26 02:30 CET, 2026-10-27 02:30 CET
2     wild   30 * * * *  2026-10-25 02:30 CEST, 2026-10-25 02:30 CET, 2026-10-25 03:30 CET
"
    );
}

#[test]
fn programs_get_the_same_as_json() {
    let stack = TestStack::empty().file("crontab.txt", CRONTAB);
    let arguments = [
        "jobs",
        "check",
        "crontab.txt",
        "--format",
        "json",
        "--after",
        "2026-03-28T23:40:00Z",
        "--count",
        "1",
    ];
    let told = stack.run(&arguments).success().json();
    assert_eq!(told["valid"], true);
    assert_eq!(told["files"][0]["file"], "crontab.txt");
    let jobs = told["files"][0]["jobs"].as_array().unwrap();
    assert_eq!(jobs.len(), 4);
    let mut report = jobs[1].clone();
    let id = report.as_object_mut().unwrap().remove("id").unwrap();
    assert_eq!(id.as_str().unwrap().len(), 32);
    assert_eq!(
        report,
        serde_json::json!({
            "name": "report",
            "line": 4,
            "schedule": "30 2 * * *",
            "zone": "Europe/Amsterdam",
            "command": "python3 -m shop.report     --all",
            "stdin": null,
            "environment": ["CRON_TZ"],
            "overlap": "queue",
            "timeout": "10m",
            "retries": 2,
            "retry_delay": "30s",
            "catch_up": true,
            "next": ["2026-03-29T03:00:00+02:00"],
        })
    );
    assert_eq!(jobs[3]["next"], serde_json::json!([]));
}

#[test]
fn problems_are_shown_with_carets_all_at_once() {
    let stack = TestStack::empty()
        .file("good", "@daily a\n")
        .file("bad", "61 * * * * a\n\n@daily b\nPASSWORD='geheim\n");
    let output = stack.run(&["jobs", "check", "good", "bad"]).code(2);
    assert_eq!(output.stdout, "");
    assert_eq!(
        output.stderr,
        "\
error[invalid-schedule]: the minute `61` is out of range
 --> bad:1:1
  |
1 | 61 * * * * a
  | ^^
  |
help: write 0 to 59

error[invalid-crontab]: the quote before the value of `PASSWORD` is not closed
 --> bad:4:10
  |
4 | PASSWORD=*******
  |          ^
  |
help: close it, or write the value without it

error: `bad` has 2 problems
hint: `stackctl explain invalid-schedule` says more; the code stands in brackets
"
    );
    let output = stack.run(&["jobs", "check", "bad", "--format", "json"]).code(2);
    let told: serde_json::Value = serde_json::from_str(&output.stderr).unwrap();
    assert_eq!(told["diagnostics"][1]["code"], "invalid-crontab");
    assert_eq!(
        (&told["diagnostics"][1]["line"], &told["diagnostics"][1]["column"]),
        (&4.into(), &10.into())
    );
    assert!(!output.stderr.contains("geheim"));
}

#[test]
fn every_wrong_file_is_told() {
    let stack = TestStack::empty().file("one", "x\n").file("two", "* * *\n");
    let output = stack.run(&["jobs", "check", "one", "two"]).code(2);
    assert!(
        output.stderr.contains("error: `one` has 1 problem\n"),
        "{}",
        output.stderr
    );
    assert!(
        output.stderr.contains("error: `two` has 1 problem\n"),
        "{}",
        output.stderr
    );
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let output = TestStack::empty().run(&["jobs", "check", "crontab.txt"]).code(2);
    assert_eq!(
        output.stderr,
        "\
error: can't read `crontab.txt`
  caused by: No such file or directory (os error 2)
hint: name the crontab as it is seen from this folder
"
    );
}

#[test]
fn the_time_zone_is_that_of_the_container() {
    let list = |stack: &TestStack| {
        let arguments = [
            "jobs",
            "check",
            "c",
            "--after",
            "2026-01-01T00:00:00Z",
            "--count",
            "1",
        ];
        stack.run(&arguments)
    };
    for (zone, run) in [
        ("Asia/Kathmandu", "2026-01-01 09:00 +0545"),
        (":Europe/Amsterdam", "2026-01-01 09:00 CET"),
        ("", "2026-01-01 09:00 UTC"),
    ] {
        let stack = TestStack::empty().file("c", "0 9 * * * a\n").env("TZ", zone);
        let told = list(&stack).success().stdout;
        assert!(told.ends_with(&format!("  {run}\n")), "{told}");
    }
    let stack = TestStack::empty()
        .file("c", "0 9 * * * a\n")
        .env("TZ", "Mars/Olympus");
    let told = list(&stack).code(2).stderr;
    assert!(told.contains("'Mars/Olympus' for '--zone <NAME>'"), "{told}");
}

#[test]
fn a_percent_sign_that_ends_a_command_is_warned_of() {
    let stack = TestStack::empty().file("c", "@daily date +%F\n@daily date +\\%F\n");
    let output = stack.run(&["jobs", "check", "c"]).success();
    assert_eq!(
        output.stderr,
        "warning: c:1: the command of `date` ends at its `%`, and the rest is its standard input; write `\\%` for the sign itself\n"
    );
    let output = stack.run(&["jobs", "check", "c", "--quiet"]).success();
    assert_eq!(output.stderr, "");
}

#[test]
fn bytes_that_are_no_text_are_taken_in_commands_and_shown_elsewhere() {
    let stack = TestStack::empty();
    std::fs::write(stack.path().join("c"), b"@daily echo '\xff\xfe'\n").unwrap();
    let told = stack
        .run(&["jobs", "check", "c", "--format", "json"])
        .success()
        .json();
    assert_eq!(told["files"][0]["jobs"][0]["command"], "echo '\u{fffd}\u{fffd}'");
    std::fs::write(stack.path().join("c"), b"* \xff * * * a\n").unwrap();
    let output = stack.run(&["jobs", "check", "c"]).code(2);
    assert!(
        output.stderr.contains("1 | * ? * * * a\n  |   ^\n"),
        "{}",
        output.stderr
    );
}

#[test]
fn a_long_crontab_is_read_whole() {
    let lines =
        (0..5000).map(|number| format!("{} {} * * * python job_{number}.py", number % 60, number % 24));
    let text = lines.collect::<Vec<_>>().join("\n");
    let stack = TestStack::empty().file("c", &text);
    let told = stack
        .run(&["jobs", "check", "c", "--count", "0"])
        .success()
        .stdout;
    assert!(told.starts_with("c is valid: 5000 jobs\n"));
    assert!(
        told.contains("\n5000  job_4999.py  19 7 * * *\n"),
        "{}",
        &told[told.len() - 200..]
    );
}

#[test]
fn the_help_is_the_reference_of_the_format() {
    let help = TestStack::empty()
        .run(&["jobs", "check", "--help"])
        .success()
        .stdout;
    for part in [
        "day of month    1-31",
        "CRON_TZ",
        "@every 90s",
        "\\%",
        "# stackctl: name=report overlap=queue",
        "retry-delay=DURATION",
    ] {
        assert!(help.contains(part), "{part}:\n{help}");
    }
    assert!(help.lines().all(|line| line.chars().count() <= 100), "{help}");
}

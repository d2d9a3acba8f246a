//! What a crontab means: each rule of the format, and each way to break it.

use chrono::{DateTime, Utc};
use proptest::prelude::*;
use proptest::sample::Index;

use super::*;
use crate::diagnostic::Code;
use crate::error::Advice;
use crate::model::{Duration, TimeZone};

fn read(text: impl AsRef<[u8]>) -> Result<Vec<Job>, CrontabErrors> {
    parse(text.as_ref(), "crontab.txt", &Defaults::default())
}

fn jobs(text: impl AsRef<[u8]>) -> Vec<Job> {
    read(text).unwrap_or_else(|errors| panic!("{}", errors.drawn()))
}

fn only(text: impl AsRef<[u8]>) -> Job {
    let [job] = <[Job; 1]>::try_from(jobs(text)).unwrap();
    job
}

/// The problems as `LINE:COLUMN: MESSAGE`.
fn problems(text: impl AsRef<[u8]>) -> Vec<String> {
    let lines = read(text).expect_err("it was taken").lines();
    let line = |line: &String| line.strip_prefix("crontab.txt:").unwrap().to_owned();
    lines.iter().map(line).collect()
}

fn names(jobs: &[Job]) -> Vec<&str> {
    jobs.iter().map(|job| job.name.as_str()).collect()
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

#[test]
fn a_job_is_five_fields_and_a_command() {
    let job = only("  */2 *\t* * *   /usr/local/bin/python -u /app/scripts/hello.py  # no comment\n");
    assert_eq!(job.name, "hello.py");
    assert_eq!((job.line, &*job.source), (1, "crontab.txt"));
    assert_eq!(job.schedule, "*/2 * * * *");
    assert_eq!(
        job.command_text(),
        "/usr/local/bin/python -u /app/scripts/hello.py  # no comment"
    );
    assert_eq!(job.shell, b"/bin/sh");
    assert_eq!((job.stdin.as_deref(), job.policy), (None, Policy::default()));
    assert_eq!(
        job.timing.next_after(at("2026-01-01T00:01:30Z")),
        Some(at("2026-01-01T00:02:00Z"))
    );
}

#[test]
fn the_crontab_of_the_seed_is_taken_as_it_is() {
    let found = jobs(concat!(
        "# Основные задачи\n",
        "* * * * * cd /app/project/docker_test && \\\n",
        "            GIT_OUTPUT=$(git pull 2>&1) && \\\n",
        "            echo \"git pull: $GIT_OUTPUT\" >> /var/log/app/app.log 2>&1\n",
        "*/1 * * * * python3 /app/project/docker_test/app/scripts/die_beach.py\n",
        "*/2 * * * * python3 /app/project/docker_test/app/scripts/control_script.py\n",
    ));
    assert_eq!(names(&found), ["git", "die_beach.py", "control_script.py"]);
    assert_eq!(found.iter().map(|job| job.line).collect::<Vec<_>>(), [2, 5, 6]);
    assert_eq!(
        found[0].command_text(),
        "cd /app/project/docker_test &&             GIT_OUTPUT=$(git pull 2>&1) &&             echo \"git pull: $GIT_OUTPUT\" >> /var/log/app/app.log 2>&1"
    );
}

#[test]
fn lines_end_as_they_may() {
    let unix = jobs("A=1\n# c\n\n0 1 * * * a \\\n  b\n@daily c\n");
    for text in [
        "A=1\r\n# c\r\n\r\n0 1 * * * a \\\r\n  b\r\n@daily c\r\n",
        "A=1\n# c\n\n0 1 * * * a \\\n  b\n@daily c",
        "\u{feff}A=1\n# c\n\n0 1 * * * a \\\n  b\n@daily c\n\n\n",
    ] {
        let found = jobs(text);
        assert_eq!(found, unix, "{text:?}");
    }
    assert_eq!(unix[0].command_text(), "a   b");
    assert!(jobs("").is_empty() && jobs("\n\n# only a comment").is_empty());
}

#[test]
fn a_backslash_continues_what_a_shell_would() {
    // Two are one for the shell, three are one and a continuation.
    assert_eq!(jobs("@daily a \\\\\n@daily b\n").len(), 2);
    assert_eq!(only("@daily a \\\\\\\nb").command_text(), "a \\\\b");
    // A comment swallows nothing.
    assert_eq!(only("# old: \\\n@daily a\n").line, 2);
    // Fields and settings go on as well.
    let job = only("NAME=a\\\nb\n*/5 * \\\n * * * c");
    assert_eq!((job.schedule.as_str(), job.line), ("*/5 * * * *", 3));
    assert_eq!(job.environment.get("NAME"), Some(&b"ab"[..]));
    // Without what it promises the file is cut off.
    let message = "the file ends where a backslash says that the line goes on";
    assert_eq!(problems("@daily a \\"), [format!("1:10: {message}")]);
    assert_eq!(problems("@daily a \\\n"), [format!("1:10: {message}")]);
}

#[test]
fn bytes_of_a_command_are_kept() {
    let job = only(b"@daily echo '\xff\xc3\x28' \xd1\x84".as_slice());
    assert_eq!(job.command, b"echo '\xff\xc3\x28' \xd1\x84");
    let value = only(b"A=\xff\xfe\n@daily x".as_slice());
    assert_eq!(value.environment.get("A"), Some(&b"\xff\xfe"[..]));
}

#[test]
fn a_percent_sign_begins_the_input() {
    for (line, command, stdin) in [
        ("cat", "cat", None),
        ("cat%", "cat", Some("")),
        ("cat%a", "cat", Some("a\n")),
        ("cat%a%b%", "cat", Some("a\nb\n")),
        ("cat%%a", "cat", Some("\na\n")),
        ("date +\\%F", "date +%F", None),
        ("date +\\%F%a\\%b", "date +%F", Some("a%b\n")),
        ("echo \\\\%a", "echo \\\\", Some("a\n")),
        ("echo a\\b\\n", "echo a\\b\\n", None),
        ("echo \\\\\\%", "echo \\\\%", None),
        ("cat%a\\b", "cat", Some("a\\b\n")),
    ] {
        let job = only(format!("@daily {line}"));
        let found = job
            .stdin
            .as_deref()
            .map(|stdin| std::str::from_utf8(stdin).unwrap());
        assert_eq!((&*job.command_text(), found), (command, stdin), "{line}");
    }
    assert_eq!(problems("@daily %a"), ["1:8: there is no command before the `%`"]);
}

#[test]
fn settings_hold_for_the_jobs_below() {
    let found = jobs(concat!(
        "@daily before\n",
        "A = 1\n",
        "B=\" two  \"\n",
        "'C'='it is \"so\"'\n",
        "D=\n",
        "E = a = b # c  \n",
        "F=$HOME/\\x\n",
        "@daily between\n",
        "A=2\n",
        "@daily behind\n",
    ));
    assert!(found[0].environment.variables().is_empty());
    let between: Vec<(&str, &[u8])> = found[1].environment.variables().into_iter().collect();
    let expected: [(&str, &[u8]); 6] = [
        ("A", b"1"),
        ("B", b" two  "),
        ("C", b"it is \"so\""),
        ("D", b""),
        ("E", b"a = b # c"),
        ("F", b"$HOME/\\x"),
    ];
    assert_eq!(between, expected);
    assert_eq!(found[2].environment.get("A"), Some(&b"2"[..]));
    assert_eq!(found[1].environment.get("A"), Some(&b"1"[..]));
    assert_eq!(found[2].environment.get("Z"), None);
}

#[test]
fn shell_and_time_zone_are_set() {
    let found = jobs(concat!(
        "@daily a\n",
        "SHELL=/bin/bash\nTZ=Asia/Tokyo\n@daily b\n",
        "CRON_TZ=:Europe/Amsterdam\n@daily c\n",
        "TZ=UTC\n@daily d\n",
        "CRON_TZ=\nTZ=\nSHELL=\n@daily e\n",
    ));
    let zones: Vec<String> = found.iter().map(|job| job.zone().to_string()).collect();
    assert_eq!(
        zones,
        ["UTC", "Asia/Tokyo", "Europe/Amsterdam", "Europe/Amsterdam", "UTC"]
    );
    assert_eq!(
        (&*found[1].shell, &*found[4].shell),
        (&b"/bin/bash"[..], &b"/bin/sh"[..])
    );
    assert_eq!(found[3].environment.get("TZ"), Some(&b"UTC"[..]));
    let defaults = Defaults {
        zone: "Asia/Kathmandu".parse::<TimeZone>().unwrap(),
        shell: "/bin/dash".to_owned(),
        ..Defaults::default()
    };
    let found = parse(b"@daily a", "x", &defaults).unwrap();
    assert_eq!(
        (found[0].zone().to_string().as_str(), &*found[0].shell),
        ("Asia/Kathmandu", &b"/bin/dash"[..])
    );
}

#[test]
fn options_stand_above_their_job() {
    let found = jobs(concat!(
        "# stackctl: name=one overlap=queue timeout=1m30s retries=2 retry-delay=5s catch-up\n",
        "@daily a\n",
        "@daily b\n",
        "  #stackctl:timeout=none\n",
        "# stackctl: catch-up=false name=trois.3\n",
        "@daily c\n",
    ));
    assert_eq!(names(&found), ["one", "b", "trois.3"]);
    assert_eq!(
        found[0].policy,
        Policy {
            overlap: Overlap::Queue,
            timeout: Some(Duration::from_secs(90)),
            retries: 2,
            retry_delay: Duration::from_secs(5),
            catch_up: true,
        }
    );
    assert_eq!(found[1].policy, Policy::default());
    let defaults = Defaults {
        policy: found[0].policy,
        ..Defaults::default()
    };
    let found = parse(
        b"# stackctl: timeout=none catch-up=false\n@daily a\n@daily b",
        "x",
        &defaults,
    )
    .unwrap();
    assert_eq!(
        (
            found[0].policy.timeout,
            found[0].policy.catch_up,
            found[0].policy.retries
        ),
        (None, false, 2)
    );
    assert_eq!(found[1].policy, defaults.policy);
}

#[test]
fn options_that_are_wrong_are_refused() {
    for (text, problem) in [
        ("# stackctl: nme=a\n@daily a", "1:13: there is no option `nme`"),
        ("# stackctl: name\n@daily a", "1:13: `name` needs a value"),
        (
            "# stackctl: name=a/b\n@daily a",
            "1:18: `a/b` is no value of `name`",
        ),
        (
            "# stackctl: overlap=no\n@daily a",
            "1:21: `no` is no value of `overlap`",
        ),
        (
            "# stackctl: timeout=5\n@daily a",
            "1:21: `5` is no value of `timeout`",
        ),
        (
            "# stackctl: timeout=0s\n@daily a",
            "1:21: `0s` is no value of `timeout`",
        ),
        (
            "# stackctl: retries=-1\n@daily a",
            "1:21: `-1` is no value of `retries`",
        ),
        (
            "# stackctl: retries=9999\n@daily a",
            "1:21: `9999` is no value of `retries`",
        ),
        (
            "# stackctl: retry-delay=\n@daily a",
            "1:25: `` is no value of `retry-delay`",
        ),
        (
            "# stackctl: catch-up=maybe\n@daily a",
            "1:22: `maybe` is no value of `catch-up`",
        ),
        (
            "# stackctl: catch-up catch-up\n@daily a",
            "1:22: `catch-up` is given twice for one job",
        ),
        (
            "# stackctl: name=a\n\n@daily a",
            "1:1: no job stands directly below these options",
        ),
        (
            "# stackctl: name=a\n# b\n@daily a",
            "1:1: no job stands directly below these options",
        ),
        (
            "# stackctl: name=a\nA=b\n@daily a",
            "1:1: no job stands directly below these options",
        ),
        (
            "@daily a\n  # stackctl: name=a",
            "2:3: no job stands directly below these options",
        ),
        (
            "# stackctl name=a\n@daily a",
            "1:3: the options of a job begin with `stackctl:`",
        ),
        (
            "# stackctl: name=a\n@daily a\n# stackctl: name=a\n@daily b",
            "3:18: the name `a` is given twice, first on line 2",
        ),
    ] {
        assert_eq!(problems(text), [problem], "{text:?}");
    }
    assert_eq!(jobs("# stackctl is what runs this\n@daily a").len(), 1);
}

#[test]
fn fields_that_are_wrong_are_refused() {
    for (text, problem) in [
        ("60 * * * * a", "1:1: the minute `60` is out of range"),
        ("* 24 * * * a", "1:3: the hour `24` is out of range"),
        ("* * 0 * * a", "1:5: the day of month `0` is out of range"),
        ("* * 32 * * a", "1:5: the day of month `32` is out of range"),
        ("* * * 13 * a", "1:7: the month `13` is out of range"),
        ("* * * * 8 a", "1:9: the day of week `8` is out of range"),
        (
            "99999999999999999999 * * * * a",
            "1:1: the minute `99999999999999999999` is out of range",
        ),
        ("* * * jn * a", "1:7: `jn` is no month"),
        ("* * * * mnday a", "1:9: `mnday` is no day of week"),
        ("* * ? * * a", "1:5: `?` is no day of month"),
        ("* * L * * a", "1:5: `L` is no day of month"),
        ("* * * * mon#1 a", "1:9: `mon#1` is no day of week"),
        ("*- * * * * a", "1:1: `*` is no minute"),
        ("*5 * * * * a", "1:1: `*5` is no minute"),
        ("1, * * * * a", "1:2: the list of the minute has an empty element"),
        (
            "1,,2 * * * * a",
            "1:2: the list of the minute has an empty element",
        ),
        (
            "-1 * * * * a",
            "1:1: `-1` begins neither a job nor a setting nor a comment",
        ),
        ("1-70 * * * * a", "1:3: the minute `70` is out of range"),
        ("1- * * * * a", "1:3: `` is no minute"),
        ("*/0 * * * * a", "1:2: a step of 0 never moves on"),
        ("*/x * * * * a", "1:2: the step `x` is not a number"),
        (
            "*/90 * * * * a",
            "1:2: a step of 90 skips every minute but the first",
        ),
        ("5/10 * * * * a", "1:1: the minute `5/10` has a step but no range"),
        (
            "* 22-2 * * * a",
            "1:3: the range `22-2` of the hour runs backwards",
        ),
        (
            "* * * * fri-mon a",
            "1:9: the range `fri-mon` of the day of week runs backwards",
        ),
        (
            "* * * * 5-0 a",
            "1:9: the range `5-0` of the day of week runs backwards",
        ),
        (
            "0 0 30 2 * a",
            "1:5: no such day is in these months, so it would never run",
        ),
        (
            "0 0 31 4,jun,9,11 * a",
            "1:5: no such day is in these months, so it would never run",
        ),
        (
            "* * * * * * a",
            "1:11: a schedule has five fields, and this is a sixth",
        ),
        (
            "0 0 1 1 * 2026 a",
            "1:11: a schedule has five fields, and this is a sixth",
        ),
        (
            "0 3 * * * root a",
            "1:11: `root` is a user, as /etc/crontab names one before the command",
        ),
        (
            "@daily root a",
            "1:8: `root` is a user, as /etc/crontab names one before the command",
        ),
    ] {
        assert_eq!(problems(text), [problem], "{text:?}");
    }
    // Either day is enough, so this one is possible.
    assert_eq!(jobs("0 0 30 2 mon a\n0 0 29 feb * b").len(), 2);
}

#[test]
fn lines_that_are_wrong_are_refused() {
    for (text, problem) in [
        ("* * * *", "1:1: a schedule has five fields, this has 4"),
        ("* * * * *", "1:9: there is no command behind the schedule"),
        ("@daily", "1:6: there is no command behind the schedule"),
        ("@dayly a", "1:1: there is no schedule `@dayly`"),
        ("@every", "1:1: `@every` needs an interval"),
        ("@every a b", "1:8: `a` is no interval"),
        (
            "@every 0s b",
            "1:8: an interval is a whole number of seconds, at least 1",
        ),
        (
            "@every 1500ms b",
            "1:8: an interval is a whole number of seconds, at least 1",
        ),
        ("@every 367d b", "1:8: an interval is at most 366 days"),
        (
            "hello world",
            "1:1: `hello` begins neither a job nor a setting nor a comment",
        ),
        ("@daily a\0b", "1:9: the command holds a NUL byte"),
        ("1A=b", "1:1: `1A` is no name of a variable"),
        ("=b", "1:1: `` is no name of a variable"),
        ("A='b", "1:3: the quote before the value of `A` is not closed"),
        ("A='b'c", "1:6: something follows the quoted value of `A`"),
        ("A=b\0", "1:3: the value of `A` holds a NUL byte"),
        ("TZ=Europe/Amsterdan", "1:4: `Europe/Amsterdan` is no time zone"),
        ("CRON_TZ=CET-1CEST", "1:9: `CET-1CEST` is no time zone"),
        ("CRON_TZ=Утро", "1:9: `Утро` is no time zone"),
        (
            "é é é é é é",
            "1:1: `é` begins neither a job nor a setting nor a comment",
        ),
    ] {
        assert_eq!(problems(text), [problem], "{text:?}");
    }
}

#[test]
fn all_problems_are_told_in_the_order_of_their_lines() {
    let text = "# stackctl: name=x\n\n61 25 * * * a\n@daily ok\nA='\n* * \\\n  * * mn b";
    assert_eq!(
        problems(text),
        [
            "1:1: no job stands directly below these options",
            "3:1: the minute `61` is out of range",
            "3:4: the hour `25` is out of range",
            "5:3: the quote before the value of `A` is not closed",
            "7:7: `mn` is no day of week",
        ]
    );
    let errors = read(text).unwrap_err();
    assert_eq!(errors.to_string(), "`crontab.txt` has 5 problems");
    assert_eq!(
        errors.drawn().split("\n\n").nth(1).unwrap(),
        concat!(
            "error[invalid-schedule]: the minute `61` is out of range\n",
            " --> crontab.txt:3:1\n",
            "  |\n",
            "3 | 61 25 * * * a\n",
            "  | ^^\n",
            "  |\n",
            "help: write 0 to 59"
        )
    );
    let many = read("x\n".repeat(25)).unwrap_err();
    assert_eq!(many.diagnostics.len(), 25);
    assert!(many.drawn().ends_with("… and 15 more"), "{}", many.drawn());
}

#[test]
fn values_of_settings_are_in_no_message() {
    let errors = read(
        "PASSWORD=\"geheim\nTOKEN=geheim\nKEY='geheim'geheim\nA=b\\\n  geheim\n\nTZ=Mars\n1X = geheim\n",
    )
    .unwrap_err();
    let told = format!(
        "{errors} {:?} {} {:?} {:?}",
        errors.lines(),
        errors.drawn(),
        errors,
        errors.hint()
    );
    assert!(!told.contains("geheim"), "{told}");
    assert!(told.contains("Mars"), "{told}");
    let job = only("TOKEN=geheim\n@daily a\n");
    assert!(!format!("{job:?}").contains("geheim"));
}

#[test]
fn names_are_unique() {
    let found = jobs(concat!(
        "@daily python a.py\n@hourly python a.py\n@daily b\n",
        "# stackctl: name=b\n@daily c\n",
        "# stackctl: name=a.py-2\n@daily d\n",
        "@daily python /x/a.py\n",
    ));
    assert_eq!(names(&found), ["a.py", "a.py-3", "b-2", "b", "a.py-2", "a.py-4"]);
}

#[test]
fn a_job_stays_itself() {
    let id = |text: &str| jobs(text).last().unwrap().id();
    let job = id("A=1\nB=2\n0 0 * * * a b%c\n");
    for same in [
        "# c\nB=2\nA=1\n\n  0  0 * * *\ta b%c",
        "A=0\nA=1\nB=2\n@daily a b%c",
        "A=1\nB=2\n# stackctl: name=x timeout=5s\n0 0 */1 jan-dec 0-7 a b%c",
        "A=1\nB=2\n@hourly other\n@midnight a b%c",
    ] {
        assert_eq!(id(same), job, "{same:?}");
    }
    for other in [
        "A=1\nB=2\n1 0 * * * a b%c",
        "A=1\nB=2\n0 0 * * * a  b%c",
        "A=1\nB=2\n0 0 * * * a b%d",
        "A=1\nB=2\n0 0 * * * a b",
        "A=1\n0 0 * * * a b%c",
        "A=2\nB=1\n0 0 * * * a b%c",
        "A=1\nB=2\nSHELL=/bin/bash\n0 0 * * * a b%c",
        "A=1\nB=2\nCRON_TZ=Asia/Tokyo\n0 0 * * * a b%c",
        "A=1\nB=2\n*/1 0-0 * * * a b%c",
        // The second of two equal ones.
        "A=1\nB=2\n0 0 * * * a b%c\n0 0 * * * a b%c",
    ] {
        assert_ne!(id(other), job, "{other:?}");
    }
    let text = job.to_string();
    assert_eq!(text.parse::<JobId>(), Ok(job));
    assert_eq!(
        serde_json::from_str::<JobId>(&serde_json::to_string(&job).unwrap()).unwrap(),
        job
    );
    for wrong in [
        "",
        "12",
        &text.to_uppercase().replace(char::is_alphanumeric, "g"),
        &format!("+{}", &text[1..]),
    ] {
        assert_eq!(wrong.parse::<JobId>(), Err(job::JobIdError), "{wrong}");
    }
}

#[test]
fn the_difference_is_by_job() {
    let old = jobs("@daily a\n@daily a\n@hourly b\n@weekly c\n");
    let new = jobs("# stackctl: name=z retries=1\n@weekly c\n@daily a\n@daily a\n@daily a\n@hourly d\n");
    let diff = Diff::between(&old, &new);
    let kept: Vec<(usize, usize)> = diff.kept.iter().map(|(old, new)| (old.line, new.line)).collect();
    assert_eq!(kept, [(4, 2), (1, 3), (2, 4)]);
    assert_eq!(diff.kept[0].1.policy.retries, 1);
    assert_eq!(diff.added.iter().map(|job| job.line).collect::<Vec<_>>(), [5, 6]);
    assert_eq!(diff.removed.iter().map(|job| job.line).collect::<Vec<_>>(), [3]);
    assert!(!diff.is_empty() && Diff::between(&old, &old).is_empty());
}

#[test]
fn two_crontabs_are_settled_as_one() {
    let mut both = jobs("@daily a\n# stackctl: name=x\n@daily b\n");
    both.extend(
        parse(
            b"@daily a\n# stackctl: name=x\n@daily c",
            "stack.toml",
            &Defaults::default(),
        )
        .unwrap(),
    );
    settle(&mut both);
    assert_eq!(names(&both), ["a", "x", "a-2", "x-2"]);
    let mut doubled = jobs("@daily a\n@hourly a\n");
    doubled.extend(jobs("@daily a\n@weekly a\n"));
    settle(&mut doubled);
    assert_eq!(names(&doubled), ["a", "a-2", "a-3", "a-4"]);
    let ids: std::collections::BTreeSet<JobId> = both.iter().map(Job::id).collect();
    assert_eq!(ids.len(), 4);
    let before: Vec<JobId> = both.iter().map(Job::id).collect();
    settle(&mut both);
    assert_eq!(
        both.iter().map(Job::id).collect::<Vec<_>>(),
        before,
        "settled twice"
    );
}

#[test]
fn a_schedule_alone_is_read_too() {
    let utc = TimeZone::UTC;
    assert!(Timing::parse("*/5 * * * *", utc).is_ok());
    assert!(Timing::parse(" @every 90s ", utc).is_ok());
    assert!(Timing::parse("@reboot", utc).unwrap().is_at_start());
    for (text, span, message) in [
        ("", 0..0, "the schedule is empty"),
        ("* * * * * *", 10..11, "there is more than a schedule"),
        ("@daily a b", 7..10, "there is more than a schedule"),
        ("* * *", 0..5, "a schedule has five fields, this has 3"),
        ("* * é * *", 4..6, "`é` is no day of month"),
        ("@every", 0..6, "`@every` needs an interval"),
    ] {
        let faults = Timing::parse(text, utc).unwrap_err();
        assert_eq!(
            (faults[0].span.clone(), faults[0].message.as_str()),
            (span, message),
            "{text}"
        );
        assert!(faults.iter().all(|fault| fault.help.is_some()), "{text}");
    }
    assert_eq!(
        Timing::parse("61 * * * *", utc).unwrap_err()[0].code,
        Code::InvalidSchedule
    );
}

#[test]
fn a_space_of_another_kind_is_pointed_out() {
    for text in [
        "*\u{a0}* * * * * a",
        "* * * * *\u{a0}a b",
        "\u{200b}@daily a",
        "* * *\u{b}* * * a",
    ] {
        let errors = read(text).unwrap_err();
        let help = errors.diagnostics[0].help.as_deref().unwrap();
        assert!(
            help.starts_with("it holds a space of another kind"),
            "{text:?}: {help}"
        );
    }
}

/// Crontabs as people have them.
const REAL: [&str; 4] = [
    "SHELL=/bin/bash\nPATH=/sbin:/bin\nMAILTO=\"\"\n# m h dom mon dow command\n17 *\t* * *\tcd / && run-parts --report /etc/cron.hourly\n52 6 1 * * test -x /usr/sbin/anacron || true\n",
    "* * * * * cd /app && \\\n    GIT=$(git pull 2>&1) && \\\n    echo \"[$(date)] $GIT\" >> /var/log/app.log 2>&1\r\n*/1 * * * * python3 /app/a.py\r\n",
    "CRON_TZ=Europe/Amsterdam\n# stackctl: name=report overlap=queue timeout=10m retries=2 catch-up\n30 2 * * mon-fri /usr/bin/report --day \"$(date +\\%F)\"\n@every 90s curl -fsS https://example.com/ping%input%more\n@reboot true",
    "\u{feff}# Утро\n0 9 1,15 JAN-mar,9 Sun '/opt/отчёт.sh' \u{1f600}\n0-59/5,7 */2 */3 * 1-7/2 x\n",
];

/// Whatever is given, it is read or refused, and what is told stands in the text.
fn survives(text: &[u8]) -> Result<(), TestCaseError> {
    match read(text) {
        Ok(jobs) => {
            let ids: std::collections::BTreeSet<JobId> = jobs.iter().map(Job::id).collect();
            prop_assert_eq!(ids.len(), jobs.len());
            prop_assert!(
                jobs.iter()
                    .all(|job| !job.command.contains(&0) && !job.command.is_empty())
            );
        }
        Err(errors) => {
            prop_assert_eq!(errors.text.len(), text.len());
            prop_assert!(!errors.diagnostics.is_empty());
            prop_assert!(!errors.drawn().is_empty());
            for diagnostic in &errors.diagnostics {
                prop_assert!(diagnostic.help.is_some(), "{}", diagnostic.message);
                for label in &diagnostic.labels {
                    prop_assert!(errors.text.get(label.span.clone()).is_some(), "{:?}", diagnostic);
                }
            }
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        survives(&bytes)?;
    }

    #[test]
    fn any_letters_of_the_format_are_survived(text in "[*0-9/,@ \t\n\r\\\\%='\"#a-f?é-]{0,120}") {
        survives(text.as_bytes())?;
    }

    #[test]
    fn damaged_crontabs_are_survived(
        real in 0..REAL.len(),
        damage in proptest::collection::vec((any::<Index>(), 0..4, any::<u8>()), 1..8),
    ) {
        let mut bytes = REAL[real].as_bytes().to_vec();
        for (place, kind, byte) in damage {
            let place = place.index(bytes.len() + 1).min(bytes.len().saturating_sub(1));
            match kind {
                0 if !bytes.is_empty() => { bytes.remove(place); }
                1 if !bytes.is_empty() => bytes[place] = byte,
                2 => bytes.truncate(place),
                _ => bytes.insert(place.min(bytes.len()), byte),
            }
        }
        survives(&bytes)?;
    }

    #[test]
    fn what_is_written_back_is_the_same_job(
        schedule in proptest::sample::select(vec!["*/5 1-3 * jan,mar *", "@every 90s", "@reboot", "0 0 1 * mon"]),
        command in "[a-z\"'$\\\\%=# é]{0,40}",
        value in "[a-z'$\\\\% é]{0,12}",
    ) {
        // A backslash at the end of a line would continue it.
        let job = only(format!("A=\"{value}z\"\n{schedule} x{command}x"));
        let escaped = |text: &[u8]| String::from_utf8_lossy(text).replace('%', "\\%");
        let value = String::from_utf8_lossy(job.environment.get("A").unwrap());
        let mut text = format!("A = \"{value}\"\n{}  {}", job.schedule, escaped(&job.command));
        if let Some(stdin) = &job.stdin {
            text += "%";
            text += &escaped(stdin.strip_suffix(b"\n").unwrap_or(stdin)).replace('\n', "%");
        }
        let again = only(&text);
        prop_assert_eq!(&again, &job, "{}", text);
        prop_assert_eq!(again.id(), job.id());
    }
}

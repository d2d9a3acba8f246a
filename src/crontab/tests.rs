//! What a crontab means: each rule of the format, and each way to break it.

mod damaged;
mod refused;

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

//! What is wrong, and how it is told.

use super::*;

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

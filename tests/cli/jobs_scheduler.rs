//! supercronic and yacron in place of the agent's own scheduler.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::agent_stand::{AgentStand, name, wait_until};

/// What both programs promise of themselves, without their minute: `-test` and `-v` check, SIGTERM ends them once what
/// runs is done. It tells what it was given, and runs every script once.
const FAKE: &str = r#"
case "$1" in
  -test|-v)
    for last; do :; done
    if grep -q refuse-me "$last"; then echo "line 1: refused" >&2; exit 1; fi
    exit 0 ;;
esac
for last; do :; done
trap 'echo told to end; exit 0' TERM
echo "started $STACKCTL_COMMIT in $(pwd -P)"
sh -c "$(sed -n 's|.*\(/bin/sh [^'"'"']*\).*|\1|p' "$last" | head -n 1)"
while :; do sleep 0.1; done
"#;

fn with_fake(scheduler: &str) -> AgentStand {
    let stand = AgentStand::new().with(&["--scheduler", scheduler]);
    let folder = stand.path("fakes");
    fs::create_dir(&folder).unwrap();
    let path = folder.join(scheduler);
    fs::write(&path, format!("#!/bin/sh\n{FAKE}")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    let search = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
    stand.env("PATH", &search)
}

fn runs_one_for_each_generation(scheduler: &str) {
    let stand = with_fake(scheduler);
    let secret = "SECRET='pass word'\n";
    stand.crontab(
        'a',
        &format!("{secret}# stackctl: name=a\n* * * * * echo \"job $STACKCTL_JOB, $SECRET\"; cat%in%put\n"),
    );
    let agent = stand.started();
    agent.wait_for_text("job a, pass word");
    agent.wait_for_text("] put");
    let worktree = stand.worktree('a').canonicalize().unwrap();
    agent.wait_for_text(&format!("started {} in {}", name('a'), worktree.display()));
    let mode = fs::metadata(stand.path("state/scheduled/1"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o700);

    stand.crontab(
        'b',
        "# stackctl: name=b\n* * * * * echo refuse-me\n# stackctl: name=refuse-me\n0 0 * * * true\n",
    );
    wait_until("it is refused", || {
        stand.status()["pending"]["error"]
            .as_str()
            .is_some_and(|error| error.contains("line 1: refused"))
    });
    stand.crontab('c', "# stackctl: name=c\n@every 5s true\n");
    wait_until("what it lacks is named", || {
        stand.status()["pending"]["error"]
            .as_str()
            .is_some_and(|error| error.contains("has no `@every`"))
    });
    stand.run(&["run-now", "a"]).success();
    stand.wait_for_ended(&agent, "a", "succeeded", 1);
    stand.run(&["pause"]).success();
    agent.wait_for_text("told to end");
    stand.run(&["resume"]).success();
    wait_until("it works again", || {
        agent.text().matches("] started ").count() >= 2
    });
    let (code, text) = agent.terminate();
    assert_eq!(code, 0, "{text}");
    assert_eq!(text.matches("told to end").count(), 2, "{text}");
    assert!(
        !text.contains("secret") && !text.contains("ended by itself"),
        "{text}"
    );
}

#[test]
fn supercronic_is_checked_started_and_ended() {
    runs_one_for_each_generation("supercronic");
}

#[test]
fn yacron_is_checked_started_and_ended() {
    runs_one_for_each_generation("yacron");
}

#[test]
fn a_scheduler_that_is_not_there_is_named() {
    let stand = AgentStand::new()
        .with(&["--scheduler", "supercronic"])
        .env("PATH", "/usr/bin:/bin");
    stand.crontab('a', "* * * * * true\n");
    let agent = stand.start();
    agent.wait_for_text("there is no command `supercronic`");
    let health = stand.run(&["health"]).code(1);
    assert!(health.stderr.contains("can't be used"), "{}", health.stderr);
}

#[cfg(feature = "docker")]
mod real {
    //! The real ones, which `scripts/setup.sh schedulers` gets. They know minutes only.

    use super::*;

    fn hands_over(scheduler: &str) {
        let tools = crate::harness::repository().join(".tools/bin");
        assert!(
            tools.join(scheduler).exists(),
            "type `scripts/setup.sh schedulers`"
        );
        let search = format!("{}:{}", tools.display(), std::env::var("PATH").unwrap());
        let stand = AgentStand::new()
            .with(&["--scheduler", scheduler, "--drain", "60s"])
            .env("PATH", &search);
        let crontab = |word: &str| {
            format!(
                "WORD={word}\n# stackctl: name=tick\n* * * * * echo \"tick $WORD $STACKCTL_COMMIT\"\n\
                 # stackctl: name=long\n* * * * * echo \"begins $WORD\"; sleep 30; test \"$(pwd -P)\" = \"$STACKCTL_WORKTREE\" && echo \"ends $WORD\"\n"
            )
        };
        stand.crontab('a', &crontab("old"));
        let agent = stand.started();
        let wait = |text: &str| {
            let deadline = std::time::Instant::now() + std::time::Duration::from_secs(300);
            while !agent.text().contains(text) {
                assert!(
                    std::time::Instant::now() < deadline,
                    "no `{text}` in\n{}",
                    agent.text()
                );
                std::thread::sleep(std::time::Duration::from_millis(100));
            }
        };
        wait("begins old");
        wait(&format!("tick old {}", name('a')));
        // A job of the old one runs through the whole hand-over.
        stand.crontab('b', &crontab("new"));
        stand.wait_for_generation(&agent, 2);
        wait("ends old");
        wait(&format!("tick new {}", name('b')));
        let begun = agent.text().matches("begins old").count();
        assert_eq!(begun, 1, "{}", agent.text());
        // SIGTERM lets it end, too.
        wait("begins new");
        let (code, text) = agent.terminate();
        assert_eq!(code, 0, "{text}");
        assert!(text.contains("ends new"), "{text}");
    }

    #[test]
    fn supercronic_hands_over_to_itself() {
        hands_over("supercronic");
    }

    #[test]
    fn yacron_hands_over_to_itself() {
        hands_over("yacron");
    }
}

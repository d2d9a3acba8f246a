//! Code, dependencies and schedule switch together.

use std::fs;

use nix::sys::signal::Signal;
use stackctl::sync::lease::Removal;

use crate::agent_stand::{Agent, AgentStand, name, wait_until};

const TICK: &str = "# stackctl: name=tick\n@every 1s echo $STACKCTL_COMMIT\n";

/// The error of the commit that waits.
fn pending_error(stand: &AgentStand) -> String {
    stand.status()["pending"]["error"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

fn wait_for_pending(stand: &AgentStand, agent: &Agent, text: &str) {
    wait_until(&format!("`{text}` is pending\n{}", agent.text()), || {
        pending_error(stand).contains(text)
    });
}

#[test]
fn it_waits_for_the_first_sync_and_says_so() {
    let stand = AgentStand::new();
    let agent = stand.start();
    agent.wait_for_text("waiting for the first sync");
    let health = stand.run(&["health"]).code(1);
    assert!(
        health.stderr.contains("nothing is published"),
        "{}",
        health.stderr
    );
    stand.crontab('a', TICK);
    stand.wait_for_generation(&agent, 1);
    stand.run(&["health"]).success();
    let status = stand.status();
    assert_eq!(status["generation"]["commit"], name('a'));
    assert_eq!(status["generation"]["jobs"], 1);
}

#[test]
fn a_running_job_keeps_its_code_while_new_runs_start_on_the_new() {
    let stand = AgentStand::new();
    stand.crontab(
        'a',
        &format!("{TICK}# stackctl: name=long\n@reboot sleep 6; cat crontab.txt >/dev/null && echo whole\n"),
    );
    let agent = stand.started();
    wait_until("it runs", || {
        !stand.status()["running"].as_array().unwrap().is_empty()
    });
    stand.crontab('b', TICK);
    stand.wait_for_generation(&agent, 2);
    stand.crontab('c', TICK);
    stand.wait_for_generation(&agent, 3);
    // Of three generations: the active one, the one before, and that of the run.
    for commit in ['a', 'b', 'c'] {
        assert!(
            Removal::take(&stand.worktree(commit)).unwrap().is_none(),
            "{commit}"
        );
    }
    let runs = stand.wait_for_ended(&agent, "long", "succeeded", 1);
    assert_eq!(
        (&runs[0]["commit"], &runs[0]["last_line"]),
        (&name('a').into(), &"whole".into())
    );
    wait_until("the lease ends with the run", || {
        Removal::take(&stand.worktree('a')).unwrap().is_some()
    });
    // From the switch on, every run is of the new commit.
    let since = stand.status()["generation"]["since"].as_u64().unwrap();
    wait_until("runs of the new commit", || {
        stand
            .ended("tick", "succeeded")
            .iter()
            .any(|run| run["commit"] == name('c'))
    });
    for run in stand.ended("tick", "succeeded") {
        let started = run["started"]
            .as_str()
            .unwrap()
            .parse::<chrono::DateTime<chrono::Utc>>()
            .unwrap();
        if started.timestamp() > i64::try_from(since).unwrap() {
            assert_eq!(run["commit"], name('c'), "{run}");
        }
    }
}

#[test]
fn a_broken_crontab_keeps_the_old_one_until_the_next_good_commit() {
    let stand = AgentStand::new();
    stand.crontab('a', TICK);
    let agent = stand.started();
    stand.crontab('b', "@every 1s echo good\n61 * * * * echo bad\n");
    wait_for_pending(&stand, &agent, "crontab.txt:2:1");
    let count = stand.ended("tick", "succeeded").len();
    stand.wait_for_ended(&agent, "tick", "succeeded", count + 2);
    let status = stand.run(&["status"]).code(1);
    assert!(
        status.stdout.contains("because of its schedule"),
        "{}",
        status.stdout
    );
    assert!(status.stdout.contains('^'), "{}", status.stdout);
    assert!(agent.text().contains("generation 1 stays"));
    stand.crontab('c', "# stackctl: name=new\n@every 1s echo new\n");
    stand.wait_for_ended(&agent, "new", "succeeded", 1);
    assert!(pending_error(&stand).is_empty());
    stand.run(&["status"]).success();
}

#[test]
fn a_rollback_holds_until_it_is_released() {
    let stand = AgentStand::new();
    stand.crontab('a', TICK);
    let agent = stand.started();
    let early = stand.run(&["rollback"]).code(1);
    assert!(early.stderr.contains("no generation before"), "{}", early.stderr);
    stand.crontab('b', TICK);
    stand.wait_for_generation(&agent, 2);
    stand.run(&["rollback"]).success();
    assert_eq!(stand.status()["generation"]["commit"], name('a'));
    stand.crontab('c', TICK);
    wait_until("the new commit is noted", || {
        stand.status()["pending"]["commit"] == name('c')
    });
    assert_eq!(stand.status()["generation"]["commit"], name('a'));

    agent.terminate();
    let agent = stand.started();
    let status = stand.status();
    assert_eq!(
        (&status["held"], &status["generation"]["commit"]),
        (&true.into(), &name('a').into())
    );
    stand.run(&["release"]).success();
    wait_until("it follows again", || {
        stand.status()["generation"]["commit"] == name('c')
    });
    stand.run(&["release"]).code(1);
    drop(agent);
}

#[test]
fn sighup_looks_at_once_and_the_published_link_follows() {
    let stand = AgentStand::new().with(&["--poll", "1h"]);
    let publish = stand.path("project/app").display().to_string();
    let stand = stand.with(&["--publish", &publish]);
    stand.crontab(
        'a',
        &format!(
            "# stackctl: name=over\n@every 1s cat {publish}/crontab.txt >/dev/null && readlink {publish}\n"
        ),
    );
    let agent = stand.started();
    stand.wait_for_ended(&agent, "over", "succeeded", 1);
    assert_eq!(
        fs::canonicalize(&publish).unwrap(),
        stand.worktree('a').canonicalize().unwrap()
    );
    stand.crontab('b', TICK);
    agent.signal(Signal::SIGHUP);
    stand.wait_for_generation(&agent, 2);
    assert_eq!(
        fs::canonicalize(&publish).unwrap(),
        stand.worktree('b').canonicalize().unwrap()
    );
    let hash = fs::read_to_string(stand.path("state/crontab.sha256")).unwrap();
    assert_eq!(hash.trim().len(), 64);
    assert_eq!(
        fs::read_to_string(stand.path("state/crontab.runtime.txt")).unwrap(),
        TICK
    );
}

#[test]
fn requirements_are_built_before_the_switch_and_a_failed_build_keeps_the_old() {
    let stand = AgentStand::new();
    let crontab =
        "# stackctl: name=where\n@every 1s echo \"$VIRTUAL_ENV|$PYTHONUSERBASE\"; command -v python\n";
    stand.publish('a', &[("crontab.txt", crontab), ("requirements.txt", "# none\n")]);
    let agent = stand.started();
    let key = stand.status()["generation"]["environment"]
        .as_str()
        .unwrap()
        .to_owned();
    let environment = stand.path("state/envs").join(&key).display().to_string();
    let runs = stand.wait_for_ended(&agent, "where", "succeeded", 1);
    assert_eq!(runs[0]["environment"], key);
    assert_eq!(runs[0]["last_line"], format!("[DIR]/state/envs/{key}/bin/python"));
    agent.wait_for_text(&format!("[where] {environment}|{environment}"));

    let broken = "--no-index\nno-such-package==1\n";
    stand.publish('b', &[("crontab.txt", crontab), ("requirements.txt", broken)]);
    wait_for_pending(&stand, &agent, "no-such-package");
    let status = stand.status();
    assert_eq!(status["generation"]["commit"], name('a'));
    assert_eq!(status["pending"]["part"], "dependencies");
    assert!(status["pending"]["retry_at"].is_u64());
    let count = stand.ended("where", "succeeded").len();
    stand.wait_for_ended(&agent, "where", "succeeded", count + 1);

    // Back to what was good: nothing is built again.
    stand.publish('c', &[("crontab.txt", crontab), ("requirements.txt", "# none\n")]);
    stand.wait_for_generation(&agent, 2);
    let status = stand.status();
    assert_eq!(status["generation"]["environment"], key);
    assert_eq!(agent.text().matches("building the dependencies").count(), 2);

    // Neither after a restart.
    agent.terminate();
    let agent = stand.started();
    stand.wait_for_ended(&agent, "where", "succeeded", count + 3);
    assert!(
        !agent.text().contains("building the dependencies"),
        "{}",
        agent.text()
    );
}

#[test]
fn a_restart_goes_on_with_what_was_active_without_the_link() {
    let stand = AgentStand::new();
    stand.crontab('a', TICK);
    stand.started().terminate();
    fs::remove_file(stand.path("sync/app")).unwrap();
    let agent = stand.started();
    assert_eq!(stand.status()["generation"]["number"], 1);
    assert!(agent.text().contains("active again"), "{}", agent.text());
    drop(agent);
    // Where its files are gone, what is published takes its place.
    fs::remove_dir_all(stand.worktree('a')).unwrap();
    stand.crontab('b', TICK);
    let agent = stand.start();
    wait_until("the published one is active", || {
        stand.status()["generation"]["commit"] == name('b')
    });
    drop(agent);
}

#[test]
fn metrics_and_health_are_answered_over_http() {
    use std::io::{Read, Write};
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let address = format!("127.0.0.1:{port}");
    let stand = AgentStand::new().with(&["--http-bind", &address]);
    let agent = stand.start();
    let get = |path: &str| {
        let mut stream = std::net::TcpStream::connect(&address).unwrap();
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        )
        .unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        text
    };
    agent.wait_for_text("metrics are at");
    assert!(get("/health").starts_with("HTTP/1.1 503"));
    stand.crontab(
        'a',
        "# stackctl: name=ok\n@every 1s true secret-word\n# stackctl: name=bad\n@every 1s exit 4\n",
    );
    stand.wait_for_ended(&agent, "ok", "succeeded", 2);
    wait_until("it is counted", || {
        get("/metrics").contains("stackctl_job_runs_total{job=\"bad\",outcome=\"exit\"} 2")
    });
    assert!(get("/health").starts_with("HTTP/1.1 200"));
    let text = get("/metrics");
    for line in [
        "stackctl_generation 1",
        "stackctl_schedule_valid 1",
        "stackctl_job_next_timestamp_seconds{job=\"ok\"}",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    assert!(!text.contains("secret-word"));
    stand.crontab('b', "nonsense\n");
    wait_until("it is told", || {
        get("/metrics").contains("stackctl_schedule_valid 0")
    });
}

#[test]
fn inline_jobs_run_beside_the_crontab_of_the_repository() {
    let stand = AgentStand::new();
    stand
        .stack
        .write("inline.txt", "# stackctl: name=inline\n@every 1s echo inline\n");
    let inline = stand.path("inline.txt").display().to_string();
    let stand = stand.with(&["--inline-crontab", &inline]);
    stand.crontab('a', TICK);
    let agent = stand.started();
    stand.wait_for_ended(&agent, "inline", "succeeded", 1);
    stand.wait_for_ended(&agent, "tick", "succeeded", 1);
}

#[test]
fn a_schedule_that_was_damaged_is_taken_once_its_file_is_repaired() {
    let stand = AgentStand::new();
    stand.crontab('a', "61 * * * * true\n");
    let agent = stand.start();
    wait_for_pending(&stand, &agent, "crontab.txt:1:1");
    // As the sync repairs a worktree: the same commit, and the link stays.
    fs::write(stand.worktree('a').join("crontab.txt"), TICK).unwrap();
    stand.wait_for_generation(&agent, 1);
    stand.wait_for_ended(&agent, "tick", "succeeded", 1);
}

#[test]
fn links_to_what_is_no_file_are_refused_and_hold_nothing_up() {
    let stand = AgentStand::new();
    stand.crontab('a', TICK);
    let agent = stand.started();
    let pipe = stand.path("pipe");
    nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRWXU).unwrap();
    for (commit, file) in [('b', "crontab.txt"), ('c', "requirements.txt")] {
        let worktree = stand.worktree(commit);
        fs::create_dir_all(&worktree).unwrap();
        std::os::unix::fs::symlink(&pipe, worktree.join(file)).unwrap();
        let other: &[(&str, &str)] = if file == "crontab.txt" {
            &[]
        } else {
            &[("crontab.txt", TICK)]
        };
        stand.publish(commit, other);
        wait_for_pending(&stand, &agent, "not a file");
        let count = stand.ended("tick", "succeeded").len();
        stand.wait_for_ended(&agent, "tick", "succeeded", count + 2);
    }
    stand.crontab('d', TICK);
    stand.wait_for_generation(&agent, 2);
}

#[test]
fn the_index_of_the_network_is_for_the_installer_and_not_for_jobs() {
    let stand = AgentStand::new();
    stand.stack.write(
        "network",
        "export PIP_INDEX_URL='http://me:s3cret-word@127.0.0.1:9/simple'\nexport PIP_RETRIES='0'\n",
    );
    let file = stand.path("network").display().to_string();
    let stand = stand.env("STACKCTL_NETWORK_FILE", &file);
    let crontab = "# stackctl: name=look\n@every 1s env\n";
    stand.publish('a', &[("crontab.txt", crontab)]);
    let agent = stand.started();
    stand.wait_for_ended(&agent, "look", "succeeded", 1);
    stand.publish(
        'b',
        &[
            ("crontab.txt", crontab),
            ("requirements.txt", "nothing-like-it==1\n"),
        ],
    );
    agent.wait_for_text("127.0.0.1:9");
    wait_for_pending(&stand, &agent, "nothing-like-it");
    let (_, text) = agent.terminate();
    assert!(!text.contains("s3cret-word"), "{text}");
    assert!(!text.contains("[look] PIP_INDEX_URL"), "{text}");
}

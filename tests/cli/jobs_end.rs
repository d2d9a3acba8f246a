//! How the agent ends, and what the next one finds.

use std::fs;
use std::os::unix::net::UnixListener;
use std::time::Instant;

use nix::sys::signal::Signal;

use crate::agent_stand::{AgentStand, is_alive, wait_until};

/// A job that runs long, and writes its process down first.
fn long(stand: &AgentStand, command: &str) -> String {
    let pid = stand.path("pid").display().to_string();
    format!("# stackctl: name=long\n@reboot echo $$ > {pid}.new; mv {pid}.new {pid}; {command}\n")
}

fn pid(stand: &AgentStand) -> i32 {
    wait_until("it runs", || stand.path("pid").exists());
    stand.stack.read("pid").trim().parse().unwrap()
}

#[test]
fn sigterm_waits_for_runs_and_starts_no_more() {
    let stand = AgentStand::new();
    stand.crontab(
        'a',
        &format!(
            "{}# stackctl: name=tick\n@every 1s true\n",
            long(&stand, "sleep 3; echo done")
        ),
    );
    let agent = stand.started();
    pid(&stand);
    agent.signal(Signal::SIGTERM);
    agent.wait_for_text("ending");
    let health = stand.run(&["health"]).code(1);
    assert!(health.stderr.contains("ending"), "{}", health.stderr);
    let count = stand.history().iter().filter(|run| run["job"] == "tick").count();
    let (code, text) = agent.wait();
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("[long] done"), "{text}");
    assert_eq!(stand.ended("long", "succeeded").len(), 1);
    assert_eq!(
        stand.history().iter().filter(|run| run["job"] == "tick").count(),
        count
    );
    assert!(!stand.path("state/agent.sock").exists());
}

#[test]
fn runs_that_outlast_the_drain_are_ended() {
    let stand = AgentStand::new().with(&["--drain", "1s"]);
    stand.crontab(
        'a',
        &long(
            &stand,
            "trap 'echo bye; exit 0' TERM; while :; do sleep 0.1; done",
        ),
    );
    let agent = stand.started();
    let pid = pid(&stand);
    let (code, text) = agent.terminate();
    assert_eq!(code, 143, "{text}");
    assert!(text.contains("[long] bye"), "{text}");
    assert!(!is_alive(pid));
    assert_eq!(stand.ended("long", "stopped").len(), 1);
}

#[test]
fn a_second_sigterm_ends_the_wait() {
    let stand = AgentStand::new().with(&["--drain", "1h"]);
    stand.crontab('a', &long(&stand, "exec sleep 1000"));
    let agent = stand.started();
    let pid = pid(&stand);
    agent.signal(Signal::SIGTERM);
    agent.wait_for_text("1 run has");
    let begun = Instant::now();
    let (code, _) = agent.terminate();
    assert_eq!(code, 143);
    assert!(begun.elapsed().as_secs() < 300);
    assert!(!is_alive(pid));
}

#[test]
fn after_kill_nine_the_next_agent_knows_what_was_cut() {
    let stand = AgentStand::new();
    stand.crontab('a', &long(&stand, "exec sleep 1000"));
    let agent = stand.started();
    let first = pid(&stand);
    agent.kill();
    // Without a container around it, the job lives on; with one it would be gone.
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(first), Signal::SIGKILL).unwrap();
    fs::remove_file(stand.path("pid")).unwrap();
    assert!(stand.path("state/agent.sock").exists());
    let offline = stand.run(&["status"]).code(1);
    assert!(offline.stderr.contains("does not run"), "{}", offline.stderr);
    assert!(offline.stdout.contains("generation 1"), "{}", offline.stdout);
    let list = stand.run(&["list"]).success();
    assert!(list.stdout.contains("long"), "{}", list.stdout);
    let control = stand.run(&["pause"]).code(1);
    assert!(control.stderr.contains("no agent runs"), "{}", control.stderr);

    let agent = stand.started();
    assert_eq!(stand.ended("long", "lost").len(), 1);
    agent.wait_for_text("was cut");
    // `@reboot` is once for each start of the agent.
    pid(&stand);
    let status = stand.run(&["status"]).success();
    assert!(status.stdout.contains("long: lost"), "{}", status.stdout);
}

#[test]
fn a_missed_run_is_made_up_for_once_where_it_is_asked_for() {
    let stand = AgentStand::new();
    stand.crontab(
        'a',
        "# stackctl: name=asked catch-up\n@every 1s true\n# stackctl: name=monthly catch-up\n0 0 1 * * true\n",
    );
    let agent = stand.started();
    stand.wait_for_ended(&agent, "asked", "succeeded", 1);
    agent.terminate();
    // As if the agent had been away for two months: its own file says when jobs were due last.
    let path = stand.path("state/last-runs.json");
    let mut times: serde_json::Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    let times_of = times.as_object_mut().unwrap();
    assert_eq!(times_of.len(), 2);
    for time in times_of.values_mut() {
        *time = (time.as_i64().unwrap() - 62 * 86_400).into();
    }
    fs::write(&path, times.to_string()).unwrap();
    let agent = stand.started();
    let runs = stand.wait_for_ended(&agent, "monthly", "succeeded", 1);
    assert_eq!(runs.len(), 1);
    assert_eq!(runs[0]["cause"], "catch-up");
    assert!(
        runs[0]["scheduled"].as_str().unwrap().contains("-01T00:00:00"),
        "{runs:?}"
    );
    agent.terminate();
    let agent = stand.started();
    let count = stand.ended("asked", "succeeded").len();
    stand.wait_for_ended(&agent, "asked", "succeeded", count + 1);
    assert_eq!(stand.ended("monthly", "succeeded").len(), 1);
}

#[test]
fn two_agents_do_not_share_a_state_folder() {
    let stand = AgentStand::new();
    stand.crontab('a', "@every 1s true\n");
    let first = stand.started();
    let (code, text) = stand.start().wait();
    assert_eq!(code, 1);
    assert!(text.contains("another agent runs on"), "{text}");
    stand.run(&["health"]).success();
    first.terminate();
}

#[test]
fn a_stale_socket_is_replaced_and_a_long_path_is_refused() {
    let stand = AgentStand::new();
    drop(UnixListener::bind(stand.path("state/agent.sock")).unwrap());
    stand.crontab('a', "@every 1s true\n");
    let agent = stand.started();
    stand.run(&["health"]).success();
    agent.terminate();
    let deep = stand.path(&"x".repeat(120)).display().to_string();
    let stand = stand.env("STATE_DIR", &deep);
    let (code, text) = stand.start().wait();
    assert_eq!(code, 1);
    assert!(
        text.contains("may have 107") && text.contains("choose a shorter"),
        "{text}"
    );
}

#[test]
fn wrong_arguments_are_refused_before_anything_is_done() {
    let stand = AgentStand::new();
    for (arguments, word) in [
        (vec!["jobs", "run"], "--link"),
        (vec!["jobs", "run", "--link", "/x"], "--crontab"),
        (
            vec!["jobs", "run", "--link", "/x", "--crontab", "c", "--poll", "soon"],
            "--poll",
        ),
        (
            vec![
                "jobs",
                "run",
                "--link",
                "/x",
                "--crontab",
                "c",
                "--overlap",
                "maybe",
            ],
            "skip, allow",
        ),
        (
            vec!["jobs", "run", "--link", "/x", "--crontab", "c", "--zone", "Mars"],
            "time zone",
        ),
    ] {
        let output = stand.stack.run(&arguments).code(2);
        assert!(output.stderr.contains(word), "{word}: {}", output.stderr);
    }
}

#[test]
fn a_job_that_was_out_of_the_schedule_has_missed_nothing() {
    let stand = AgentStand::new();
    let tick = "# stackctl: name=tick\n@every 1s true\n";
    let both = format!("{tick}# stackctl: name=monthly catch-up\n0 0 1 * * true\n");
    stand.crontab('a', &both);
    let agent = stand.started();
    stand.wait_for_ended(&agent, "tick", "succeeded", 1);
    agent.terminate();
    // The schedule was without the job for five weeks, in which a month began.
    let path = stand.path("state/last-runs.json");
    let mut times: serde_json::Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    for time in times.as_object_mut().unwrap().values_mut() {
        *time = (time.as_i64().unwrap() - 35 * 86_400).into();
    }
    fs::remove_file(stand.path("state/generation.json")).unwrap();
    fs::write(&path, times.to_string()).unwrap();
    stand.crontab('b', tick);
    let agent = stand.started();
    stand.crontab('c', &both);
    stand.wait_for_generation(&agent, 2);
    agent.terminate();
    let agent = stand.started();
    let count = stand.ended("tick", "succeeded").len();
    stand.wait_for_ended(&agent, "tick", "succeeded", count + 2);
    assert!(stand.history().iter().all(|run| run["job"] != "monthly"));
}

//! `stackctl up` that is stopped in the middle, gently and not: the next one goes on from there.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::engine_up::TWO;
use crate::live::{Live, docker, finish};

/// A stack that takes a while to become healthy.
fn slow() -> Live {
    let live = Live::new(TWO);
    live.edit(
        "[\"CMD\", \"true\"]",
        "[\"CMD\", \"test\", \"-e\", \"/tmp/ready\"]",
    );
    live.edit(
        "[\"sleep\", \"1000\"]",
        "[\"sh\", \"-c\", \"sleep 2; touch /tmp/ready; sleep 1000\"]",
    );
    live
}

fn signal(child: &std::process::Child, signal: Signal) {
    kill(Pid::from_raw(child.id().cast_signed()), signal).unwrap();
}

fn whole(live: &Live) {
    let output = live.run(&["up"]).success();
    assert!(
        output.stdout.contains("all 2 services are healthy"),
        "{}",
        output.stdout
    );
    let names = ["side", "web"].map(|service| format!("{}-{service}-1", live.project));
    assert_eq!(live.containers(), names);
    assert_eq!(live.answer(), "hello");
}

#[test]
fn ctrl_c_ends_with_130_and_the_next_up_goes_on() {
    let live = slow();
    let up = live.spawn(&["up"]);
    Live::until("a container runs", || !live.container("side").is_empty());
    signal(&up, Signal::SIGINT);
    let (code, stderr) = finish(up);
    assert_eq!(code, Some(130), "{stderr}");
    assert!(stderr.contains("error: interrupted while "), "{stderr}");
    assert!(
        stderr.contains("the same command continues from here"),
        "{stderr}"
    );
    assert!(stderr.contains("what runs now:\n  side: "), "{stderr}");
    whole(&live);
}

#[test]
fn a_killed_up_is_gone_on_with() {
    for delay in [0, 150, 400] {
        let live = slow();
        let mut up = live.spawn(&["up"]);
        Live::until("rendering is done", || {
            live.stack.path().join("rendered/compose.yaml").exists()
        });
        std::thread::sleep(std::time::Duration::from_millis(delay));
        up.kill().unwrap();
        up.wait().unwrap();
        whole(&live);
    }
}

#[test]
fn an_up_that_is_killed_while_it_recreates_is_gone_on_with() {
    let live = Live::new(TWO);
    live.up().success();
    for delay in [0, 200, 400] {
        live.edit(
            "GREETING = \"hello\"",
            &format!("GREETING = \"hello\", D{delay} = \"x\""),
        );
        let before = live.container("web");
        let mut up = live.spawn(&["up"]);
        Live::until("Compose works", || {
            live.container("web") != before || {
                let label = format!("label=com.docker.compose.project={}", live.project);
                docker(&["ps", "-aq", "--filter", &label]).lines().count() > 2
            }
        });
        std::thread::sleep(std::time::Duration::from_millis(delay));
        up.kill().unwrap();
        up.wait().unwrap();
        whole(&live);
    }
}

#[test]
fn a_container_that_compose_left_half_made_is_removed() {
    let live = Live::new(TWO);
    live.up().success();
    let name = format!("0a1b2c3d4e5f_{}-web-1", live.project);
    let label = |key: &str, value: &str| format!("com.docker.compose.{key}={value}");
    docker(&[
        "create",
        "--name",
        &name,
        "--label",
        &label("project", &live.project),
        "--label",
        &label("service", "web"),
        "--label",
        &label("container-number", "1"),
        "--label",
        &label("oneoff", "False"),
        "debian:bookworm-slim",
        "true",
    ]);
    let plan = live.run(&["up", "--dry-run"]).success();
    assert_eq!(plan.stdout, format!("remove {name}: it was left half made\n"));
    whole(&live);
}

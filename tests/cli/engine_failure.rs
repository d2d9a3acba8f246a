//! `stackctl up` that fails on a real engine: what is told, and what goes on running.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use crate::engine_up::TWO;
use crate::live::{Live, docker, docker_any};

#[test]
fn a_broken_healthcheck_is_told_with_last_lines_and_what_still_runs() {
    let live = Live::new(&TWO.replace("[services.side]", "[services.worker]\ndepends_on = [\"web\"]"));
    live.up().success();
    let worker = live.container("worker");
    live.edit("8000/')", "8000/'); raise SystemExit('the page is blank')");
    live.edit("\"sleep\", \"1000\"", "\"sleep\", \"2000\"");
    let begun = Instant::now();
    let output = live.run(&["up", "--timeout", "5m"]).code(1);
    assert!(
        begun.elapsed() < Duration::from_secs(300),
        "{:?}",
        begun.elapsed()
    );
    for told in [
        "web runs, but its health check fails\n",
        "    | the page is blank\n",
        "    | page begins\n",
        "  web: unhealthy\n",
        "  worker: healthy, the version from before\n",
        "error: `web` runs, but its health check fails\n",
        "`stackctl logs web`",
    ] {
        assert!(
            output.stderr.contains(told),
            "{told:?} is not in\n{}",
            output.stderr
        );
    }
    assert_eq!(live.container("worker"), worker);
    let status = live.run(&["status"]).code(1);
    assert!(
        status
            .stdout
            .starts_with("web is unhealthy: type `stackctl logs web`"),
        "{}",
        status.stdout
    );
    live.edit("; raise SystemExit('the page is blank')", "");
    live.up().success();
    assert_ne!(live.container("worker"), worker);
}

#[test]
fn a_container_that_ends_is_told_at_once_with_its_cause() {
    let live = Live::new(&TWO.replace("[\"sleep\", \"1000\"]", "[\"python3\", \"-m\", \"http.server\"]"));
    live.edit(
        "image = \"debian:bookworm-slim\"",
        "image = \"python:3.11-slim-bookworm\"",
    );
    live.edit(
        "\"python3\", \"-m\", \"http.server\"",
        "\"python3\", \"-c\", \"import flask\"",
    );
    let begun = Instant::now();
    let output = live.up().code(1);
    assert!(
        begun.elapsed() < Duration::from_secs(200),
        "{:?}",
        begun.elapsed()
    );
    for told in [
        "side ends again and again",
        "with code 1",
        "most likely: Python finds no module `flask`",
        "    | ModuleNotFoundError: No module named 'flask'\n",
        "hint: add it to the service's requirements",
    ] {
        assert!(
            output.stderr.contains(told),
            "{told:?} is not in\n{}",
            output.stderr
        );
    }
}

#[test]
fn a_program_that_is_not_in_the_image_is_named() {
    let live = Live::new(&TWO.replace("[\"sleep\", \"1000\"]", "[\"slep\", \"1000\"]"));
    let output = live.up().code(1);
    assert!(
        output.stderr.contains("the image has no program `slep`"),
        "{}",
        output.stderr
    );
}

#[test]
fn a_service_that_is_never_ready_ends_the_wait() {
    let live = Live::new(&TWO.replace(
        "test = [\"CMD\", \"true\"]",
        "test = [\"CMD\", \"false\"], start_period = \"1h\"",
    ));
    let begun = Instant::now();
    let output = live.run(&["up", "--timeout", "3s", "--format", "json"]).code(1);
    assert!(
        begun.elapsed() < Duration::from_secs(120),
        "{:?}",
        begun.elapsed()
    );
    let last = output.stderr.lines().last().unwrap();
    let error: serde_json::Value = serde_json::from_str(last).unwrap();
    let blamed = &error["error"]["details"]["blamed"][0];
    assert_eq!(
        (&blamed["service"], &blamed["reason"]["kind"]),
        (&"side".into(), &"too-slow".into())
    );
}

#[test]
fn a_one_shot_that_fails_keeps_the_rest_from_starting() {
    let live = Live::new(&TWO.replace(
        "command = [\"sleep\", \"1000\"]",
        "one_shot = true\ncommand = [\"sh\", \"-c\", \"echo no such table >&2; exit 3\"]",
    ));
    live.edit(
        "healthcheck = { test = [\"CMD\", \"true\"], interval = \"500ms\" }",
        "",
    );
    live.edit("[services.web]\n", "[services.web]\ndepends_on = [\"side\"]\n");
    let output = live.up().code(1);
    for told in [
        "error: `side` ended with code 3",
        "    | no such table\n",
        "  web: not made\n",
    ] {
        assert!(
            output.stderr.contains(told),
            "{told:?} is not in\n{}",
            output.stderr
        );
    }
}

#[test]
fn a_taken_port_is_told_before_anything_starts() {
    let live = Live::new(TWO);
    let text = live.stack.read("stack.toml");
    let port = text.split("port = \"").nth(1).unwrap().split(':').next().unwrap();
    let _holder = TcpListener::bind(format!("127.0.0.1:{port}")).unwrap();
    let output = live.up().code(1);
    let told = format!("`web` publishes port 127.0.0.1:{port}/tcp, which is taken by ");
    assert!(output.stderr.contains(&told), "{}", output.stderr);
    assert!(
        output
            .stderr
            .contains(&format!("(process {})", std::process::id())),
        "{}",
        output.stderr
    );
    assert!(live.containers().is_empty());
    assert!(
        !live.stack.path().join("rendered").exists(),
        "what was refused was written"
    );
    let doctor = live.run(&["doctor"]).code(1);
    assert!(
        doctor
            .stdout
            .contains(&format!("broken   ports: port {port} of `web`")),
        "{}",
        doctor.stdout
    );
}

#[test]
fn a_foreign_container_of_the_same_name_is_left_alone() {
    let live = Live::new(TWO);
    let name = format!("{}-web-1", live.project);
    docker(&["create", "--name", &name, "debian:bookworm-slim", "true"]);
    let output = live.up().code(1);
    docker_any(&["rm", "-f", &name]);
    assert!(
        output.stderr.contains(&format!(
            "there is already a container `{name}`, which was not made by Compose"
        )),
        "{}",
        output.stderr
    );
    assert!(live.containers().is_empty());
}

#[test]
fn another_folders_stack_of_the_same_name_is_left_alone() {
    let live = Live::new(TWO);
    live.up().success();
    let before = live.container("web");
    let other = crate::harness::TestStack::new(&live.stack.read("stack.toml"));
    for arguments in [&["up"][..], &["down"], &["restart"]] {
        let output = other.run(arguments).code(1);
        let told = format!("a stack `{}` runs already, from `", live.project);
        assert!(output.stderr.contains(&told), "{}", output.stderr);
    }
    assert_eq!(live.container("web"), before);
}

#[test]
fn an_image_that_can_not_be_had_leaves_everything_running() {
    let live = Live::new(TWO);
    live.up().success();
    let before = live.container("web");
    live.edit(
        "image = \"debian:bookworm-slim\"",
        "image = \"localhost:1/none/such:1\"",
    );
    live.edit("\"hello\"", "\"goodbye\"");
    let output = live.up().code(1);
    assert!(
        output
            .stderr
            .contains("nothing was changed: side and web run on as before"),
        "{}",
        output.stderr
    );
    assert_eq!(live.container("web"), before);
}

#[test]
fn a_build_that_fails_leaves_everything_running() {
    let live = Live::of(
        crate::harness::TestStack::empty()
            .file(
                "Dockerfile",
                "FROM debian:bookworm-slim\nCMD [\"sleep\", \"1000\"]\n",
            )
            .file(".dockerignore", ".stackctl\n"),
        &TWO.replace("image = \"debian:bookworm-slim\"", "dockerfile = \"Dockerfile\""),
    );
    live.up().success();
    let before = (live.container("web"), live.container("side"));
    live.stack
        .write("Dockerfile", "FROM debian:bookworm-slim\nRUN exit 9\n");
    let output = live.up().code(1);
    assert!(
        output
            .stderr
            .contains("a step of the build failed with code 9: `exit 9`"),
        "{}",
        output.stderr
    );
    assert!(
        output
            .stderr
            .contains("nothing was changed: side and web run on as before"),
        "{}",
        output.stderr
    );
    assert_eq!((live.container("web"), live.container("side")), before);

    // Every container is well, and none is what the Dockerfile says now.
    let status = live.run(&["status"]).code(1);
    assert!(
        status
            .stdout
            .starts_with("all containers are well, but the last `up` did not finish: type `stackctl up`"),
        "{}",
        status.stdout
    );
    live.stack.write(
        "Dockerfile",
        "FROM debian:bookworm-slim\nCMD [\"sleep\", \"1000\"]\n",
    );
    live.up().success();
    live.run(&["status"]).success();
}

//! `stackctl up` with engines that are not as they should be: each a diagnosis and what mends it.

use crate::fakes::{STACK, changes, stack};
use crate::harness::TestStack;

#[track_caller]
fn told(cases: &str, error: &str, hint: &str) {
    let stack = stack(cases);
    for arguments in [&["up"][..], &["up", "--dry-run"], &["status"], &["down"]] {
        let output = stack.run(arguments).code(1);
        let first = output.stderr.lines().find(|line| line.starts_with("error: "));
        assert_eq!(
            first,
            Some(format!("error: {error}").as_str()),
            "{arguments:?}: {}",
            output.stderr
        );
        assert!(output.stderr.contains(hint), "{arguments:?}: {}", output.stderr);
        assert_eq!(output.stdout, "");
    }
    assert_eq!(changes(&stack), [""; 0]);
}

#[test]
fn docker_is_not_installed() {
    let stack = TestStack::new(STACK);
    let stack = stack.env("PATH", "/nonexistent");
    let output = stack.run(&["up"]).code(1);
    assert_eq!(
        output.stderr,
        "error: `docker` is not installed, or not on PATH\n\
         hint: install Docker Engine: https://docs.docker.com/engine/install/\n"
    );
}

#[test]
fn the_engine_is_not_running() {
    told(
        "'version --format {{json .}}') echo 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?' >&2; exit 1 ;;",
        "the Docker engine is not running",
        "`sudo systemctl start docker`",
    );
}

#[test]
fn the_user_may_not_talk_to_the_engine() {
    told(
        "'version --format {{json .}}') echo 'permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock' >&2; exit 1 ;;",
        "this user may not talk to the Docker engine",
        "`sudo usermod -aG docker $USER`",
    );
}

#[test]
fn the_compose_plugin_is_missing() {
    for said in [
        "docker: '\\''compose'\\'' is not a docker command.",
        "unknown command: docker compose",
        "unknown flag: --short",
    ] {
        told(
            &format!("'compose version --short') echo '{said}' >&2; exit 1 ;;"),
            "the compose plugin of Docker is not installed",
            "`sudo apt-get install docker-compose-plugin`",
        );
    }
}

#[test]
fn compose_is_too_old() {
    told(
        "'compose version --short') echo v2.10.2; exit 0 ;;",
        "Docker Compose is version 2.10.2; stackctl needs 2.20.0 or later",
        "docker-compose-plugin",
    );
}

#[test]
fn an_error_that_is_not_known_is_told_as_it_is() {
    told(
        "'version --format {{json .}}') echo 'the moon is in the wrong phase' >&2; exit 7 ;;",
        "`docker version --format '{{json .}}'` failed (exit status: 7)",
        "the moon is in the wrong phase",
    );
}

#[test]
fn a_dry_run_changes_nothing_anywhere() {
    let stack = stack("");
    let before = stack.snapshot();
    let output = stack.run(&["up", "--dry-run"]).success();
    assert_eq!(
        output.stdout,
        "render: 2 added\npull the image of web\ncreate web\n"
    );
    let json = stack
        .run(&["up", "--dry-run", "--format", "json"])
        .success()
        .json();
    assert_eq!(json["services"][0]["action"], "create");
    let mut after = stack.snapshot();
    after.retain(|path, _| !path.ends_with("calls"));
    assert_eq!(after, before);
    assert_eq!(changes(&stack), [""; 0]);
}

#[test]
fn files_edited_by_hand_stop_it() {
    let stack = stack("");
    stack.run(&["render"]).success();
    let edited = stack
        .read("rendered/compose.yaml")
        .replace("nginx:1.27", "nginx:1.28");
    stack.write("rendered/compose.yaml", &edited);
    for arguments in [&["up"][..], &["up", "--dry-run"]] {
        let output = stack.run(arguments).code(1);
        assert!(
            output.stderr.contains("would lose what stackctl did not write"),
            "{}",
            output.stderr
        );
    }
    assert_eq!(changes(&stack), [""; 0]);
}

#[test]
fn a_variable_that_nobody_sets_is_named_before_anything_starts() {
    let stack = stack("");
    let text = stack.read("stack.toml");
    stack.write(
        "stack.toml",
        &format!("{text}environment = {{ TOKEN = {{ env = \"BOT_TOKEN\" }} }}\n"),
    );
    // Compose refuses an empty one as well.
    for env in ["", "BOT_TOKEN=\n"] {
        stack.write(".env", env);
        let output = stack.run(&["up"]).code(1);
        assert_eq!(
            output.stderr,
            "error: `web` needs the variable `BOT_TOKEN`, which is not set, or empty\n\
             hint: write `BOT_TOKEN=…` into `.env` beside stack.toml, or export it\n"
        );
    }
    stack.write(".env", "BOT_TOKEN=x\n");
    stack.run(&["up", "--dry-run"]).success();
}

#[test]
fn pulls_that_fail_are_translated() {
    let stack = stack(
        "*' pull web') echo 'Error response from daemon: pull access denied for nginx, repository does not exist' >&2; exit 1 ;;",
    );
    let output = stack.run(&["up"]).code(1);
    assert!(
        output.stderr.contains(
            "error: the images could not be got: the image `nginx` does not exist, or it is private\n"
        ),
        "{}",
        output.stderr
    );
    let verbose = stack.run(&["-v", "up"]).code(1);
    assert!(
        verbose
            .stderr
            .contains("$ docker compose -p shop -f rendered/compose.yaml pull web"),
        "{}",
        verbose.stderr
    );
    assert!(
        verbose
            .stderr
            .contains("Error response from daemon: pull access denied"),
        "{}",
        verbose.stderr
    );
}

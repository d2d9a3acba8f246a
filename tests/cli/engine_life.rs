//! `down`, `restart`, `exec` and `logs` on a real engine.

use crate::engine_up::TWO;
use crate::live::{Live, docker};

fn with_data() -> Live {
    let live = Live::new(TWO);
    live.edit(
        "[\"sleep\", \"1000\"]\n",
        "[\"sleep\", \"1000\"]\nuser = \"0\"\nvolumes = [\"kept:/kept\"]\n",
    );
    live.up().success();
    live.run(&["exec", "side", "sh", "-c", "echo precious > /kept/file"])
        .success();
    live
}

#[test]
fn data_outlive_down_and_up() {
    let live = with_data();
    let volume = format!("{}_kept", live.project);
    let plan = live.run(&["down", "--dry-run"]).success();
    assert!(
        plan.stdout.contains(&format!("keep the data in {volume}\n")),
        "{}",
        plan.stdout
    );
    assert_eq!(live.containers().len(), 2);
    let output = live.run(&["down"]).success();
    assert_eq!(
        output.stdout,
        format!(
            "{} is down; the data stay in {volume}, and `stackctl up` uses them again\n",
            live.project
        )
    );
    assert!(live.containers().is_empty());
    live.up().success();
    let read = live.run(&["exec", "side", "cat", "/kept/file"]).success();
    assert_eq!(read.stdout, "precious\n");
    let again = live.run(&["down"]).success();
    assert!(again.stdout.contains("is down"), "{}", again.stdout);
    let nothing = live.run(&["down"]).success();
    assert!(
        nothing.stdout.starts_with("nothing to do: "),
        "{}",
        nothing.stdout
    );
}

#[test]
fn data_are_deleted_only_for_who_names_the_stack() {
    let live = with_data();
    let volume = format!("{}_kept", live.project);
    for arguments in [
        &["down", "--volumes"][..],
        &["down", "--volumes", "--yes-delete-data", "other"],
    ] {
        let output = live.run(arguments).code(2);
        assert!(
            output.stderr.contains("are not deleted without its name"),
            "{}",
            output.stderr
        );
    }
    assert_eq!(
        live.containers().len(),
        2,
        "a refused `down` must not stop anything"
    );
    live.run(&["down", "--volumes", "--yes-delete-data", &live.project])
        .success();
    assert_eq!(
        docker(&["volume", "ls", "-q", "--filter", &format!("name={volume}")]),
        ""
    );
}

#[test]
fn restart_waits_until_a_service_is_well_again() {
    let live = Live::new(TWO);
    live.up().success();
    let (web, side) = (
        live.container("web"),
        live.inspect("side", "{{.State.StartedAt}}"),
    );
    let before = live.inspect("web", "{{.State.StartedAt}}");
    live.run(&["restart", "--dry-run", "web"]).success();
    assert_eq!(live.inspect("web", "{{.State.StartedAt}}"), before);
    live.run(&["restart", "web"]).success();
    assert_ne!(live.inspect("web", "{{.State.StartedAt}}"), before);
    assert_eq!(live.inspect("side", "{{.State.StartedAt}}"), side);
    assert_eq!(live.container("web"), web);
    assert_eq!(live.answer(), "hello");
}

#[test]
fn commands_run_in_containers_and_give_their_code() {
    let live = Live::new(TWO);
    let output = live.run(&["exec", "web", "true"]).code(1);
    assert!(output.stderr.contains("`web` does not run"), "{}", output.stderr);
    let output = live.run(&["logs"]).code(1);
    assert!(output.stderr.contains("is not up"), "{}", output.stderr);
    live.up().success();
    live.run(&["exec", "web", "sh", "-c", "exit 42"]).code(42);
    let output = live.run(&["exec", "web", "printenv", "GREETING"]).success();
    assert_eq!(output.stdout, "hello\n");
    // The health check adds a line now and again.
    let output = live.run(&["logs", "--tail", "10000", "web"]).success();
    assert!(output.stdout.contains("page begins"), "{}", output.stdout);
    let output = live.run(&["logs", "--tail", "1", "web"]).success();
    assert_eq!(output.stdout.lines().count(), 1, "{}", output.stdout);
    let output = live.run(&["exec", "wbe", "true"]).code(2);
    assert!(output.stderr.contains("did you mean `web`?"), "{}", output.stderr);
}

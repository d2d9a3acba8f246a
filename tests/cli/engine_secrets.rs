//! Secrets on a real engine: services read them, and nobody else sees them.

use crate::engine_up::TWO;
use crate::live::{Live, docker};

/// A docker that writes down its arguments and environment before it does its work.
const SPY: &str = r#"
{ printf '%s\n' "$@"; env; } >> "$HOME/docker-calls"
PATH="${PATH#*:}" exec docker "$@"
"#;

fn live() -> Live {
    let live = Live::of(
        crate::harness::TestStack::empty().fake("docker", SPY),
        &TWO.replace(
            "GREETING = \"hello\"",
            "GREETING = \"hello\", KEY_FILE = { secret_file = \"key\" }",
        ),
    );
    let text = live.stack.read("stack.toml");
    live.stack
        .write("stack.toml", &format!("{text}\n[secrets]\nkey = {{}}\n"));
    live
}

#[test]
fn secrets_are_in_no_inspect_log_or_argument() {
    let live = live();
    let up = live.run(&["-v", "up"]).success();
    let secret = live
        .stack
        .read(&format!(".stackctl/{}/secrets/key", live.project));
    let secret = secret.trim();
    assert!(secret.len() > 20);
    let read = live
        .run(&["exec", "web", "sh", "-c", "cat \"$KEY_FILE\""])
        .success();
    assert_eq!(read.stdout.trim(), secret);
    let name = format!("{}-web-1", live.project);
    for (place, text) in [
        ("what up tells", up.stderr + &up.stdout),
        ("docker inspect", docker(&["inspect", &name])),
        ("docker logs", docker(&["logs", &name])),
        (
            "arguments and environment of docker",
            live.stack.read(".home/docker-calls"),
        ),
    ] {
        assert!(!text.contains(secret), "the secret is in {place}");
    }
    let mut files = Vec::new();
    crate::live::files_with(&live.stack.path().join("rendered"), secret, &mut files);
    assert!(files.is_empty(), "{files:?}");
}

#[test]
fn a_secret_that_changes_reaches_its_service() {
    let live = live();
    live.up().success();
    let side = live.container("side");
    let path = format!(".stackctl/{}/secrets/key", live.project);
    live.stack.write(&path, "rotated\n");
    let plan = live.run(&["up", "--dry-run"]).success();
    live.up().success();
    let read = live
        .run(&["exec", "web", "sh", "-c", "cat \"$KEY_FILE\""])
        .success();
    assert_eq!(read.stdout.trim(), "rotated", "planned: {}", plan.stdout);
    assert_eq!(live.container("side"), side);
}

//! A docker that says what a test wants it to say, and writes down what it was asked.

use crate::harness::TestStack;

pub const STACK: &str = r#"
[stack]
name = "shop"

[services.web]
image = "nginx:1.27"
healthcheck = { image = true }
"#;

/// Answers of an engine and a compose that are well, on a host where nothing runs.
const WELL: &str = r#"
case "$*" in
    --version) echo 'Docker version 28.2.2, build e6534b4' ;;
    *'version --format {{json .}}') echo '{"Client":{"Version":"28.2.2"},"Server":{"Version":"28.2.2"}}' ;;
    *'version --format {{.Server.Version}}') echo 28.2.2 ;;
    'compose version --short') echo 2.26.1 ;;
    'buildx version') echo 'github.com/docker/buildx v0.13.1 abc' ;;
    info*) echo '{"DockerRootDir":"/","MemTotal":8000000000,"NCPU":2,"OperatingSystem":"x"}' ;;
    *'config --format json') echo '{"services":{"web":{"image":"nginx:1.27"}}}' ;;
    *'config --hash *') echo 'web abc' ;;
    ps*|'volume ls'*) ;;
    *inspect*) echo '[]'; echo 'Error: No such object' >&2; exit 1 ;;
    *) echo "not expected: $*" >&2; exit 9 ;;
esac
"#;

/// The stack with a docker whose answers begin with `cases`, in the form `PATTERN) COMMANDS ;;`.
pub fn stack(cases: &str) -> TestStack {
    let script = format!("echo \"$*\" >> \"$HOME/calls\"\ncase \"$*\" in\n{cases}\n*) ;;\nesac\n{WELL}");
    TestStack::new(STACK).fake("docker", &script)
}

/// The commands that changed something on the engine.
pub fn changes(stack: &TestStack) -> Vec<String> {
    let calls = std::fs::read_to_string(stack.path().join(".home/calls")).unwrap_or_default();
    let changing = [
        " up ",
        " down",
        " restart ",
        " create ",
        " pull",
        " build",
        "rm ",
        "stop ",
        "start ",
    ];
    calls
        .lines()
        .filter(|call| changing.iter().any(|word| call.contains(word)))
        .map(str::to_owned)
        .collect()
}

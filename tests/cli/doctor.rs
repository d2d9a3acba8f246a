//! `stackctl doctor`.

use crate::fakes::stack;
use crate::harness::TestStack;

#[test]
fn a_host_that_is_well_is_told_so() {
    let stack = stack("");
    let output = stack.run(&["doctor"]).success();
    assert!(
        output
            .stdout
            .contains("ok       compose: Docker Compose 2.26.1\n"),
        "{}",
        output.stdout
    );
    assert!(
        output.stdout.contains("ok       stack.toml: `shop` is valid\n"),
        "{}",
        output.stdout
    );
    assert!(
        output.stdout.ends_with("\nnothing is broken\n"),
        "{}",
        output.stdout
    );
}

#[test]
fn each_thing_that_is_broken_comes_with_what_mends_it() {
    let stack = stack(
        "*'version --format {{.Server.Version}}') echo 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?' >&2; exit 1 ;;\n\
         'compose version --short') echo 2.1.0; exit 0 ;;",
    );
    let output = stack.run(&["doctor"]).code(1);
    for told in [
        "broken   engine: the Docker engine is not running\n         mend it: `sudo systemctl start docker`",
        "broken   compose: Docker Compose is version 2.1.0; stackctl needs 2.20.0 or later\n         mend it: ",
        "\n2 things are broken\n",
    ] {
        assert!(
            output.stdout.contains(told),
            "{told:?} is not in\n{}",
            output.stdout
        );
    }
    let json = stack.run(&["doctor", "--format", "json"]).code(1).json();
    assert_eq!(json["ok"], false);
    assert_eq!(json["checks"][1]["state"], "broken");
}

#[test]
fn secrets_that_others_may_read_are_broken() {
    let stack = stack("");
    stack.write(".stackctl/shop/secrets/key", "x");
    let output = stack.run(&["doctor"]).code(1);
    assert!(
        output
            .stdout
            .contains("mend it: `chmod -R go= ./.stackctl/shop/secrets`"),
        "{}",
        output.stdout
    );
}

#[test]
fn it_works_without_docker_and_without_a_stack() {
    let stack = TestStack::empty().env("PATH", "/nonexistent");
    let output = stack.run(&["doctor"]).code(1);
    assert!(
        output
            .stdout
            .starts_with("broken   docker: `docker` is not installed"),
        "{}",
        output.stdout
    );
}

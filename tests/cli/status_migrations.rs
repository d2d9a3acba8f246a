//! `status` of a stack with SQLite files: what its database says of migrations that are not at their end.

use crate::harness::{Output, TestStack};

const STACK: &str = r#"
[stack]
name = "shop"

[postgres]

[sqlite.main]
path = "main.db"

[services.web]
image = "nginx:1.27"
healthcheck = { image = true }
"#;

/// A docker with a database that runs, which answers psql so; other questions are answered as by an empty engine.
fn status(answer: &str) -> (TestStack, Output) {
    let script = format!(
        r#"
case "$*" in
    --version) echo 'Docker version 28.2.2, build e6534b4' ;;
    *'version --format {{{{json .}}}}') echo '{{"Client":{{"Version":"28.2.2"}},"Server":{{"Version":"28.2.2"}}}}' ;;
    *'version --format {{{{.Server.Version}}}}') echo 28.2.2 ;;
    'compose version --short') echo 2.26.1 ;;
    'buildx version') echo 'github.com/docker/buildx v0.13.1 abc' ;;
    info*) echo '{{"DockerRootDir":"/","MemTotal":8000000000,"NCPU":2,"OperatingSystem":"x"}}' ;;
    *'config --format json') echo '{{"services":{{"web":{{"image":"nginx:1.27"}},"postgres":{{"image":"postgres:15"}}}}}}' ;;
    *'config --hash *') printf 'web abc\npostgres abc\n' ;;
    ps*) echo 0123 ;;
    'inspect --type container'*) echo '[{{"Id":"0123","Name":"/shop-postgres-1","Image":"sha256:1","State":{{"Status":"running"}},
        "Config":{{"Labels":{{"com.docker.compose.service":"postgres","com.docker.compose.project":"shop"}}}},
        "HostConfig":{{}},"NetworkSettings":{{"Networks":{{}}}}}}]' ;;
    'exec -i shop-postgres-1 psql '*) cat >> "$HOME/scripts"; {answer} ;;
    'volume ls'*) ;;
    *inspect*) echo '[]'; echo 'Error: No such object' >&2; exit 1 ;;
    *) echo "not expected: $*" >&2; exit 9 ;;
esac
"#
    );
    let stack = TestStack::new(STACK).fake("docker", &script);
    let output = stack.run(&["status", "--format", "json"]).code(1);
    (stack, output)
}

#[test]
fn migrations_of_the_stack_that_wait_are_told() {
    let run = |schema: &str, state: &str| {
        format!(
            r#"{{"source":"{schema}","schema":"{schema}","state":"{state}","began":"2026-01-02T03:04:05Z"}}"#
        )
    };
    // Another program's schema, and one that is done, are nobody's business here.
    let runs = [run("main", "held"), run("other", "held")].join(",");
    let (stack, output) = status(&format!(r#"echo '{{"works":false,"runs":[{runs}]}}'"#));
    let report = output.json();
    let told = &report["migrations"]["runs"];
    assert_eq!(told.as_array().map(Vec::len), Some(1), "{told}");
    assert_eq!(
        (&told[0]["source"], &told[0]["state"]),
        (&"main".into(), &"held".into())
    );
    let script = std::fs::read_to_string(stack.path().join(".home/scripts")).unwrap();
    assert!(
        script.contains("stackctl.migration") && !script.contains("LOCK"),
        "{script}"
    );
    let text = stack.run(&["status"]).code(1).stdout;
    assert!(
        text.contains("migration main into the schema main: held"),
        "{text}"
    );
}

#[test]
fn a_database_without_migrations_or_without_an_answer_fails_nothing_else() {
    let (_, output) = status("echo '{}'");
    assert_eq!(output.json()["migrations"]["runs"], serde_json::json!([]));
    let (stack, output) = status("echo 'psql: error: too many clients' >&2; exit 2");
    let silent = &output.json()["migrations"]["silent"];
    assert_eq!(silent, "psql: error: too many clients");
    let text = stack.run(&["status"]).code(1).stdout;
    assert!(
        text.contains("the database gives no answer: psql: error: too many clients"),
        "{text}"
    );
}

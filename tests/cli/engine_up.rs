//! `stackctl up` on a real engine: what changes, what stays, and what a second one does.

use crate::live::{Live, docker, finish, get};

/// A page that says what its environment says, and a service beside it that only runs.
pub const TWO: &str = r#"
[stack]
name = "NAME"

[services.web]
image = "python:3.11-slim-bookworm"
command = ["python", "-c", """
import http.server, os
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(os.environ['GREETING'].encode())
print('page begins', flush=True)
http.server.HTTPServer(('', 8000), Page).serve_forever()
"""]
port = "PORT:8000"
stop_grace_period = "1s"
environment = { GREETING = "hello" }

[services.web.healthcheck]
test = ["CMD", "python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/')"]
interval = "500ms"
retries = 3
start_period = "1s"

[services.side]
image = "debian:bookworm-slim"
command = ["sleep", "1000"]
stop_grace_period = "1s"
healthcheck = { test = ["CMD", "true"], interval = "500ms" }
"#;

#[test]
fn an_empty_host_gets_a_stack_that_answers() {
    let live = Live::new(TWO);
    let output = live.up().success();
    assert_eq!(
        output.stdout,
        format!("{} is up: all 2 services are healthy\n", live.project)
    );
    assert_eq!(live.answer(), "hello");
    let status = live.run(&["status"]).success();
    assert!(
        status.stdout.starts_with("all is well: 2 services\n"),
        "{}",
        status.stdout
    );
}

#[test]
fn a_second_up_changes_nothing_and_says_so() {
    let live = Live::new(TWO);
    live.up().success();
    let before = [live.container("web"), live.container("side")];
    let output = live.up().success();
    assert_eq!(output.stdout, "nothing to do: all 2 services are healthy\n");
    assert_eq!(output.stderr, "");
    assert_eq!([live.container("web"), live.container("side")], before);
}

#[test]
fn a_changed_variable_recreates_its_container_only() {
    let live = Live::new(TWO);
    live.up().success();
    let (web, side) = (live.container("web"), live.container("side"));
    live.edit("\"hello\"", "\"goodbye\"");
    let status = live.run(&["status"]).code(1);
    assert!(status.stdout.contains("`stackctl diff`"), "{}", status.stdout);
    let plan = live.run(&["up", "--dry-run"]).success();
    assert_eq!(
        plan.stdout,
        "render: 1 changed\nrecreate web: its configuration changed\n"
    );
    assert_eq!(live.container("web"), web, "a dry run must not touch a container");
    assert_eq!(live.answer(), "hello");
    live.up().success();
    assert_ne!(live.container("web"), web);
    assert_eq!(live.container("side"), side);
    assert_eq!(live.answer(), "goodbye");
}

#[test]
fn a_service_that_is_gone_loses_its_container_and_its_port_moves_on() {
    let live = Live::new(TWO);
    live.up().success();
    live.edit("[services.web]", "[services.page]");
    live.edit("[services.web.healthcheck]", "[services.page.healthcheck]");
    let output = live.up().success();
    assert!(
        output.stderr.contains(&format!("removed {}-web-1", live.project)),
        "{}",
        output.stderr
    );
    assert_eq!(live.answer(), "hello");
    assert_eq!(
        live.containers(),
        [
            format!("{}-page-1", live.project),
            format!("{}-side-1", live.project)
        ]
    );
}

#[test]
fn services_are_brought_up_by_name_with_what_they_depend_on() {
    let live = Live::new(&TWO.replace(
        "port = \"PORT:8000\"",
        "port = \"PORT:8000\"\ndepends_on = [\"side\"]",
    ));
    live.run(&["up", "side"]).success();
    assert_eq!(live.containers(), [format!("{}-side-1", live.project)]);
    let side = live.container("side");
    live.run(&["up", "web"]).success();
    assert_eq!(live.container("side"), side);
    let error = live.run(&["up", "wbe"]).code(2);
    assert!(error.stderr.contains("did you mean `web`?"), "{}", error.stderr);
}

#[test]
fn compose_itself_sees_no_difference_behind_an_up() {
    let live = Live::new(&TWO.replace(
        "port = \"PORT:8000\"",
        "port = \"PORT:8000\"\ndepends_on = [\"side\"]",
    ));
    live.up().success();
    let before = live.container("web");
    let file = live.stack.path().join("rendered/compose.yaml");
    docker(&[
        "compose",
        "-f",
        &file.display().to_string(),
        "up",
        "-d",
        "--no-build",
    ]);
    assert_eq!(live.container("web"), before);
}

#[test]
fn a_one_shot_runs_once_and_before_what_waits_for_it() {
    let live = Live::new(&format!(
        "{}{}",
        TWO.replace(
            "port = \"PORT:8000\"",
            "port = \"PORT:8000\"\ndepends_on = [\"migrate\"]"
        ),
        r#"
[services.migrate]
image = "debian:bookworm-slim"
command = ["sh", "-c", "echo run >> /data/runs; echo migrated"]
one_shot = true
user = "0"
volumes = ["runs:/data"]
"#
    ));
    live.up().success();
    let volume = format!("{}_runs:/data", live.project);
    let runs = || {
        docker(&[
            "run",
            "--rm",
            "-v",
            &volume,
            "debian:bookworm-slim",
            "cat",
            "/data/runs",
        ])
    };
    assert_eq!(runs(), "run");
    live.edit("\"hello\"", "\"goodbye\"");
    live.up().success();
    assert_eq!(runs(), "run", "a change of another service must not run it again");
    live.edit("echo migrated", "echo migrated again");
    live.up().success();
    assert_eq!(runs(), "run\nrun");
}

#[test]
fn two_at_once_do_not_disturb_each_other() {
    let live = Live::new(&TWO.replace("\"CMD\", \"true\"", "\"CMD\", \"test\", \"-e\", \"/tmp/ready\""));
    live.edit(
        "[\"sleep\", \"1000\"]",
        "[\"sh\", \"-c\", \"sleep 3; touch /tmp/ready; sleep 1000\"]",
    );
    let first = live.spawn(&["up"]);
    Live::until("the first one works", || !live.container("side").is_empty());
    let second = live.run(&["up"]).code(1);
    assert!(
        second.stderr.contains("error: `stackctl up` (pid "),
        "{}",
        second.stderr
    );
    assert!(second.stderr.contains("works on this stack"), "{}", second.stderr);
    let third = live.run(&["up", "--wait-lock", "60s"]).success();
    assert!(
        third.stdout.starts_with("nothing to do: all 2 services"),
        "{}",
        third.stdout
    );
    let (code, stderr) = finish(first);
    assert_eq!(code, Some(0), "{stderr}");
}

#[test]
fn environments_stand_beside_each_other() {
    let live = Live::new(&format!(
        "{TWO}\n[environments.staging]\nservices.web.port = \"0:8000\"\nservices.web.environment.GREETING = \"rehearsal\"\n"
    ));
    let staging = crate::live::free_port();
    live.edit("\"0:8000\"", &format!("\"{staging}:8000\""));
    live.up().success();
    live.run(&["--env", "staging", "up"]).success();
    let answers = (live.answer(), get(staging));
    live.run(&["--env", "staging", "down", "--volumes"]).success();
    assert_eq!(answers, ("hello".to_owned(), "rehearsal".to_owned()));
    assert_eq!(live.answer(), "hello");
}

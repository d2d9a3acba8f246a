//! Stacks on a real engine: a name, ports and a clean end of their own for each test.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use crate::harness::{Output, TestStack};

static COUNT: AtomicU32 = AtomicU32::new(0);

/// How long anything may take before a test gives up.
const PATIENCE: Duration = Duration::from_secs(180);

/// A stack whose containers, networks and volumes are gone when it is dropped.
pub struct Live {
    pub stack: TestStack,
    pub project: String,
}

impl Live {
    /// A folder with this stack.toml, in which `NAME` and `PORT` stand for the stack's own.
    pub fn new(stack_toml: &str) -> Self {
        Self::of(TestStack::empty(), stack_toml)
    }

    /// The same, in a folder that holds something already.
    pub fn of(stack: TestStack, stack_toml: &str) -> Self {
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let project = format!("test-{}-{number}", std::process::id());
        let text = stack_toml
            .replace("NAME", &project)
            .replace("PORT", &free_port().to_string());
        Self {
            stack: stack.file("stack.toml", &text),
            project,
        }
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        self.stack.run(arguments)
    }

    pub fn up(&self) -> Output {
        self.run(&["up"])
    }

    /// Starts stackctl and lets it run.
    pub fn spawn(&self, arguments: &[&str]) -> Child {
        let mut command = self.stack.command(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    }

    /// Changes a text in stack.toml.
    pub fn edit(&self, from: &str, to: &str) {
        let text = self.stack.read("stack.toml");
        assert!(text.contains(from), "{from}");
        self.stack.write("stack.toml", &text.replace(from, to));
    }

    /// The identifier of a service's container; empty where there is none.
    pub fn container(&self, service: &str) -> String {
        let name = format!("{}-{service}-1", self.project);
        docker(&["ps", "-aq", "--no-trunc", "--filter", &format!("name=^{name}$")])
    }

    /// The names of all containers of the project.
    pub fn containers(&self) -> Vec<String> {
        let label = format!("label=com.docker.compose.project={}", self.project);
        let list = docker(&["ps", "-a", "--format", "{{.Names}}", "--filter", &label]);
        let mut names: Vec<String> = list.lines().map(str::to_owned).collect();
        names.sort();
        names
    }

    /// What the engine knows of a service's container.
    pub fn inspect(&self, service: &str, format: &str) -> String {
        let name = format!("{}-{service}-1", self.project);
        docker(&["inspect", "--format", format, &name])
    }

    /// What the stack's published port answers.
    pub fn answer(&self) -> String {
        let text = self.stack.read("stack.toml");
        let port = text.split("port = \"").nth(1).unwrap().split(':').next().unwrap();
        get(port.parse().unwrap())
    }

    /// Waits until something holds.
    #[track_caller]
    pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
        let begun = Instant::now();
        while !holds() {
            assert!(begun.elapsed() < PATIENCE, "not within {PATIENCE:?}: {what}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        docker_any(&[
            "compose",
            "-p",
            &self.project,
            "down",
            "--volumes",
            "--remove-orphans",
            "-t",
            "1",
        ]);
        let built = docker(&[
            "images",
            "-q",
            "--filter",
            &format!("reference={}-*", self.project),
        ]);
        for image in built.lines() {
            docker_any(&["rmi", "-f", image]);
        }
    }
}

/// The stack with what the caller says of the network, so that images are built and packages installed from the
/// same places.
pub fn on_this_network(stack: TestStack) -> TestStack {
    let names = [
        "PIP_INDEX_URL",
        "PIP_EXTRA_INDEX_URL",
        "PIP_CERT",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "NO_PROXY",
    ];
    names.iter().fold(stack, |stack, name| match std::env::var(name) {
        Ok(value) => stack.env(name, &value),
        Err(_) => stack,
    })
}

/// Runs docker, which must succeed, and gives back what it prints.
#[track_caller]
pub fn docker(arguments: &[&str]) -> String {
    let output = Command::new("docker").args(arguments).output().unwrap();
    assert!(
        output.status.success(),
        "docker {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// Runs docker, however that ends.
pub fn docker_any(arguments: &[&str]) {
    let mut command = Command::new("docker");
    command
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.status().unwrap();
}

/// A port of loopback that nobody has right now.
pub fn free_port() -> u16 {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    socket.local_addr().unwrap().port()
}

/// The body of `GET /` on loopback; empty where nobody answers.
pub fn get(port: u16) -> String {
    let mut answer = String::new();
    let _silent = TcpStream::connect(("127.0.0.1", port)).and_then(|mut stream| {
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        stream.write_all(b"GET / HTTP/1.0\r\n\r\n")?;
        stream.read_to_string(&mut answer)
    });
    answer
        .split_once("\r\n\r\n")
        .map_or_else(String::new, |(_, body)| body.to_owned())
}

/// Waits for a child and gives back its code and what it told.
pub fn finish(child: Child) -> (Option<i32>, String) {
    let output = child.wait_with_output().unwrap();
    (
        output.status.code(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}

/// Every file below a folder that holds a text.
pub fn files_with(folder: &Path, text: &str, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files_with(&path, text, found);
        } else if std::fs::read(&path).is_ok_and(|bytes| String::from_utf8_lossy(&bytes).contains(text)) {
            found.push(path.display().to_string());
        }
    }
}

//! `stackctl render`, killed or failing wherever it changes the disk: the old set stands or the new one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nix::libc;

use crate::harness::TestStack;
use crate::traced::{End, failing_at, killed_behind};

const OLD: &str = r#"
[stack]
name = "shop"

[postgres]
version = 15

[secrets]
old_token = {}

[services.api]
python = { version = "3.11" }
command = "python api.py"
databases = ["public"]
environment = { LEVEL = "info" }
healthcheck = { disable = true }

[services.old]
python = { version = "3.11" }
command = "python old.py"
secrets = ["old_token"]
healthcheck = { disable = true }
"#;

fn new() -> String {
    OLD.replace("info", "debug").replace("old", "new")
}

type Files = BTreeMap<PathBuf, Vec<u8>>;

/// A project whose next render goes from one set to another.
struct Project {
    /// What every try starts from.
    start: TestStack,
    /// The rendered folder before and after.
    old: Files,
    new: Files,
    /// Every path after it.
    paths: BTreeSet<PathBuf>,
}

impl Project {
    fn first_render() -> Self {
        Self::to_new_from(TestStack::empty())
    }

    fn second_render() -> Self {
        let start = TestStack::new(OLD);
        start.run(&["render"]).success();
        start.write("rendered/mine/note", "carried over");
        Self::to_new_from(start)
    }

    fn to_new_from(start: TestStack) -> Self {
        start.write("stack.toml", &new());
        let after = copy_of(&start);
        after.run(&["render"]).success();
        Self {
            old: rendered(&start),
            new: rendered(&after),
            paths: after.snapshot().into_keys().collect(),
            start,
        }
    }

    /// What holds wherever the run ended. Gives what stands.
    fn check(&self, stack: &TestStack, at: usize) -> &'static str {
        let found = rendered(stack);
        let standing = match () {
            () if found == self.new => "new",
            () if found == self.old => "old",
            () => panic!("a mixture stands at {at}: {:?}", found.keys()),
        };
        let before = secrets(&self.start);
        let after = secrets(stack);
        for (path, value) in &before {
            assert_eq!(after.get(path), Some(value), "{} changed at {at}", path.display());
        }
        for (path, value) in &after {
            assert_eq!(value.len(), 64, "{} is not whole at {at}", path.display());
        }
        // Whatever the standing set mounts is there.
        let mounted = match standing {
            "old" if self.old.is_empty() => [].as_slice(),
            "old" => &["old/old_token", "api/postgres_api", "postgres/postgres_api"],
            _ => &["new/new_token", "api/postgres_api", "postgres/postgres_api"],
        };
        for path in mounted {
            let name = path.split_once('/').unwrap().1;
            let value = &after[Path::new(&format!(".stackctl/shop/secrets/{name}"))];
            let copy = stack.read(&format!(".stackctl/shop/mounts/{path}"));
            assert_eq!(copy.as_bytes(), value, "{path} at {at}");
        }
        standing
    }

    /// The next render ends where an undisturbed one does.
    fn check_recovery(&self, stack: &TestStack, at: usize) {
        let before = secrets(stack);
        stack.run(&["render"]).success();
        assert_eq!(rendered(stack), self.new, "after a kill at {at}");
        let after = stack.snapshot();
        assert_eq!(
            after.keys().cloned().collect::<BTreeSet<_>>(),
            self.paths,
            "after a kill at {at}"
        );
        for (path, value) in before {
            assert_eq!(
                after[&path],
                value,
                "{} was made again after a kill at {at}",
                path.display()
            );
        }
    }
}

fn rendered(stack: &TestStack) -> Files {
    below(stack, "rendered")
}

fn secrets(stack: &TestStack) -> Files {
    let mut files = below(stack, ".stackctl/shop/secrets");
    files.retain(|path, _| !path.file_name().unwrap().as_encoded_bytes().starts_with(b".new-"));
    files.remove(Path::new(".stackctl/shop/secrets"));
    files
}

fn below(stack: &TestStack, folder: &str) -> Files {
    let files = stack.snapshot().into_iter();
    files.filter(|(path, _)| path.starts_with(folder)).collect()
}

fn copy_of(stack: &TestStack) -> TestStack {
    let copy = TestStack::empty();
    let status = Command::new("cp")
        .args(["-a", "--"])
        .arg(stack.path().join("."))
        .arg(copy.path())
        .status()
        .unwrap();
    assert!(status.success());
    copy
}

fn render(stack: &TestStack) -> Command {
    let mut command = stack.command(&["render"]);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// A state that many kills end in needs one recovery only.
fn state(stack: &TestStack) -> Vec<(PathBuf, usize)> {
    let files = stack.snapshot().into_iter();
    files
        .filter(|(path, _)| !path.ends_with("lock"))
        .map(|(path, bytes)| {
            let is_unfinished = path.to_string_lossy().contains("/.new-");
            (
                if is_unfinished {
                    path.with_file_name(".new-")
                } else {
                    path
                },
                bytes.len(),
            )
        })
        .collect()
}

fn kill_everywhere(project: &Project) {
    let untouched = state(&project.start);
    let mut recovered = BTreeSet::new();
    let mut standing = BTreeSet::new();
    let mut stack = copy_of(&project.start);
    for at in 0.. {
        let end = killed_behind(&mut render(&stack), at);
        if end != End::Exited(0) && state(&stack) == untouched {
            continue;
        }
        standing.insert(project.check(&stack, at));
        if end == End::Exited(0) {
            assert!(at > 60, "only {at} calls were met");
            break;
        }
        assert_eq!(end, End::Killed);
        if recovered.insert(state(&stack)) {
            project.check_recovery(&stack, at);
        }
        stack = copy_of(&project.start);
    }
    assert_eq!(standing, BTreeSet::from(["new", "old"]));
    assert!(recovered.len() > 10, "only {} states were met", recovered.len());
}

#[test]
fn killed_anywhere_the_old_set_stands_or_the_new_one() {
    kill_everywhere(&Project::second_render());
}

#[test]
fn killed_anywhere_the_first_time_no_set_stands_or_a_whole_one() {
    kill_everywhere(&Project::first_render());
}

#[test]
#[cfg(target_arch = "x86_64")]
fn with_a_disk_that_fills_anywhere_the_old_set_stands_or_the_new_one() {
    let project = Project::second_render();
    let mut failed = 0;
    for at in 0.. {
        let stack = copy_of(&project.start);
        let (end, met) = failing_at(&mut render(&stack), libc::ENOSPC, at);
        let standing = project.check(&stack, at);
        match end {
            End::Exited(0) => assert_eq!(standing, "new", "at {at}"),
            End::Exited(_) => failed += 1,
            End::Killed => panic!("died at {at}"),
        }
        if !met {
            break;
        }
        project.check_recovery(&stack, at);
    }
    assert!(failed > 40, "only {failed} calls failed");
}

//! `stackctl render` and `stackctl diff`: the set on disk.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use crate::harness::TestStack;

const STACK: &str = r#"
[stack]
name = "shop"

[services.api]
python = { version = "3.11" }
command = "python api.py"
port = 8000
environment = { LEVEL = "info" }

[services.web]
image = "nginx:1.27"
healthcheck = { disable = true }
"#;

fn rendered() -> TestStack {
    let stack = TestStack::new(STACK);
    stack.run(&["render"]).success();
    stack
}

fn replace(stack: &TestStack, from: &str, to: &str) {
    let text = stack.read("stack.toml");
    assert!(text.contains(from));
    stack.write("stack.toml", &text.replace(from, to));
}

/// Runs a shell script whose `$0` is stackctl; gives its code and what it said on stderr.
fn shell(stack: &TestStack, script: &str) -> (Option<i32>, String) {
    let output = std::process::Command::new("sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_stackctl")])
        .current_dir(stack.path())
        .env_clear()
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code(), stderr)
}

/// Inode and time of change of every file, to prove that none was touched.
fn stamps(folder: &Path) -> Vec<(std::path::PathBuf, u64, i64)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let metadata = entry.metadata().unwrap();
        if metadata.is_dir() {
            found.extend(stamps(&entry.path()));
        }
        found.push((
            entry.path(),
            metadata.ino(),
            metadata.mtime_nsec() + metadata.mtime(),
        ));
    }
    found.sort();
    found
}

#[test]
fn a_second_render_touches_nothing_and_says_so() {
    let stack = rendered();
    let before = stamps(stack.path());
    let output = stack.run(&["render"]).success();
    assert!(
        output.stderr.contains("nothing to do: `rendered`"),
        "{}",
        output.stderr
    );
    // The lock tells who held it last; everything else is as it was.
    let lock = stack.path().join(".stackctl/shop/lock");
    let changed = |stamps: Vec<(std::path::PathBuf, u64, i64)>| -> Vec<_> {
        stamps.into_iter().filter(|(path, ..)| *path != lock).collect()
    };
    assert_eq!(changed(before), changed(stamps(stack.path())));
}

#[test]
fn files_are_readable_whatever_the_umask_is() {
    let stack = TestStack::new(STACK);
    assert_eq!(shell(&stack, "umask 077; exec \"$0\" render").0, Some(0));
    let mode = |path: &str| {
        fs::metadata(stack.path().join(path))
            .unwrap()
            .permissions()
            .mode()
            & 0o7777
    };
    assert_eq!(mode("rendered"), 0o755);
    assert_eq!(mode("rendered/compose.yaml"), 0o644);
    assert_eq!(mode("rendered/services/api"), 0o755);
    assert_eq!(mode(".stackctl"), 0o700);
}

#[test]
fn permissions_that_containers_need_are_put_back() {
    let stack = rendered();
    let file = stack.path().join("rendered/compose.yaml");
    let set = |mode| fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
    // A checkout of git follows the umask; that is no difference.
    set(0o664);
    stack.run(&["render", "--check"]).success();
    set(0o600);
    let output = stack.run(&["render"]).success();
    assert!(
        output.stderr.contains("    mode rendered/compose.yaml\n"),
        "{}",
        output.stderr
    );
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o7777, 0o644);
}

#[test]
fn a_change_is_told_file_by_file_and_names_the_containers() {
    let stack = rendered();
    let dockerfile = stack.path().join("rendered/services/api/Dockerfile");
    let inode = fs::metadata(&dockerfile).unwrap().ino();
    replace(&stack, "\"info\"", "\"debug\"");

    let check = stack.run(&["render", "--check"]).code(3);
    assert!(
        check.stderr.contains(" changed rendered/compose.yaml\n"),
        "{}",
        check.stderr
    );

    let diff = stack.run(&["diff"]).code(3);
    assert!(
        diff.stdout
            .starts_with("--- rendered/compose.yaml\n+++ rendered/compose.yaml\n")
    );
    assert!(
        diff.stdout.contains("info") && diff.stdout.contains("debug"),
        "{}",
        diff.stdout
    );
    assert_eq!(diff.stderr, "api will be recreated: `environment`\n");

    let render = stack.run(&["render", "--format", "json"]).success().json();
    assert_eq!(render["written"], true);
    assert_eq!(render["files"]["changes"][0]["path"], "compose.yaml");
    assert_eq!(render["files"]["changes"][0]["change"], "changed");
    assert_eq!(render["files"]["containers"][0]["service"], "api");

    assert_eq!(
        fs::metadata(&dockerfile).unwrap().ino(),
        inode,
        "containers mount its inode"
    );
    stack.run(&["render", "--check"]).success();
    assert_eq!(stack.run(&["diff"]).success().stdout, "");
}

#[test]
fn files_of_a_removed_service_go_and_those_of_others_stay() {
    let stack = rendered();
    stack.write("rendered/notes/mine.txt", "keep me");
    std::os::unix::fs::symlink("nowhere", stack.path().join("rendered/link")).unwrap();
    replace(
        &stack,
        "python = { version = \"3.11\" }",
        "image = \"api:1\"\nhealth = \"/\"",
    );
    replace(&stack, "health = \"/\"", "healthcheck = { disable = true }");
    let output = stack.run(&["render"]).success();
    assert!(
        output
            .stderr
            .contains(" removed rendered/services/api/Dockerfile\n"),
        "{}",
        output.stderr
    );
    assert!(!stack.path().join("rendered/services").exists());
    assert_eq!(stack.read("rendered/notes/mine.txt"), "keep me");
    assert!(stack.path().join("rendered/link").is_symlink());
    assert!(!stack.read("rendered/.manifest.json").contains("mine.txt"));
}

#[test]
fn files_edited_by_hand_are_refused_with_a_diff() {
    let stack = rendered();
    let edited = format!("{}# mine\n", stack.read("rendered/compose.yaml"));
    stack.write("rendered/compose.yaml", &edited);
    let check = stack.run(&["render", "--check"]).code(3);
    assert!(
        check.stderr.contains("rendered/compose.yaml (edited by hand)"),
        "{}",
        check.stderr
    );

    let before = stack.snapshot();
    let output = stack.run(&["render"]).code(1);
    assert!(output.stdout.contains("\n-# mine\n"), "{}", output.stdout);
    assert!(
        output.stderr.starts_with(
            "error: 1 file of `rendered` would lose what stackctl did not write: `compose.yaml`\nhint: `stackctl diff`"
        ),
        "{}",
        output.stderr
    );
    let after = stack.snapshot();
    let lock = Path::new(".stackctl/shop/lock");
    assert!(
        after
            .iter()
            .all(|(path, bytes)| path == lock || before.get(path) == Some(bytes))
    );

    stack.run(&["render", "--force"]).success();
    assert!(!stack.read("rendered/compose.yaml").contains("# mine"));
    stack.run(&["render", "--check"]).success();
}

#[test]
fn a_deleted_file_comes_back() {
    let stack = rendered();
    fs::remove_file(stack.path().join("rendered/compose.yaml")).unwrap();
    let output = stack.run(&["render"]).success();
    assert!(
        output.stderr.contains("   added rendered/compose.yaml\n"),
        "{}",
        output.stderr
    );
}

#[test]
fn without_a_manifest_files_that_differ_are_nobodys() {
    let stack = rendered();
    for broken in [None, Some("{"), Some("[]")] {
        let manifest = stack.path().join("rendered/.manifest.json");
        match broken {
            None => fs::remove_file(&manifest).unwrap(),
            Some(text) => fs::write(&manifest, text).unwrap(),
        }
        // Files that are as they should be are taken over.
        stack.run(&["render", "--check"]).code(3);
        stack.run(&["render"]).success();
        stack.run(&["render", "--check"]).success();
    }
    fs::remove_file(stack.path().join("rendered/.manifest.json")).unwrap();
    stack.write("rendered/compose.yaml", "services: {}\n");
    let output = stack.run(&["render"]).code(1);
    assert!(
        output
            .stderr
            .contains("rendered/compose.yaml (not written by stackctl)")
            || output
                .stderr
                .contains("would lose what stackctl did not write: `compose.yaml`"),
        "{}",
        output.stderr
    );
    stack.run(&["render", "--force"]).success();
}

#[test]
fn a_manifest_of_a_later_release_is_told() {
    let stack = rendered();
    let manifest = stack.read("rendered/.manifest.json");
    let version = format!("\"stackctl\": \"{}\"", env!("CARGO_PKG_VERSION"));
    stack.write(
        "rendered/.manifest.json",
        &manifest.replace(&version, "\"stackctl\": \"99.1.0\""),
    );
    let output = stack.run(&["render", "--check"]).success();
    assert!(
        output
            .stderr
            .contains("warning: `rendered` was rendered by stackctl 99.1.0, a later release"),
        "{}",
        output.stderr
    );
}

#[test]
fn a_foreign_file_in_the_way_is_refused() {
    let stack = TestStack::new(STACK);
    stack.write("rendered/services", "a file where a folder is needed");
    let output = stack.run(&["render"]).code(1);
    assert!(
        output
            .stderr
            .contains("would lose what stackctl did not write: `services`"),
        "{}",
        output.stderr
    );
    stack.run(&["render", "--force"]).success();
    assert!(stack.path().join("rendered/services/api/Dockerfile").is_file());

    // Docker leaves an empty folder where a file to be mounted was missing; nobody loses it.
    let file = stack.path().join("rendered/compose.yaml");
    fs::remove_file(&file).unwrap();
    fs::create_dir_all(file.join("deep")).unwrap();
    stack.run(&["render"]).success();
    assert!(file.is_file());

    let dockerfile = stack.path().join("rendered/services/api/Dockerfile");
    fs::remove_file(&dockerfile).unwrap();
    stack.write("rendered/services/api/Dockerfile/mine", "x");
    stack.run(&["render"]).code(1);
    stack.run(&["render", "--force"]).success();
    assert!(dockerfile.is_file());
}

#[test]
fn a_link_in_place_of_the_folder_is_refused() {
    let stack = TestStack::new(STACK);
    fs::create_dir(stack.path().join("elsewhere")).unwrap();
    std::os::unix::fs::symlink("elsewhere", stack.path().join("rendered")).unwrap();
    let output = stack.run(&["render"]).code(1);
    assert!(
        output
            .stderr
            .starts_with("error: `rendered` is a symbolic link, not a folder\nhint: "),
        "{}",
        output.stderr
    );
}

#[test]
fn a_dry_run_writes_nothing_anywhere() {
    let stack = TestStack::new(&format!("{STACK}[postgres]\nversion = 15\n"));
    replace(&stack, "port = 8000", "port = 8000\ndatabases = [\"public\"]");
    let before = stack.snapshot();
    let output = stack.run(&["render", "--dry-run"]).success();
    assert!(
        output.stderr.contains("   added rendered/compose.yaml\n"),
        "{}",
        output.stderr
    );
    assert!(
        output
            .stderr
            .contains("secrets would be made: `postgres_api`, `postgres_password`"),
        "{}",
        output.stderr
    );
    stack.run(&["render", "--check"]).code(3);
    stack.run(&["diff"]).code(3);
    assert_eq!(stack.snapshot(), before);
}

#[test]
fn missing_files_are_told_together_with_their_place() {
    let stack = TestStack::new(
        "[stack]\nname = \"shop\"\n[services.api]\ndockerfile = \"Dockerfil\"\nhealthcheck = { disable = true }\n\
         [postgres]\nversion = 15\ninit = [\"sql/*.sql\"]\n",
    );
    stack.write("Dockerfile", "FROM scratch\n");
    let output = stack.run(&["render"]).code(2);
    for told in [
        "stack.toml:4:14",
        "did you mean `Dockerfile`?",
        "no file matches `sql/*.sql`",
        "error: `stack.toml` has 2 problems",
    ] {
        assert!(
            output.stderr.contains(told),
            "{told} is not in\n{}",
            output.stderr
        );
    }
}

#[test]
fn environments_stand_beside_each_other_and_their_ports_are_compared() {
    let stack = TestStack::new(&format!(
        "{STACK}[environments.staging]\nservices.api.environment.LEVEL = \"debug\"\n"
    ));
    let output = stack.run(&["render"]).success();
    assert!(
        output.stderr.contains("warning[environment-port-clash]"),
        "{}",
        output.stderr
    );
    stack.run(&["render", "--env", "staging"]).success();
    assert!(stack.read("rendered-staging/compose.yaml").contains("debug"));
    assert!(stack.read("rendered/compose.yaml").contains("info"));
    assert!(stack.path().join(".stackctl/shop-staging/lock").exists());
}

#[test]
fn a_second_render_at_once_is_told_who_is_at_work() {
    let stack = rendered();
    let lock = fs::OpenOptions::new()
        .write(true)
        .open(stack.path().join(".stackctl/shop/lock"))
        .unwrap();
    lock.lock().unwrap();
    let output = stack.run(&["render"]).code(1);
    assert!(
        output.stderr.starts_with("error: `stackctl render` (pid ") && output.stderr.contains("--wait-lock"),
        "{}",
        output.stderr
    );
    // What writes nothing needs no lock.
    stack.run(&["render", "--check"]).success();
    let waiting = stack
        .command(&["render", "--wait-lock", "1m"])
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    drop(lock);
    assert!(waiting.wait_with_output().unwrap().status.success());
}

#[test]
fn a_write_that_fails_leaves_the_old_set() {
    let stack = rendered();
    replace(&stack, "\"info\"", &format!("\"{}\"", "x".repeat(4000)));
    let before = stack.snapshot();
    // Files can't grow beyond two blocks of 512 bytes.
    let (code, stderr) = shell(&stack, "trap '' XFSZ; ulimit -f 2; exec \"$0\" render");
    assert_eq!(code, Some(1), "{stderr}");
    assert!(
        stderr.contains("the rendered files are as they were")
            && stderr.contains("caused by: File too large"),
        "{stderr}"
    );
    let lock = Path::new(".stackctl/shop/lock");
    let after = stack.snapshot();
    assert_eq!(
        after.keys().collect::<Vec<_>>(),
        before.keys().collect::<Vec<_>>()
    );
    assert!(
        after
            .iter()
            .all(|(path, bytes)| path == lock || before[path] == *bytes)
    );
}

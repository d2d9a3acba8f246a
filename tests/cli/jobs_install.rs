//! `stackctl jobs install`, with the real interpreter and pip, offline.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::harness::{Output, TestStack};

/// Writes wheels: NAME VERSION [REQUIRES…]; `NAME!` can be found and downloaded but not be installed.
const WHEELS: &str = r#"
import sys, zipfile
for wanted in sys.argv[2:]:
    name, version, *requires = wanted.split()
    broken = name.endswith("!")
    name = name.rstrip("!")
    info = f"{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    metadata += "".join(f"Requires-Dist: {other}\n" for other in requires)
    files = {
        f"{name}.py": f"version = '{version}'\ndef main(): print('{name} {version}')\n",
        f"{info}/METADATA": metadata,
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": f"[console_scripts]\n{name}-tool = {name}:main\n",
    }
    if broken:
        files["../../../../outside.py"] = ""
    files[f"{info}/RECORD"] = "".join(f"{path},,\n" for path in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(f"{sys.argv[1]}/{name}-{version}-py3-none-any.whl", "w") as wheel:
        for path, text in files.items():
            wheel.writestr(path, text)
"#;

/// A build backend in the package's own tree. Where the tree has a file `wait`, it names a folder: the build says there
/// that it began, and goes on once `go` is there.
const BACKEND: &str = r#"
import os, pathlib, time, zipfile
def wheel(folder, files):
    wait = pathlib.Path("wait")
    if wait.exists():
        folder_of_signals = pathlib.Path(wait.read_text().strip())
        (folder_of_signals / "began").touch()
        until = time.monotonic() + 60
        while not (folder_of_signals / "go").exists() and time.monotonic() < until:
            time.sleep(0.02)
    info = "own-1.0.dist-info"
    files[f"{info}/METADATA"] = "Metadata-Version: 2.1\nName: own\nVersion: 1.0\n"
    files[f"{info}/WHEEL"] = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    files[f"{info}/RECORD"] = "".join(f"{path},,\n" for path in [*files, f"{info}/RECORD"])
    # As real backends do, in the tree itself.
    pathlib.Path("build").mkdir(exist_ok=True)
    name = "own-1.0-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(folder, name), "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return name
def build_wheel(folder, settings=None, metadata=None):
    return wheel(folder, {"own.py": open("own.py").read()})
def build_editable(folder, settings=None, metadata=None):
    return wheel(folder, {"own.pth": os.getcwd() + "\n"})
"#;

const PYPROJECT: &str = "[build-system]\nrequires = []\nbuild-backend = \"backend\"\nbackend-path = [\".\"]\n\
                         [project]\nname = \"own\"\nversion = \"1.0\"\n";

/// A worktree with requirements, wheels that can be found, and a state directory.
struct Jobs {
    stack: TestStack,
}

impl Jobs {
    fn new(wheels: &[&str]) -> Self {
        let stack = TestStack::empty();
        for folder in ["wheels", "worktree", "signals"] {
            fs::create_dir(stack.path().join(folder)).unwrap();
        }
        let folder = stack.path().join("wheels");
        let made = Command::new("python3")
            .args(["-c", WHEELS])
            .arg(&folder)
            .args(wheels)
            .status();
        assert!(made.unwrap().success());
        let stack = stack
            .env("PIP_NO_INDEX", "1")
            .env("PIP_FIND_LINKS", &folder.display().to_string());
        Self { stack }
    }

    fn env(self, name: &str, value: &str) -> Self {
        Self {
            stack: self.stack.env(name, value),
        }
    }

    fn requirements(&self, text: &str) {
        self.stack.write("worktree/requirements.txt", text);
    }

    /// A package in the worktree; `waits` makes its build wait for a signal.
    fn own_package(&self, waits: bool) {
        self.stack.write("worktree/backend.py", BACKEND);
        self.stack.write("worktree/pyproject.toml", PYPROJECT);
        self.stack.write("worktree/own.py", "here = __file__\n");
        if waits {
            let signals = self.stack.path().join("signals");
            self.stack.write("worktree/wait", &signals.display().to_string());
        }
    }

    fn arguments<'a>(more: &[&'a str]) -> Vec<&'a str> {
        let mut arguments = vec![
            "jobs",
            "install",
            "--worktree",
            "worktree",
            "--state-dir",
            "state",
        ];
        arguments.extend(more);
        arguments
    }

    fn install(&self, more: &[&str]) -> Output {
        self.stack.run(&Self::arguments(more))
    }

    /// Installs and gives back the environment's folder.
    #[track_caller]
    fn environment(&self, more: &[&str]) -> PathBuf {
        let result = self
            .install(&[more, &["--format", "json"]].concat())
            .success()
            .json();
        // The harness replaces the folder's path.
        let path = result["path"].as_str().unwrap().strip_prefix("[DIR]/").unwrap();
        self.stack.path().join(path)
    }

    fn spawn(&self) -> Child {
        let mut command = self.stack.command(&Self::arguments(&[]));
        command
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    fn signal(&self, name: &str) -> PathBuf {
        self.stack.path().join("signals").join(name)
    }

    /// The key that would be built.
    #[track_caller]
    fn key(&self, more: &[&str]) -> String {
        let more = [more, &["--dry-run", "--format", "json"]].concat();
        self.install(&more).success().json()["key"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// The folders of environments.
    fn environments(&self) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.stack.path().join("state/envs")) else {
            return Vec::new();
        };
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.filter(|name| !name.starts_with('.')).collect();
        names.sort();
        names
    }
}

/// The interpreter itself, behind every shim.
fn interpreter() -> PathBuf {
    let question = "import sys; print(getattr(sys, '_base_executable', sys.executable))";
    let answer = Command::new("python3").args(["-c", question]).output().unwrap();
    PathBuf::from(String::from_utf8(answer.stdout).unwrap().trim())
}

/// What `code` prints in an interpreter, or the last line of why it fails.
fn python(program: &Path, user_base: Option<&Path>, code: &str) -> Result<String, String> {
    let mut command = Command::new(program);
    command.args(["-c", code]).env_clear();
    if let Some(user_base) = user_base {
        command.env("PYTHONUSERBASE", user_base);
    }
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if output.status.success() {
        Ok(text(&output.stdout))
    } else {
        Err(text(&output.stderr).lines().last().unwrap_or_default().to_owned())
    }
}

fn version_of(environment: &Path, package: &str) -> Result<String, String> {
    let code = format!("import {package}; print({package}.version)");
    python(&environment.join("bin/python3"), None, &code)
}

#[track_caller]
fn wait_for(what: &str, mut is_so: impl FnMut() -> bool) {
    let until = Instant::now() + Duration::from_secs(180);
    while !is_so() {
        assert!(Instant::now() < until, "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn snapshot(folder: &Path) -> Vec<(PathBuf, u64, std::time::SystemTime)> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let metadata = fs::symlink_metadata(entry.path()).unwrap();
            if metadata.is_dir() {
                folders.push(entry.path());
            } else {
                files.push((entry.path(), metadata.len(), metadata.modified().unwrap()));
            }
        }
    }
    files.sort();
    files
}

#[test]
fn packages_are_found_through_path_and_through_the_images_interpreter() {
    let jobs = Jobs::new(&["aaa 1.0 bbb", "bbb 2.0"]);
    jobs.requirements("aaa\n");
    let environment = jobs.environment(&[]);
    assert_eq!(version_of(&environment, "bbb").unwrap(), "2.0");
    let lock = fs::read_to_string(environment.join("requirements.lock")).unwrap();
    assert_eq!(lock, "aaa==1.0\nbbb==2.0\n");

    let code = "import aaa; print(aaa.version)";
    assert!(python(&interpreter(), None, code).is_err());
    assert_eq!(python(&interpreter(), Some(&environment), code).unwrap(), "1.0");

    let script = Command::new(environment.join("bin/aaa-tool")).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&script.stdout), "aaa 1.0\n");

    let before = snapshot(&environment);
    let again = jobs.install(&[]).success();
    assert!(!again.stderr.contains("Collecting"), "{}", again.stderr);
    assert_eq!(snapshot(&environment), before);
}

#[test]
fn what_can_not_be_resolved_leaves_the_old_packages_and_is_remembered() {
    let jobs = Jobs::new(&["aaa 1.0"]);
    jobs.requirements("aaa\n");
    let environment = jobs.environment(&[]);
    let before = snapshot(&environment);
    jobs.requirements("aaa==2.0\n");
    let key = jobs.key(&[]);
    let failed = jobs.install(&[]).code(1);
    assert!(
        failed.stderr.contains("error: installing packages failed"),
        "{}",
        failed.stderr
    );
    assert!(
        failed
            .stderr
            .contains("No matching distribution found for aaa==2.0"),
        "{}",
        failed.stderr
    );
    assert_eq!(snapshot(&environment), before);
    assert_eq!(jobs.environments().len(), 1, "nothing is left of the failed one");

    let failures = |jobs: &Jobs| -> serde_json::Value {
        serde_json::from_str(&jobs.stack.read("state/builds.json")).unwrap()
    };
    let failure = failures(&jobs)["failures"][&key].clone();
    assert_eq!(failure["attempts"], 1);
    let wait =
        |failure: &serde_json::Value| failure["retry_at"].as_u64().unwrap() - failure["at"].as_u64().unwrap();
    assert_eq!(wait(&failure), 30);
    jobs.install(&[]).code(1);
    assert_eq!(wait(&failures(&jobs)["failures"][&key]), 60);

    // The package appears: the same requirements now succeed, and nothing of the failure stays.
    let folder = jobs.stack.path().join("wheels");
    let made = Command::new("python3")
        .args(["-c", WHEELS])
        .arg(&folder)
        .arg("aaa 2.0")
        .status();
    assert!(made.unwrap().success());
    let new = jobs.environment(&[]);
    assert_eq!(version_of(&new, "aaa").unwrap(), "2.0");
    assert_eq!(failures(&jobs)["failures"], serde_json::json!({}));
}

#[test]
fn what_fails_while_it_is_installed_leaves_the_old_packages() {
    let jobs = Jobs::new(&["aaa 1.0", "aaa 2.0", "bbb 1.0", "bbb! 2.0"]);
    jobs.requirements("aaa==1.0\nbbb==1.0\n");
    let environment = jobs.environment(&[]);
    let before = snapshot(&environment);
    jobs.requirements("aaa==2.0\nbbb==2.0\n");
    let failed = jobs.install(&[]).code(1);
    assert!(
        failed.stderr.contains("Installing collected packages"),
        "{}",
        failed.stderr
    );
    assert_eq!(snapshot(&environment), before);
    assert_eq!(version_of(&environment, "aaa").unwrap(), "1.0");
    assert_eq!(version_of(&environment, "bbb").unwrap(), "1.0");
    assert_eq!(jobs.environments().len(), 1);
}

#[test]
fn a_requirement_that_is_removed_is_gone_and_the_way_back_is_instant() {
    let jobs = Jobs::new(&["aaa 1.0", "bbb 1.0"]);
    jobs.requirements("aaa\nbbb\n");
    let both = jobs.environment(&[]);
    jobs.requirements("aaa\n");
    let one = jobs.environment(&[]);
    assert!(version_of(&both, "bbb").is_ok());
    assert_eq!(
        version_of(&one, "bbb").unwrap_err(),
        "ModuleNotFoundError: No module named 'bbb'"
    );
    jobs.requirements("aaa\nbbb\n");
    let before = snapshot(&both);
    assert_eq!(jobs.environment(&[]), both);
    assert_eq!(snapshot(&both), before);
}

#[test]
fn versions_that_do_not_go_together_are_a_failure() {
    // Without dependencies the resolver does not see it.
    let jobs = Jobs::new(&["aaa 1.0 bbb", "bbb 1.0"]).env("PIP_NO_DEPS", "1");
    jobs.requirements("aaa\n");
    let failed = jobs.install(&[]).code(1);
    assert!(
        failed.stderr.contains("checking packages failed"),
        "{}",
        failed.stderr
    );
    assert!(
        failed
            .stderr
            .contains("aaa 1.0 requires bbb, which is not installed."),
        "{}",
        failed.stderr
    );
    assert!(
        failed.stderr.contains("hint: these versions do not go together"),
        "{}",
        failed.stderr
    );
    assert_eq!(jobs.environments(), Vec::<String>::new());
}

#[test]
fn the_images_own_packages_are_seen_and_their_faults_are_not_the_requirements() {
    let jobs = Jobs::new(&["aaa 1.0", "image 1.0 missing"]);
    let image = jobs.stack.path().join("image");
    let made = Command::new(interpreter())
        .args(["-m", "venv"])
        .arg(&image)
        .status();
    assert!(made.unwrap().success());
    let installed = Command::new(image.join("bin/python"))
        .args([
            "-m",
            "pip",
            "install",
            "-q",
            "--no-index",
            "--no-deps",
            "--find-links",
        ])
        .arg(jobs.stack.path().join("wheels"))
        .arg("image")
        .status();
    assert!(installed.unwrap().success());
    jobs.requirements("aaa\n");
    let environment = jobs.environment(&["--python", image.join("bin/python").to_str().unwrap()]);
    assert_eq!(version_of(&environment, "image").unwrap(), "1.0");
    let lock = fs::read_to_string(environment.join("requirements.lock")).unwrap();
    assert_eq!(lock, "aaa==1.0\n");
}

#[test]
fn a_package_of_the_tree_is_built_from_a_copy_that_stays() {
    let jobs = Jobs::new(&[]);
    jobs.own_package(false);
    jobs.requirements("-e .\n");
    let before = snapshot(&jobs.stack.path().join("worktree"));
    let key = jobs.key(&[]);
    let environment = jobs.environment(&[]);
    assert_eq!(snapshot(&jobs.stack.path().join("worktree")), before);
    let python3 = environment.join("bin/python3");
    let here = python(&python3, None, "import own; print(own.here)").unwrap();
    assert_eq!(PathBuf::from(here), environment.join("source/own.py"));
    jobs.stack.write("worktree/own.py", "here = 'changed'\n");
    assert_ne!(jobs.key(&[]), key);
}

#[test]
fn a_killed_build_does_not_count_and_is_made_again() {
    let jobs = Jobs::new(&[]);
    jobs.own_package(true);
    jobs.requirements("./\n");
    let mut builder = jobs.spawn();
    wait_for("the build began", || jobs.signal("began").exists());
    builder.kill().unwrap();
    builder.wait().unwrap();
    let [key] = &jobs.environments()[..] else {
        panic!("{:?}", jobs.environments())
    };
    assert!(
        !jobs
            .stack
            .path()
            .join("state/envs")
            .join(key)
            .join(".complete")
            .exists()
    );
    let complete =
        |jobs: &Jobs| jobs.install(&["--dry-run", "--format", "json"]).success().json()["complete"].clone();
    assert_eq!(complete(&jobs), false);
    fs::write(jobs.signal("go"), "").unwrap();
    let environment = jobs.environment(&[]);
    assert!(environment.ends_with(key));
    assert_eq!(complete(&jobs), true);
    assert!(
        !jobs.stack.path().join("state/builds.json").exists(),
        "a kill is no failure"
    );
}

#[test]
fn an_interrupted_build_leaves_nothing_and_is_no_failure() {
    let jobs = Jobs::new(&[]);
    jobs.own_package(true);
    jobs.requirements("./\n");
    let builder = jobs.spawn();
    wait_for("the build began", || jobs.signal("began").exists());
    kill(Pid::from_raw(builder.id().cast_signed()), Signal::SIGTERM).unwrap();
    let ended = builder.wait_with_output().unwrap();
    assert_eq!(
        ended.status.code(),
        Some(130),
        "{}",
        String::from_utf8_lossy(&ended.stderr)
    );
    assert_eq!(jobs.environments(), Vec::<String>::new());
    assert!(!jobs.stack.path().join("state/builds.json").exists());
}

#[test]
fn of_two_builders_one_builds_and_the_other_waits() {
    let jobs = Jobs::new(&[]);
    jobs.own_package(true);
    jobs.requirements("./\n");
    let first = jobs.spawn();
    wait_for("the build began", || jobs.signal("began").exists());
    let mut second = jobs.stack.command(&Jobs::arguments(&[]));
    let log = jobs.stack.path().join("second.log");
    let mut second = second
        .stdout(Stdio::null())
        .stderr(fs::File::create(&log).unwrap())
        .spawn()
        .unwrap();
    wait_for("the second one waits", || {
        fs::read_to_string(&log)
            .unwrap()
            .contains("another build is going on")
    });
    assert!(second.try_wait().unwrap().is_none());
    fs::write(jobs.signal("go"), "").unwrap();
    assert!(first.wait_with_output().unwrap().status.success());
    assert!(second.wait().unwrap().success());
    let told = fs::read_to_string(&log).unwrap();
    assert!(!told.contains("Processing"), "{told}");
    assert_eq!(jobs.environments().len(), 1);
}

#[test]
fn old_environments_are_removed_and_those_in_use_stay() {
    let jobs = Jobs::new(&["aaa 1.0"]);
    let mut keys = Vec::new();
    for number in 0..3 {
        jobs.requirements(&format!("# {number}\n"));
        keys.push(jobs.key(&[]));
        jobs.environment(&[]);
    }
    // Left by a builder that was killed.
    fs::create_dir(jobs.stack.path().join("state/envs").join("0".repeat(32))).unwrap();
    jobs.requirements("# 3\n");
    keys.push(jobs.key(&[]));
    let told = jobs
        .install(&["--keep", "0", "--in-use", &keys[0]])
        .success()
        .stderr;
    let mut kept = vec![keys[0].clone(), keys[3].clone()];
    kept.sort();
    assert_eq!(jobs.environments(), kept, "{told}");
    assert!(told.contains(&keys[1]), "{told}");
}

#[test]
fn an_environment_that_was_removed_or_lost_its_interpreter_is_built_again() {
    let jobs = Jobs::new(&["aaa 1.0"]);
    jobs.requirements("aaa\n");
    let environment = jobs.environment(&[]);
    fs::remove_dir_all(&environment).unwrap();
    assert_eq!(jobs.environment(&[]), environment);
    assert_eq!(version_of(&environment, "aaa").unwrap(), "1.0");
    // As in an image with another Python at the same path.
    fs::remove_file(environment.join("bin/python")).unwrap();
    std::os::unix::fs::symlink("/bin/sh", environment.join("bin/python")).unwrap();
    assert_eq!(jobs.environment(&[]), environment);
    assert_eq!(version_of(&environment, "aaa").unwrap(), "1.0");
    fs::remove_file(environment.join("bin/python")).unwrap();
    std::os::unix::fs::symlink("/nowhere/python", environment.join("bin/python")).unwrap();
    assert_eq!(jobs.environment(&[]), environment);
    assert_eq!(version_of(&environment, "aaa").unwrap(), "1.0");
}

#[test]
fn credentials_of_an_index_are_shown_and_kept_nowhere_and_a_new_token_installs_nothing_again() {
    let jobs = |password: &str| {
        Jobs::new(&[])
            .env("PIP_NO_INDEX", "")
            .env("PIP_RETRIES", "0")
            .env(
                "PIP_INDEX_URL",
                &format!("http://bob:{password}@127.0.0.1:9/simple"),
            )
    };
    let one = jobs("hunter2secret");
    one.requirements("--extra-index-url http://${TOKEN}@127.0.0.1:9/other\naaa\n");
    let one = one.env("TOKEN", "tokentokentoken");
    let failed = one.install(&["-v"]).code(1);
    for secret in ["hunter2secret", "tokentokentoken"] {
        assert!(!failed.stderr.contains(secret), "{}", failed.stderr);
        for (path, bytes) in one.stack.snapshot() {
            assert!(
                !String::from_utf8_lossy(&bytes).contains(secret),
                "{}",
                path.display()
            );
        }
    }
    assert!(failed.stderr.contains("bob:***@"), "{}", failed.stderr);
    assert!(
        failed.stderr.contains("hint: no index that was asked has it"),
        "{}",
        failed.stderr
    );

    let key = one.key(&[]);
    let one = one.env("PIP_INDEX_URL", "http://bob:another-word@127.0.0.1:9/simple");
    assert_eq!(one.key(&[]), key);
    let one = one.env("TOKEN", "another-token");
    assert_eq!(one.key(&[]), key);
    let one = one.env("PIP_INDEX_URL", "http://bob:another-word@127.0.0.1:9/else");
    assert_ne!(one.key(&[]), key);
}

#[test]
fn without_requirements_there_is_nothing_to_install_and_empty_ones_are_good() {
    let jobs = Jobs::new(&[]);
    let none = jobs.install(&[]).success();
    assert_eq!(
        none.stdout,
        "nothing to install: there is no `requirements.txt`\n"
    );
    assert!(!jobs.stack.path().join("state").exists());
    jobs.requirements("");
    let environment = jobs.environment(&[]);
    assert_eq!(
        fs::read_to_string(environment.join("requirements.lock")).unwrap(),
        ""
    );
}

#[test]
fn a_missing_include_is_told_with_its_place() {
    let jobs = Jobs::new(&[]);
    jobs.requirements("# base\n-r base/all.txt\n");
    jobs.stack.write("worktree/base/all.txt", "\n-c limits.txt\n");
    let failed = jobs.install(&[]).code(1);
    assert!(
        failed
            .stderr
            .contains("error: `base/all.txt:2` names `limits.txt`, which is not there"),
        "{}",
        failed.stderr
    );
}

#[test]
fn the_published_commit_is_installed_and_a_dry_run_changes_nothing() {
    let jobs = Jobs::new(&["aaa 1.0"]);
    let commit = "0123456789abcdef0123456789abcdef01234567";
    let requirements = format!("sync/.worktrees/{commit}/requirements.txt");
    jobs.stack.write(&requirements, "aaa\n");
    let link = jobs.stack.path().join("sync/code");
    std::os::unix::fs::symlink(format!(".worktrees/{commit}"), &link).unwrap();
    let jobs = jobs
        .env("STACKCTL_LINK", &link.display().to_string())
        .env("STACKCTL_PUBLISH", "/app/project/code")
        .env("REQ_FILE", "/app/project/code/requirements.txt");
    let state = jobs.stack.path().join("state").display().to_string();
    let jobs = jobs.env("STATE_DIR", &state);
    let run = |more: &[&str]| jobs.stack.run(&[&["jobs", "install"], more].concat()).success();
    run(&["--dry-run"]);
    assert_eq!(jobs.environments(), Vec::<String>::new());
    run(&[]);
    assert_eq!(jobs.environments().len(), 1);

    let wrong = jobs.env("REQ_FILE", "/elsewhere/requirements.txt");
    let failed = wrong.stack.run(&["jobs", "install"]).code(1);
    assert!(
        failed.stderr.contains("does not lie in the repository"),
        "{}",
        failed.stderr
    );
}

#[test]
fn a_key_that_is_no_longer_wanted_builds_nothing() {
    let jobs = Jobs::new(&["aaa 1.0"]);
    jobs.requirements("aaa\n");
    let failed = jobs.install(&["--key", &"0".repeat(32)]).code(1);
    assert!(failed.stderr.contains("no longer"), "{}", failed.stderr);
    assert_eq!(jobs.environments(), Vec::<String>::new());
    assert!(
        jobs.stack.read("state/builds.json").contains("retry_at"),
        "it is not tried at once again"
    );
    jobs.install(&["--key", &jobs.key(&[])]).success();
    assert_eq!(jobs.environments().len(), 1);
}

#[cfg(feature = "docker")]
mod uv {
    //! With the uv that `scripts/setup.sh uv` gets.

    use super::*;

    fn with_uv(wheels: &[&str]) -> Jobs {
        let jobs = Jobs::new(wheels);
        let tools = crate::harness::repository().join(".tools/bin");
        let search = std::env::var("PATH").unwrap_or_default();
        let wheels = jobs.stack.path().join("wheels").display().to_string();
        jobs.env("PATH", &format!("{}:{search}", tools.display()))
            .env("UV_FIND_LINKS", &wheels)
            .env("UV_OFFLINE", "1")
    }

    #[test]
    fn uv_installs_checks_and_locks() {
        let jobs = with_uv(&["aaa 1.0 bbb", "bbb 2.0", "ccc 1.0"]);
        jobs.requirements("aaa\n");
        let pip = jobs.key(&[]);
        assert_ne!(jobs.key(&["--installer", "uv"]), pip);
        let environment = jobs.environment(&["--installer", "uv"]);
        assert_eq!(version_of(&environment, "bbb").unwrap(), "2.0");
        let lock = fs::read_to_string(environment.join("requirements.lock")).unwrap();
        assert_eq!(lock, "aaa==1.0\nbbb==2.0\n");
        let code = "import aaa; print(aaa.version)";
        assert_eq!(python(&interpreter(), Some(&environment), code).unwrap(), "1.0");

        jobs.requirements("ccc\n");
        let other = jobs.environment(&["--installer", "uv"]);
        assert!(version_of(&other, "aaa").is_err());
        jobs.requirements("nowhere\n");
        let failed = jobs.install(&["--installer", "uv"]).code(1);
        assert!(failed.stderr.contains("nowhere"), "{}", failed.stderr);
        assert_eq!(version_of(&environment, "aaa").unwrap(), "1.0");
    }

    #[test]
    fn versions_that_uv_was_told_to_take_must_go_together_too() {
        let jobs = with_uv(&["aaa 1.0 bbb>=2", "bbb 1.0"]);
        jobs.requirements("aaa\n");
        let key = jobs.key(&["--installer", "uv"]);
        let jobs = jobs.env("UV_OVERRIDE", "override.txt");
        jobs.stack.write("worktree/override.txt", "bbb==1.0\n");
        assert_ne!(jobs.key(&["--installer", "uv"]), key);
        let failed = jobs.install(&["--installer", "uv"]).code(1);
        assert!(
            failed.stderr.contains("checking packages failed"),
            "{}",
            failed.stderr
        );
        assert_eq!(jobs.environments(), Vec::<String>::new());
    }

    #[test]
    fn uv_builds_the_trees_own_package() {
        let jobs = with_uv(&[]);
        jobs.own_package(false);
        jobs.requirements("-e .\n");
        let environment = jobs.environment(&["--installer", "uv"]);
        let here = python(
            &environment.join("bin/python3"),
            None,
            "import own; print(own.here)",
        )
        .unwrap();
        assert_eq!(PathBuf::from(here), environment.join("source/own.py"));
    }
}

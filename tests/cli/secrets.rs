//! Secrets: made once, kept private, handed to whom they are for.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::Command;

use crate::harness::TestStack;

const STACK: &str = r#"
[stack]
name = "shop"

[postgres]
version = 15
database = "goods"

[secrets]
token = {}
key = { file = "private/key" }

[services.api]
python = { version = "3.11" }
command = "python api.py"
databases = ["public"]
secrets = ["token", "key"]
healthcheck = { disable = true }

[services.web]
image = "nginx:1.27"
user = "image"
secrets = ["token"]
healthcheck = { disable = true }
"#;

const STATE: &str = ".stackctl/shop";

fn stack() -> TestStack {
    let stack = TestStack::new(STACK);
    stack.write("private/key", "line 1\nline 2\n");
    private(&stack, "private/key");
    stack
}

fn private(stack: &TestStack, path: &str) {
    fs::set_permissions(stack.path().join(path), fs::Permissions::from_mode(0o600)).unwrap();
}

fn value(stack: &TestStack, path: &str) -> String {
    stack.read(&format!("{STATE}/{path}"))
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o7777
}

fn is_root() -> bool {
    nix::unistd::geteuid().is_root()
}

#[test]
fn secrets_are_made_once_and_never_printed() {
    let stack = stack();
    let first = stack.run(&["render", "--verbose"]).success();
    let password = value(&stack, "secrets/postgres_api");
    let token = value(&stack, "secrets/token");
    assert_eq!(password.len(), 64);
    assert!(password.bytes().all(|byte| byte.is_ascii_hexdigit()));
    assert_ne!(password, token);
    assert!(
        first
            .stderr
            .contains("secrets made: `postgres_api`, `postgres_password`, `token`"),
        "{}",
        first.stderr
    );

    let again = stack.run(&["render", "--force", "--format", "json"]).success();
    assert_eq!(again.json()["secrets"]["generated"], serde_json::json!([]));
    assert_eq!(value(&stack, "secrets/postgres_api"), password);
    for output in [first, again, stack.run(&["diff"])] {
        for secret in [&password, &token] {
            assert!(!output.stdout.contains(secret.as_str()) && !output.stderr.contains(secret.as_str()));
        }
    }
    for (path, bytes) in stack.snapshot() {
        let is_private = path.starts_with(".stackctl");
        let text = String::from_utf8_lossy(&bytes).into_owned();
        assert!(
            is_private || !text.contains(&password),
            "{} holds a secret",
            path.display()
        );
    }
    assert_eq!(stack.read(".stackctl/.gitignore"), "*\n");
}

#[test]
fn every_consumer_gets_its_own_private_copy() {
    let stack = stack();
    stack.run(&["render"]).success();
    let password = value(&stack, "secrets/postgres_api");
    assert_eq!(value(&stack, "mounts/api/postgres_api"), password);
    assert_eq!(value(&stack, "mounts/postgres/postgres_api"), password);
    assert_eq!(
        value(&stack, "mounts/api/database_url_api"),
        format!("postgresql://api:{password}@postgres:5432/goods")
    );
    assert_eq!(value(&stack, "mounts/api/key"), "line 1\nline 2\n");
    assert!(!stack.path().join(STATE).join("mounts/web/key").exists());
    assert!(!stack.path().join(STATE).join("mounts/postgres/token").exists());

    let state = stack.path().join(STATE);
    for folder in ["", "secrets", "mounts"] {
        assert_eq!(mode(&state.join(folder)), 0o700, "{folder}");
    }
    // Behind a folder that is its owner's alone; a container that mounts one of them whole gets through.
    for folder in ["mounts/api", "mounts/web", "mounts/build"] {
        assert_eq!(mode(&state.join(folder)), 0o711, "{folder}");
    }
    for file in [
        "secrets/token",
        "mounts/api/token",
        "mounts/postgres/postgres_password",
        "mounts/build/env",
    ] {
        assert_eq!(mode(&state.join(file)), 0o600, "{file}");
    }
    assert_eq!(mode(&state.join("mounts/web/token")), 0o444);
    if is_root() {
        let owner = |path: &str| {
            let metadata = fs::metadata(state.join(path)).unwrap();
            (metadata.uid(), metadata.gid())
        };
        assert_eq!(owner("mounts/api/token"), (10_001, 10_001));
        assert_eq!(owner("mounts/postgres/postgres_password"), (999, 999));
        assert_eq!(owner("mounts/web/token"), (0, 0));
        assert_eq!(owner("secrets/token"), (0, 0));
    }
}

#[test]
fn a_changed_value_reaches_its_consumers_and_nobody_else() {
    let stack = stack();
    stack.run(&["render"]).success();
    let inode = |path: &str| fs::metadata(stack.path().join(STATE).join(path)).unwrap().ino();
    let untouched = inode("mounts/api/token");
    stack.write(&format!("{STATE}/secrets/postgres_api"), "new p@ss\n");
    let output = stack.run(&["render", "--format", "json"]).success();
    assert_eq!(
        output.json()["secrets"]["written"],
        serde_json::json!([
            "postgres/postgres_api",
            "api/database_url_api",
            "api/postgres_api"
        ])
    );
    assert_eq!(value(&stack, "mounts/postgres/postgres_api"), "new p@ss");
    assert_eq!(
        value(&stack, "mounts/api/database_url_api"),
        "postgresql://api:new%20p%40ss@postgres:5432/goods"
    );
    assert_eq!(inode("mounts/api/token"), untouched);
}

#[test]
fn copies_go_with_their_consumer_and_values_stay() {
    let stack = stack();
    stack.run(&["render"]).success();
    let text = stack.read("stack.toml");
    stack.write(
        "stack.toml",
        &text
            .replace("secrets = [\"token\", \"key\"]", "")
            .replace("secrets = [\"token\"]", ""),
    );
    stack.run(&["render"]).success();
    let state = stack.path().join(STATE);
    assert!(!state.join("mounts/api/token").exists());
    assert!(!state.join("mounts/web").exists());
    assert!(state.join("secrets/token").exists());
    assert!(state.join("mounts/build/env").exists());
}

#[test]
fn what_a_link_leads_to_is_not_cleared() {
    let stack = stack();
    stack.run(&["render"]).success();
    stack.write("photos/one", "mine");
    let link = stack.path().join(STATE).join("mounts/photos");
    std::os::unix::fs::symlink(stack.path().join("photos"), link).unwrap();
    stack.run(&["render"]).success();
    assert_eq!(stack.read("photos/one"), "mine");
}

#[test]
fn files_that_others_could_read_are_made_private_again() {
    let stack = stack();
    stack.run(&["render"]).success();
    let token = stack.path().join(STATE).join("secrets/token");
    fs::set_permissions(&token, fs::Permissions::from_mode(0o644)).unwrap();
    fs::set_permissions(
        stack.path().join("private/key"),
        fs::Permissions::from_mode(0o640),
    )
    .unwrap();
    let output = stack.run(&["render"]).success();
    assert!(
        output.stderr.contains("could read the secret `token` (644)"),
        "{}",
        output.stderr
    );
    assert!(
        output
            .stderr
            .contains("can read the secret `key`; `chmod 600 private/key`"),
        "{}",
        output.stderr
    );
    assert_eq!(mode(&token), 0o600);
}

#[test]
fn an_empty_value_is_told_and_not_replaced() {
    let stack = stack();
    stack.run(&["render"]).success();
    stack.write(&format!("{STATE}/secrets/postgres_api"), "");
    let output = stack.run(&["render"]).code(1);
    assert_eq!(
        output.stderr,
        "error: the secret `postgres_api` is empty\nhint: write the value back into \
         `.stackctl/shop/secrets/postgres_api`; if nothing used it yet, `rm \
         .stackctl/shop/secrets/postgres_api` has another made\n"
    );
}

#[test]
fn a_folder_that_docker_left_makes_way_for_the_file() {
    let stack = stack();
    stack.run(&["render"]).success();
    let file = stack.path().join(STATE).join("mounts/api/token");
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    stack.write(&format!("{STATE}/secrets/.new-abc"), "half");
    stack.run(&["render"]).success();
    assert!(file.is_file());
    assert!(!stack.path().join(STATE).join("secrets/.new-abc").exists());
}

#[test]
fn builds_get_the_network_of_the_caller_and_files_stay_the_same() {
    let stack = stack()
        .env("https_proxy", "http://proxy.example.com:3128")
        .env("PIP_INDEX_URL", "https://me:pa'ss@pypi.example.com/simple");
    stack.run(&["render"]).success();
    let env = value(&stack, "mounts/build/env");
    let sourced = Command::new("sh")
        .args([
            "-c",
            &format!("{env}\nprintf %s \"$PIP_INDEX_URL $HTTPS_PROXY $PIP_CERT\""),
        ])
        .env_clear()
        .output()
        .unwrap();
    assert_eq!(
        String::from_utf8_lossy(&sourced.stdout),
        "https://me:pa'ss@pypi.example.com/simple http://proxy.example.com:3128 "
    );
    assert_eq!(value(&stack, "mounts/build/ca.crt"), "");
    let rendered = |stack: &TestStack| -> Vec<_> {
        stack
            .snapshot()
            .into_iter()
            .filter(|(path, _)| path.starts_with("rendered"))
            .collect()
    };
    let before = rendered(&stack);

    stack.write("ca.pem", "-----BEGIN CERTIFICATE-----\nours\n");
    let text = stack.read("stack.toml");
    stack.write("stack.toml", &format!("{text}[build]\nca_file = \"ca.pem\"\n"));
    stack.run(&["render"]).success();
    assert!(value(&stack, "mounts/build/ca.crt").ends_with("-----BEGIN CERTIFICATE-----\nours\n"));
    assert!(value(&stack, "mounts/build/env").contains("export PIP_CERT='/run/secrets/build_ca'\n"));
    assert_eq!(rendered(&stack), before);
}

/// A user who is not root can't give files away; the engine does it for them, and from then on they can't read
/// what they wrote.
#[test]
fn copies_that_belong_to_somebody_else_are_listed_until_they_are_given_away() {
    const USER: u32 = 12_345;
    if !is_root() {
        return;
    }
    let stack = stack();
    let own = |path: &Path| std::os::unix::fs::chown(path, Some(USER), Some(USER)).unwrap();
    own(stack.path());
    stack
        .snapshot()
        .keys()
        .for_each(|path| own(&stack.path().join(path)));
    let render = || {
        let mut command = stack.command(&["render", "--format", "json"]);
        std::os::unix::process::CommandExt::uid(&mut command, USER);
        std::os::unix::process::CommandExt::gid(&mut command, USER);
        let output = command.output().unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let result: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let needs = result["secrets"]["needs_chown"].as_array().unwrap().iter();
        let needs: Vec<String> = needs
            .map(|file| format!("{} {}", file["path"].as_str().unwrap(), file["uid"]))
            .collect();
        (needs, result["secrets"]["written"].as_array().unwrap().len())
    };
    let all = [
        "mounts/postgres/postgres_password 999",
        "mounts/postgres/postgres_api 999",
        "mounts/api/database_url_api 10001",
        "mounts/api/key 10001",
        "mounts/api/postgres_api 10001",
        "mounts/api/token 10001",
    ];
    let all = all.map(|line| format!("{STATE}/{line}"));
    assert_eq!(render(), (all.to_vec(), 9));
    assert_eq!(render(), (all.to_vec(), 0));

    for line in &all {
        let (path, uid) = line.split_once(' ').unwrap();
        let uid = uid.parse().unwrap();
        std::os::unix::fs::chown(stack.path().join(path), Some(uid), Some(uid)).unwrap();
    }
    assert_eq!(render(), (Vec::new(), 0));

    stack.write(&format!("{STATE}/secrets/token"), "another");
    let (needs, written) = render();
    assert_eq!(needs, [format!("{STATE}/mounts/api/token 10001")]);
    assert_eq!(written, 2);
    assert_eq!(value(&stack, "mounts/api/token"), "another");
}

#[test]
fn no_build_is_given_the_stacks_secrets() {
    let stack = TestStack::new(
        "[stack]\nname = \"shop\"\n\n[services.web]\ndockerfile = \"web/Dockerfile\"\nhealthcheck = { disable = true }\n",
    )
    .file("web/Dockerfile", "FROM scratch\nCOPY . /\n");
    let refused = stack.run(&["render"]).code(2);
    assert!(
        refused.stderr.contains("write `.stackctl` into `.dockerignore`"),
        "{}",
        refused.stderr
    );
    stack.write(".dockerignore", ".git\n.stackctl\n");
    stack.run(&["render"]).success();
    // The Dockerfile's own takes the place of the other.
    stack.write("web/Dockerfile.dockerignore", ".git\n");
    stack.run(&["render"]).code(2);
    // Nor may it reach values of `.env` and files of secrets, once they are there.
    stack.write("web/Dockerfile.dockerignore", ".stackctl\n");
    stack.run(&["render"]).success();
    stack.write(".env", "TOKEN=x\n");
    let refused = stack.run(&["render"]).code(2);
    assert!(
        refused
            .stderr
            .contains("write `.env` into `web/Dockerfile.dockerignore`"),
        "{}",
        refused.stderr
    );
    stack.write("web/Dockerfile.dockerignore", ".stackctl\n.env\n");
    stack.run(&["render"]).success();
    let text = stack.read("stack.toml");
    stack.write(
        "stack.toml",
        &format!("{text}\n[secrets]\nkey = {{ file = \"private/key\" }}\n"),
    );
    stack.write("private/key", "x");
    let refused = stack.run(&["render"]).code(2);
    assert!(
        refused.stderr.contains("write `private/key` into"),
        "{}",
        refused.stderr
    );
    stack.write("web/Dockerfile.dockerignore", ".stackctl\n.env\nprivate\n");
    stack.run(&["render"]).success();

    let secret = stack.path().canonicalize().unwrap().join("key");
    stack.write("key", "x");
    stack.write(
        "stack.toml",
        &format!(
            "[stack]\nname = \"shop\"\n\n[services.web]\npython = \"3.11\"\ncommand = \"x\"\nhealthcheck = {{ disable = true }}\n\n[secrets]\nkey = {{ file = \"{}\" }}\n",
            secret.display()
        ),
    );
    let refused = stack.run(&["render"]).code(2);
    assert!(
        refused.stderr.contains("relative to stack.toml: `key`"),
        "{}",
        refused.stderr
    );
}

#[test]
fn a_value_that_does_not_fit_its_place_is_refused() {
    let stack = TestStack::new(
        "[stack]\nname = \"shop\"\n\n[postgres]\n\n[services.web]\npython = \"3.11\"\ncommand = \"x\"\nhealthcheck = { disable = true }\ndatabases = [\"public\"]\n\n[services.web.environment]\nKEY = { secret = \"key\" }\n\n[secrets]\nkey = { file = \"key\" }\n",
    );
    for (value, fault) in [
        ("a\0b".to_owned(), "NUL byte"),
        ("a".repeat(128 * 1024), "too long"),
    ] {
        stack.write("key", &value);
        let refused = stack.run(&["render"]).code(1);
        assert!(refused.stderr.contains(fault), "{}", refused.stderr);
    }
    stack.write("key", &"a".repeat(128 * 1024 - "KEY=".len() - 1));
    stack.run(&["render"]).success();
    stack.write(".stackctl/shop/secrets/postgres_web", "two\nlines\n");
    let refused = stack.run(&["render"]).code(1);
    assert!(
        refused.stderr.contains("not one line of text"),
        "{}",
        refused.stderr
    );
}

#[test]
fn a_secret_reaches_its_variable_to_the_byte() {
    let stack = TestStack::new(
        "[stack]\nname = \"shop\"\n\n[services.web]\npython = \"3.11\"\ncommand = \"x\"\nhealthcheck = { disable = true }\n\n[services.web.environment]\nKEY = { secret = \"key\" }\n\n[secrets]\nkey = { file = \"key\" }\n",
    );
    for (file, wanted) in [
        ("one line\n", "one line"),
        ("one line", "one line"),
        ("line 1\nline 2\n", "line 1\nline 2\n"),
        ("line 1\n\n\n", "line 1\n\n\n"),
        ("$HOME `id` \\ '\"", "$HOME `id` \\ '\""),
    ] {
        stack.write("key", file);
        stack.run(&["render"]).success();
        let output = Command::new("/bin/sh")
            .arg(stack.path().join("rendered/services/entrypoint.sh"))
            .args(["/bin/sh", "-c", "printf '%s' \"$KEY\""])
            .env(
                "STACKCTL_SECRET_ENV",
                format!(
                    "KEY={}",
                    stack.path().join(STATE).join("mounts/web/key").display()
                ),
            )
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        assert_eq!(String::from_utf8(output.stdout).unwrap(), wanted, "{file:?}");
    }
}

//! `stackctl init`.

use std::os::unix::fs::PermissionsExt;

use crate::harness::{TestStack, repository};

#[test]
fn a_project_is_begun_and_valid() {
    for template in ["web", "cron", "minimal"] {
        let stack = TestStack::empty().env("TZ", "Europe/Amsterdam");
        let output = stack.run(&["init", "shop", "--template", template]).success();
        assert!(output.stdout.contains("wrote stack.toml\n"), "{}", output.stdout);
        assert!(output.stderr.contains("stackctl up"), "{}", output.stderr);
        let text = stack.read("stack.toml");
        assert!(text.starts_with("#:schema ./stack.schema.json\n"), "{text}");
        assert!(
            text.contains("name = \"shop\"\ntimezone = \"Europe/Amsterdam\"\n"),
            "{text}"
        );
        let secrets = if template == "cron" { "secrets/\n" } else { "" };
        assert_eq!(stack.read(".gitignore"), format!(".stackctl/\n.env\n{secrets}"));
        let checked = stack.run(&["check"]).success();
        assert_eq!(checked.stderr, "", "{template}");
    }
}

#[test]
fn jobs_from_a_repository_are_begun_with_a_word_on_what_is_missing() {
    let stack = TestStack::empty();
    let output = stack.run(&["init", "team", "--template", "cron"]).success();
    assert!(output.stderr.contains("`[sync.scripts]`"), "{}", output.stderr);
    assert!(
        output.stderr.contains("stackctl --env demo up"),
        "{}",
        output.stderr
    );
    let token = std::fs::metadata(stack.path().join("secrets/git_token")).unwrap();
    assert_eq!(token.permissions().mode() & 0o777, 0o600);
    stack.run(&["--env", "demo", "check"]).success();
}

#[test]
fn the_schema_that_init_writes_is_the_one_that_schema_prints() {
    let stack = TestStack::empty();
    stack.run(&["init", "--yes"]).success();
    assert_eq!(
        stack.read("stack.schema.json"),
        stack.run(&["schema"]).success().stdout
    );
}

#[test]
fn the_name_is_the_folders_made_valid() {
    let stack = TestStack::empty();
    std::fs::create_dir(stack.path().join("My Shop")).unwrap();
    let output = stack
        .run(&["-C", "My Shop", "init", "--format", "json"])
        .success();
    assert_eq!(output.json()["stack"], "my-shop");
    assert!(stack.path().join("My Shop/stack.toml").exists());
}

#[test]
fn nothing_is_overwritten_and_nothing_half_written() {
    let stack = TestStack::empty().file("api/main.py", "mine\n");
    let before = stack.snapshot();
    let output = stack.run(&["init"]).code(2);
    assert_eq!(
        output.stderr,
        "error: `api/main.py` is there already, and nothing was written\n\
         hint: begin in an empty folder, such as `mkdir shop && stackctl -C shop init`, or move them away\n"
    );
    assert_eq!(stack.snapshot(), before);
}

#[test]
fn what_can_not_be_written_leaves_nothing_behind() {
    // A file where a folder is needed is found only while writing.
    let stack = TestStack::empty().file("web", "a file\n");
    let before = stack.snapshot();
    let output = stack.run(&["init", "--template", "web"]).code(1);
    assert!(output.stderr.contains("can't write `./web`"), "{}", output.stderr);
    assert_eq!(stack.snapshot(), before);
}

#[test]
fn a_gitignore_is_added_to() {
    let stack = TestStack::empty().file(".gitignore", "*.pyc\n/.env");
    stack.run(&["init", "--template", "minimal"]).success();
    assert_eq!(stack.read(".gitignore"), "*.pyc\n/.env\n.stackctl/\n");
}

#[test]
fn a_dry_run_writes_nothing() {
    let stack = TestStack::empty();
    let before = stack.snapshot();
    let output = stack.run(&["init", "--dry-run"]).success();
    assert!(
        output.stdout.contains("would write stack.toml\n"),
        "{}",
        output.stdout
    );
    assert_eq!(stack.snapshot(), before);
}

#[test]
fn a_name_that_can_not_be_one_is_refused() {
    let output = TestStack::empty().run(&["init", "My Shop"]).code(2);
    assert!(
        output.stderr.contains("`My Shop` can't be a stack's name"),
        "{}",
        output.stderr
    );
}

/// The folders and the table in src/scaffold/template.rs name the same files.
#[test]
fn a_template_has_every_file_of_its_example() {
    for template in ["web", "cron", "minimal"] {
        let stack = TestStack::empty();
        let folder = stack.path().join("new");
        std::fs::create_dir(&folder).unwrap();
        stack
            .run(&["-C", "new", "init", "--template", template])
            .success();
        let example = TestStack::example(template);
        for path in example
            .snapshot()
            .keys()
            .filter(|path| !path.starts_with(".home"))
        {
            let is_rendered = path
                .components()
                .any(|part| part.as_os_str().to_string_lossy().starts_with("rendered"));
            assert!(
                is_rendered || folder.join(path).exists(),
                "src/scaffold/template.rs lacks {} of {}",
                path.display(),
                repository().join("examples").join(template).display()
            );
        }
    }
}

//! What holds for every subcommand: exit codes, stdout and stderr, formats, colour, folders.

use std::io::Read;
use std::process::Stdio;

use crate::harness::TestStack;

const VALID: &str = "[stack]\nname = \"shop\"\n\n[services.web]\nimage = \"nginx:1.27\"\nhealthcheck = { test = [\"CMD\", \"nginx\", \"-t\"] }\n";

#[test]
fn alone_it_prints_help() {
    let output = TestStack::empty().run(&[]).code(2);
    assert!(output.stderr.contains("Usage: stackctl"), "{}", output.stderr);
    assert_eq!(output.stdout, "");
    let asked = TestStack::empty().run(&["--help"]).success();
    assert!(asked.stdout.contains("Usage: stackctl"), "{}", asked.stdout);
}

#[test]
fn the_version_is_printed() {
    let output = TestStack::empty().run(&["--version"]).success();
    assert_eq!(output.stdout, format!("stackctl {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn wrong_arguments_end_with_2() {
    for arguments in [
        &["no-such-command"][..],
        &["check", "--no-such-option"],
        &["completions"],
        &["--format", "xml", "check"],
    ] {
        let output = TestStack::new(VALID).run(arguments).code(2);
        assert_eq!(output.stdout, "");
        assert!(output.stderr.starts_with("error: "), "{}", output.stderr);
    }
}

#[test]
fn wrong_arguments_are_json_as_well_where_that_is_asked_for() {
    for arguments in [
        &["--format", "json", "chekc"][..],
        &["check", "--no-such-option", "--format=json"],
    ] {
        let output = TestStack::new(VALID).run(arguments).code(2);
        let told: serde_json::Value = serde_json::from_str(&output.stderr).unwrap();
        assert!(
            told["error"]["message"].as_str().unwrap().contains("--help"),
            "{told}"
        );
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let stack = TestStack::empty();
    for arguments in [&["schema"][..], &["explain"], &["completions", "bash"], &["man"]] {
        let mut child = stack
            .command(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let mut stderr = String::new();
        child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        assert_eq!(
            (child.wait().unwrap().code(), stderr.as_str()),
            (Some(0), ""),
            "{arguments:?}"
        );
    }
}

#[test]
fn check_says_what_the_stack_holds() {
    let output = TestStack::new(VALID).run(&["check"]).success();
    assert_eq!(
        (output.stdout.as_str(), output.stderr.as_str()),
        ("stack.toml is valid: 1 service\n", "")
    );
    let output = TestStack::new(VALID)
        .run(&["check", "--format", "json"])
        .success();
    assert_eq!(output.json()["services"], serde_json::json!(["web"]));
}

#[test]
fn problems_are_json_on_stderr_where_that_is_asked_for() {
    let stack = TestStack::new(&VALID.replace("image =", "imgae ="));
    let output = stack.run(&["check", "--format", "json"]).code(2);
    assert_eq!(output.stdout, "");
    let told: serde_json::Value = serde_json::from_str(&output.stderr).unwrap();
    let first = &told["diagnostics"][0];
    assert_eq!(
        (
            &first["code"],
            &first["file"],
            &first["line"],
            &first["column"],
            &first["key"]
        ),
        (
            &"unknown-key".into(),
            &"stack.toml".into(),
            &5.into(),
            &1.into(),
            &"services.web.imgae".into()
        )
    );
    let missing = TestStack::empty().run(&["check", "--format", "json"]).code(2);
    let told: serde_json::Value = serde_json::from_str(&missing.stderr).unwrap();
    assert!(
        told["error"]["message"].as_str().unwrap().contains("stack.toml"),
        "{told}"
    );
    assert!(
        told["error"]["hints"][0]
            .as_str()
            .unwrap()
            .contains("stackctl init"),
        "{told}"
    );
}

#[test]
fn quiet_tells_errors_only() {
    let warned = TestStack::new(&VALID.replace(":1.27", ""));
    let output = warned.run(&["check", "--quiet"]).success();
    assert_eq!(output.stderr, "");
    let wrong = TestStack::new(&VALID.replace("image =", "imgae ="));
    assert!(
        wrong
            .run(&["check", "--quiet"])
            .code(2)
            .stderr
            .contains("[unknown-key]")
    );
    let begun = TestStack::empty()
        .run(&["init", "--quiet", "--template", "minimal"])
        .success();
    assert_eq!(begun.stderr, "");
}

#[test]
fn colour_comes_only_where_it_is_wanted() {
    let text = VALID.replace("image =", "imgae =");
    let plain = TestStack::new(&text).run(&["check"]).code(2);
    assert!(!plain.stderr.contains('\u{1b}'), "{:?}", plain.stderr);
    let stack = TestStack::new(&text).env("CLICOLOR_FORCE", "1");
    let mut command = stack.command(&["check"]);
    command.env_remove("NO_COLOR");
    let output = command.output().unwrap();
    assert!(output.stderr.contains(&0x1b), "CLICOLOR_FORCE is not followed");
}

#[test]
fn another_folder_and_another_file_can_be_named() {
    let stack = TestStack::empty().file("shop/other.toml", VALID);
    for arguments in [
        &["-C", "shop", "--file", "other.toml", "check"][..],
        &["check", "-C", "shop", "--file", "other.toml"],
        &["--file", "shop/other.toml", "check"],
    ] {
        let output = stack.run(arguments).success();
        assert!(
            output.stdout.ends_with("other.toml is valid: 1 service\n"),
            "{}",
            output.stdout
        );
    }
    let output = stack.run(&["-C", "nowhere", "check"]).code(2);
    assert!(
        output.stderr.contains("can't change into `nowhere`"),
        "{}",
        output.stderr
    );
}

#[test]
fn every_shell_gets_its_completions() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = TestStack::empty().run(&["completions", shell]).success();
        assert!(
            output.stdout.contains("stackctl") && output.stdout.contains("explain"),
            "{shell}"
        );
    }
}

#[test]
fn the_manual_has_a_page_for_every_command() {
    let stack = TestStack::empty();
    assert!(stack.run(&["man"]).success().stdout.contains(".TH stackctl 1"));
    stack.run(&["man", "pages/man1"]).success();
    for page in ["stackctl.1", "stackctl-check.1", "stackctl-init.1"] {
        assert!(
            stack.read(&format!("pages/man1/{page}")).contains(".SH SYNOPSIS"),
            "{page}"
        );
    }
}

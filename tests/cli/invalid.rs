//! tests/invalid: one stack.toml or crontab or more for each problem code, with what `stackctl check` or
//! `stackctl jobs check` says about it in a `.stderr` file beside it. `STACKCTL_UPDATE_GOLDENS=1` rewrites those.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use stackctl::diagnostic::Code;

use crate::harness::{TestStack, repository};

struct Case {
    /// The file's name without its ending.
    name: String,
    text: String,
    is_crontab: bool,
    /// Arguments besides `check`, from a first line `# flags: …`.
    flags: Vec<String>,
}

fn folder() -> PathBuf {
    repository().join("tests/invalid")
}

fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "toml" || extension == "crontab")
        })
        .map(|path| {
            let text = fs::read_to_string(&path).unwrap();
            let first = text.lines().next().unwrap_or_default();
            let flags = first.strip_prefix("# flags: ").unwrap_or_default();
            Case {
                name: path.file_stem().unwrap().to_string_lossy().into_owned(),
                flags: flags.split_whitespace().map(str::to_owned).collect(),
                text,
                is_crontab: path.extension().is_some_and(|extension| extension == "crontab"),
            }
        })
        .collect();
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    cases
}

impl Case {
    fn code(&self) -> &str {
        self.name.split('_').next().unwrap()
    }

    fn run(&self, more: &[&str]) -> crate::harness::Output {
        let (stack, mut arguments) = if self.is_crontab {
            let stack = TestStack::empty().file("crontab.txt", &self.text);
            (stack, vec!["jobs", "check", "crontab.txt"])
        } else {
            (TestStack::new(&self.text), vec!["check"])
        };
        arguments.extend(self.flags.iter().map(String::as_str));
        arguments.extend(more);
        stack.run(&arguments)
    }
}

#[test]
fn every_code_has_a_file_and_every_file_a_code() {
    let codes: BTreeSet<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    let files: BTreeSet<String> = cases().iter().map(|case| case.code().to_owned()).collect();
    let files: BTreeSet<&str> = files.iter().map(String::as_str).collect();
    assert_eq!(
        codes.difference(&files).collect::<Vec<_>>(),
        Vec::<&&str>::new(),
        "codes without a file"
    );
    assert_eq!(
        files.difference(&codes).collect::<Vec<_>>(),
        Vec::<&&str>::new(),
        "files without a code"
    );
}

#[test]
fn every_message_is_told_as_reviewed() {
    let update = std::env::var_os("STACKCTL_UPDATE_GOLDENS").is_some();
    let mut changed = Vec::new();
    let mut expected_files = BTreeSet::new();
    for case in &cases() {
        let output = case.run(&[]);
        let path = folder().join(format!("{}.stderr", case.name));
        expected_files.insert(path.clone());
        assert!(
            output.stderr.contains(&format!("[{}]", case.code())),
            "{} does not tell its code:\n{}",
            case.name,
            output.stderr
        );
        let is_error = output.stderr.contains("error[");
        assert_eq!(output.code, if is_error { 2 } else { 0 }, "{}", case.name);
        let expected = fs::read_to_string(&path).unwrap_or_default();
        if update && expected != output.stderr {
            fs::write(&path, &output.stderr).unwrap();
        } else if expected != output.stderr {
            changed.push(format!(
                "{}\n--- expected\n{expected}\n--- now\n{}",
                case.name, output.stderr
            ));
        }
    }
    assert!(changed.is_empty(), "{}", changed.join("\n\n"));
    assert_eq!(expected_files.len(), cases().len(), "two files share one name");
    for entry in fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        let is_orphan = path.extension().is_some_and(|extension| extension == "stderr")
            && !expected_files.contains(&path);
        assert!(!is_orphan, "{} belongs to no file", path.display());
    }
}

#[test]
fn problems_stand_in_the_order_of_the_file() {
    for case in cases() {
        let output = case.run(&["--format", "json"]);
        if output.stderr.is_empty() {
            continue;
        }
        let told: serde_json::Value = serde_json::from_str(&output.stderr).unwrap();
        let lines: Vec<u64> = told["diagnostics"]
            .as_array()
            .unwrap()
            .iter()
            .map(|diagnostic| diagnostic["line"].as_u64().unwrap())
            .collect();
        assert!(lines.is_sorted(), "{}: {lines:?}", case.name);
    }
}

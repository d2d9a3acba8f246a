//! How stack.toml is read: what any text does, what an environment changes, how files of odd bytes are told.

use std::fmt::Write as _;

use proptest::prelude::*;
use stackctl::config;
use stackctl::model::EnvironmentValue;

use crate::harness::{TestStack, repository};

const WEB: &str = "[stack]\nname = \"shop\"\n\n[services.web]\nimage = \"nginx:1.27\"\nhealthcheck = { test = [\"CMD\", \"nginx\", \"-t\"] }\n";

fn generated(services: usize) -> String {
    let mut text = "[stack]\nname = \"large\"\n\n[postgres]\nschemas = [\"app\"]\n\n".to_owned();
    for index in 0..services {
        let port = 10_000 + index % 50_000;
        let after = index.saturating_sub(1);
        write!(
            text,
            "[services.s{index}]\npython = \"3.11\"\ncommand = \"python main.py\"\nport = {port}\n\
             volumes = [\"./data/{index}:/data\"]\ndepends_on = [\"s{after}\"]\ndatabases = [\"app\"]\n\
             environment = {{ INDEX = {index}, NAME = \"service {index}\" }}\n\n"
        )
        .unwrap();
    }
    text.replace(
        "depends_on = [\"s0\"]\ndatabases = [\"app\"]\nenvironment = { INDEX = 0,",
        "databases = [\"app\"]\nenvironment = { INDEX = 0,",
    )
}

#[test]
fn a_mark_in_front_and_line_ends_of_windows_are_no_problem() {
    let text = format!("\u{feff}{}", WEB.replace('\n', "\r\n"));
    let output = TestStack::new(&text).run(&["check"]).success();
    assert_eq!(output.stdout, "stack.toml is valid: 1 service\n");
    let broken = TestStack::new(&text.replace("image =", "imgae ="))
        .run(&["check"])
        .code(2);
    assert!(broken.stderr.contains("stack.toml:5:1\n"), "{}", broken.stderr);
    let first_line = TestStack::new("\u{feff}nmae = 1\r\n").run(&["check"]).code(2);
    assert!(
        first_line.stderr.contains("stack.toml:1:1\n"),
        "{}",
        first_line.stderr
    );
}

#[test]
fn a_file_that_is_not_utf_8_is_told_with_its_line() {
    let stack = TestStack::empty();
    std::fs::write(stack.path().join("stack.toml"), b"[stack]\nname = \"caf\xe9\"\n").unwrap();
    let output = stack.run(&["check"]).code(2);
    assert_eq!(
        output.stderr,
        "error: `stack.toml` is not UTF-8 text: line 2 holds other bytes\nhint: save the file as UTF-8 in your editor\n"
    );
}

#[test]
fn a_file_that_is_not_there_is_told_with_what_writes_one() {
    let output = TestStack::empty().run(&["check"]).code(2);
    assert!(
        output.stderr.contains("can't read `stack.toml`"),
        "{}",
        output.stderr
    );
    assert!(output.stderr.contains("`stackctl init`"), "{}", output.stderr);
}

#[test]
fn a_file_of_a_megabyte_is_read() {
    let text = generated(5000);
    assert!(text.len() > 1_000_000);
    let output = TestStack::new(&text).run(&["check"]).success();
    assert_eq!(
        output.stdout,
        "stack.toml is valid: 5000 services, PostgreSQL 15\n"
    );
}

#[test]
fn of_many_problems_the_first_hundred_are_drawn_and_the_rest_counted() {
    let text = generated(300).replace("python = \"3.11\"", "python = \"3.1\"");
    let output = TestStack::new(&text).run(&["check"]).code(2);
    assert_eq!(output.stderr.matches("error[").count(), 100);
    assert!(output.stderr.contains("… and 200 more"), "{}", output.stderr);
    let output = TestStack::new(&text).run(&["check", "--format", "json"]).code(2);
    let told: serde_json::Value = serde_json::from_str(&output.stderr).unwrap();
    assert_eq!(told["diagnostics"].as_array().unwrap().len(), 300);
}

#[test]
fn a_key_can_not_repaint_the_terminal() {
    let output = TestStack::new(&format!("{WEB}\"\\u001b[31m\" = 1\n"))
        .run(&["check"])
        .code(2);
    assert!(!output.stderr.contains('\u{1b}'), "{:?}", output.stderr);
}

#[test]
fn an_environment_is_laid_over_the_rest_key_by_key() {
    let text = format!(
        "{WEB}environment = {{ A = \"1\", B = \"2\" }}\n\n[environments.staging]\nservices.web.environment.B = \"3\"\nservices.web.ports = \"8080:80\"\n"
    );
    let base = config::load(&text, None).unwrap().stack;
    let staging = config::load(&text, Some("staging")).unwrap().stack;
    let values = |stack: &stackctl::model::Stack| -> Vec<EnvironmentValue> {
        stack.services[0].environment.values().cloned().collect()
    };
    let literal = |text: &str| EnvironmentValue::Literal(text.to_owned());
    assert_eq!(values(&base), [literal("1"), literal("2")]);
    assert_eq!(values(&staging), [literal("1"), literal("3")]);
    assert_eq!(
        (base.project(), staging.project()),
        ("shop".to_owned(), "shop-staging".to_owned())
    );
    assert_eq!(
        (
            base.services[0].published.len(),
            staging.services[0].published.len()
        ),
        (0, 1)
    );
    assert_eq!(config::environments(&text), ["staging"]);
}

#[test]
fn an_environment_that_is_not_in_use_is_checked_as_well() {
    let text = format!(
        "{WEB}\n[environments.staging]\nservices.web.memory = \"much\"\nservices.web.depends_on = \"wbe\"\n"
    );
    let output = TestStack::new(&text).run(&["check"]).code(2);
    assert!(output.stderr.contains("stack.toml:9:23"), "{}", output.stderr);
    assert!(output.stderr.contains("did you mean `web`?"), "{}", output.stderr);
    let base =
        format!("{WEB}memory = \"much\"\n\n[environments.staging]\nservices.web.ports = \"8080:80\"\n");
    let output = TestStack::new(&base).run(&["check"]).code(2);
    assert_eq!(output.stderr.matches("error[").count(), 1, "{}", output.stderr);
}

#[test]
fn a_port_that_an_environment_repeats_is_taken_as_meant() {
    let text = format!("{WEB}ports = \"8080:80\"\n\n[environments.staging]\n");
    let warned = TestStack::new(&text)
        .run(&["check", "--env", "staging"])
        .success();
    assert!(
        warned.stderr.contains("warning[environment-port-clash]"),
        "{}",
        warned.stderr
    );
    let text = format!("{text}services.web.ports = \"8080:80\"\n");
    let silent = TestStack::new(&text)
        .run(&["check", "--env", "staging"])
        .success();
    assert_eq!(silent.stderr, "");
}

#[test]
fn numbers_and_dates_reach_a_container_as_they_are_written() {
    let text =
        format!("{WEB}environment = {{ N = 1_000, F = 1.50, D = 2024-01-01, T = 07:30:00, B = true }}\n");
    let stack = config::load(&text, None).unwrap().stack;
    let values: Vec<String> = stack.services[0]
        .environment
        .values()
        .map(|value| match value {
            EnvironmentValue::Literal(text) => text.clone(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(values, ["true", "2024-01-01", "1.50", "1000", "07:30:00"]);
}

#[test]
fn a_chain_of_thousands_of_services_needs_no_deep_stack() {
    let mut text = "[stack]\nname = \"chain\"\n".to_owned();
    for index in 0..20_000 {
        let next = (index + 1) % 20_000;
        writeln!(
            text,
            "[services.s{index}]\nimage=\"a:1\"\nhealthcheck={{disable=true}}\ndepends_on=\"s{next}\""
        )
        .unwrap();
    }
    let problems = config::load(&text, None).unwrap_err();
    assert_eq!(problems.len(), 1);
}

/// Parts of real files, from which texts are put together that come further than random ones.
fn seeds() -> Vec<String> {
    let mut seeds = vec![std::fs::read_to_string(repository().join("stack.toml.example")).unwrap()];
    for entry in std::fs::read_dir(repository().join("tests/invalid")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            seeds.push(std::fs::read_to_string(path).unwrap());
        }
    }
    seeds
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,200}", environment in proptest::option::of("[a-z]{1,8}")) {
        let _ = config::load(&text, environment.as_deref());
    }

    #[test]
    fn no_change_of_a_real_file_makes_it_panic(
        seed in 0_usize..1000,
        changes in proptest::collection::vec((0_usize..100_000, 0_usize..12), 1..6),
    ) {
        const PIECES: [&str; 12] =
            ["", "\"", "[", "]", "=", "\n", "{", "}", ".", "0", "\u{0}", "[environments.staging.services.api]\nport = 1\n"];
        let seeds = seeds();
        let mut text = seeds[seed % seeds.len()].clone();
        for (place, piece) in changes {
            let mut at = place % (text.len() + 1);
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            let end = text[at..].char_indices().nth(place % 3).map_or(text.len(), |(offset, _)| at + offset);
            text.replace_range(at..end, PIECES[piece]);
        }
        for environment in [None, Some("staging")] {
            if let Err(problems) = config::load(&text, environment) {
                for problem in problems {
                    for label in problem.labels {
                        prop_assert!(text.get(label.span.clone()).is_some(), "{:?} is no place of the text", label.span);
                    }
                }
            }
        }
    }
}

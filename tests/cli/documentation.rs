//! README.md and CONTRIBUTING.md: their stack.toml are valid, and their commands exist.

use std::collections::BTreeSet;
use std::fs;

use stackctl::config;

use crate::harness::{TestStack, repository};

fn documents() -> Vec<(&'static str, String)> {
    let read = |name| (name, fs::read_to_string(repository().join(name)).unwrap());
    vec![read("README.md"), read("CONTRIBUTING.md")]
}

/// The subcommands that the help lists.
fn commands() -> BTreeSet<String> {
    let help = TestStack::empty().run(&["--help"]).success().stdout;
    let listed = help
        .split("Commands:\n")
        .nth(1)
        .unwrap()
        .split("\n\n")
        .next()
        .unwrap();
    // Lines with a deeper indent go on with the description above.
    let lines = listed.lines().filter_map(|line| line.strip_prefix("  "));
    let names = lines
        .filter(|line| !line.starts_with(' '))
        .filter_map(|line| line.split_whitespace().next());
    names.map(str::to_owned).collect()
}

/// The fenced blocks of a language.
fn blocks<'a>(text: &'a str, language: &str) -> Vec<&'a str> {
    let opening = format!("```{language}\n");
    let rest = text.split(opening.as_str()).skip(1);
    rest.map(|block| block.split("```").next().unwrap()).collect()
}

#[test]
fn every_stack_toml_in_the_documents_is_valid() {
    let mut count = 0;
    for (name, text) in documents() {
        for block in blocks(&text, "toml") {
            count += 1;
            let head = if block.contains("[stack]") {
                ""
            } else {
                "[stack]\nname = \"shop\"\n\n"
            };
            let whole = format!("{head}{block}");
            for environment in [None].into_iter().chain(
                config::environments(&whole)
                    .iter()
                    .map(|name| Some(name.as_str())),
            ) {
                let problems = config::load(&whole, environment)
                    .map_or_else(|problems| problems, |loaded| loaded.warnings);
                assert!(problems.is_empty(), "{name}:\n{whole}\n{problems:#?}");
            }
        }
    }
    assert!(count > 3, "only {count} blocks");
}

#[test]
fn every_command_in_the_documents_exists() {
    let known = commands();
    let mut wrong = Vec::new();
    for (name, text) in documents() {
        for (index, _) in text.match_indices("stackctl ") {
            let (before, rest) = (&text[..index], &text[index + "stackctl ".len()..]);
            let words = rest.lines().next().unwrap().split([' ', '`', '|', ',', '.']);
            let mut words = words.filter(|word| !word.is_empty());
            let mut word = words.next().unwrap_or_default();
            if word == "--env" || word == "-C" {
                word = words.nth(1).unwrap_or_default();
            }
            let is_command = !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase());
            // In running text the word behind `stackctl` is no command; commands stand in backticks or blocks.
            let is_code = before.ends_with(['`', '$']) || before.ends_with("$ ") || before.ends_with("    ");
            if is_command && is_code && !known.contains(word) {
                wrong.push(format!("{name}: `stackctl {word}`"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn every_command_stands_in_the_readme() {
    let readme = fs::read_to_string(repository().join("README.md")).unwrap();
    for command in commands() {
        assert!(
            readme.contains(&format!("| `stackctl {command}")),
            "README.md lacks `{command}`"
        );
    }
}

#[test]
fn every_target_and_path_in_the_documents_exists() {
    let makefile = fs::read_to_string(repository().join("Makefile")).unwrap();
    for (name, text) in documents() {
        for (index, _) in text.match_indices("make ") {
            let (before, rest) = (&text[..index], &text[index + "make ".len()..]);
            let target = rest
                .split(|c: char| !c.is_ascii_lowercase() && c != '-')
                .next()
                .unwrap();
            if before.ends_with(['`', ';']) || before.ends_with("    ") {
                assert!(
                    makefile.contains(&format!("\n{target}:")),
                    "{name}: `make {target}`"
                );
            }
        }
        for word in text.split('`').skip(1).step_by(2) {
            let is_path = ["src/", "tests/", "templates/", "scripts/", "examples/"]
                .iter()
                .any(|root| word.starts_with(root));
            let is_pattern = word.contains(|c: char| c.is_ascii_uppercase() || c == '…');
            // templates/services is a folder of the user's project as well, of the same name.
            if is_path && !is_pattern {
                assert!(repository().join(word).exists(), "{name}: `{word}`");
            }
        }
    }
}

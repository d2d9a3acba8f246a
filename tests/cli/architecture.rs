//! The rules of the house that a compiler does not hold: which room may use which, what pure rooms may not touch,
//! how files are named and how long they are.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::harness::repository;

/// A source file without its comments and its tests.
struct Source {
    /// Relative to src/, such as `config/load.rs`.
    path: String,
    whole: String,
    code: String,
}

fn sources() -> Vec<Source> {
    let root = repository().join("src");
    let mut paths = Vec::new();
    collect(&root, &mut paths);
    // A `tests.rs` is the tests of the file above it, with what lies in a folder of that name.
    paths.retain(|path| !path.ends_with("tests.rs") && path.iter().all(|part| part != "tests"));
    paths.sort();
    let sources: Vec<Source> = paths
        .into_iter()
        .map(|path| {
            let whole = fs::read_to_string(&path).unwrap();
            let before_tests = whole.split("#[cfg(test)]\nmod ").next().unwrap();
            let lines = before_tests
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"));
            Source {
                path: path.strip_prefix(&root).unwrap().display().to_string(),
                code: lines.collect::<Vec<_>>().join("\n"),
                whole,
            }
        })
        .collect();
    assert!(sources.len() > 50, "the sources were not found");
    sources
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, paths);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            paths.push(path);
        }
    }
}

impl Source {
    /// The top-level module that the file belongs to.
    fn room(&self) -> &str {
        self.path.split('/').next().unwrap().trim_end_matches(".rs")
    }

    fn is_in(&self, rooms: &[&str]) -> bool {
        rooms.contains(&self.room())
    }

    fn is_plan(&self) -> bool {
        self.path.ends_with("/plan.rs") || self.path.contains("/plan/")
    }

    /// The rooms that the code names.
    fn uses(&self) -> BTreeSet<&str> {
        let names = self.code.split("crate::").skip(1);
        let names = names.map(|rest| {
            rest.split(|c: char| !c.is_alphanumeric() && c != '_')
                .next()
                .unwrap()
        });
        names.filter(|name| !name.is_empty()).collect()
    }

    fn names(&self, path: &str) -> bool {
        self.code.match_indices(path).any(|(index, _)| {
            let before = self.code[..index].chars().next_back();
            !before.is_some_and(|c| c.is_alphanumeric() || c == '_')
        })
    }
}

/// The rooms from the floor up, as src/lib.rs lists them.
fn rooms() -> Vec<String> {
    let text = fs::read_to_string(repository().join("src/lib.rs")).unwrap();
    let names = text
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    names.map(str::to_owned).collect()
}

fn none(what: &str, found: &[String]) {
    assert!(found.is_empty(), "{what}:\n  {}", found.join("\n  "));
}

#[test]
fn every_room_uses_only_rooms_below_it() {
    let rooms = rooms();
    let floor = |name: &str| rooms.iter().position(|room| room == name);
    let mut wrong = Vec::new();
    for source in sources() {
        let Some(own) = floor(source.room()) else { continue };
        for used in source.uses() {
            let Some(other) = floor(used) else { continue };
            // diagnostic, error and event lie side by side on the floor.
            if other > own {
                wrong.push(format!(
                    "src/{} uses crate::{used}, which lies above it",
                    source.path
                ));
            }
        }
        if source.path == format!("{}.rs", source.room()) && source.names("super::") {
            wrong.push(format!("src/{} leaves its room by `super::`", source.path));
        }
    }
    none("arrows point down only", &wrong);
}

#[test]
fn lib_lists_the_rooms_in_the_order_of_the_design() {
    let rooms = rooms();
    let order = [
        "model", "crontab", "runtime", "config", "artifact", "render", "engine", "ui", "cli",
    ];
    let places: Vec<_> = order
        .iter()
        .filter_map(|name| rooms.iter().position(|room| room == name))
        .collect();
    assert!(places.is_sorted(), "src/lib.rs lists {rooms:?}");
    assert_eq!(rooms.last().map(String::as_str), Some("cli"));
}

#[test]
fn pure_rooms_touch_nothing_outside() {
    const OUTSIDE: [&str; 12] = [
        "tokio",
        "std::process",
        "std::fs",
        "std::env",
        "std::thread",
        "std::net::Tcp",
        "std::net::Udp",
        "std::net::ToSocketAddrs",
        "std::os",
        "rusqlite",
        "tokio_postgres",
        "nix",
    ];
    let mut wrong = Vec::new();
    for source in sources() {
        if source.is_in(&["model", "crontab", "config", "artifact", "diagnostic", "event"])
            || source.is_plan()
        {
            let named = OUTSIDE.into_iter().filter(|path| {
                source.names(&format!("{path}::"))
                    || source.names(&format!("use {path}"))
                    || (path.contains("::") && source.names(path))
            });
            wrong.extend(named.map(|path| format!("src/{} names {path}", source.path)));
        }
    }
    none("these rooms are pure", &wrong);
}

#[test]
fn only_the_command_line_names_clap_and_anyhow() {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| !source.is_in(&["cli", "main"])) {
        let named = ["clap::", "clap_complete::", "clap_mangen::", "anyhow::"].into_iter();
        wrong.extend(
            named
                .filter(|path| source.names(path))
                .map(|path| format!("src/{} names {path}", source.path)),
        );
    }
    none("nothing below cli names these", &wrong);
}

#[test]
fn the_user_interface_knows_only_what_it_draws() {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| source.room() == "ui") {
        for used in source.uses() {
            if !["diagnostic", "event", "ui"].contains(&used) {
                wrong.push(format!("src/{} uses crate::{used}", source.path));
            }
        }
    }
    none("ui draws diagnostics and events", &wrong);
}

#[test]
fn files_are_short() {
    const LONGEST: usize = 600;
    const MEDIAN: usize = 150;
    let mut lengths = Vec::new();
    let mut wrong = Vec::new();
    for source in sources() {
        let length = source
            .whole
            .split("#[cfg(test)]\nmod ")
            .next()
            .unwrap()
            .lines()
            .count();
        if length > LONGEST {
            wrong.push(format!(
                "src/{} has {length} lines without its tests",
                source.path
            ));
        }
        lengths.push(length);
    }
    none(&format!("a file has at most {LONGEST} lines"), &wrong);
    lengths.sort_unstable();
    let median = lengths[lengths.len() / 2];
    assert!(
        median <= MEDIAN,
        "half of the files have more than {median} lines"
    );
}

#[test]
fn files_are_named_after_what_they_hold() {
    const BANNED: [&str; 8] = [
        "mod", "utils", "util", "helpers", "common", "types", "manager", "imp",
    ];
    let mut wrong = Vec::new();
    for source in sources() {
        let mut parts = source.path.trim_end_matches(".rs").split('/');
        if let Some(part) = parts.find(|part| BANNED.contains(part)) {
            wrong.push(format!("src/{}: `{part}` says nothing", source.path));
        }
    }
    none("names", &wrong);
}

#[test]
fn every_file_says_first_what_it_is_for() {
    let found = sources();
    let without = found.iter().filter(|source| !source.whole.starts_with("//! "));
    none(
        "these do not start with `//!`",
        &without.map(|source| source.path.clone()).collect::<Vec<_>>(),
    );
}

#[test]
fn nothing_gives_up_or_was_left_behind() {
    const BANNED: [&str; 8] = [
        ".unwrap()",
        "todo!(",
        "unimplemented!(",
        "dbg!(",
        "panic!(",
        "FIXME",
        "XXX",
        "TODO",
    ];
    let mut wrong = Vec::new();
    for source in sources() {
        for (number, line) in source
            .whole
            .split("#[cfg(test)]\nmod ")
            .next()
            .unwrap()
            .lines()
            .enumerate()
        {
            if let Some(word) = BANNED.iter().find(|word| line.contains(**word)) {
                wrong.push(format!("src/{}:{} has `{word}`", source.path, number + 1));
            }
        }
    }
    none("outside tests", &wrong);
}

#[test]
fn main_is_a_few_lines() {
    let text = fs::read_to_string(repository().join("src/main.rs")).unwrap();
    assert!(text.lines().count() < 40);
}

#[test]
fn every_test_file_is_part_of_the_binary() {
    let folder = repository().join("tests/cli");
    let main = fs::read_to_string(folder.join("main.rs")).unwrap();
    let mut wrong = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        if name != "main" && !main.contains(&format!("mod {name};")) {
            wrong.push(path.display().to_string());
        }
    }
    none("tests/cli/main.rs does not list these", &wrong);
}

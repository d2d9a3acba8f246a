//! Which containers a new set touches, and why.
//!
//! Compose makes a container anew when its service's definition or its image changed. The definitions of both
//! sets are compared as text, service by service: stackctl writes compose.yaml itself, two spaces for each level,
//! so no reader of YAML is needed. A service that differs in a comment only is named too; that happens with a new
//! release of stackctl, and a container too many is better told than one too few.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::plan::{Change, Kind};

/// The file that describes the containers.
pub const COMPOSE_FILE: &str = "compose.yaml";

/// What happens to a service's container.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// The service is new.
    Created,
    /// The service is gone.
    Removed,
    /// Its definition, or what it mounts, changed.
    Recreated,
    /// What its image is built from changed.
    Rebuilt,
}

/// A service whose container is touched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Container {
    /// The service.
    pub service: String,
    /// What happens to its container.
    pub effect: Effect,
    /// Why: keys of its definition, files, or parts of the stack it shares.
    pub because: Vec<String>,
}

impl std::fmt::Display for Container {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let effect = match self.effect {
            Effect::Created => "created",
            Effect::Removed => "removed",
            Effect::Recreated => "recreated",
            Effect::Rebuilt => "rebuilt",
        };
        write!(f, "{} will be {effect}", self.service)?;
        if !self.because.is_empty() {
            write!(f, ": {}", self.because.join(", "))?;
        }
        Ok(())
    }
}

/// Compares two texts of compose.yaml, and looks for services that use a changed file. `folder` is the rendered
/// folder's name.
pub fn touched(old: &str, new: &str, folder: &str, changes: &[Change]) -> Vec<Container> {
    let (old, new) = (Sections::of(old), Sections::of(new));
    let shared = changed_shares(&old, &new);
    let (before, after) = (old.services(), new.services());
    let mut containers = Vec::new();
    for (service, text) in after {
        let Some(was) = before.get(service) else {
            containers.push(Container {
                service: service.clone(),
                effect: Effect::Created,
                because: Vec::new(),
            });
            continue;
        };
        let mut because = changed_keys(was, text);
        because.extend(
            shared
                .iter()
                .filter(|share| share.is_used_by(text))
                .map(Share::to_string),
        );
        let files: Vec<&Change> = changes
            .iter()
            .filter(|change| change.path != COMPOSE_FILE && change.kind != Kind::Mode)
            .filter(|change| uses(text, folder, &change.path))
            .collect();
        because.extend(files.iter().map(|change| format!("`{}`", change.path)));
        if because.is_empty() {
            continue;
        }
        let build = keys(text).remove("build").unwrap_or_default();
        let is_rebuilt =
            was_rebuilt(was, text) || files.iter().any(|change| uses(&build, folder, &change.path));
        containers.push(Container {
            service: service.clone(),
            effect: if is_rebuilt {
                Effect::Rebuilt
            } else {
                Effect::Recreated
            },
            because,
        });
    }
    let gone = before.keys().filter(|service| !after.contains_key(*service));
    containers.extend(gone.map(|service| Container {
        service: service.clone(),
        effect: Effect::Removed,
        because: Vec::new(),
    }));
    containers.sort_by(|a, b| a.service.cmp(&b.service));
    containers
}

/// A part of the stack that services share, such as a network.
struct Share {
    section: String,
    name: String,
}

impl Share {
    /// Whether a service's definition names it. A key of the top level without entries, such as `name`, concerns
    /// every service.
    fn is_used_by(&self, service: &str) -> bool {
        self.name.is_empty() || stands_in(service, &self.name)
    }
}

impl std::fmt::Display for Share {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.name.is_empty() {
            write!(f, "`{}` of the stack", self.section)
        } else {
            write!(f, "`{}.{}`", self.section, self.name)
        }
    }
}

/// The text of compose.yaml by key of its top level, and by the entries below it. What stands on the key's own
/// line, such as a name, is the entry with the empty name.
#[derive(Default)]
struct Sections(BTreeMap<String, BTreeMap<String, String>>);

impl Sections {
    fn of(text: &str) -> Self {
        let mut sections = Self::default();
        let (mut section, mut entry) = (String::new(), String::new());
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            let indent = line.len() - line.trim_start().len();
            if indent <= 2 && line.trim_start().starts_with('#') {
                continue;
            }
            let mut content = line;
            if let (0 | 2, Some((key, rest))) = (indent, key(line)) {
                if indent == 0 {
                    (section, entry) = (key, String::new());
                } else {
                    entry = key;
                }
                content = rest;
            }
            if entry.is_empty() && content.is_empty() {
                continue;
            }
            let text = sections
                .0
                .entry(section.clone())
                .or_default()
                .entry(entry.clone())
                .or_default();
            text.push_str(content);
            text.push('\n');
        }
        sections
    }

    fn services(&self) -> &BTreeMap<String, String> {
        static NONE: BTreeMap<String, String> = BTreeMap::new();
        self.0.get("services").unwrap_or(&NONE)
    }
}

/// The key that a line begins with, and what stands behind its colon.
fn key(line: &str) -> Option<(String, &str)> {
    let (key, rest) = line.split_once(':')?;
    let is_key = rest.is_empty() || rest.starts_with(' ');
    let key = key.trim().trim_matches(['"', '\'']);
    (is_key && !key.is_empty() && !key.starts_with("- ")).then(|| (key.to_owned(), rest.trim()))
}

/// The parts below a service's name, by key.
fn keys(service: &str) -> BTreeMap<String, String> {
    let mut keys: BTreeMap<String, String> = BTreeMap::new();
    let mut current = String::new();
    for line in service.lines() {
        let own = line
            .strip_prefix("    ")
            .filter(|rest| !rest.starts_with([' ', '#', '-']));
        if let Some((key, _)) = own.and_then(key) {
            current = key;
        }
        let text = keys.entry(current.clone()).or_default();
        text.push_str(line);
        text.push('\n');
    }
    keys
}

/// The keys of a service that differ.
fn changed_keys(old: &str, new: &str) -> Vec<String> {
    if old == new {
        return Vec::new();
    }
    let (old, new) = (keys(old), keys(new));
    let all: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    all.into_iter()
        .filter(|key| old.get(*key) != new.get(*key))
        .map(|key| {
            if key.is_empty() {
                "its definition".to_owned()
            } else {
                format!("`{key}`")
            }
        })
        .collect()
}

fn was_rebuilt(old: &str, new: &str) -> bool {
    keys(old).get("build") != keys(new).get("build")
}

fn changed_shares(old: &Sections, new: &Sections) -> Vec<Share> {
    let mut shares = Vec::new();
    for (section, entries) in new.0.iter().filter(|(section, _)| *section != "services") {
        let before = old.0.get(section);
        for (name, text) in entries {
            // A part that was not there has no container that uses it unless that container's definition changed.
            if before
                .and_then(|before| before.get(name))
                .is_some_and(|was| was != text)
            {
                shares.push(Share {
                    section: section.clone(),
                    name: name.clone(),
                });
            }
        }
    }
    shares
}

/// Whether a definition names a rendered file, or a folder that holds it. The builder reads `X.dockerignore` with
/// a Dockerfile `X`.
fn uses(definition: &str, folder: &str, path: &str) -> bool {
    let path = path.strip_suffix(".dockerignore").unwrap_or(path);
    std::path::Path::new(path)
        .ancestors()
        .filter_map(std::path::Path::to_str)
        .filter(|part| !part.is_empty())
        .any(|part| {
            stands_in(definition, &format!("./{part}")) || stands_in(definition, &format!("{folder}/{part}"))
        })
}

/// Whether a text holds a word that is not part of a longer name or path.
fn stands_in(text: &str, word: &str) -> bool {
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
    text.match_indices(word).any(|(start, found)| {
        let before = text[..start].chars().next_back();
        let behind = text[start + found.len()..].chars().next();
        !before.is_some_and(|c| is_name(c) && c != '/') && !behind.is_some_and(is_name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "\
name: shop
services:
  # The one people see.
  api:
    build:
      context: ..
      dockerfile: rendered/api/Dockerfile
    environment:
      LEVEL: info
    networks:
      - data
  db:
    image: postgres:15
    volumes:
      - ./postgres/postgresql.conf:/etc/postgresql.conf:ro
      - ./postgres/init:/docker-entrypoint-initdb.d:ro
    networks:
      - data
  web:
    image: nginx:1.27
networks:
  data:
    internal: true
";

    fn changed(path: &str) -> Change {
        Change {
            path: path.to_owned(),
            kind: Kind::Changed,
            old: None,
            new: None,
            conflict: None,
        }
    }

    fn told(new: &str, changes: &[Change]) -> Vec<String> {
        let containers = touched(OLD, new, "rendered", changes);
        containers.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_changed_value_touches_its_service_only() {
        let new = OLD.replace("info", "debug");
        assert_eq!(told(&new, &[]), ["api will be recreated: `environment`"]);
        assert_eq!(told(OLD, &[]), [""; 0]);
    }

    #[test]
    fn new_and_gone_services_are_told() {
        let new = OLD.replace("  web:\n", "  edge:\n");
        assert_eq!(told(&new, &[]), ["edge will be created", "web will be removed"]);
    }

    #[test]
    fn a_shared_network_touches_who_names_it() {
        let new = OLD.replace("internal: true", "internal: false");
        assert_eq!(
            told(&new, &[]),
            [
                "api will be recreated: `networks.data`",
                "db will be recreated: `networks.data`"
            ]
        );
        let new = OLD.replace("name: shop", "name: store");
        assert_eq!(told(&new, &[]).len(), 3);
    }

    #[test]
    fn a_changed_file_touches_who_builds_from_it_or_mounts_it() {
        assert_eq!(
            told(OLD, &[changed("api/Dockerfile")]),
            ["api will be rebuilt: `api/Dockerfile`"]
        );
        assert_eq!(
            told(OLD, &[changed("postgres/init/10.sql")]),
            ["db will be recreated: `postgres/init/10.sql`"]
        );
        assert_eq!(told(OLD, &[changed("postgres/initial.sql")]), [""; 0]);
        assert_eq!(
            told(OLD, &[changed("api/Dockerfile.dockerignore")]),
            ["api will be rebuilt: `api/Dockerfile.dockerignore`"]
        );
    }
}

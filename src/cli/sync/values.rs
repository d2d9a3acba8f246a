//! What is given for each option: a flag over a variable, a variable of its own name over one of a former version.

use std::collections::BTreeMap;
use std::time::Duration;

use clap::ArgMatches;
use clap::parser::ValueSource;

use super::config_error::ConfigError;
use super::flag::{Flag, Kind};
use super::{flags, go_value};

/// Values by the name of their option.
#[derive(Debug, Default)]
pub struct Values {
    given: BTreeMap<&'static str, Given>,
    /// What should be told of them once there is a log.
    pub notes: Vec<String>,
}

/// A value that was given.
#[derive(Debug, Clone)]
struct Given {
    texts: Vec<String>,
    origin: Origin,
}

/// Where a value came from; the greater one counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Origin {
    /// A variable of a former version.
    FormerVariable,
    /// A variable.
    Variable,
    /// A flag.
    Flag,
}

impl Values {
    /// Puts flags and variables together. The parser has checked flags; variables are checked here.
    pub fn read(
        matches: &ArgMatches,
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, ConfigError> {
        let mut values = Self::default();
        for flag in flags::all() {
            if let Some(given) = values.variables(flag, variable)? {
                values.given.insert(flag.name, given);
            }
            if matches.value_source(flag.name) == Some(ValueSource::CommandLine) {
                values.argument(flag, matches);
            }
        }
        Ok(values)
    }

    fn variables(
        &mut self,
        flag: &'static Flag,
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Option<Given>, ConfigError> {
        let mut found: Option<(&str, Given)> = None;
        for name in flag.variables {
            let Some(text) = variable(name) else { continue };
            let is_former = !name.starts_with("GITSYNC_");
            if let Some(instead) = flag.instead {
                self.notes
                    .push(format!("${name} is of a former version: {instead}"));
            } else if is_former {
                let own = flag.variables[0];
                self.notes
                    .push(format!("${name} is of a former version: use ${own} instead"));
            }
            if let Some((first, _)) = &found {
                self.notes.push(format!("${first} is taken, and ${name} is not"));
                continue;
            }
            flag.check(&text)
                .map_err(|reason| ConfigError::Variable { name, reason })?;
            let origin = if is_former {
                Origin::FormerVariable
            } else {
                Origin::Variable
            };
            let texts = if flag.name == "ssh-key-file" {
                text.split(':').map(str::to_owned).collect()
            } else {
                vec![text]
            };
            found = Some((name, Given { texts, origin }));
        }
        Ok(found.map(|(_, given)| given))
    }

    fn argument(&mut self, flag: &'static Flag, matches: &ArgMatches) {
        let texts: Vec<String> = matches
            .get_many::<String>(flag.name)
            .into_iter()
            .flatten()
            .cloned()
            .collect();
        if let Some(instead) = flag.instead {
            self.notes
                .push(format!("--{} is of a former version: {instead}", flag.name));
        }
        // An empty password is none, so that a test can leave the variable alone.
        if flag.is_variable() && texts.iter().all(String::is_empty) {
            return;
        }
        let mut texts = texts;
        if flag.name == "credential" {
            // Those of the variable stay.
            let former = self.given.remove(flag.name).map(|given| given.texts);
            texts.splice(0..0, former.unwrap_or_default());
        }
        let origin = Origin::Flag;
        self.given.insert(flag.name, Given { texts, origin });
    }

    /// Whether it was given at all.
    pub fn is_given(&self, name: &str) -> bool {
        self.given.contains_key(name)
    }

    /// Whether it was given as a flag or by a variable, with something in it.
    pub fn is_filled(&self, name: &str) -> bool {
        !self.text(name).is_empty()
    }

    /// Puts the value of an option of a former version in the place of today's, unless that was given in a way that
    /// counts more. Gives back whether it did.
    pub fn replace(&mut self, name: &'static str, former: &str, text: String) -> bool {
        let former_origin = self.given.get(former).map(|given| given.origin);
        let own_origin = self.given.get(name).map(|given| given.origin);
        if former_origin < own_origin {
            self.notes.push(format!(
                "--{name} is taken, and --{former} of a former version is not"
            ));
            return false;
        }
        let origin = former_origin.unwrap_or(Origin::FormerVariable);
        let texts = vec![text];
        self.given.insert(name, Given { texts, origin });
        true
    }

    /// A text: the last that was given, or the default.
    pub fn text(&self, name: &str) -> &str {
        let given = self.given.get(name).and_then(|given| given.texts.last());
        given.map_or_else(|| flags::named(name).default, String::as_str)
    }

    /// A text, where there is one.
    pub fn filled(&self, name: &str) -> Option<&str> {
        Some(self.text(name)).filter(|text| !text.is_empty())
    }

    /// Every text that was given, or the default alone.
    pub fn texts(&self, name: &str) -> Vec<String> {
        let default = || match flags::named(name).default {
            "" => Vec::new(),
            text => vec![text.to_owned()],
        };
        self.given
            .get(name)
            .map_or_else(default, |given| given.texts.clone())
    }

    /// A switch.
    pub fn switch(&self, name: &str) -> bool {
        go_value::switch(self.text(name)).expect(CHECKED)
    }

    /// A whole number.
    pub fn number(&self, name: &str) -> i64 {
        go_value::number(self.text(name)).expect(CHECKED)
    }

    /// A number of seconds.
    pub fn decimal(&self, name: &str) -> f64 {
        go_value::decimal(self.text(name)).expect(CHECKED)
    }

    /// A length of time.
    pub fn duration(&self, name: &str) -> Duration {
        go_value::duration(self.text(name)).expect(CHECKED)
    }

    /// What was given, for the log, in the order of the help; with `all` also the defaults. Secrets are hidden.
    pub fn shown(&self, all: bool) -> Vec<String> {
        flags::all()
            .filter(|flag| !flag.is_variable())
            .filter(|flag| {
                self.is_given(flag.name) || (all && flag.instead.is_none() && !flag.default.is_empty())
            })
            .flat_map(|flag| {
                let texts = self.texts(flag.name);
                texts
                    .into_iter()
                    .map(|text| format!("--{}={}", flag.name, shown(flag, &text)))
            })
            .collect()
    }
}

/// Values were checked when they were read, and defaults hold.
const CHECKED: &str = "values are checked when they are read";

/// A value as it may be seen.
fn shown(flag: &Flag, text: &str) -> String {
    const HIDDEN: &str = "***";
    match flag.name {
        "repo" | "proxy" | "github-base-url" => super::repository_url::shown(text),
        // Secrets stand in paths and queries of such URLs.
        "askpass-url" | "webhook-url" => super::repository_url::host(text),
        // Headers with tokens are settings too.
        "git-config" | "git-config-add" => super::git_config::names(text),
        "password" | "credential" => HIDDEN.to_owned(),
        _ if flag.kind == Kind::Switch => go_value::switch(text).expect(CHECKED).to_string(),
        _ => text.to_owned(),
    }
}

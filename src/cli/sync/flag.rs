//! One option of `stackctl sync`: its flag, its variables, its default and its help in one place.

use clap::{Arg, ArgAction};

use super::go_value;

/// What an option holds. The text is what stands for the value in the help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Any text; the last one counts.
    Text(&'static str),
    /// Any text; each use adds one.
    List(&'static str),
    /// Alone it means true.
    Switch,
    /// A whole number.
    Number,
    /// A number of seconds.
    Decimal,
    /// A length of time.
    Duration,
}

/// An option.
#[derive(Debug, Clone, Copy)]
pub struct Flag {
    /// Its name, without dashes.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Variables that stand for it. The first is its own; the others are of former versions, and yield to it.
    pub variables: &'static [&'static str],
    /// Its value where it is not given.
    pub default: &'static str,
    /// What it does.
    pub help: &'static str,
    /// What to write instead of one that is left only for those who still have it.
    pub instead: Option<&'static str>,
}

impl Flag {
    /// An option.
    pub const fn new(
        name: &'static str,
        kind: Kind,
        variables: &'static [&'static str],
        default: &'static str,
        help: &'static str,
    ) -> Self {
        Self {
            name,
            kind,
            variables,
            default,
            help,
            instead: None,
        }
    }

    /// An option of a former version.
    pub const fn deprecated(
        name: &'static str,
        kind: Kind,
        variables: &'static [&'static str],
        default: &'static str,
        instead: &'static str,
    ) -> Self {
        Self {
            instead: Some(instead),
            ..Self::new(name, kind, variables, default, "")
        }
    }

    /// Whether it stands for a variable, so that tests can give it.
    pub fn is_variable(&self) -> bool {
        self.name.starts_with("__env__")
    }

    /// Says what is wrong with a value.
    pub fn check(&self, text: &str) -> Result<(), String> {
        match self.kind {
            Kind::Text(_) | Kind::List(_) => Ok(()),
            Kind::Switch => go_value::switch(text).map(drop),
            Kind::Number => go_value::number(text).map(drop),
            Kind::Decimal => go_value::decimal(text).map(drop),
            Kind::Duration => go_value::duration(text).map(drop),
        }
    }

    /// As the parser of arguments knows it.
    pub fn argument(&'static self) -> Arg {
        let is_hidden = self.instead.is_some() || self.is_variable();
        let argument = Arg::new(self.name)
            .long(self.name)
            .help(self.told())
            .hide(is_hidden)
            .value_name(self.value_name())
            .value_parser(move |text: &str| self.check(text).map(|()| text.to_owned()));
        let argument = if self.name == "verbose" {
            argument.short('v')
        } else {
            argument
        };
        match self.kind {
            Kind::Switch => argument
                .action(ArgAction::Set)
                .num_args(0..=1)
                .require_equals(true)
                .default_missing_value("true"),
            Kind::List(_) => argument.action(ArgAction::Append).allow_hyphen_values(true),
            _ => argument.action(ArgAction::Set).allow_hyphen_values(true),
        }
    }

    fn value_name(&self) -> &'static str {
        match self.kind {
            Kind::Text(name) | Kind::List(name) => name,
            Kind::Switch => "BOOL",
            Kind::Number => "N",
            Kind::Decimal => "SECONDS",
            Kind::Duration => "DURATION",
        }
    }

    fn told(&self) -> String {
        let variable = self.variables.first().filter(|_| self.instead.is_none());
        let variable = variable.map(|name| format!(" [env: {name}]")).unwrap_or_default();
        let is_told = !matches!(self.default, "" | "false");
        let default = if is_told {
            format!(" [default: {}]", self.default)
        } else {
            String::new()
        };
        format!("{}{variable}{default}", self.help)
    }
}

//! `healthcheck` of a service.

use std::num::NonZeroU32;

use toml::Spanned;

use super::problems::Problems;
use super::read::OneOrMany;
use super::table::table;
use crate::diagnostic::{Code, Diagnostic};
use crate::model::{Duration, Healthcheck as Model, Probe};

table! {
    /// How the engine knows that the container works, with Compose's names.
    Healthcheck {
        /// The command: a list of words, or one text for the shell.
        test: OneOrMany<Spanned<String>>,
        /// Use the check which the image brings.
        image: Spanned<bool>,
        /// No check at all.
        disable: Spanned<bool>,
        /// Time between two checks. Default: `5s`.
        interval: Spanned<Duration>,
        /// After which one counts as failed. Default: `5s`.
        timeout: Spanned<Duration>,
        /// Failures in a row that make the container unhealthy. Default: `5`.
        retries: Spanned<NonZeroU32>,
        /// Time after the start in which failures do not count. Default: `10s`.
        start_period: Spanned<Duration>,
    }
}

impl Healthcheck {
    /// Tells what the table gets wrong by itself.
    pub fn check(&self, is_python: bool, problems: &mut Problems) {
        let flag = |key, flag: &Option<Spanned<bool>>| {
            flag.as_ref()
                .filter(|flag| *flag.get_ref())
                .map(|flag| (key, flag.span()))
        };
        let test = self.test.as_ref().and_then(|test| test.0.first());
        let ways = [
            test.map(|word| ("test", word.span())),
            flag("image", &self.image),
            flag("disable", &self.disable),
        ];
        let ways: Vec<_> = ways.into_iter().flatten().collect();
        if let [(first, first_span), (second, span), ..] = &ways[..] {
            let what = format!("`{second}` and `{first}` both say what is checked");
            problems.push(
                Diagnostic::error(Code::ConflictingKeys, span.clone(), what)
                    .and(first_span.clone(), format!("`{first}` here"))
                    .help("keep one of them"),
            );
        }
        if let (true, Some((_, span))) = (is_python, flag("image", &self.image)) {
            problems.push(
                Diagnostic::error(
                    Code::InvalidValue,
                    span,
                    "an image built from `python` brings no check",
                )
                .help("write `port = …`, `health = \"/…\"` or `healthcheck = { test = […] }`"),
            );
        }
        let words: Option<Vec<&str>> = self
            .test
            .as_ref()
            .map(|test| test.0.iter().map(|word| word.get_ref().as_str()).collect());
        if let Some([] | ["" | "CMD" | "CMD-SHELL"]) = words.as_deref() {
            let span = test.map_or(0..0, Spanned::span);
            problems.push(
                Diagnostic::error(Code::InvalidValue, span, "`test` has no command")
                    .help("write one, such as `[\"CMD\", \"redis-cli\", \"ping\"]`"),
            );
        }
    }

    /// The probe that the table itself names.
    pub fn probe(&self) -> Option<Probe> {
        let yes = |flag: &Option<Spanned<bool>>| flag.as_ref().is_some_and(|flag| *flag.get_ref());
        if yes(&self.disable) {
            return Some(Probe::Disabled);
        }
        if yes(&self.image) {
            return Some(Probe::Image);
        }
        let words: Vec<String> = self
            .test
            .as_ref()?
            .0
            .iter()
            .map(|word| word.get_ref().clone())
            .collect();
        Some(match words.split_first() {
            Some((first, rest)) if first == "CMD" => Probe::Command(rest.to_vec()),
            Some((first, rest)) if first == "CMD-SHELL" => Probe::Shell(rest.join(" ")),
            Some((first, [])) if first == "NONE" => Probe::Disabled,
            Some((line, [])) => Probe::Shell(line.clone()),
            _ => Probe::Command(words),
        })
    }

    /// The probe with the table's timing, and the defaults for what it leaves out.
    pub fn timed(&self, probe: Probe) -> Model {
        let time = |value: &Option<Spanned<Duration>>, default| {
            value.as_ref().map_or(default, |value| *value.get_ref())
        };
        Model {
            probe,
            interval: time(&self.interval, Model::INTERVAL),
            timeout: time(&self.timeout, Model::TIMEOUT),
            retries: self
                .retries
                .as_ref()
                .map_or(Model::RETRIES, |retries| retries.get_ref().get()),
            start_period: time(&self.start_period, Model::START_PERIOD),
        }
    }
}

//! `healthcheck` of a service.

use std::num::NonZeroU32;

use toml::Spanned;

use super::read::OneOrMany;
use super::table::table;
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

//! How the engine knows that a service works.

use toml::Spanned;

use super::super::healthcheck::Healthcheck;
use super::super::problems::Problems;
use super::super::service::Service;
use super::super::table::Table;
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::model::{Healthcheck as HealthcheckModel, Port, Probe};

impl Service {
    /// The check as written, or the one that other keys imply.
    pub(super) fn healthcheck(&self, header: Span, problems: &mut Problems) -> Option<HealthcheckModel> {
        let table = self.healthcheck.clone().unwrap_or_default();
        problems.within("healthcheck", |problems| {
            table.check(self.python.is_some(), problems);
        });
        let one_shot = self.one_shot.as_ref().is_some_and(|flag| *flag.get_ref());
        let explicit = table.probe();
        if let (Some(health), Some(_)) = (&self.health, &explicit) {
            problems.push(
                Diagnostic::error(Code::ConflictingKeys, health.span(), "`health` and `healthcheck` both say what is checked")
                    .help("keep one; `healthcheck` may still hold `interval`, `timeout`, `retries` and `start_period`"),
            );
            return None;
        }
        let port = self.port.as_ref().map(|port| port.get_ref().published.container);
        let implied = match (&self.health, port, &self.python) {
            (Some(health), _, _) => return self.http_probe(health, port, &table, problems),
            (None, Some(port), Some(_)) => Some(Probe::Tcp { port }),
            _ if one_shot => Some(Probe::Disabled),
            _ => None,
        };
        let Some(probe) = explicit.or(implied) else {
            let keys = ["health", "healthcheck", "port", "python", "one_shot"];
            let told =
                keys.iter().any(|key| self.unreadable().contains(key)) || !table.unreadable().is_empty();
            if told {
                return None;
            }
            problems.push(
                Diagnostic::error(Code::MissingHealthcheck, header, "nothing tells whether this service works")
                    .help("write `healthcheck = { test = [\"CMD\", \"…\"] }`, or `{ image = true }` for the image's own, or `{ disable = true }`; `one_shot = true` if it runs to its end"),
            );
            return None;
        };
        Some(table.timed(probe))
    }

    fn http_probe(
        &self,
        health: &Spanned<String>,
        port: Option<Port>,
        table: &Healthcheck,
        problems: &mut Problems,
    ) -> Option<HealthcheckModel> {
        let fault = if !health.get_ref().starts_with('/') {
            Some("a path starts with `/`, such as `/health`")
        } else if port.is_none() {
            Some("add `port`, the port that is asked")
        } else if self.python.is_none() {
            Some(
                "it is asked by the image's own Python; for other images write `healthcheck = { test = [\"CMD\", \"…\"] }` with a program that the image has",
            )
        } else {
            None
        };
        if let Some(help) = fault {
            problems.push(
                Diagnostic::error(Code::InvalidValue, health.span(), "`health` can't be asked").help(help),
            );
            return None;
        }
        Some(table.timed(Probe::Http {
            port: port?,
            path: health.get_ref().clone(),
        }))
    }
}

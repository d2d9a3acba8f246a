//! The first line of `status`: whether all is well and, if not, what to type. Pure.

use serde::Serialize;

use super::{Condition, ServiceStatus};
use crate::engine::plan::Unwanted;
use crate::engine::progress::{count, list};

/// The answer in a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Headline {
    /// Whether all is well.
    pub ok: bool,
    /// The answer.
    pub summary: String,
    /// What to type.
    pub next: Option<String>,
}

impl Headline {
    /// Decides what matters most.
    #[must_use]
    pub fn of(
        services: &[ServiceStatus],
        orphans: &[Unwanted],
        rendered: Option<&str>,
        project: &str,
    ) -> Self {
        let are = |condition: Condition| -> Vec<&ServiceStatus> {
            services
                .iter()
                .filter(|service| service.condition == condition)
                .collect()
        };
        let names = |services: &[&ServiceStatus]| {
            let names: Vec<&str> = services.iter().map(|service| service.service.as_str()).collect();
            names.join(" ")
        };
        let absent = are(Condition::Absent);
        if !services.is_empty() && absent.len() == services.len() {
            return Self::not_well(format!("{project} is not up"), "stackctl up");
        }
        let broken = are(Condition::Broken);
        if !broken.is_empty() {
            let told: Vec<String> = broken
                .iter()
                .map(|service| format!("{} is {}", service.service, adjective(&service.state)))
                .collect();
            return Self::not_well(list(&told), format!("stackctl logs {}", names(&broken)));
        }
        if !absent.is_empty() {
            let be = if absent.len() == 1 { "is" } else { "are" };
            return Self::not_well(
                format!("{} {be} not up", names(&absent).replace(' ', ", ")),
                "stackctl up",
            );
        }
        let starting = are(Condition::Starting);
        if !starting.is_empty() {
            let be = if starting.len() == 1 { "is" } else { "are" };
            return Self::not_well(
                format!("{} {be} still starting", names(&starting).replace(' ', ", ")),
                format!("stackctl logs -f {}", names(&starting)),
            );
        }
        let changed: Vec<&ServiceStatus> = services
            .iter()
            .filter(|service| service.action.is_change())
            .collect();
        if !changed.is_empty() {
            return Self::not_well(
                format!(
                    "all containers are well, but {} not what is rendered",
                    match &changed[..] {
                        [one] => format!("{} is", one.service),
                        _ => format!("{} are", names(&changed).replace(' ', ", ")),
                    }
                ),
                "stackctl up",
            );
        }
        if let Some(rendered) = rendered {
            return Self::not_well(
                format!("all containers are well, but the rendered files differ from stack.toml: {rendered}"),
                "stackctl diff",
            );
        }
        if !orphans.is_empty() {
            return Self::not_well(
                format!(
                    "{} of a service that stack.toml has no more",
                    count(orphans.len(), "container")
                ),
                "stackctl up",
            );
        }
        Self {
            ok: true,
            summary: format!("all is well: {}", count(services.len(), "service")),
            next: None,
        }
    }

    /// The same, unless the last `up` did not come to its end: then containers may be well and yet not what the
    /// sources say, because an image could not be built.
    #[must_use]
    pub fn unless_unfinished(self, is_unfinished: bool) -> Self {
        if self.ok && is_unfinished {
            return Self::not_well(
                "all containers are well, but the last `up` did not finish".to_owned(),
                "stackctl up",
            );
        }
        self
    }

    fn not_well(summary: String, next: impl Into<String>) -> Self {
        Self {
            ok: false,
            summary,
            next: Some(next.into()),
        }
    }
}

/// A state so that it reads behind `is`.
fn adjective(state: &str) -> String {
    match state.strip_prefix("ended") {
        Some(rest) => format!("not running (it ended{rest})"),
        None => state.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Action;
    use crate::runtime::docker::HealthStatus;

    fn service(name: &str, state: &str, condition: Condition, action: Action) -> ServiceStatus {
        ServiceStatus {
            service: name.to_owned(),
            state: state.to_owned(),
            condition,
            health: HealthStatus::None,
            exit_code: None,
            restarts: 0,
            ports: Vec::new(),
            image: String::new(),
            image_age: None,
            uptime: None,
            container: None,
            action,
        }
    }

    fn told(services: &[ServiceStatus], rendered: Option<&str>) -> String {
        let headline = Headline::of(services, &[], rendered, "shop");
        match headline.next {
            Some(next) => format!("{} -> {next}", headline.summary),
            None => headline.summary,
        }
    }

    #[test]
    fn an_up_that_did_not_finish_is_told_where_nothing_else_is_wrong() {
        let well = || service("a", "healthy", Condition::Well, Action::Keep);
        let headline = Headline::of(&[well()], &[], None, "shop").unless_unfinished(true);
        assert_eq!(headline.next.as_deref(), Some("stackctl up"));
        assert!(!headline.ok);
        let absent = service("c", "absent", Condition::Absent, Action::Create);
        let headline = Headline::of(&[absent], &[], None, "shop").unless_unfinished(true);
        assert_eq!(headline.summary, "shop is not up");
    }

    #[test]
    fn what_matters_most_is_told_first() {
        let well = || service("a", "healthy", Condition::Well, Action::Keep);
        let broken = service("b", "ended with code 1", Condition::Broken, Action::Keep);
        let absent = || service("c", "absent", Condition::Absent, Action::Create);
        let changed = service("d", "healthy", Condition::Well, Action::Recreate("x".to_owned()));
        assert_eq!(told(&[well()], None), "all is well: 1 service");
        assert_eq!(told(&[absent()], None), "shop is not up -> stackctl up");
        assert_eq!(
            told(&[well(), broken, absent()], None),
            "b is not running (it ended with code 1) -> stackctl logs b"
        );
        assert_eq!(told(&[well(), absent()], None), "c is not up -> stackctl up");
        assert_eq!(
            told(&[well(), changed], Some("1 changed")),
            "all containers are well, but d is not what is rendered -> stackctl up"
        );
        assert_eq!(
            told(&[well()], Some("1 changed")),
            "all containers are well, but the rendered files differ from stack.toml: 1 changed -> stackctl diff"
        );
    }
}

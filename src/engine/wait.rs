//! Waiting until containers are well: woken by the engine's events, each look decides from `docker inspect`.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use super::EngineError;
use super::blame::{Blame, Reason};
use super::project::Project;
use super::stand;
use crate::event::Event;
use crate::model::Role;
use crate::runtime::command::Next;
use crate::runtime::docker::{Container, HealthStatus, Status, since};

/// Between two looks when no event comes: some changes, such as time that passes, have none.
const TICK: Duration = Duration::from_secs(1);
/// A container without a health check counts as well after it ran for so long.
const STEADY: Duration = Duration::from_secs(3);
/// Restarts after which a container counts as broken. One can happen when a service beside it is not ready.
const RESTARTS: u32 = 3;

/// Containers to wait for.
pub struct Wait<'a> {
    project: &'a Project<'a>,
    one_shots: BTreeSet<&'a str>,
    /// Restarts by container before the wait began: only new ones count.
    restarts: BTreeMap<String, u32>,
    /// Containers that were unhealthy before anything was done, and until when they may stay so.
    patience: BTreeMap<String, Instant>,
    /// The last that was told of each service.
    told: RefCell<BTreeMap<String, String>>,
    timeout: Duration,
    until: Instant,
}

/// What a look at one container says.
enum Verdict {
    Well,
    Wait,
    Broken(Reason),
}

impl<'a> Wait<'a> {
    /// Prepares to wait until `timeout` from now; `before` is what ran when the operation began.
    pub fn new(project: &'a Project<'a>, before: &[Container], timeout: Duration) -> Self {
        let now = Instant::now();
        let unhealthy = before
            .iter()
            .filter(|container| container.health_status() == HealthStatus::Unhealthy);
        Self {
            project,
            one_shots: project.one_shots(),
            told: RefCell::new(well_before(before)),
            restarts: before
                .iter()
                .map(|container| (container.id.clone(), container.restarts))
                .collect(),
            patience: unhealthy
                .map(|container| (container.id.clone(), now + two_probes(container)))
                .collect(),
            timeout,
            until: now + timeout,
        }
    }

    /// Time that is left.
    pub fn left(&self) -> Duration {
        self.until.saturating_duration_since(Instant::now())
    }

    /// Waits until all containers of these services are well. Gives back the ones to blame; none if all is well.
    pub fn until_well(&self, services: &[String]) -> Result<Vec<Blame>, EngineError> {
        let mut following = None;
        loop {
            let containers = self.project.docker.project(self.project.name())?;
            let own: Vec<&Container> = containers
                .iter()
                .filter(|container| services.iter().any(|service| service == container.service()))
                .collect();
            let mut broken = missing(services, &own);
            let mut waiting = 0;
            for container in &own {
                let verdict = self.look(container);
                self.tell(container, &verdict);
                match verdict {
                    Verdict::Well => {}
                    Verdict::Wait => waiting += 1,
                    Verdict::Broken(reason) => {
                        broken.push(Blame::new(&self.project.docker, container, reason));
                    }
                }
            }
            if !broken.is_empty() || waiting == 0 {
                return Ok(broken);
            }
            let Some(following) = &mut following else {
                // The look behind this line is the one that counts: an event before it would be missed.
                following = Some(self.project.docker.follow(self.project.name())?);
                continue;
            };
            match following.next(TICK.min(self.left().max(Duration::from_millis(10)))) {
                Next::Line(_) | Next::Quiet => {}
                Next::Interrupted => return Err(EngineError::interrupted(None)),
                Next::Ended => {
                    return Err(EngineError::Known(super::Problem::new(
                        "the Docker engine went away meanwhile",
                        "`stackctl doctor` says how it is; `stackctl up` continues from here",
                    )));
                }
            }
        }
    }

    fn look(&self, container: &Container) -> Verdict {
        let restarts = container
            .restarts
            .saturating_sub(self.restarts.get(&container.id).copied().unwrap_or_default());
        let is_one_shot = self.one_shots.contains(container.service());
        let broken = || Verdict::Broken(Reason::of_end(container));
        let verdict = match container.status {
            Status::Exited if is_one_shot && container.exit_code == 0 => Verdict::Well,
            Status::Exited | Status::Dead | Status::Removing => broken(),
            Status::Created if !container.error.is_empty() => broken(),
            Status::Restarting | Status::Running if restarts >= RESTARTS => broken(),
            Status::Created | Status::Restarting => Verdict::Wait,
            Status::Running if is_one_shot => Verdict::Wait,
            Status::Running => self.look_at_health(container),
            Status::Paused => Verdict::Broken(Reason::Paused),
        };
        match verdict {
            Verdict::Wait if self.left().is_zero() => Verdict::Broken(Reason::TooSlow {
                seconds: self.timeout.as_secs(),
                state: stand::state(container),
            }),
            verdict => verdict,
        }
    }

    fn look_at_health(&self, container: &Container) -> Verdict {
        match container.health_status() {
            HealthStatus::Healthy => Verdict::Well,
            HealthStatus::Starting => Verdict::Wait,
            HealthStatus::Unhealthy => match self.patience.get(&container.id) {
                Some(until) if Instant::now() < *until => Verdict::Wait,
                _ => Verdict::Broken(Reason::Unhealthy),
            },
            HealthStatus::None => match since(&container.started_at) {
                Some(age) if age < STEADY => Verdict::Wait,
                _ => Verdict::Well,
            },
        }
    }

    fn tell(&self, container: &Container, verdict: &Verdict) {
        let state = match verdict {
            Verdict::Broken(reason) => reason.to_string(),
            Verdict::Wait => self
                .waits_for(container)
                .unwrap_or_else(|| stand::state(container)),
            Verdict::Well => stand::state(container),
        };
        let service = container.service();
        let finished = !matches!(verdict, Verdict::Wait);
        let news = format!("{state} {finished}");
        let last = self.told.borrow_mut().insert(service.to_owned(), news.clone());
        if last != Some(news) {
            self.project.observer().on(Event::Progress {
                subject: service,
                state: &state,
                finished,
            });
        }
    }
}

impl Wait<'_> {
    /// What a sync or an agent of jobs says that it waits for: without, an `up` that waits for a repository or for
    /// packages would look as if it hung.
    fn waits_for(&self, container: &Container) -> Option<String> {
        let service = self.project.stack().service(container.service())?;
        if matches!(service.role, Role::Program) {
            return None;
        }
        let probe = container.health.as_ref()?.log.last()?;
        let line = probe.output.lines().find(|line| !line.trim().is_empty())?;
        let line = line.trim().trim_start_matches("error: ");
        (probe.exit_code != 0).then(|| format!("{}: {line}", stand::state(container)))
    }
}

/// Time in which an unhealthy container that nobody touched can show that it is well again.
fn two_probes(container: &Container) -> Duration {
    let health = container.health.as_ref();
    health.map_or(Duration::ZERO, |health| {
        (health.interval + health.timeout.min(Duration::from_secs(5))) * 2
    })
}

/// What is not told again: services that were well before anything was done.
fn well_before(before: &[Container]) -> BTreeMap<String, String> {
    let is_well = |container: &&Container| {
        container.status == Status::Running
            && matches!(
                container.health_status(),
                HealthStatus::Healthy | HealthStatus::None
            )
    };
    before
        .iter()
        .filter(is_well)
        .map(|container| {
            let state = stand::state(container);
            (container.service().to_owned(), format!("{state} true"))
        })
        .collect()
}

/// Services without any container.
fn missing(services: &[String], own: &[&Container]) -> Vec<Blame> {
    services
        .iter()
        .filter(|service| !own.iter().any(|container| container.service() == *service))
        .map(|service| Blame {
            service: service.clone(),
            container: String::new(),
            reason: Reason::Gone,
            cause: None,
            mend: None,
            health_output: Vec::new(),
            last_lines: Vec::new(),
        })
        .collect()
}

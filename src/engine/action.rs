//! What `up` does with one service, decided from what is wanted and what runs. Pure.

use std::fmt;

use serde::Serialize;

use crate::runtime::compose::ConfigService;
use crate::runtime::docker::{Container, Status, label};

/// What happens to the containers of a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "action", content = "because", rename_all = "lowercase")]
pub enum Action {
    /// There is none; one is made and started.
    Create,
    /// It differs from what is wanted; it is stopped and a new one takes its place.
    Recreate(String),
    /// It is as wanted and does not run.
    Start(String),
    /// It runs as wanted.
    Keep,
    /// It ran once, to its good end, as wanted.
    Done,
}

/// A service and what happens to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Planned {
    /// The service.
    pub service: String,
    /// What happens to it.
    #[serde(flatten)]
    pub action: Action,
}

/// What is wanted of a service.
#[derive(Debug)]
pub struct Wanted<'a> {
    /// Its definition.
    pub config: &'a ConfigService,
    /// The identifier of its image, if the engine has it.
    pub image_id: Option<&'a str>,
    /// Whether it runs to its end.
    pub is_one_shot: bool,
    /// A secret that was written after its container had read it.
    pub changed_secret: Option<&'a str>,
}

impl Action {
    /// Why a container that is the wanted one is made anew all the same.
    pub(super) const ENDLESS: &'static str = "it ended again and again";

    /// Whether something has to be done.
    #[must_use]
    pub fn is_change(&self) -> bool {
        !matches!(self, Self::Keep | Self::Done)
    }

    /// Decides for the containers of one service.
    pub(super) fn decide(wanted: &Wanted<'_>, containers: &[&Container]) -> Self {
        if containers.is_empty() {
            return Self::Create;
        }
        if let Some(because) = containers
            .iter()
            .find_map(|container| difference(wanted, container))
        {
            return Self::Recreate(because);
        }
        if let Some(because) = containers
            .iter()
            .find_map(|container| rest(wanted.is_one_shot, container))
        {
            return Self::Start(because);
        }
        if wanted.is_one_shot && containers.iter().all(|container| !container.is_running()) {
            Self::Done
        } else {
            Self::Keep
        }
    }
}

/// Why a container is not the one that is wanted.
fn difference(wanted: &Wanted<'_>, container: &Container) -> Option<String> {
    if container.label(label::CONFIG_HASH) != Some(wanted.config.hash.as_str()) {
        return Some("its configuration changed".to_owned());
    }
    // Which of the two names the image depends on how the engine stores images.
    let has_image = |id: &str| container.image_id == id || container.label(label::IMAGE) == Some(id);
    if wanted.image_id.is_some_and(|id| !has_image(id)) {
        return Some("its image changed".to_owned());
    }
    if container.keeps_ending() {
        // Waiting for the engine's next attempt can take a minute; a new container begins at once.
        return Some(Action::ENDLESS.to_owned());
    }
    wanted
        .changed_secret
        .filter(|_| container.is_running())
        .map(|secret| format!("the secret `{secret}` changed"))
}

/// Why a container as wanted does not run and should.
fn rest(is_one_shot: bool, container: &Container) -> Option<String> {
    match container.status {
        Status::Running | Status::Paused | Status::Restarting => None,
        Status::Exited if is_one_shot && container.exit_code == 0 => None,
        Status::Exited => Some(format!("it ended with code {}", container.exit_code)),
        Status::Created => Some("it was never started".to_owned()),
        Status::Removing | Status::Dead => Some("its container is broken".to_owned()),
    }
}

impl fmt::Display for Planned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let service = &self.service;
        match &self.action {
            Action::Create => write!(f, "create {service}"),
            Action::Recreate(because) => write!(f, "recreate {service}: {because}"),
            Action::Start(because) => write!(f, "start {service}: {because}"),
            Action::Keep => write!(f, "keep {service}: it runs as wanted"),
            Action::Done => write!(f, "keep {service}: it ran to its end"),
        }
    }
}

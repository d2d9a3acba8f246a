//! Why an operation on the stack failed.

use std::io;
use std::path::PathBuf;

use super::blame::Blame;
use super::stand::Stand;
use super::translate::{self, Translation};
use crate::error::{Advice, ExitCode};
use crate::render::RenderError;
use crate::render::secrets::SecretError;
use crate::runtime::command::CommandError;
use crate::runtime::docker::DockerError;
use crate::runtime::listener;
use crate::runtime::lock::LockError;

/// Something that stands in the way, and what mends it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Problem {
    /// What is wrong: a fragment without a final period.
    pub what: String,
    /// What to type or change.
    pub mend: String,
}

/// `up` that did not reach its end, with what stands now.
#[derive(Debug)]
pub struct UpFailure {
    /// What failed: a fragment without a final period.
    pub message: String,
    /// The containers to blame, with their last lines.
    pub blamed: Vec<Blame>,
    /// What each service runs now.
    pub stands: Vec<Stand>,
    /// What to type.
    pub hints: Vec<String>,
}

/// A failed operation.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The engine said something whose cause is known.
    #[error("{}", .0.what)]
    Known(Problem),
    /// The engine said something that is not known.
    #[error(transparent)]
    Docker(DockerError),
    /// Something stands in the way; nothing was changed.
    #[error("{}", several(.0))]
    Refused(Vec<Problem>),
    /// An image could not be built or pulled; nothing was changed.
    #[error("the images could not be got: {cause}")]
    Image {
        /// Why.
        cause: Box<EngineError>,
        /// Services that run on as they did.
        running: Vec<String>,
    },
    /// The files could not be rendered.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// The secrets could not be read or written.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// Another stackctl works on this stack.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// `up` failed after it had begun to change containers.
    #[error("{}", .0.message)]
    Up(Box<UpFailure>),
    /// The stack has no such service.
    #[error("the stack has no service `{name}`")]
    UnknownService {
        /// The name that was typed.
        name: String,
        /// The name that was meant, perhaps.
        nearest: Option<String>,
        /// The names there are.
        names: Vec<String>,
    },
    /// A service has no container that runs.
    #[error("`{0}` does not run")]
    NotRunning(String),
    /// The stack has no container at all.
    #[error("`{0}` is not up")]
    NotUp(String),
    /// The data were not named, so they are not deleted.
    #[error("the data of `{0}` are not deleted without its name")]
    NotConfirmed(String),
    /// A file of stackctl's own could not be read or written.
    #[error("can't use `{}`", path.display())]
    State {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The user wanted to stop.
    #[error("interrupted{}", .doing.as_ref().map(|doing| format!(" while {doing}")).unwrap_or_default())]
    Interrupted {
        /// What was going on.
        doing: Option<String>,
        /// What each service runs now, where containers may have been touched.
        stands: Vec<Stand>,
    },
}

impl Problem {
    /// A problem and what mends it.
    pub fn new(what: impl Into<String>, mend: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            mend: mend.into(),
        }
    }
}

impl From<Translation> for Problem {
    fn from(translation: Translation) -> Self {
        let holder = translation.port.and_then(holder);
        Self {
            what: match holder {
                Some(holder) => format!("{} by {holder}", translation.problem),
                None => translation.problem,
            },
            mend: translation.hint,
        }
    }
}

/// The process that listens on a port, in words.
fn holder(port: u16) -> Option<String> {
    let listener = listener::all()
        .into_iter()
        .find(|listener| listener.port == port)?;
    let owner = listener.owner()?;
    Some(format!("`{}` (process {})", owner.name, owner.pid))
}

impl From<CommandError> for EngineError {
    fn from(error: CommandError) -> Self {
        if matches!(error, CommandError::Interrupted { .. }) {
            return Self::interrupted(None);
        }
        match translate::command(error.stderr()) {
            Some(translation) => Self::Known(translation.into()),
            None => Self::Docker(error.into()),
        }
    }
}

impl From<DockerError> for EngineError {
    fn from(error: DockerError) -> Self {
        match error {
            DockerError::Command(error) => error.into(),
            unreadable @ DockerError::Unreadable { .. } => Self::Docker(unreadable),
        }
    }
}

impl EngineError {
    /// The user wanted to stop.
    pub(super) fn interrupted(doing: Option<String>) -> Self {
        Self::Interrupted {
            doing,
            stands: Vec::new(),
        }
    }

    /// Says what was going on, if it was an interrupt that ended it.
    #[must_use]
    pub fn during(self, what: &str) -> Self {
        match self {
            Self::Interrupted { doing: None, stands } => Self::Interrupted {
                doing: Some(what.to_owned()),
                stands,
            },
            other => other,
        }
    }
}

impl Advice for EngineError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Known(problem) => Some(problem.mend.clone()),
            Self::Docker(error) => error.hint(),
            Self::Image { cause, running, .. } => Some(format!(
                "{}{}",
                cause
                    .hint()
                    .map(|hint| format!("{hint}\n      "))
                    .unwrap_or_default(),
                match &running[..] {
                    [] => "nothing was started".to_owned(),
                    _ => format!("nothing was changed: {} on as before", run(running)),
                }
            )),
            Self::Render(error) => error.hint(),
            Self::Secret(error) => error.hint(),
            Self::Lock(error) => error.hint(),
            Self::Refused(problems) => match &problems[..] {
                [problem] => Some(problem.mend.clone()),
                _ => None,
            },
            Self::Up(failure) => failure.hints.first().cloned(),
            Self::UnknownService { nearest, names, .. } => Some(match nearest {
                Some(near) => format!("did you mean `{near}`? It has `{}`", names.join("`, `")),
                None => format!("it has `{}`", names.join("`, `")),
            }),
            Self::NotRunning(service) => Some(format!(
                "`stackctl up {service}` starts it; `stackctl logs {service}` shows what it said"
            )),
            Self::NotUp(_) => Some("`stackctl up` brings it up".to_owned()),
            Self::NotConfirmed(name) => Some(format!(
                "type the name when asked, or give `--yes-delete-data {name}`"
            )),
            Self::State { .. } => None,
            Self::Interrupted { .. } => Some("the same command continues from here".to_owned()),
        }
    }

    fn exit_code(&self) -> ExitCode {
        match self {
            Self::Docker(error) => error.exit_code(),
            Self::Render(error) => error.exit_code(),
            Self::Secret(error) => error.exit_code(),
            Self::Lock(error) => error.exit_code(),
            Self::Image { cause, .. } => cause.exit_code(),
            Self::UnknownService { .. } | Self::NotConfirmed(_) => ExitCode::Usage,
            Self::Interrupted { .. } => ExitCode::Interrupted,
            _ => ExitCode::Failed,
        }
    }
}

fn run(services: &[String]) -> String {
    let names = super::progress::list(services);
    if services.len() == 1 {
        format!("{names} runs")
    } else {
        format!("{names} run")
    }
}

fn several(problems: &[Problem]) -> String {
    match problems {
        [problem] => problem.what.clone(),
        _ => problems.iter().fold(
            format!(
                "{} things stand in the way; no container was touched",
                problems.len()
            ),
            |text, problem| format!("{text}\n  - {}\n    mend it: {}", problem.what, problem.mend),
        ),
    }
}

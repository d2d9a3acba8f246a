//! The rendered files that an operation works with: written first, or on a dry run only held in memory.

use std::collections::BTreeMap;

use super::EngineError;
use super::project::Project;
use crate::event::Event;
use crate::render::secrets::{Caller, Ownership, Secrets};
use crate::render::{Plan, Render, RenderError};

/// The file that describes the containers.
const COMPOSE_FILE: &str = "compose.yaml";

/// What rendering did or would do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prepared {
    /// What changes in the rendered folder, in words; nothing if it is up to date.
    pub rendered: Option<String>,
    /// Secrets that are made up.
    pub generated: Vec<String>,
    /// Files that have to be given to the containers' users before these can read them.
    pub needs_chown: Vec<Ownership>,
}

impl Prepared {
    /// Whether the rendered files and the secrets are what they should be.
    pub fn writes_nothing(&self) -> bool {
        self.rendered.is_none() && self.generated.is_empty()
    }
}

/// Renders if stack.toml changed since the last time. The caller holds the lock.
pub fn prepare(project: &Project<'_>) -> Result<Prepared, EngineError> {
    let render = Render::observe(&project.root, project.loaded)?;
    let secrets = secrets(project)?;
    let plan = render.plan();
    let written = render.write(&secrets, false)?;
    let observer = project.observer();
    for warning in written.warnings.iter().chain(&written.secrets.warnings) {
        observer.on(Event::Warning(warning));
    }
    let rendered = difference_of(&plan);
    if let Some(rendered) = &rendered {
        observer.on(Event::Note(&format!(
            "rendered: {rendered} in `{}`",
            plan.directory
        )));
    }
    if !written.secrets.generated.is_empty() {
        let names = written.secrets.generated.join("`, `");
        observer.on(Event::Note(&format!("secrets made: `{names}`")));
    }
    Ok(Prepared {
        rendered,
        generated: written.secrets.generated,
        needs_chown: written.secrets.needs_chown,
    })
}

/// What `prepare` would do. The project then works with the new compose.yaml without its being written.
pub fn preview(project: &mut Project<'_>) -> Result<Prepared, EngineError> {
    let plan = Render::observe(&project.root, project.loaded)?.plan();
    let paths: Vec<String> = plan.conflicts().map(|change| change.path.clone()).collect();
    if !paths.is_empty() {
        return Err(EngineError::Render(RenderError::Conflict {
            folder: plan.directory,
            paths,
        }));
    }
    let secrets = secrets(project)?.plan()?;
    project.secrets_to_write = by_service(&secrets.written);
    let new = plan
        .changes
        .iter()
        .find(|change| change.path == COMPOSE_FILE)
        .and_then(|change| change.new.as_deref());
    if let Some(new) = new {
        let text = String::from_utf8_lossy(new).into_owned();
        project.compose = project.compose.clone().with_text(text);
    }
    Ok(Prepared {
        rendered: difference_of(&plan),
        generated: secrets.generated,
        needs_chown: secrets.needs_chown,
    })
}

/// What rendering would change, in words; the project works with what is on disk, if anything is.
pub fn difference(project: &mut Project<'_>) -> Result<Option<String>, EngineError> {
    if !project.is_rendered() {
        preview(project)?;
        return Ok(Some("nothing is rendered yet".to_owned()));
    }
    // Secrets that can't be read are for `up` to refuse; what runs can be told without them.
    if let Ok(secrets) = secrets(project).and_then(|secrets| Ok(secrets.plan()?)) {
        project.secrets_to_write = by_service(&secrets.written);
    }
    let plan = Render::observe(&project.root, project.loaded)?.plan();
    let edited = plan.conflicts().count();
    Ok(difference_of(&plan).map(|rendered| match edited {
        0 => rendered,
        _ => format!("{rendered}; {edited} of them edited by hand"),
    }))
}

/// The first secret of each service among copies named `SERVICE/NAME`.
fn by_service(copies: &[String]) -> BTreeMap<String, String> {
    copies
        .iter()
        .rev()
        .filter_map(|copy| copy.split_once('/'))
        .map(|(service, secret)| (service.to_owned(), secret.to_owned()))
        .collect()
}

fn difference_of(plan: &Plan) -> Option<String> {
    (!plan.is_empty()).then(|| match plan.summary() {
        summary if summary.is_empty() => "the list of files".to_owned(),
        summary => summary,
    })
}

fn secrets(project: &Project<'_>) -> Result<Secrets, EngineError> {
    Ok(Secrets::observe(
        &project.root,
        project.stack(),
        &Caller::of_process(),
    )?)
}

//! What subcommands that work on the engine share: the stack, the runner, and how their errors are told.

use std::fmt::Write;

use serde_json::json;

use super::failure::{Detailed, Failure};
use super::global::Global;
use super::project;
use crate::engine::{EngineError, Project, Stand, UpFailure};
use crate::error::{Advice, ExitCode};
use crate::runtime::command::Runner;
use crate::runtime::interrupt::Interrupt;
use crate::ui::Ui;

/// Runs `work` on the stack that the options name. Ctrl-C and SIGTERM end it in order.
pub fn on_project<T>(
    global: &Global,
    ui: &Ui,
    work: impl FnOnce(&mut Project<'_>) -> Result<T, EngineError>,
) -> Result<T, Failure> {
    let loaded = project::load(global, ui)?;
    let mut project = Project::new(&loaded, &global.root(), runner(ui)?);
    work(&mut project).map_err(told)
}

/// A runner that tells `ui` what it does.
pub fn runner(ui: &Ui) -> Result<Runner<'_>, Failure> {
    Ok(Runner::new(ui, interrupt()?))
}

/// Notices Ctrl-C and SIGTERM from now on; for one call in a process.
pub fn interrupt() -> Result<Interrupt, Failure> {
    Interrupt::install().map_err(Failure::failed)
}

/// A text argument such as `5m`.
pub fn duration(text: &str) -> Result<std::time::Duration, String> {
    text.parse::<crate::model::Duration>()
        .map(crate::model::Duration::get)
        .map_err(|error| error.to_string())
}

/// The error as it is told: containers to blame come with their last lines.
pub fn told(error: EngineError) -> Failure {
    match error {
        EngineError::Up(failure) => Failure::Detailed(Box::new(Detailed {
            text: text(&failure),
            json: json!({ "blamed": failure.blamed, "services": failure.stands }),
            message: failure.message,
            hints: failure.hints,
            code: ExitCode::Failed,
        })),
        EngineError::Interrupted { doing, stands } => {
            let mut text = String::new();
            running(&mut text, &stands);
            let json = json!({ "services": stands });
            let error = EngineError::Interrupted { doing, stands };
            Failure::Detailed(Box::new(Detailed {
                message: error.to_string(),
                hints: error.hint().into_iter().collect(),
                text,
                json,
                code: error.exit_code(),
            }))
        }
        EngineError::Refused(problems) => {
            let json = json!({ "problems": problems });
            let error = EngineError::Refused(problems);
            Failure::Detailed(Box::new(Detailed {
                message: error.to_string(),
                hints: error.hint().into_iter().collect(),
                text: String::new(),
                json,
                code: ExitCode::Failed,
            }))
        }
        other => other.into(),
    }
}

fn text(failure: &UpFailure) -> String {
    let mut text = String::new();
    for blame in &failure.blamed {
        // Writing to a string can't fail.
        let _ok = writeln!(text, "\n{} {}", blame.service, blame.reason);
        if let Some(cause) = &blame.cause {
            let _ok = writeln!(text, "  most likely: {cause}");
        }
        block(&mut text, "its health check says", &blame.health_output);
        block(
            &mut text,
            &format!("last lines of {}", blame.container),
            &blame.last_lines,
        );
    }
    running(&mut text, &failure.stands);
    text
}

fn running(text: &mut String, stands: &[Stand]) {
    if !stands.is_empty() {
        let _ok = writeln!(text, "\nwhat runs now:");
        for stand in stands {
            let _ok = writeln!(text, "  {stand}");
        }
    }
}

fn block(text: &mut String, title: &str, lines: &[String]) {
    if !lines.is_empty() {
        let _ok = writeln!(text, "  {title}:");
        for line in lines {
            let _ok = writeln!(text, "    | {line}");
        }
    }
}

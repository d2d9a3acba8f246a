//! `stackctl doctor`.

use super::global::Global;
use super::{Outcome, operation, project};
use crate::engine::doctor::{Check, State, doctor};
use crate::error::ExitCode;
use crate::ui::Ui;

/// Say what is missing on this host, with the command that mends it; exits with 1 if something is broken
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Looks and prints.
pub fn run(_args: &Args, global: &Global, ui: &Ui) -> Outcome {
    let loaded = if global.file.is_file() {
        Some(project::load(global, ui)?)
    } else {
        None
    };
    let runner = operation::runner(ui)?;
    let checks = doctor(&global.root(), loaded.as_ref(), &runner);
    let broken = checks.iter().filter(|check| check.state == State::Broken).count();
    let result = serde_json::json!({ "ok": broken == 0, "checks": checks });
    ui.result(&result, |_| describe(&checks, broken));
    Ok(if broken == 0 {
        ExitCode::Done
    } else {
        ExitCode::Failed
    })
}

fn describe(checks: &[Check], broken: usize) -> String {
    let mut lines = Vec::new();
    for check in checks {
        let mark = match check.state {
            State::Ok => "ok     ",
            State::Warning => "warning",
            State::Broken => "broken ",
        };
        lines.push(format!("{mark}  {}: {}", check.name, check.found));
        lines.extend(check.mend.iter().map(|mend| format!("         mend it: {mend}")));
    }
    lines.push(String::new());
    lines.push(match broken {
        0 => "nothing is broken".to_owned(),
        1 => "1 thing is broken".to_owned(),
        _ => format!("{broken} things are broken"),
    });
    lines.join("\n")
}

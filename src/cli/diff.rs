//! `stackctl diff`.

use anstyle::{AnsiColor, Style};
use serde_json::json;

use super::global::Global;
use super::{Outcome, project};
use crate::error::ExitCode;
use crate::render::{Change, Plan, Render, unified};
use crate::ui::{Format, Ui};

/// Show what `render` would change, and which containers that touches; exit with 3 if anything does
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Prints the differences on stdout, as `patch -p0` reads them.
pub fn run(_args: &Args, global: &Global, ui: &Ui) -> Outcome {
    let loaded = project::load(global, ui)?;
    let plan = Render::observe(&global.root(), &loaded)?.plan();
    if ui.format() == Format::Json {
        let diff: String = plan
            .changes
            .iter()
            .map(|change| unified(&plan.directory, change))
            .collect();
        ui.json(&json!({ "files": plan, "diff": diff }));
    } else {
        print(&plan, plan.changes.iter(), ui);
    }
    for warning in &plan.warnings {
        ui.warning(warning);
    }
    if plan.is_empty() {
        ui.status(&format!(
            "no difference: `{}` is what stack.toml says",
            plan.directory
        ));
        return Ok(ExitCode::Done);
    }
    tell_containers(&plan, ui);
    Ok(ExitCode::ChangesPending)
}

/// Prints some of the changes.
pub fn print<'a>(plan: &Plan, changes: impl Iterator<Item = &'a Change>, ui: &Ui) {
    if ui.format() == Format::Text {
        for change in changes {
            ui.data(&coloured(&unified(&plan.directory, change)));
        }
    }
}

/// Tells which containers are touched, and why.
pub fn tell_containers(plan: &Plan, ui: &Ui) {
    for container in &plan.containers {
        ui.status(&container.to_string());
    }
}

/// The colours that git uses; where stdout is no terminal they are taken out again.
fn coloured(diff: &str) -> String {
    diff.split_inclusive('\n').map(coloured_line).collect()
}

fn coloured_line(line: &str) -> String {
    let style = if line.starts_with("+++") || line.starts_with("---") {
        Style::new().bold()
    } else {
        match line.as_bytes().first() {
            Some(b'+') => AnsiColor::Green.on_default(),
            Some(b'-') => AnsiColor::Red.on_default(),
            Some(b'@') => AnsiColor::Cyan.on_default(),
            _ => return line.to_owned(),
        }
    };
    match line.strip_suffix('\n') {
        Some(text) => format!("{style}{text}{style:#}\n"),
        None => format!("{style}{line}{style:#}"),
    }
}

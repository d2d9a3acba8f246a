//! `stackctl check`.

use serde_json::json;

use super::Outcome;
use super::global::Global;
use super::project;
use crate::config::Loaded;
use crate::error::ExitCode;
use crate::ui::Ui;

/// Read stack.toml and tell every problem in it; nothing is changed
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Loads the stack and says what it holds.
pub fn run(_args: &Args, global: &Global, ui: &Ui) -> Outcome {
    let loaded = project::load(global, ui)?;
    let stack = &loaded.stack;
    let result = json!({
        "valid": true,
        "stack": stack.name.as_str(),
        "environment": stack.environment.as_ref().map(ToString::to_string),
        "project": stack.project(),
        "services": stack.services.iter().map(|service| service.name.as_str()).collect::<Vec<_>>(),
        "postgres": stack.postgres.as_ref().map(|postgres| postgres.version),
        "warnings": loaded.warnings.len(),
    });
    ui.result(&result, |_| {
        format!("{} is valid: {}", global.file.display(), summary(&loaded))
    });
    Ok(ExitCode::Done)
}

fn summary(loaded: &Loaded) -> String {
    let stack = &loaded.stack;
    let mut parts = vec![count(stack.services.len(), "service")];
    if let Some(postgres) = &stack.postgres {
        parts.push(format!("PostgreSQL {}", postgres.version));
    }
    if !loaded.warnings.is_empty() {
        parts.push(count(loaded.warnings.len(), "warning"));
    }
    parts.join(", ")
}

fn count(number: usize, what: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{number} {what}{ending}")
}

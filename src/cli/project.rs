//! stack.toml as a subcommand meets it: read, checked, its warnings told.

use anyhow::Context;

use super::failure::Failure;
use super::global::Global;
use crate::config::{self, Loaded};
use crate::ui::Ui;

/// Reads stack.toml and tells its warnings.
pub fn load(global: &Global, ui: &Ui) -> Result<Loaded, Failure> {
    let path = global.file.display().to_string();
    let text = std::fs::read_to_string(&global.file)
        .with_context(|| format!("can't read `{path}`"))
        .map_err(|error| {
            Failure::usage(error)
                .hint("`stackctl init` writes one here; `-C DIR` or `--file FILE` names another place")
        })?;
    match config::load(&text, global.environment.as_deref()) {
        Ok(loaded) => {
            if !loaded.warnings.is_empty() {
                ui.diagnostics(&path, &text, &loaded.warnings);
            }
            Ok(loaded)
        }
        Err(diagnostics) => Err(Failure::Invalid {
            path,
            text,
            diagnostics,
        }),
    }
}

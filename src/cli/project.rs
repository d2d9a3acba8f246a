//! stack.toml as a subcommand meets it: read, checked, its warnings told.

use std::path::Path;

use anyhow::{Context, anyhow};

use super::failure::Failure;
use super::global::Global;
use crate::config::{self, Loaded};
use crate::render;
use crate::ui::Ui;

/// Reads stack.toml and tells its warnings.
pub fn load(global: &Global, ui: &Ui) -> Result<Loaded, Failure> {
    let path = global.file.display().to_string();
    let text = read(&global.file)?;
    match config::load(&text, global.environment.as_deref()) {
        Ok(loaded) => {
            let missing = render::missing_files(&global.root(), &loaded.mentions);
            if !missing.is_empty() {
                return Err(Failure::Invalid {
                    path,
                    text,
                    diagnostics: loaded.warnings.into_iter().chain(missing).collect(),
                });
            }
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

/// The text of stack.toml, without the mark that some editors of Windows put in front.
fn read(path: &Path) -> Result<String, Failure> {
    let bytes = std::fs::read(path)
        .with_context(|| format!("can't read `{}`", path.display()))
        .map_err(|error| {
            Failure::usage(error)
                .hint("`stackctl init` writes one here; `-C DIR` or `--file FILE` names another place")
        })?;
    match String::from_utf8(bytes) {
        Ok(text) => Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text)),
        Err(error) => {
            let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let line = String::from_utf8_lossy(valid).matches('\n').count() + 1;
            Err(Failure::usage(anyhow!(
                "`{}` is not UTF-8 text: line {line} holds other bytes",
                path.display()
            ))
            .hint("save the file as UTF-8 in your editor"))
        }
    }
}

/// Warns of environments that publish the same ports of the host.
pub fn warn_of_environments(global: &Global, ui: &Ui) -> Result<(), Failure> {
    let text = read(&global.file)?;
    let clashes = config::environment_port_clashes(&text);
    if !clashes.is_empty() {
        ui.diagnostics(&global.file.display().to_string(), &text, &clashes);
    }
    Ok(())
}

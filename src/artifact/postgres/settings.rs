//! postgresql.conf.

use serde::Serialize;

use super::super::File;
use super::super::error::ArtifactError;
use super::super::template::Templates;
use super::HBA;
use crate::model::{Postgres, Size, Stack};

/// What postgresql.conf is made from.
#[derive(Serialize)]
struct SettingsView<'a> {
    hba_file: &'a str,
    timezone: String,
    shared_buffers: String,
    effective_cache_size: String,
    /// The user's own lines.
    settings: Vec<Setting<'a>>,
}

#[derive(Serialize)]
struct Setting<'a> {
    name: &'a str,
    value: &'a str,
}

/// Renders postgresql.conf. The user's settings come last, and of two lines the last one counts.
pub fn file(stack: &Stack, postgres: &Postgres, templates: &Templates) -> Result<File, ArtifactError> {
    let memory = postgres.limits.memory;
    let view = SettingsView {
        hba_file: HBA,
        timezone: stack.timezone.to_string(),
        // The manual's starting point: a quarter for the server's own cache, and half of the whole expected
        // to be cached by either.
        shared_buffers: megabytes(memory, 4),
        effective_cache_size: megabytes(memory, 2),
        settings: postgres
            .settings
            .iter()
            .map(|(name, value)| Setting { name, value })
            .collect(),
    };
    let text = templates.render("postgres/postgresql.conf.j2", &view)?;
    Ok(File::plain("postgres/postgresql.conf", text))
}

/// A share of an amount, in whole megabytes and at least sixteen of them.
fn megabytes(of: Size, share: u64) -> String {
    format!("{}MB", ((of.bytes() / share) >> 20).max(16))
}

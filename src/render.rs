//! The set of rendered files on disk: observe it, plan what changes, write all of it or nothing.
//!
//! In: a valid stack and the project's folder. Out: `rendered/` with a manifest of what was written, and the
//! private files of [`secrets`]. Whoever calls [`Render::write`] holds the [lock](crate::runtime::lock).

mod compare;
mod containers;
mod difference;
mod disk;
mod durable;
mod error;
mod exposure;
mod input;
mod manifest;
mod mention;
mod permission;
mod plan;
mod requirement;
pub mod secrets;
mod stage;
mod switch;

use std::path::Path;

use crate::artifact::{self, File};
use crate::config::Loaded;
use compare::Comparison;
use containers::COMPOSE_FILE;
use disk::Disk;
use manifest::{Found, Manifest};
use secrets::Secrets;
use stage::Stage;
use switch::Places;

pub use containers::{Container, Effect};
pub use difference::unified;
pub use error::RenderError;
pub use input::inputs;
pub use mention::missing_files;
pub use plan::{Change, Conflict, Kind, Plan};

/// What was written besides the files of the plan.
#[derive(Debug)]
pub struct Written {
    /// The secrets that were made, and the copies that changed.
    pub secrets: secrets::Report,
    /// What a person should know.
    pub warnings: Vec<String>,
}

/// The wanted set beside the one on disk.
#[derive(Debug)]
pub struct Render {
    folder: String,
    places: Places,
    wanted: Vec<File>,
    manifest: Manifest,
    disk: Disk,
    found: Found,
    comparison: Comparison,
}

impl Render {
    /// Renders the stack in memory and looks at what is on disk. Writes nothing.
    pub fn observe(root: &Path, loaded: &Loaded) -> Result<Self, RenderError> {
        exposure::check(root, &loaded.stack)?;
        let inputs = inputs(root, loaded)?;
        let files = artifact::files(&loaded.stack, &inputs).map_err(RenderError::Artifact)?;
        Self::of_files(root, &loaded.stack.rendered_directory(), files)
    }

    fn of_files(root: &Path, folder: &str, wanted: Vec<File>) -> Result<Self, RenderError> {
        let places = Places::new(root, folder);
        let disk = Disk::scan([&places.rendered, &places.aside])?;
        let found = Found::read(disk.read(manifest::FILE_NAME)?.as_deref());
        let comparison = compare::compare(&wanted, &disk, &found)?;
        Ok(Self {
            folder: folder.to_owned(),
            manifest: Manifest::of(&wanted),
            places,
            wanted,
            disk,
            found,
            comparison,
        })
    }

    /// What [`write`](Self::write) would do.
    #[must_use]
    pub fn plan(&self) -> Plan {
        let changes = &self.comparison.changes;
        Plan {
            directory: self.folder.clone(),
            changes: changes.clone(),
            unchanged: self.comparison.unchanged.len(),
            containers: self.containers(),
            manifest_is_stale: self.found.is_stale(&self.manifest),
            warnings: self.warnings(),
        }
    }

    /// Writes the secrets and the set: all of the set or, on any error, nothing of it. Files that hold what stackctl
    /// did not write are refused unless `force` is given.
    ///
    /// New secrets come first and unused ones go last, so that whichever set stands finds those that it mounts.
    pub fn write(&self, secrets: &Secrets, force: bool) -> Result<Written, RenderError> {
        self.refuse_conflicts(force)?;
        let mut report = secrets.write()?;
        let mut warnings = self.warnings();
        warnings.extend(self.write_files()?);
        report.removed = secrets.prune()?;
        Ok(Written {
            secrets: report,
            warnings,
        })
    }

    fn refuse_conflicts(&self, force: bool) -> Result<(), RenderError> {
        let changes = self.comparison.changes.iter();
        let paths: Vec<String> = changes
            .filter(|change| change.conflict.is_some())
            .map(|change| change.path.clone())
            .collect();
        if force || paths.is_empty() {
            return Ok(());
        }
        Err(RenderError::Conflict {
            folder: self.folder.clone(),
            paths,
        })
    }

    /// Tells what could not be cleaned up.
    fn write_files(&self) -> Result<Option<String>, RenderError> {
        self.places.recover()?;
        if self.comparison.changes.is_empty() && !self.found.is_stale(&self.manifest) {
            return Ok(None);
        }
        self.stage()
            .and_then(|()| self.places.switch())
            .inspect_err(|_| {
                // What can't be mended now is mended by the next run; the error that matters is the first one.
                let _left_over = self.places.recover();
            })?;
        let left_over = self.places.remove_old().err();
        Ok(left_over.map(|error| {
            let place = self.places.staging.display();
            format!("the old files could not be removed from `{place}`: {error}")
        }))
    }

    fn stage(&self) -> Result<(), RenderError> {
        let old = self.disk.folder.as_ref().map(|_| self.places.rendered.as_path());
        let mut stage = Stage::new(&self.places.staging, old)?;
        for file in &self.wanted {
            if self.comparison.unchanged.contains(&file.path) {
                stage.keep(Path::new(&file.path))?;
            } else {
                stage.write(file)?;
            }
        }
        stage.write(&self.manifest.file())?;
        for leaf in &self.comparison.carried {
            stage.carry(leaf)?;
        }
        stage.finish()
    }

    fn containers(&self) -> Vec<Container> {
        let changes = &self.comparison.changes;
        let text = |bytes: Option<&[u8]>| String::from_utf8_lossy(bytes.unwrap_or_default()).into_owned();
        let wanted = self.wanted.iter().find(|file| file.path == COMPOSE_FILE);
        let new = text(wanted.map(|file| file.bytes.as_slice()));
        let old = match changes.iter().find(|change| change.path == COMPOSE_FILE) {
            Some(change) => text(change.old.as_deref()),
            None if changes.is_empty() => return Vec::new(),
            None => new.clone(),
        };
        containers::touched(&old, &new, &self.folder, changes)
    }

    fn warnings(&self) -> Vec<String> {
        let name = format!("{}/{}", self.folder, manifest::FILE_NAME);
        match &self.found {
            Found::Readable(found) if found.is_newer() => vec![format!(
                "`{}` was rendered by stackctl {}, a later release than this one ({})",
                self.folder,
                found.stackctl,
                env!("CARGO_PKG_VERSION")
            )],
            Found::Unreadable => vec![format!(
                "`{name}` can't be read, so files that stackctl wrote count as not its own"
            )],
            Found::Missing if !self.disk.leaves.is_empty() => vec![format!(
                "`{name}` is missing, so files that stackctl wrote count as not its own"
            )],
            Found::Readable(_) | Found::Missing => Vec::new(),
        }
    }
}

//! Writes a planned project, all of it or nothing.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::plan::{Plan, SECRETS};
use crate::error::Advice;

/// Why a project could not be written; what had been written of it is removed again.
#[derive(Debug, thiserror::Error)]
pub enum ScaffoldError {
    /// A file or folder could not be made.
    #[error("can't write `{}`", path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl Advice for ScaffoldError {}

/// The planned files that are there already.
#[must_use]
pub fn in_the_way(root: &Path, plan: &Plan) -> Vec<String> {
    let paths = plan.files.iter().map(|(path, _)| path);
    paths
        .filter(|path| root.join(path).symlink_metadata().is_ok())
        .cloned()
        .collect()
}

/// Makes every file, and adds to .gitignore. After an error nothing of it is left.
pub fn write(root: &Path, plan: &Plan) -> Result<(), ScaffoldError> {
    let mut made = Made::default();
    for (path, text) in &plan.files {
        made.file(root, Path::new(path), text)?;
    }
    if !plan.ignored.is_empty() {
        let path = root.join(".gitignore");
        ignore(&path, &plan.ignored).map_err(|source| ScaffoldError::Write { path, source })?;
    }
    made.keep();
    Ok(())
}

/// What was made so far, removed again unless it is kept.
#[derive(Default)]
struct Made {
    files: Vec<PathBuf>,
    folders: Vec<PathBuf>,
}

impl Made {
    fn file(&mut self, root: &Path, path: &Path, text: &str) -> Result<(), ScaffoldError> {
        let parents: Vec<&Path> = path
            .ancestors()
            .skip(1)
            .filter(|parent| *parent != Path::new(""))
            .collect();
        for parent in parents.into_iter().rev() {
            let folder = root.join(parent);
            match fs::create_dir(&folder) {
                Ok(()) => self.folders.push(folder),
                Err(_) if folder.is_dir() => {}
                Err(source) => return Err(ScaffoldError::Write { path: folder, source }),
            }
        }
        let target = root.join(path);
        let fail = |source| ScaffoldError::Write {
            path: target.clone(),
            source,
        };
        // Refuses a file that came into being since the plan was made.
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        if path.starts_with(SECRETS) {
            options.mode(0o600);
        }
        let mut file = options.open(&target).map_err(fail)?;
        self.files.push(target.clone());
        file.write_all(text.as_bytes()).map_err(fail)
    }

    fn keep(mut self) {
        self.files.clear();
        self.folders.clear();
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        // The error that led here is the one to tell; what can't be removed is named by the next `init`.
        for file in &self.files {
            let _ = fs::remove_file(file);
        }
        for folder in self.folders.iter().rev() {
            let _ = fs::remove_dir(folder);
        }
    }
}

fn ignore(path: &Path, lines: &[&str]) -> io::Result<()> {
    let before = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(error),
    };
    let newline = if before.is_empty() || before.ends_with(b"\n") {
        ""
    } else {
        "\n"
    };
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;
    file.write_all(format!("{newline}{}\n", lines.join("\n")).as_bytes())
}

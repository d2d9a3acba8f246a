//! Why rendering failed. Each variant leaves the old set as it was.

use std::io;
use std::path::{Path, PathBuf};

use super::secrets::SecretError;
use crate::artifact::ArtifactError;
use crate::error::{Advice, ExitCode};

/// Why the set could not be observed or written.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// A valid stack that can't be rendered.
    #[error("can't render the stack")]
    Artifact(#[source] ArtifactError),
    /// The secrets could not be read or written.
    #[error(transparent)]
    Secrets(#[from] SecretError),
    /// Something on disk could not be read.
    #[error("can't read `{}`", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The new set could not be written.
    #[error("can't write `{}`; the rendered files are as they were", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The rendered folder is something that can't be replaced as a whole.
    #[error("`{}` is {found}, not a folder", path.display())]
    NotAFolder {
        /// Its path.
        path: PathBuf,
        /// What it is.
        found: &'static str,
    },
    /// Files would be overwritten or removed that hold what stackctl did not write.
    #[error("{} of `{folder}` would lose what stackctl did not write: `{}`", count(paths.len()), paths.join("`, `"))]
    Conflict {
        /// The rendered folder.
        folder: String,
        /// The files, relative to it.
        paths: Vec<String>,
    },
    /// A pattern of stack.toml that is not one.
    #[error("`{pattern}` is not a pattern")]
    Pattern {
        /// The pattern.
        pattern: String,
        /// Why.
        source: glob::PatternError,
    },
    /// A file's name has bytes that a rendered file can't hold.
    #[error("the name of `{}` is not UTF-8", .0.display())]
    Name(PathBuf),
    /// A requirements file includes one that is not there or not below stack.toml.
    #[error("`{file}`, line {line}, includes `{target}`, which {fault}")]
    Include {
        /// The including file.
        file: String,
        /// Its line.
        line: usize,
        /// What it includes.
        target: String,
        /// What is wrong with it.
        fault: &'static str,
    },
    /// A build of the project's own Dockerfile is given the stack's secrets.
    #[error(
        "the image of `{service}` could take the stack's secrets along: its build context holds `{what}`"
    )]
    Exposed {
        /// The service.
        service: String,
        /// The folder, as the builder sees it.
        what: String,
        /// The ignore file that counts.
        file: PathBuf,
    },
    /// A secret's file in the project, by its absolute path, which no ignore file can name.
    #[error("the secret in `{path}` could end in an image, because it is in the project by an absolute path")]
    AbsoluteSecret {
        /// The path.
        path: String,
        /// The same, relative to stack.toml.
        inside: PathBuf,
    },
}

impl RenderError {
    pub(super) fn read(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = shown(path);
        move |source| Self::Read { path, source }
    }

    pub(super) fn write(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = shown(path);
        move |source| Self::Write { path, source }
    }
}

impl Advice for RenderError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Artifact(ArtifactError::UnknownTemplate { .. }) => {
                Some("a file there stands in for a built-in one; rename it, or move it elsewhere".to_owned())
            }
            Self::Artifact(_) | Self::Pattern { .. } | Self::Name(_) => None,
            Self::Secrets(error) => error.hint(),
            Self::Read { path, source } | Self::Write { path, source } => disk_hint(path, source),
            Self::NotAFolder { path, .. } => Some(format!(
                "stackctl replaces the folder as a whole; move `{}` away",
                path.display()
            )),
            Self::Conflict { .. } => Some(
                "`stackctl diff` shows what would be lost, `stackctl render --force` overwrites it; a change that shall \
                 last goes into stack.toml, `[services.NAME.compose]` or a file below `templates/`"
                    .to_owned(),
            ),
            Self::Include { .. } => Some(
                "the image is built from the folder of stack.toml; give a path inside it, relative to the \
                 including file"
                    .to_owned(),
            ),
            Self::Exposed { what, file, .. } => {
                Some(format!("write `{what}` into `{}`, on a line of its own, or give a smaller `context`", file.display()))
            }
            Self::AbsoluteSecret { inside, .. } => {
                Some(format!("write it relative to stack.toml: `{}`", inside.display()))
            }
        }
    }

    fn exit_code(&self) -> ExitCode {
        match self {
            Self::Artifact(ArtifactError::UnknownTemplate { .. } | ArtifactError::Template { .. })
            | Self::Include { .. }
            | Self::Pattern { .. }
            | Self::Name(_)
            | Self::Exposed { .. }
            | Self::AbsoluteSecret { .. } => ExitCode::Usage,
            _ => ExitCode::Failed,
        }
    }
}

/// A path as a person would write it in the folder of stack.toml.
pub(super) fn shown(path: &Path) -> PathBuf {
    path.strip_prefix(".").unwrap_or(path).to_owned()
}

/// What mends an error of the disk.
pub(super) fn disk_hint(path: &Path, source: &io::Error) -> Option<String> {
    let path = path.display();
    match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Some(format!(
            "the disk is full; make room on it, `df -h {path}` shows it"
        )),
        io::ErrorKind::PermissionDenied => Some(format!(
            "`ls -ld {path}` shows whose it is; run as that user, or make it yours with `chown`"
        )),
        io::ErrorKind::ReadOnlyFilesystem => Some("the disk is mounted read-only".to_owned()),
        io::ErrorKind::ResourceBusy => Some(format!(
            "`{path}` is a mount point; unmount it, or render elsewhere"
        )),
        _ => None,
    }
}

fn count(files: usize) -> String {
    match files {
        1 => "1 file".to_owned(),
        many => format!("{many} files"),
    }
}

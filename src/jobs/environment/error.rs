//! Why no environment could be named or built.

use std::io;
use std::path::{Path, PathBuf};

use super::{Key, advice};
use crate::error::{Advice, ExitCode};
use crate::jobs::not_written;
use crate::runtime::command::CommandError;

/// Why it can't be said which environment is wanted, or how it stands.
#[derive(Debug, thiserror::Error)]
pub enum EnvironmentError {
    /// A line of a requirements file names a file that is not there.
    #[error("`{}:{line}` names `{named}`, which is not there", file.display())]
    MissingInclude {
        /// The file with the line, relative to the worktree where it lies there.
        file: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What it names, as written.
        named: String,
    },
    /// A requirements file includes itself.
    #[error("`{}:{line}` includes `{named}`, which is including it", file.display())]
    Cycle {
        /// The file with the line, relative to the worktree where it lies there.
        file: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What it names, as written.
        named: String,
    },
    /// A file of the commit can't be read.
    #[error("can't read `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file of the network's settings is something else.
    #[error("`{}` is no list of exported variables", path.display())]
    Network {
        /// The file.
        path: PathBuf,
    },
    /// The state directory can't be used.
    #[error("can't use `{}`", path.display())]
    State {
        /// The file or folder in it.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There is no such interpreter.
    #[error("there is no Python interpreter `{}`", python.display())]
    NoPython {
        /// As it was named.
        python: PathBuf,
    },
    /// The interpreter does not answer.
    #[error("the Python interpreter `{}` does not say what it is", python.display())]
    Python {
        /// The interpreter.
        python: PathBuf,
        /// What it did instead.
        source: CommandError,
    },
    /// The interpreter answers something else than expected.
    #[error("the Python interpreter `{}` says something unexpected of itself", python.display())]
    PythonAnswer {
        /// The interpreter.
        python: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
}

impl EnvironmentError {
    /// For a file of the commit.
    pub(super) fn read(path: &Path) -> impl Fn(io::Error) -> Self + '_ {
        |source| Self::Read {
            path: path.to_owned(),
            source,
        }
    }

    /// For a file of the state directory.
    pub(super) fn state(path: &Path) -> impl Fn(io::Error) -> Self + '_ {
        |source| Self::State {
            path: path.to_owned(),
            source,
        }
    }
}

impl Advice for EnvironmentError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::MissingInclude { .. } => Some(
                "paths behind `-r` and `-c` are relative to the file with the line; was the file committed?"
                    .to_owned(),
            ),
            Self::Network { .. } => Some("`stackctl up` on the host writes it again".to_owned()),
            Self::Cycle { .. } => Some("leave out one of the two lines".to_owned()),
            Self::State { path, source } => not_written::hint(path, source),
            Self::NoPython { .. } => {
                Some("install Python in the image, or name it with `--python PATH`".to_owned())
            }
            Self::Python { python, .. } | Self::PythonAnswer { python, .. } => Some(format!(
                "`{} --version` must work; Python 3.8 or later is needed",
                python.display()
            )),
            Self::Read { .. } => None,
        }
    }

    fn exit_code(&self) -> ExitCode {
        match self {
            Self::Python { source, .. } => source.exit_code(),
            _ => ExitCode::Failed,
        }
    }
}

/// Why an environment was not built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// It can't be said which one is wanted.
    #[error(transparent)]
    Environment(#[from] EnvironmentError),
    /// What is there asks for another environment by now: the files, the settings or the interpreter changed.
    #[error("requirements, settings and interpreter are no longer those of environment `{key}`")]
    Changed {
        /// What was asked for.
        key: Key,
    },
    /// The interpreter can neither make environments with pip nor has a pip of its own.
    #[error("the Python interpreter `{}` has no pip", python.display())]
    NoPip {
        /// The interpreter.
        python: PathBuf,
    },
    /// The installer could not be started.
    #[error("the installer does not run")]
    Command(#[source] CommandError),
    /// A step failed.
    #[error("{step} failed ({status}){}", last(lines))]
    Step {
        /// What was done, such as `installing packages`.
        step: &'static str,
        /// How the command ended.
        status: String,
        /// The last lines it printed, credentials hidden.
        lines: Vec<String>,
    },
    /// There is no room, or no right to write.
    #[error("can't write `{}`", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The user wants to stop.
    #[error("interrupted; nothing of it counts")]
    Interrupted,
}

impl BuildError {
    /// For a file of the new environment.
    pub(super) fn write(path: &Path) -> impl Fn(io::Error) -> Self + '_ {
        |source| Self::Write {
            path: path.to_owned(),
            source,
        }
    }

    /// The last lines that the installer printed.
    #[must_use]
    pub fn lines(&self) -> &[String] {
        match self {
            Self::Step { lines, .. } => lines,
            _ => &[],
        }
    }

    /// Whether it says something of the requirements or the machine; else it was only stopped.
    #[must_use]
    pub fn is_failure(&self) -> bool {
        self.exit_code() != ExitCode::Interrupted
    }
}

impl Advice for BuildError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Environment(error) => error.hint(),
            Self::Changed { .. } => Some(
                "`stackctl jobs release` lets what is published take the place of a generation that is held"
                    .to_owned(),
            ),
            Self::NoPip { .. } => Some(
                "install pip in the image (Debian: `apt-get install python3-pip`), or use `--installer uv`"
                    .to_owned(),
            ),
            Self::Command(CommandError::NotFound { program }) if program == "uv" => {
                Some("install uv in the image (`pip install uv`), or use `--installer pip`".to_owned())
            }
            Self::Command(error) => error.hint(),
            Self::Step { step, lines, .. } => advice::on(step, lines).map(str::to_owned),
            Self::Write { path, source } => not_written::hint(path, source),
            Self::Interrupted => None,
        }
    }

    fn exit_code(&self) -> ExitCode {
        match self {
            Self::Interrupted => ExitCode::Interrupted,
            Self::Environment(error) => error.exit_code(),
            Self::Command(error) => error.exit_code(),
            _ => ExitCode::Failed,
        }
    }
}

fn last(lines: &[String]) -> String {
    lines.iter().flat_map(|line| ["\n  ", line]).collect()
}

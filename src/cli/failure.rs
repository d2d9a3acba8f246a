//! Why a subcommand failed, as it is told and with the code to exit with.

use crate::diagnostic::{Diagnostic, Severity};
use crate::error::{Advice, ExitCode};
use crate::ui::Ui;

/// A failed command.
#[derive(Debug)]
pub enum Failure {
    /// stack.toml is not valid.
    Invalid {
        /// The file as it was named.
        path: String,
        /// Its text.
        text: String,
        /// Every problem in it.
        diagnostics: Vec<Diagnostic>,
    },
    /// An operation that failed with something to show.
    Detailed(Box<Detailed>),
    /// Anything else.
    Error {
        /// What went wrong, with its sources.
        error: anyhow::Error,
        /// What to type next.
        hints: Vec<String>,
        /// The code to exit with.
        code: ExitCode,
    },
}

/// A failed operation, and what there is to show of it.
#[derive(Debug)]
pub struct Detailed {
    /// What went wrong: a fragment without a final period.
    pub message: String,
    /// What to type next.
    pub hints: Vec<String>,
    /// What is shown to people before the message; may be empty.
    pub text: String,
    /// The same for programs.
    pub json: serde_json::Value,
    /// The code to exit with.
    pub code: ExitCode,
}

impl Failure {
    /// The arguments were wrong; nothing was tried.
    pub fn usage(error: impl Into<anyhow::Error>) -> Self {
        Self::Error {
            error: error.into(),
            hints: Vec::new(),
            code: ExitCode::Usage,
        }
    }

    /// It was tried and failed.
    pub fn failed(error: impl Into<anyhow::Error>) -> Self {
        Self::Error {
            error: error.into(),
            hints: Vec::new(),
            code: ExitCode::Failed,
        }
    }

    /// Adds what to type next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        match &mut self {
            Self::Error { hints, .. } => hints.push(hint.into()),
            Self::Detailed(failed) => failed.hints.push(hint.into()),
            Self::Invalid { .. } => {}
        }
        self
    }

    /// Prints it.
    pub fn tell(&self, ui: &Ui) -> ExitCode {
        match self {
            Self::Invalid {
                path,
                text,
                diagnostics,
            } => {
                ui.diagnostics(path, text, diagnostics);
                let errors = diagnostics
                    .iter()
                    .filter(|diagnostic| diagnostic.severity == Severity::Error)
                    .count();
                if ui.format() == crate::ui::Format::Text {
                    let first = diagnostics
                        .first()
                        .map_or("CODE", |diagnostic| diagnostic.code.as_str());
                    let problems = if errors == 1 {
                        "1 problem".to_owned()
                    } else {
                        format!("{errors} problems")
                    };
                    let hint = format!("`stackctl explain {first}` says more; the code stands in brackets");
                    ui.error(&format!("`{path}` has {problems}"), &[], &[hint]);
                }
                ExitCode::Usage
            }
            Self::Detailed(failed) => {
                ui.failure(&failed.message, &failed.hints, &failed.text, &failed.json);
                failed.code
            }
            Self::Error { error, hints, code } => {
                let causes: Vec<String> = error.chain().skip(1).map(ToString::to_string).collect();
                ui.error(&error.to_string(), &causes, hints);
                *code
            }
        }
    }
}

impl std::fmt::Display for Failure {
    /// What went wrong with its causes, in one line.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Invalid { path, .. } => write!(f, "`{path}` is not valid"),
            Self::Detailed(failed) => f.write_str(&failed.message),
            Self::Error { error, .. } => write!(f, "{error:#}"),
        }
    }
}

impl<E: Advice + Send + Sync + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        let (hints, code) = (error.hint().into_iter().collect(), error.exit_code());
        Self::Error {
            error: anyhow::Error::new(error),
            hints,
            code,
        }
    }
}

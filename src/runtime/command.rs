//! Commands as values, and the one runner that starts them.

mod error;
mod process;
mod runner;

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub use error::CommandError;
pub use runner::{Captured, Following, Next, Runner};

/// A program, its arguments and the place it runs in. It displays as a person could type it, secrets hidden.
#[derive(Debug, Clone)]
pub struct Cmd {
    program: OsString,
    arguments: Vec<Argument>,
    environment: Vec<(OsString, OsString)>,
    not_passed: Vec<OsString>,
    directory: Option<PathBuf>,
    input: Option<Vec<u8>>,
    deadline: Option<Duration>,
    tells_output: bool,
    is_progress: bool,
}

#[derive(Debug, Clone)]
struct Argument {
    text: OsString,
    is_secret: bool,
}

/// What stands for a secret.
const HIDDEN: &str = "***";

impl Cmd {
    /// A command without arguments.
    #[must_use]
    pub fn new(program: impl Into<OsString>) -> Self {
        Self {
            program: program.into(),
            arguments: Vec::new(),
            environment: Vec::new(),
            not_passed: Vec::new(),
            directory: None,
            input: None,
            deadline: None,
            tells_output: true,
            is_progress: false,
        }
    }

    /// Adds an argument.
    #[must_use]
    pub fn arg(mut self, text: impl Into<OsString>) -> Self {
        self.arguments.push(Argument {
            text: text.into(),
            is_secret: false,
        });
        self
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<T: Into<OsString>>(self, texts: impl IntoIterator<Item = T>) -> Self {
        texts.into_iter().fold(self, Self::arg)
    }

    /// Adds an argument that is never shown. Other users of the host can still read it: prefer the input.
    #[must_use]
    pub fn secret_arg(mut self, text: impl Into<OsString>) -> Self {
        self.arguments.push(Argument {
            text: text.into(),
            is_secret: true,
        });
        self
    }

    /// Sets a variable; its value is not shown.
    #[must_use]
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// Does not pass a variable of the own process on.
    #[must_use]
    pub fn without(mut self, name: impl Into<OsString>) -> Self {
        self.not_passed.push(name.into());
        self
    }

    /// Runs it in this folder.
    #[must_use]
    pub fn directory(mut self, path: &Path) -> Self {
        self.directory = Some(path.to_owned());
        self
    }

    /// Gives it these bytes on stdin; without, stdin is empty.
    #[must_use]
    pub fn input(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.input = Some(bytes.into());
        self
    }

    /// Ends it after this time.
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// Its stdout is data for the program, which nobody wants to see even with `-v`.
    #[must_use]
    pub fn data(mut self) -> Self {
        self.tells_output = false;
        self
    }

    /// It tells on stdout what it does, and so also why it failed: builds do with Compose 2.26.
    #[must_use]
    pub fn progress(mut self) -> Self {
        self.is_progress = true;
        self
    }

    /// Replaces secret arguments in a text.
    fn hide(&self, line: &str) -> String {
        self.arguments
            .iter()
            .filter(|argument| argument.is_secret)
            .filter_map(|argument| argument.text.to_str())
            .filter(|secret| !secret.is_empty())
            .fold(line.to_owned(), |line, secret| line.replace(secret, HIDDEN))
    }

    fn to_std(&self) -> std::process::Command {
        let mut command = std::process::Command::new(&self.program);
        for name in &self.not_passed {
            command.env_remove(name);
        }
        command
            .args(self.arguments.iter().map(|argument| &argument.text))
            .envs(self.environment.iter().map(|(name, value)| (name, value)));
        if let Some(directory) = &self.directory {
            command.current_dir(directory);
        }
        command
    }
}

impl fmt::Display for Cmd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quote = |text: &OsStr| {
            let text = text.to_string_lossy();
            shlex::try_quote(&text).map_or_else(|_| format!("{text:?}"), std::borrow::Cow::into_owned)
        };
        f.write_str(&quote(&self.program))?;
        self.arguments.iter().try_for_each(|argument| {
            if argument.is_secret {
                write!(f, " {HIDDEN}")
            } else {
                write!(f, " {}", quote(&argument.text))
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_displays_as_it_would_be_typed() {
        let cmd = Cmd::new("docker").args(["run", "a b"]).secret_arg("hunter2");
        assert_eq!(cmd.to_string(), "docker run 'a b' ***");
        assert_eq!(cmd.hide("it was hunter2"), "it was ***");
    }
}

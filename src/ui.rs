//! stdout is data, stderr is status. The only place that prints.

mod diagnostics;
mod progress;
mod prompt;
mod table;

use std::io::{IsTerminal, Write};

use anstyle::{AnsiColor, Style};

use crate::diagnostic::{Diagnostic, Severity, draw};
use crate::event::{Event, Observer};

pub use table::Table;

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Text,
    /// One JSON document on stdout.
    Json,
}

/// How much is told on stderr.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// Errors only.
    Quiet,
    /// Status and warnings.
    Normal,
    /// Also the commands that are run, and what they print.
    Verbose,
}

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default().bold();
const DIM: Style = Style::new().dimmed();
const GOOD: Style = AnsiColor::Green.on_default();

/// Problems drawn for people; nobody reads more at once.
const MOST_DRAWN: usize = 100;

/// Where everything that a person sees goes through. Colour follows the terminal and `NO_COLOR`.
#[derive(Debug)]
pub struct Ui {
    format: Format,
    verbosity: Verbosity,
    progress: progress::Progress,
    /// The options that say which stack is meant; empty where none is needed.
    selection: String,
}

impl Ui {
    /// A user interface for one command.
    #[must_use]
    pub fn new(format: Format, verbosity: Verbosity) -> Self {
        let live = verbosity == Verbosity::Normal && std::io::stderr().is_terminal();
        Self {
            format,
            verbosity,
            progress: progress::Progress::new(live),
            selection: String::new(),
        }
    }

    /// Names the stack by these options in every command that it tells to type.
    #[must_use]
    pub fn naming(self, selection: String) -> Self {
        Self { selection, ..self }
    }

    /// A command of stackctl, or a text with such commands in backticks, as it must be typed for this stack.
    #[must_use]
    pub fn typed(&self, text: &str) -> String {
        if self.selection.is_empty() {
            return text.to_owned();
        }
        let named = format!("stackctl {} ", self.selection);
        match text.strip_prefix("stackctl ") {
            Some(rest) => format!("{named}{rest}"),
            None => text
                .replace("`stackctl ", &format!("`{named}"))
                // The one command that hints name and that asks for no stack.
                .replace(&format!("`{named}explain "), "`stackctl explain "),
        }
    }

    /// How results are to be printed.
    #[must_use]
    pub fn format(&self) -> Format {
        self.format
    }

    /// Prints a result on stdout, with a newline behind it unless it has one.
    ///
    /// A reader that has gone, such as `head`, is not an error: nobody is left to be told.
    pub fn data(&self, text: &str) {
        let newline = if text.is_empty() || text.ends_with('\n') {
            ""
        } else {
            "\n"
        };
        // Both may be one terminal, where a result behind a spinner would stand on its line.
        self.progress.suspend(|| {
            let mut stdout = anstream::stdout().lock();
            // The only error that can be met here is a closed pipe or terminal.
            let _gone = write!(stdout, "{text}{newline}").and_then(|()| stdout.flush());
        });
    }

    /// Prints a result as one JSON document on stdout.
    pub fn json<T: serde::Serialize>(&self, value: &T) {
        let text = serde_json::to_string_pretty(value).expect("results have string keys and finite numbers");
        self.data(&text);
    }

    /// Prints a result in the format that was asked for.
    pub fn result<T: serde::Serialize>(&self, value: &T, text: impl FnOnce(&T) -> String) {
        match self.format {
            Format::Json => self.json(value),
            Format::Text => self.data(&text(value)),
        }
    }

    /// Tells a line of status.
    pub fn status(&self, text: &str) {
        if self.verbosity >= Verbosity::Normal {
            self.line(&self.typed(text));
        }
    }

    /// Tells a warning.
    pub fn warning(&self, text: &str) {
        if self.verbosity >= Verbosity::Normal {
            self.line(&format!("{WARNING}warning{WARNING:#}: {text}"));
        }
    }

    /// Tells what went wrong, what caused it, and what to type next.
    pub fn error(&self, message: &str, causes: &[String], hints: &[String]) {
        let hints: Vec<String> = hints.iter().map(|hint| self.typed(hint)).collect();
        if self.format == Format::Json {
            let error =
                serde_json::json!({ "error": { "message": message, "causes": causes, "hints": hints } });
            self.line(&error.to_string());
            return;
        }
        self.line(&format!("{ERROR}error{ERROR:#}: {message}"));
        for cause in causes {
            self.line(&format!(
                "  {DIM}caused by:{DIM:#} {}",
                cause.replace('\n', "\n    ")
            ));
        }
        for hint in &hints {
            self.line(&format!("{HINT}hint{HINT:#}: {hint}"));
        }
    }

    /// Tells what went wrong in an operation, with what there is to show of it: `text` for people, `details` for
    /// programs.
    pub fn failure(&self, message: &str, hints: &[String], text: &str, details: &serde_json::Value) {
        self.progress.end();
        if self.format == Format::Json {
            let hints: Vec<String> = hints.iter().map(|hint| self.typed(hint)).collect();
            let error = serde_json::json!({
                "error": { "message": message, "causes": [], "hints": hints, "details": details },
            });
            self.line(&error.to_string());
            return;
        }
        if !text.is_empty() {
            self.line(text.trim_end_matches('\n'));
            self.line("");
        }
        self.error(message, &[], hints);
    }

    /// Draws problems of stack.toml: with carets for people, as a list for programs.
    pub fn diagnostics(&self, path: &str, text: &str, diagnostics: &[Diagnostic]) {
        let quiet = self.verbosity == Verbosity::Quiet;
        let told: Vec<&Diagnostic> = diagnostics
            .iter()
            .filter(|diagnostic| !(quiet && diagnostic.severity == Severity::Warning))
            .collect();
        if told.is_empty() {
            return;
        }
        if self.format == Format::Json {
            self.line(&diagnostics::to_json(path, text, &told).to_string());
            return;
        }
        let colour = anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never;
        for diagnostic in told.iter().take(MOST_DRAWN) {
            // An empty line behind each, because several at once run together.
            self.line(&format!("{}\n", draw(path, text, diagnostic, colour)));
        }
        if let Some(more) = told.len().checked_sub(MOST_DRAWN).filter(|more| *more > 0) {
            self.line(&format!(
                "… and {more} more; mend these first, or take `--format json`"
            ));
        }
    }

    fn line(&self, text: &str) {
        self.progress.suspend(|| {
            let mut stderr = anstream::stderr().lock();
            // Nobody is left to be told that stderr is closed.
            let _gone = writeln!(stderr, "{text}");
        });
    }
}

impl Observer for Ui {
    fn on(&self, event: Event<'_>) {
        match event {
            Event::Phase(text) => {
                if !self.progress.begin(text) {
                    self.status(&format!("{DIM}…{DIM:#} {text}"));
                }
            }
            Event::PhaseDone { text, elapsed } => {
                self.progress.end();
                self.status(&format!(
                    "{GOOD}✓{GOOD:#} {text} {DIM}({:.1}s){DIM:#}",
                    elapsed.as_secs_f64()
                ));
            }
            Event::Progress {
                subject,
                state,
                finished,
            } => {
                if !self.progress.update(subject, state, finished) && finished {
                    self.status(&format!("  {subject}: {state}"));
                }
            }
            Event::Amount {
                subject,
                done,
                total,
                unit,
            } => {
                if self.progress.amount(subject, done, total, unit) {
                    self.status(&format!("  {subject}: {} {unit}", grouped(total)));
                }
            }
            Event::Note(text) => self.status(text),
            Event::Warning(text) => self.warning(text),
            Event::Command(line) if self.verbosity == Verbosity::Verbose => {
                self.line(&format!("{DIM}$ {line}{DIM:#}"));
            }
            Event::Output(line) if self.verbosity == Verbosity::Verbose => {
                self.line(&format!("{DIM}  {line}{DIM:#}"));
            }
            Event::Command(_) | Event::Output(_) => {}
        }
    }
}

/// A number with a comma between thousands.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_told_apart() {
        let shown: Vec<String> = [0, 999, 1000, 1_234_567].map(grouped).into();
        assert_eq!(shown, ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn commands_to_type_name_the_stack_that_was_meant() {
        let ui = |selection: &str| Ui::new(Format::Text, Verbosity::Quiet).naming(selection.to_owned());
        let hint = "`stackctl logs api` shows it; `docker ps` too; `stackctl up` tries again";
        assert_eq!(ui("").typed(hint), hint);
        assert_eq!(
            ui("--env staging").typed(hint),
            "`stackctl --env staging logs api` shows it; `docker ps` too; `stackctl --env staging up` tries again"
        );
        assert_eq!(ui("-C a").typed("`stackctl explain x`"), "`stackctl explain x`");
        assert_eq!(
            ui("-C a --env b").typed("stackctl up"),
            "stackctl -C a --env b up"
        );
    }
}

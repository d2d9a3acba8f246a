//! A crontab that cannot be taken, with all that is wrong with it.

use super::fault::Fault;
use crate::diagnostic::{Code, Diagnostic, Label, Severity, Span, draw, position};
use crate::error::{Advice, ExitCode};

/// Problems drawn in one text; a log takes no more.
const MOST_DRAWN: usize = 10;

/// Every problem of a crontab, in the order of its lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrontabErrors {
    /// The crontab, as the parser was told.
    pub source: String,
    /// Its text: of the same length, a byte that is not UTF-8 as `?`, and the values of its settings as `*`, because
    /// they may be secrets.
    pub text: String,
    /// What is wrong, with places in `text`.
    pub diagnostics: Vec<Diagnostic>,
}

impl CrontabErrors {
    pub(super) fn new(source: &str, text: String, mut faults: Vec<Fault>) -> Self {
        faults.sort_by_key(|fault| fault.span.start);
        let diagnostics = faults.into_iter().map(|fault| diagnostic(&text, fault)).collect();
        Self {
            source: source.to_owned(),
            text,
            diagnostics,
        }
    }

    /// One line for each problem: `crontab.txt:3:1: the minute `60` is out of range`.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let line = |diagnostic: &Diagnostic| {
            let (line, column) = position(&self.text, diagnostic.start());
            format!("{}:{line}:{column}: {}", self.source, diagnostic.message)
        };
        self.diagnostics.iter().map(line).collect()
    }

    /// The problems with their lines and carets, without colour, as a log takes them; the first ten.
    #[must_use]
    pub fn drawn(&self) -> String {
        let mut parts: Vec<String> = self
            .diagnostics
            .iter()
            .take(MOST_DRAWN)
            .map(|diagnostic| draw(&self.source, &self.text, diagnostic, false))
            .collect();
        if let Some(more) = self
            .diagnostics
            .len()
            .checked_sub(MOST_DRAWN)
            .filter(|more| *more > 0)
        {
            parts.push(format!("… and {more} more"));
        }
        parts.join("\n\n")
    }
}

fn diagnostic(text: &str, fault: Fault) -> Diagnostic {
    Diagnostic {
        code: fault.code,
        severity: Severity::Error,
        key: String::new(),
        message: fault.message,
        labels: vec![Label {
            span: whole_characters(text, fault.span),
            text: String::new(),
        }],
        help: fault.help,
    }
}

/// A span that begins and ends between characters of the text.
fn whole_characters(text: &str, span: Span) -> Span {
    let start = (0..=span.start.min(text.len()))
        .rev()
        .find(|byte| text.is_char_boundary(*byte))
        .unwrap_or(0);
    let end = (span.end.max(start)..text.len()).find(|byte| text.is_char_boundary(*byte));
    start..end.unwrap_or(text.len())
}

impl std::fmt::Display for CrontabErrors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.diagnostics.len() {
            1 => write!(f, "`{}` has 1 problem", self.source),
            many => write!(f, "`{}` has {many} problems", self.source),
        }
    }
}

impl std::error::Error for CrontabErrors {}

impl Advice for CrontabErrors {
    fn hint(&self) -> Option<String> {
        let code = self
            .diagnostics
            .first()
            .map_or(Code::InvalidCrontab, |first| first.code);
        Some(format!(
            "`stackctl jobs check FILE` tells this before it is committed, and `stackctl explain {code}` says more"
        ))
    }

    fn exit_code(&self) -> ExitCode {
        ExitCode::Usage
    }
}

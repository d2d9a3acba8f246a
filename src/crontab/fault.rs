//! One thing that is wrong with a crontab or a schedule.

use crate::diagnostic::{Code, Span};

/// What is wrong, where in the text that was given, and how to mend it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Its stable name.
    pub code: Code,
    /// The bytes it is about.
    pub span: Span,
    /// A fragment without a final period.
    pub message: String,
    /// How to mend it.
    pub help: Option<String>,
}

impl Fault {
    /// A fault of a schedule.
    pub(super) fn schedule(span: Span, message: impl Into<String>) -> Self {
        Self::new(Code::InvalidSchedule, span, message)
    }

    /// A fault of a line.
    pub(super) fn line(span: Span, message: impl Into<String>) -> Self {
        Self::new(Code::InvalidCrontab, span, message)
    }

    /// A fault of any kind.
    pub(super) fn new(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self {
            code,
            span,
            message: message.into(),
            help: None,
        }
    }

    /// Says how to mend it.
    #[must_use]
    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

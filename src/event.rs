//! What an operation tells while it works. It never prints; `ui` draws events.

use std::time::Duration;

/// Something worth telling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event<'a> {
    /// A phase began, such as "building images".
    Phase(&'a str),
    /// The phase is over.
    PhaseDone {
        /// What was done, in the past tense, such as "built 2 images".
        text: &'a str,
        /// How long it took.
        elapsed: Duration,
    },
    /// Part of a phase: which thing is in which state now, such as "api" "healthy".
    Progress {
        /// The thing, such as a service.
        subject: &'a str,
        /// Its state in a word or two.
        state: &'a str,
        /// Whether that is its last state in this phase.
        finished: bool,
    },
    /// How far a thing of a phase is, such as the rows of a table; drawn as a bar with rate and remaining time.
    Amount {
        /// The thing, such as "main.users".
        subject: &'a str,
        /// How much is done.
        done: u64,
        /// How much there is.
        total: u64,
        /// What is counted, such as "rows".
        unit: &'a str,
    },
    /// Something that a person should know and that stops nothing.
    Note(&'a str),
    /// Something that will hurt later.
    Warning(&'a str),
    /// A command is about to run, as a person could type it; secrets are hidden.
    Command(&'a str),
    /// A line that a command printed.
    Output(&'a str),
}

/// Receives events. Called from several threads.
pub trait Observer: Sync {
    /// Takes one event.
    fn on(&self, event: Event<'_>);
}

/// Tells nobody.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Observer for Silent {
    fn on(&self, _event: Event<'_>) {}
}

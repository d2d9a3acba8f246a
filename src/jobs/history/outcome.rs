//! How a run ended.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The end of a run, or why there was none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Outcome {
    /// It ended with code 0.
    Succeeded,
    /// It ended with another code.
    Exit {
        /// The code.
        code: i32,
    },
    /// A signal that the agent did not send ended it.
    Signal {
        /// Its number.
        signal: i32,
    },
    /// It took longer than it may, and was ended.
    Timeout {
        /// What it may take, in milliseconds.
        after_ms: u64,
    },
    /// A newer run took its place (`overlap=replace`).
    Replaced,
    /// The agent was told to end and did not wait for it any longer.
    Stopped,
    /// It was not started.
    Skipped {
        /// Why.
        reason: String,
    },
    /// Its shell could not be started.
    NotStarted {
        /// Why.
        reason: String,
    },
    /// The agent was killed while it ran; nobody knows how it ended.
    Lost,
}

impl Outcome {
    /// Whether somebody should look at it. What was skipped, replaced or stopped went as it was asked for.
    #[must_use]
    pub fn is_failure(&self) -> bool {
        matches!(
            self,
            Self::Exit { .. }
                | Self::Signal { .. }
                | Self::Timeout { .. }
                | Self::NotStarted { .. }
                | Self::Lost
        )
    }

    /// Whether another attempt may do better.
    #[must_use]
    pub fn is_retried(&self) -> bool {
        self.is_failure() && *self != Self::Lost
    }

    /// One word, for metrics.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Succeeded => "success",
            Self::Exit { .. } => "exit",
            Self::Signal { .. } => "signal",
            Self::Timeout { .. } => "timeout",
            Self::Replaced => "replaced",
            Self::Stopped => "stopped",
            Self::Skipped { .. } => "skipped",
            Self::NotStarted { .. } => "not-started",
            Self::Lost => "lost",
        }
    }

    /// Every word that [`Self::word`] has.
    pub const WORDS: [&'static str; 9] = [
        "success",
        "exit",
        "signal",
        "timeout",
        "replaced",
        "stopped",
        "skipped",
        "not-started",
        "lost",
    ];
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Succeeded => f.write_str("ok"),
            Self::Exit { code } => write!(f, "exit {code}"),
            Self::Signal { signal } => write!(f, "signal {signal}"),
            Self::Timeout { after_ms } => {
                write!(f, "timeout after {}", crate::jobs::elapsed::Elapsed(*after_ms))
            }
            Self::Replaced => f.write_str("replaced"),
            Self::Stopped => f.write_str("stopped"),
            Self::Skipped { reason } => write!(f, "skipped: {reason}"),
            Self::NotStarted { reason } => write!(f, "not started: {reason}"),
            Self::Lost => f.write_str("lost"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_say_what_happened() {
        for (outcome, shown, is_failure) in [
            (Outcome::Succeeded, "ok", false),
            (Outcome::Exit { code: 3 }, "exit 3", true),
            (Outcome::Signal { signal: 9 }, "signal 9", true),
            (
                Outcome::Timeout { after_ms: 90_000 },
                "timeout after 1m 30s",
                true,
            ),
            (Outcome::Lost, "lost", true),
            (Outcome::Replaced, "replaced", false),
        ] {
            assert_eq!(outcome.to_string(), shown);
            assert_eq!(outcome.is_failure(), is_failure);
            assert!(Outcome::WORDS.contains(&outcome.word()));
            let text = serde_json::to_string(&outcome).unwrap();
            assert_eq!(serde_json::from_str::<Outcome>(&text).unwrap(), outcome);
        }
    }
}

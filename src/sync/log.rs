//! What a sync tells on stderr: one line for each event, with the time, the level and pairs of name and value.

use std::fmt::{Display, Write as _};
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{SecondsFormat, Utc};

/// What stands for a secret.
const HIDDEN: &str = "***";

/// Bytes of the shortest secret.
const SHORTEST: usize = 4;
/// Secrets that are known at a time; tokens are replaced every hour for years.
const MOST: usize = 256;

/// Takes lines from several threads. No line shows a secret that it was told to hide.
#[derive(Clone)]
pub struct Log {
    verbosity: u8,
    inner: Arc<Mutex<Inner>>,
}

struct Inner {
    sink: Box<dyn Write + Send>,
    secrets: Vec<String>,
}

/// A name and a value of a line.
pub type Pair<'a> = (&'a str, &'a dyn Display);

impl Log {
    /// A log on stderr; lines above the verbosity are left out.
    #[must_use]
    pub fn stderr(verbosity: u8) -> Self {
        Self::to(verbosity, Box::new(std::io::stderr()))
    }

    /// A log that goes elsewhere.
    #[must_use]
    pub fn to(verbosity: u8, sink: Box<dyn Write + Send>) -> Self {
        let secrets = Vec::new();
        Self {
            verbosity,
            inner: Arc::new(Mutex::new(Inner { sink, secrets })),
        }
    }

    /// Never shows these texts, wherever they may come from. They stay hidden until many others have come since; what
    /// is shorter than a few letters stands in too many words to be hidden, or to be a secret.
    pub fn hide<'a>(&self, secrets: impl IntoIterator<Item = &'a str>) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        for secret in secrets.into_iter().filter(|secret| secret.len() >= SHORTEST) {
            inner.secrets.retain(|known| known != secret);
            inner.secrets.push(secret.to_owned());
        }
        let surplus = inner.secrets.len().saturating_sub(MOST);
        inner.secrets.drain(..surplus);
    }

    /// Whether lines of this level are told.
    #[must_use]
    pub fn tells(&self, level: u8) -> bool {
        level <= self.verbosity
    }

    /// Tells what happened. Level 0 is what matters, each above is more detail.
    pub fn info(&self, level: u8, message: &str, pairs: &[Pair<'_>]) {
        if self.tells(level) {
            self.line("INFO", message, pairs);
        }
    }

    /// Tells what should be known and stops nothing.
    pub fn warning(&self, message: &str, pairs: &[Pair<'_>]) {
        self.line("WARNING", message, pairs);
    }

    /// Tells what went wrong.
    pub fn error(&self, message: &str, pairs: &[Pair<'_>]) {
        self.line("ERROR", message, pairs);
    }

    /// A text without the secrets.
    #[must_use]
    pub fn without_secrets(&self, text: &str) -> String {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.without_secrets(text)
    }

    fn line(&self, level: &str, message: &str, pairs: &[Pair<'_>]) {
        let time = Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true);
        let mut line = format!("{time} {level} {message}");
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        for (name, value) in pairs {
            // Secrets go before the quotes come, which would change those with quotes in them.
            let value = inner.without_secrets(&value.to_string());
            write!(line, " {name}={value:?}").expect("memory takes all that is written");
        }
        line = inner.without_secrets(&line);
        line.push('\n');
        // Nobody is left to be told that stderr is closed.
        let _gone = inner
            .sink
            .write_all(line.as_bytes())
            .and_then(|()| inner.sink.flush());
    }
}

impl Inner {
    fn without_secrets(&self, text: &str) -> String {
        let hide = |text: String, secret: &String| text.replace(secret.as_str(), HIDDEN);
        self.secrets.iter().fold(text.to_owned(), hide)
    }
}

impl std::fmt::Debug for Log {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Log")
            .field("verbosity", &self.verbosity)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
pub mod tests;

//! What a sync tells on stderr: one line for each event, with the time, the level and pairs of name and value.

use std::fmt::{Display, Write as _};
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{SecondsFormat, Utc};

/// What stands for a secret.
const HIDDEN: &str = "***";

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

    /// Never shows these texts, wherever they may come from. They stay hidden.
    pub fn hide<'a>(&self, secrets: impl IntoIterator<Item = &'a str>) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        for secret in secrets {
            if !secret.is_empty() && !inner.secrets.iter().any(|known| known == secret) {
                inner.secrets.push(secret.to_owned());
            }
        }
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

/// A log that tests can read.
#[cfg(test)]
pub mod tests {
    use super::*;

    /// What was written so far.
    #[derive(Clone, Default)]
    pub struct Written(Arc<Mutex<Vec<u8>>>);

    impl Written {
        /// A log that writes here.
        #[must_use]
        pub fn log(&self, verbosity: u8) -> Log {
            Log::to(verbosity, Box::new(self.clone()))
        }

        /// As text.
        #[must_use]
        pub fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    impl Write for Written {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_line_has_level_message_and_pairs() {
        let written = Written::default();
        let log = written.log(1);
        log.info(
            0,
            "published",
            &[("commit", &"abc"), ("note", &"two\nlines \"x\"")],
        );
        log.info(2, "left out", &[]);
        let text = written.text();
        let (_time, rest) = text.split_once(' ').unwrap();
        assert_eq!(
            rest,
            "INFO published commit=\"abc\" note=\"two\\nlines \\\"x\\\"\"\n"
        );
    }

    #[test]
    fn secrets_are_hidden_wherever_they_stand() {
        let written = Written::default();
        let log = written.log(0);
        log.hide(["hunter2", "qu\"ote", ""]);
        log.error("hunter2 was refused", &[("said", &"no hunter2, no qu\"ote")]);
        let text = written.text();
        assert!(text.contains("*** was refused said=\"no ***, no ***\""), "{text}");
    }
}

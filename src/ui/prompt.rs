//! Questions on a terminal.

use std::io::{BufRead, IsTerminal, Write};

use super::{DIM, Format, HINT, Ui};

impl Ui {
    /// Whether there is a person to be asked.
    #[must_use]
    pub fn can_ask(&self) -> bool {
        self.format == Format::Text && std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
    }

    /// Asks until the answer can be read; an empty one is the default. None where the input has ended.
    pub fn ask<T>(
        &self,
        question: &str,
        default: &str,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        loop {
            let mut stderr = anstream::stderr().lock();
            // A closed terminal ends the input as well, which is told below.
            let _gone = write!(stderr, "{HINT}?{HINT:#} {question} {DIM}[{default}]{DIM:#} ")
                .and_then(|()| stderr.flush());
            drop(stderr);
            let mut line = String::new();
            match std::io::stdin().lock().read_line(&mut line) {
                Ok(0) | Err(_) => return None,
                Ok(_) => {}
            }
            let answer = if line.trim().is_empty() {
                default
            } else {
                line.trim()
            };
            match read(answer) {
                Ok(value) => return Some(value),
                Err(why) => self.line(&format!("  {why}")),
            }
        }
    }
}

//! A log that tests can read.

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

#[test]
fn the_newest_secrets_are_the_known_ones() {
    let written = Written::default();
    let log = written.log(0);
    let tokens: Vec<String> = (0..MOST * 2).map(|number| format!("token-{number}.")).collect();
    for token in &tokens {
        log.hide(["given", token]);
    }
    assert_eq!(
        log.without_secrets(&format!("given {}", tokens[MOST * 2 - 1])),
        "*** ***"
    );
    assert_eq!(log.without_secrets(&tokens[0]), tokens[0]);
}

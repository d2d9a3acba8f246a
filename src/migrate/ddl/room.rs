//! A stack that is deep enough for any SQL that the parser takes, wherever a translation is asked for.

use super::typed::{Translated, refuse};

/// Enough for the deepest tree, also without optimization.
const STACK: usize = 32 << 20;

/// What is said where a translation ended in a panic.
pub(super) const GAVE_UP: &str = "the translation gave up on it";

/// Runs a step with room for its recursion.
pub(super) fn with_room<T: Send>(step: impl FnOnce() -> Translated<T> + Send) -> Translated<T> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .name("sql translation".to_owned())
            .stack_size(STACK)
            .spawn_scoped(scope, step);
        match thread {
            Ok(thread) => thread.join().unwrap_or_else(|_| refuse(GAVE_UP)),
            Err(error) => refuse(format!("no thread for the translation: {error}")),
        }
    })
}

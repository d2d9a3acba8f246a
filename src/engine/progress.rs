//! Telling a phase: that it began, and what it did.

use std::time::Instant;

use super::EngineError;
use crate::event::{Event, Observer};

/// Runs `work` as a phase; it gives back what it did, in the past tense.
pub fn phase<T>(
    observer: &dyn Observer,
    doing: &str,
    work: impl FnOnce() -> Result<(T, String), EngineError>,
) -> Result<T, EngineError> {
    let begun = Instant::now();
    observer.on(Event::Phase(doing));
    let (value, done) = work().map_err(|error| error.during(doing))?;
    observer.on(Event::PhaseDone {
        text: &done,
        elapsed: begun.elapsed(),
    });
    Ok(value)
}

/// `1 image`, `2 images`.
pub fn count(number: usize, thing: &str) -> String {
    match number {
        1 => format!("1 {thing}"),
        _ => format!("{number} {thing}s"),
    }
}

/// `a`, `a and b`, `a, b and c`.
pub fn list<T: AsRef<str>>(names: &[T]) -> String {
    match names {
        [] => String::new(),
        [name] => name.as_ref().to_owned(),
        [rest @ .., last] => {
            let rest: Vec<&str> = rest.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", rest.join(", "), last.as_ref())
        }
    }
}

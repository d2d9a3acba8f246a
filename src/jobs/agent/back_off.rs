//! A builder that failed is not started again at once.

use std::time::{Duration, Instant};

use crate::jobs::environment::Key;

/// How long a builder that ended without success is not started again; where it noted why, the note says how long.
const AFTER_FAILURE: Duration = Duration::from_secs(30);

/// The last builder, where it did not succeed. It holds up no other environment: the commit that mends the
/// requirements is built at once, and so is one for which a builder was told to end.
#[derive(Debug, Default)]
pub struct BackOff(Option<(Key, Instant)>);

impl BackOff {
    /// A builder has ended.
    pub fn ended(&mut self, key: Key, is_success: bool, now: Instant) {
        self.0 = (!is_success).then(|| (key, now + AFTER_FAILURE));
    }

    /// When the environment may be built; none where that is now.
    #[must_use]
    pub fn until(&self, key: &Key, now: Instant) -> Option<Instant> {
        let (_, until) = self.0.as_ref().filter(|(failed, _)| failed == key)?;
        Some(*until).filter(|until| *until > now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_failed_waits() {
        let key = |digit: &str| digit.repeat(32).parse::<Key>().unwrap();
        let now = Instant::now();
        let mut back_off = BackOff::default();
        assert_eq!(back_off.until(&key("a"), now), None);
        back_off.ended(key("a"), false, now);
        assert_eq!(back_off.until(&key("a"), now), Some(now + AFTER_FAILURE));
        assert_eq!(back_off.until(&key("b"), now), None);
        assert_eq!(back_off.until(&key("a"), now + AFTER_FAILURE), None);
        back_off.ended(key("a"), true, now);
        assert_eq!(back_off.until(&key("a"), now), None);
    }
}

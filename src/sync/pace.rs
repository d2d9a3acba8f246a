//! How long to wait until the next round.

use std::time::Duration;

use super::options::Pace;

impl Pace {
    /// The wait behind a round. `failures` in a row double it up to the maximum, from the fourth on: a server that is
    /// started again or a token that is replaced costs no more than a period. `chance`, from 0 to 1, says how much of
    /// the jitter is added.
    #[must_use]
    pub fn wait(&self, is_ready: bool, failures: u32, chance: f64) -> Duration {
        let base = if is_ready { self.period } else { self.init_period };
        let doublings = failures.saturating_sub(3).min(20);
        let longest = self.max_backoff.max(base);
        let wait = base.saturating_mul(1 << doublings).min(longest);
        wait.saturating_add(self.jitter.mul_f64(chance.clamp(0.0, 1.0)))
    }

    /// Whether so many failures in a row are too many.
    #[must_use]
    pub fn gives_up(&self, is_ready: bool, failures: u32) -> bool {
        let limit = if is_ready {
            self.max_failures
        } else {
            self.init_max_failures
        };
        limit.is_some_and(|limit| failures >= limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pace() -> Pace {
        Pace {
            period: Duration::from_secs(10),
            init_period: Duration::from_secs(1),
            jitter: Duration::from_secs(4),
            max_backoff: Duration::from_secs(60),
            sync_timeout: Duration::from_secs(120),
            one_time: false,
            max_failures: Some(3),
            init_max_failures: None,
            signal: None,
        }
    }

    #[test]
    fn failures_double_the_wait_up_to_its_maximum() {
        let waits: Vec<u64> = [0, 1, 3, 4, 5, 6, 50, u32::MAX]
            .map(|failures| pace().wait(true, failures, 0.0).as_secs())
            .to_vec();
        assert_eq!(waits, [10, 10, 10, 20, 40, 60, 60, 60]);
        assert_eq!(pace().wait(false, 5, 0.0), Duration::from_secs(4));
        assert_eq!(pace().wait(true, 0, 0.5), Duration::from_secs(12));
        let slow = Pace {
            max_backoff: Duration::ZERO,
            ..pace()
        };
        assert_eq!(slow.wait(true, 9, 0.0), Duration::from_secs(10));
    }

    #[test]
    fn giving_up_depends_on_the_first_success() {
        assert!(!pace().gives_up(false, 100));
        assert!(!pace().gives_up(true, 2));
        assert!(pace().gives_up(true, 3));
    }
}

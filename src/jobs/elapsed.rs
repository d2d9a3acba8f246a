//! A length of time as people read it.

use std::fmt;

/// Milliseconds, shown with their two largest units: `340ms`, `2.5s`, `1m 30s`, `2h 5m`, `3d 1h`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Elapsed(pub u64);

impl fmt::Display for Elapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0 / 1000;
        let (large, small) = match seconds {
            0 => return write!(f, "{}ms", self.0),
            1..=59 => {
                let tenths = self.0 / 100 % 10;
                return if tenths == 0 {
                    write!(f, "{seconds}s")
                } else {
                    write!(f, "{seconds}.{tenths}s")
                };
            }
            60..=3_599 => ((seconds / 60, "m"), (seconds % 60, "s")),
            3_600..=86_399 => ((seconds / 3_600, "h"), (seconds / 60 % 60, "m")),
            _ => ((seconds / 86_400, "d"), (seconds / 3_600 % 24, "h")),
        };
        write!(f, "{}{}", large.0, large.1)?;
        if small.0 > 0 {
            write!(f, " {}{}", small.0, small.1)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_units_are_enough() {
        for (milliseconds, shown) in [
            (0, "0ms"),
            (340, "340ms"),
            (1_000, "1s"),
            (2_560, "2.5s"),
            (60_000, "1m"),
            (90_000, "1m 30s"),
            (7_500_000, "2h 5m"),
            (90_061_000, "1d 1h"),
        ] {
            assert_eq!(Elapsed(milliseconds).to_string(), shown);
        }
    }
}

//! A time zone by its IANA name.

use std::fmt;
use std::str::FromStr;

/// An IANA time zone such as `Europe/Amsterdam`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeZone(chrono_tz::Tz);

/// The text names no zone of the IANA database.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("it is not in the IANA time zone database; write a name such as `UTC` or `Europe/Amsterdam`")]
pub struct TimeZoneError;

impl TimeZone {
    /// Coordinated Universal Time, the default.
    pub const UTC: Self = Self(chrono_tz::Tz::UTC);

    /// The zone with its rules.
    #[must_use]
    pub const fn get(self) -> chrono_tz::Tz {
        self.0
    }

    /// Every name there is, to find the nearest one to a typo.
    pub fn names() -> impl Iterator<Item = &'static str> {
        chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name())
    }
}

impl FromStr for TimeZone {
    type Err = TimeZoneError;

    fn from_str(text: &str) -> Result<Self, TimeZoneError> {
        text.parse().map(Self).map_err(|_| TimeZoneError)
    }
}

impl fmt::Display for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name())
    }
}

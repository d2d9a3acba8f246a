//! The time as numbers.

use std::time::{SystemTime, UNIX_EPOCH};

use chrono::{DateTime, Utc};

/// Milliseconds since 1970.
#[must_use]
pub fn now_ms() -> u64 {
    // A clock before 1970 is wrong in any case.
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// Microseconds since 1970: two agents that follow each other never start in the same one.
#[must_use]
pub fn now_us() -> u128 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    since.as_micros()
}

/// Milliseconds since 1970 of a moment.
#[must_use]
pub fn ms(moment: DateTime<Utc>) -> u64 {
    u64::try_from(moment.timestamp_millis()).unwrap_or(0)
}

/// Seconds since 1970 of a moment.
#[must_use]
pub fn seconds(moment: DateTime<Utc>) -> u64 {
    u64::try_from(moment.timestamp()).unwrap_or(0)
}

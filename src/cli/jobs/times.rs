//! Moments as tables show them.

use chrono::{DateTime, Local, SecondsFormat, Utc};

/// Seconds since 1970 -> `2026-11-21 16:05:00` in the zone of this process (`TZ`).
pub fn moment(seconds: u64) -> String {
    local(seconds).map_or_else(String::new, |time| time.format("%Y-%m-%d %H:%M:%S").to_string())
}

/// Seconds since 1970 -> RFC 3339 in UTC, for programs.
pub fn rfc3339(milliseconds: u64) -> Option<String> {
    let time = DateTime::<Utc>::from_timestamp_millis(i64::try_from(milliseconds).ok()?)?;
    Some(time.to_rfc3339_opts(SecondsFormat::Millis, true))
}

fn local(seconds: u64) -> Option<DateTime<Local>> {
    let time = DateTime::<Utc>::from_timestamp(i64::try_from(seconds).ok()?, 0)?;
    Some(time.with_timezone(&Local))
}

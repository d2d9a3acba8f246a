//! Dates and times as SQLite writes them in text (<https://sqlite.org/lang_datefunc.html>), read without a guess.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime};

/// A date with or without a time, as `timestamp` in UTC reads it; a zone is applied. Fractions keep six digits.
pub(super) fn moment(text: &str) -> Option<String> {
    let moment = parsed(text)?;
    Some(moment.format("%Y-%m-%d %H:%M:%S%.f").to_string())
}

/// A date without a time.
pub(super) fn date(text: &str) -> Option<String> {
    is_date(text).then_some(())?;
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    Some(date.format("%Y-%m-%d").to_string())
}

/// A time of the day.
pub(super) fn time(text: &str) -> Option<String> {
    let plain = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || matches!(byte, b':' | b'.'));
    if !plain || text.as_bytes().get(2) != Some(&b':') {
        return None;
    }
    let time = ["%H:%M", "%H:%M:%S", "%H:%M:%S%.f"]
        .iter()
        .find_map(|form| NaiveTime::parse_from_str(text, form).ok())?;
    Some(time.format("%H:%M:%S%.f").to_string())
}

fn parsed(text: &str) -> Option<NaiveDateTime> {
    if !text.is_ascii() || !is_date(text.get(..10)?) {
        return None;
    }
    if let Some(date) = date(text) {
        return NaiveDate::parse_from_str(&date, "%Y-%m-%d")
            .ok()?
            .and_hms_opt(0, 0, 0);
    }
    if !matches!(text.as_bytes().get(10), Some(b' ' | b'T')) {
        return None;
    }
    let text = text.replacen('T', " ", 1);
    let text = text.trim_end();
    let has_zone = text.ends_with(['Z', 'z']) || text.get(11..)?.contains(['+', '-']);
    if has_zone {
        let text = text.replace(['Z', 'z'], "+00:00");
        return [
            "%Y-%m-%d %H:%M:%S%.f%:z",
            "%Y-%m-%d %H:%M%:z",
            "%Y-%m-%d %H:%M:%S%.f %:z",
        ]
        .iter()
        .find_map(|form| DateTime::parse_from_str(&text, form).ok())
        .map(|moment| moment.naive_utc());
    }
    ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M"]
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
}

fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 10
        && bytes.iter().enumerate().all(|(place, byte)| match place {
            4 | 7 => *byte == b'-',
            _ => byte.is_ascii_digit(),
        })
        && !text.starts_with("0000")
}

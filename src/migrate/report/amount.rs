//! Figures, names and keys as people read them.

use std::fmt::Write;

use serde_json::Value;

/// So many rows are named of each kind, or cells of one column and reason.
pub const EXAMPLES: usize = 3;

/// `1204331` -> `1,204,331`.
#[must_use]
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 row`, `2 rows`, `3 foreign keys`.
#[must_use]
pub fn of(number: u64, thing: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{} {thing}{ending}", count(number))
}

/// `0.04` -> `40 ms`, `2.34` -> `2.3 s`, `125.0` -> `2 min 05 s`.
#[must_use]
pub fn time(seconds: f64) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a time that a program ran is small and not negative; the cast saturates"
    )]
    let whole = seconds.round() as u64;
    if !seconds.is_finite() || seconds < 0.0005 {
        "0 ms".to_owned()
    } else if seconds < 0.9995 {
        format!("{:.0} ms", seconds * 1e3)
    } else if seconds < 99.95 {
        format!("{seconds:.1} s")
    } else if whole < 3600 {
        format!("{} min {:02} s", whole / 60, whole % 60)
    } else {
        format!("{} h {:02} min", whole / 3600, whole % 3600 / 60)
    }
}

/// `12345678` -> `11.8 MiB`.
#[must_use]
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if bytes < 1024 {
        return of(bytes, "byte");
    }
    #[expect(clippy::cast_precision_loss, reason = "three digits of it are shown")]
    let mut value = bytes as f64 / 1024.0;
    let mut unit = 0;
    while value >= 1023.95 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS[unit])
}

/// Rows in a second, to three digits; `None` where the time says nothing.
#[must_use]
pub fn rate(rows: u64, seconds: f64) -> Option<String> {
    if seconds < 1.0 {
        return None;
    }
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "three digits of it are shown"
    )]
    let rate = (rows as f64 / seconds).round() as u64;
    let step = 10_u64.pow(rate.checked_ilog10().unwrap_or(0).saturating_sub(2));
    Some(format!("{} rows/s", count(rate / step * step)))
}

/// Text of others on one line: characters that steer a terminal or turn the direction of writing are spelled out.
#[must_use]
pub fn legible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => shown.push_str("\\n"),
            '\t' => shown.push_str("\\t"),
            '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => {
                shown.extend(c.escape_unicode());
            }
            c if c.is_control() => shown.extend(c.escape_unicode()),
            c => shown.push(c),
        }
    }
    shown
}

/// A row's key: `id = 7`, `a = 1, b = "x"`.
#[must_use]
pub fn key(key: &[(String, Value)]) -> String {
    let mut shown = String::new();
    for (column, value) in key {
        let separator = if shown.is_empty() { "" } else { ", " };
        let value = match value.get("blob").and_then(Value::as_str) {
            Some(hex) => format!("x'{hex}'"),
            None => value.to_string(),
        };
        // Writing to a String cannot fail.
        let _ = write!(shown, "{separator}{} = {}", legible(column), legible(&value));
    }
    if shown.is_empty() {
        "a row without a key".to_owned()
    } else {
        shown
    }
}

/// The first of some rows by their keys: `, such as id = 7; id = 9`. Nothing where there are none.
#[must_use]
pub fn such_as(rows: &[Vec<(String, Value)>]) -> String {
    let examples: Vec<String> = rows.iter().take(EXAMPLES).map(|row| key(row)).collect();
    if examples.is_empty() {
        String::new()
    } else {
        format!(", such as {}", examples.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_groups() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(1000), "1,000");
        assert_eq!(count(1_204_331), "1,204,331");
        assert_eq!(of(1, "row"), "1 row");
        assert_eq!(of(0, "row"), "0 rows");
    }

    #[test]
    fn times_have_the_unit_that_fits() {
        for (seconds, text) in [
            (0.0, "0 ms"),
            (f64::NAN, "0 ms"),
            (0.0402, "40 ms"),
            (0.9996, "1.0 s"),
            (99.94, "99.9 s"),
            (125.2, "2 min 05 s"),
            (3599.6, "1 h 00 min"),
            (7384.0, "2 h 03 min"),
        ] {
            assert_eq!(time(seconds), text, "{seconds}");
        }
    }

    #[test]
    fn sizes_have_the_unit_that_fits() {
        assert_eq!(size(1), "1 byte");
        assert_eq!(size(1023), "1,023 bytes");
        assert_eq!(size(1536), "1.5 KiB");
        assert_eq!(size((1 << 20) - 1), "1.0 MiB");
        assert_eq!(size(12_345_678), "11.8 MiB");
    }

    #[test]
    fn rates_are_told_from_one_second_on() {
        assert_eq!(rate(5_000_000, 0.9), None);
        assert_eq!(rate(5_000_000, 3.0).as_deref(), Some("1,660,000 rows/s"));
        assert_eq!(rate(0, 3.0).as_deref(), Some("0 rows/s"));
    }

    #[test]
    fn names_cannot_steer_a_terminal() {
        assert_eq!(
            legible("a\u{1b}[2Jb\r\u{202e}c\n"),
            "a\\u{1b}[2Jb\\u{d}\\u{202e}c\\n"
        );
        assert_eq!(legible("größe 表"), "größe 表");
    }

    #[test]
    fn keys_are_readable() {
        let shown = |value: Value| key(&[("id".to_owned(), value)]);
        assert_eq!(shown(7.into()), "id = 7");
        assert_eq!(shown("a\"b".into()), "id = \"a\\\"b\"");
        assert_eq!(shown(serde_json::json!({"blob": "00ff"})), "id = x'00ff'");
        assert_eq!(key(&[]), "a row without a key");
    }
}

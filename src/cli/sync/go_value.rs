//! Values as git-sync writes them, which is as Go does: `1m30s`, `0x10`, `T`.

use std::time::Duration;

/// Units of time in nanoseconds, each before any that it begins with.
const UNITS: [(&str, f64); 8] = [
    ("ns", 1.0),
    ("us", 1e3),
    ("µs", 1e3),
    ("μs", 1e3),
    ("ms", 1e6),
    ("s", 1e9),
    ("m", 60e9),
    ("h", 3600e9),
];
/// The longest time that Go can hold, in nanoseconds.
const LONGEST: f64 = 9_223_372_036_854_775_807.0;

/// Reads a switch.
pub fn switch(text: &str) -> Result<bool, String> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err("write `true` or `false`".to_owned()),
    }
}

/// Reads a whole number: decimal, or with `0x`, `0o`, `0` or `0b` before it; underscores may stand between digits.
pub fn number(text: &str) -> Result<i64, String> {
    let wrong = || "write a whole number".to_owned();
    let (sign, digits) = match text.as_bytes() {
        [b'-', ..] => ("-", &text[1..]),
        [b'+', ..] => ("", &text[1..]),
        _ => ("", text),
    };
    let lower = digits.to_ascii_lowercase();
    let (radix, rest) = [("0x", 16), ("0o", 8), ("0b", 2)]
        .into_iter()
        .find_map(|(prefix, radix)| Some((radix, lower.strip_prefix(prefix)?)))
        .or_else(|| Some((8, lower.strip_prefix('0').filter(|rest| !rest.is_empty())?)))
        .unwrap_or((10, lower.as_str()));
    let is_digit = |c: char| c == '_' || c.is_digit(radix);
    if !rest.chars().all(is_digit) || rest.ends_with('_') || (radix == 10 && rest.contains('_')) {
        return Err(wrong());
    }
    i64::from_str_radix(&format!("{sign}{}", rest.replace('_', "")), radix).map_err(|_| wrong())
}

/// Reads a decimal number.
pub fn decimal(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number: &f64| number.is_finite());
    number.ok_or_else(|| "write a number".to_owned())
}

/// Reads a length of time. It may not be negative, which is of no use anywhere here.
pub fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || "write a number and a unit (ms, s, m, h), for example `30s` or `1m30s`".to_owned();
    let mut rest = text.strip_prefix('+').unwrap_or(text);
    if rest == "0" {
        return Ok(Duration::ZERO);
    }
    if rest.starts_with('-') {
        return Err("it may not be negative".to_owned());
    }
    let mut total = 0.0;
    if rest.is_empty() {
        return Err(wrong());
    }
    while !rest.is_empty() {
        let length = rest
            .bytes()
            .take_while(|b| b.is_ascii_digit() || *b == b'.')
            .count();
        // A point alone is no number to Rust either.
        let count: f64 = rest[..length].parse().map_err(|_| wrong())?;
        rest = &rest[length..];
        let length = rest
            .find(|c: char| c.is_ascii_digit() || c == '.')
            .unwrap_or(rest.len());
        let (_, unit) = UNITS
            .iter()
            .find(|(unit, _)| *unit == &rest[..length])
            .ok_or_else(wrong)?;
        total += count * unit;
        rest = &rest[length..];
    }
    if total > LONGEST {
        return Err("it is too long".to_owned());
    }
    Ok(Duration::from_secs_f64(total / 1e9))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_go_does() {
        for (text, milliseconds) in [
            ("0", 0),
            ("0s", 0),
            ("100ms", 100),
            ("1m30s", 90_000),
            ("1.5s", 1500),
            (".5s", 500),
            ("1.s", 1000),
            ("+2h", 7_200_000),
            ("1s1s", 2000),
            ("1500us", 1),
            ("2000µs", 2),
        ] {
            assert_eq!(duration(text).map(|d| d.as_millis()), Ok(milliseconds), "{text}");
        }
        for text in [
            "",
            "1",
            "s",
            "-1s",
            "1x",
            "1 s",
            ".",
            ".s",
            "1s2",
            "300000h0",
            "9999999999h",
            "1ö",
        ] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn numbers_are_read_as_go_does() {
        for (text, value) in [
            ("0", 0),
            ("-1", -1),
            ("+7", 7),
            ("0x10", 16),
            ("010", 8),
            ("0b11", 3),
            ("0x1_0", 16),
        ] {
            assert_eq!(number(text), Ok(value), "{text}");
        }
        for text in [
            "",
            "1.5",
            "x",
            "1_0",
            "0x",
            "09",
            "--1",
            "-",
            "99999999999999999999",
        ] {
            assert!(number(text).is_err(), "{text}");
        }
    }

    #[test]
    fn switches_and_decimals_are_read_as_go_does() {
        assert_eq!((switch("T"), switch("0")), (Ok(true), Ok(false)));
        assert!(switch("yes").is_err() && switch("").is_err());
        assert_eq!(decimal("0.1"), Ok(0.1));
        assert!(decimal("inf").is_err() && decimal("").is_err());
    }
}

//! An amount of bytes as stack.toml writes it: `"256MB"`, `"1GB"`.

use std::fmt;
use std::str::FromStr;

/// An amount of memory or disk in bytes. Units are powers of 1024, as in `PostgreSQL` and Docker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size(u64);

/// The text is not a size.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("write a whole number and a unit (B, kB, MB, GB, TB), for example `256MB`")]
pub struct SizeError;

const UNITS: [(&str, &str, u32); 5] = [
    ("tb", "TB", 40),
    ("gb", "GB", 30),
    ("mb", "MB", 20),
    ("kb", "kB", 10),
    ("b", "B", 0),
];

impl Size {
    /// A size of so many mebibytes.
    #[must_use]
    pub const fn from_mebibytes(count: u64) -> Self {
        Self(count << 20)
    }

    /// The amount in bytes.
    #[must_use]
    pub const fn bytes(self) -> u64 {
        self.0
    }

    /// The form Compose reads (`256m`): the largest unit that divides the amount.
    #[must_use]
    pub fn to_compose(self) -> String {
        let (unit, shift) = match self.0 {
            n if n > 0 && n.trailing_zeros() >= 30 => ("g", 30),
            n if n > 0 && n.trailing_zeros() >= 20 => ("m", 20),
            n if n > 0 && n.trailing_zeros() >= 10 => ("k", 10),
            _ => ("b", 0),
        };
        format!("{}{unit}", self.0 >> shift)
    }
}

impl FromStr for Size {
    type Err = SizeError;

    fn from_str(text: &str) -> Result<Self, SizeError> {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let number: u64 = text[..digits].parse().map_err(|_| SizeError)?;
        let unit = text[digits..].trim_start().to_ascii_lowercase();
        let (_, _, shift) = UNITS
            .iter()
            .find(|(short, _, _)| *short == unit)
            .ok_or(SizeError)?;
        number.checked_mul(1 << shift).map(Self).ok_or(SizeError)
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (_, unit, shift) = UNITS
            .iter()
            .find(|(_, _, shift)| self.0 > 0 && self.0.trailing_zeros() >= *shift)
            .unwrap_or(&UNITS[4]);
        write!(f, "{}{unit}", self.0 >> shift)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_and_printed_for_both_readers() {
        for (text, shown, compose) in [
            ("256MB", "256MB", "256m"),
            ("1024MB", "1GB", "1g"),
            ("8 kB", "8kB", "8k"),
            ("1000B", "1000B", "1000b"),
            ("0B", "0B", "0b"),
        ] {
            let size: Size = text.parse().unwrap();
            assert_eq!(
                (size.to_string().as_str(), size.to_compose().as_str()),
                (shown, compose),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_not_a_size_is_refused() {
        for text in ["", "256", "MB", "1.5GB", "-1MB", "256 MiBs", "99999999999TB"] {
            assert_eq!(text.parse::<Size>(), Err(SizeError), "{text}");
        }
    }
}

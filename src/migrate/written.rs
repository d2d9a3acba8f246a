//! How the cells of a column are written in SQLite, where its type in PostgreSQL writes them in one way of its own: SQLite
//! compares the texts of dates and booleans, so SQL that compares them must know them.

/// How the cells of a column are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Written {
    /// There are none, so whoever writes the first decides.
    #[default]
    Nothing,
    /// Numbers.
    Numbers,
    /// Dates, times or moments, each of which one text stands for.
    Clock(ClockForm),
    /// `t` and `f`.
    Letters,
    /// In several ways, so that the value alone does not tell its text. For doubles: some are stored as whole numbers.
    Mixed {
        /// Whether SQLite's date functions read all of them.
        readable: bool,
    },
}

/// The one form of all dates, times or moments of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockForm {
    /// What stands there besides the fraction.
    pub parts: Parts,
    /// Whether seconds are written.
    pub seconds: bool,
    /// How fractions of a second are written.
    pub fraction: Fraction,
    /// What stands behind: nothing, or a way to say UTC.
    pub suffix: &'static str,
}

/// What a text holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parts {
    /// A date.
    Date,
    /// A time.
    Time,
    /// A date and a time behind this sign: a space or `T`.
    Both(char),
}

/// How fractions of a second are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fraction {
    /// Always in so many digits; with 0 there is none.
    Always(u8),
    /// In so many digits, left out where it is 0, as Python writes it.
    UnlessZero(u8),
    /// Without zeros at its end, and left out where it is 0, as Go writes it.
    Trimmed,
}

impl ClockForm {
    /// A form without fractions and suffix.
    #[must_use]
    pub const fn plain(parts: Parts) -> Self {
        Self {
            parts,
            seconds: true,
            fraction: Fraction::Always(0),
            suffix: "",
        }
    }

    /// Whether the texts are in the order of what they tell: `10:00:00.5Z` is before `10:00:00Z`.
    #[must_use]
    pub fn is_ordered(self) -> bool {
        self.suffix != "Z" || matches!(self.fraction, Fraction::Always(_))
    }

    /// Whether SQLite's date functions read it.
    #[must_use]
    pub fn is_readable(self) -> bool {
        self.suffix != " UTC"
    }

    /// Whether this text, which tells a date, time or moment, is written in this form.
    #[must_use]
    pub fn has(self, text: &str) -> bool {
        let Some(one) = one(text.as_bytes()) else {
            return false;
        };
        let fraction = match self.fraction {
            Fraction::UnlessZero(digits) if one.zero => one.digits == 0 && digits > 0,
            Fraction::Always(digits) | Fraction::UnlessZero(digits) => one.digits == digits,
            Fraction::Trimmed => one.digits == 0 || !one.trailing,
        };
        (self.parts, self.seconds, self.suffix) == (one.parts, one.seconds, one.suffix) && fraction
    }
}

/// What was met of the texts of one column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Forms {
    first: Option<One>,
    /// Whether a text differs in more than its fraction.
    differ: bool,
    /// Whether SQLite's date functions do not read one.
    unread: bool,
    /// A bit for each count of digits that fractions other than 0 were written in.
    digits: u16,
    /// Likewise for fractions of 0, those left out included.
    zeros: u16,
    /// Whether a fraction other than 0 ends with a zero.
    trailing: bool,
}

/// What one text is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct One {
    parts: Parts,
    seconds: bool,
    suffix: &'static str,
    digits: u8,
    zero: bool,
    trailing: bool,
}

impl Forms {
    /// Takes a text that tells a date, a time or a moment.
    pub fn note(&mut self, text: &[u8]) {
        let Some(one) = one(text) else {
            self.differ = true;
            self.unread = true;
            return;
        };
        let first = *self.first.get_or_insert(one);
        self.differ |= (first.parts, first.seconds, first.suffix) != (one.parts, one.seconds, one.suffix);
        self.unread |= one.suffix == " UTC";
        let bit = 1 << one.digits.min(15);
        if one.zero {
            self.zeros |= bit;
        } else {
            self.digits |= bit;
            self.trailing |= one.trailing;
        }
    }

    /// Takes what was met in another part of the table.
    pub fn merge(&mut self, other: &Self) {
        let Some(there) = other.first else {
            self.differ |= other.differ;
            self.unread |= other.unread;
            return;
        };
        let first = *self.first.get_or_insert(there);
        let differs =
            (first.parts, first.seconds, first.suffix) != (there.parts, there.seconds, there.suffix);
        self.differ |= other.differ || differs;
        self.unread |= other.unread;
        self.digits |= other.digits;
        self.zeros |= other.zeros;
        self.trailing |= other.trailing;
    }

    /// The one form of all that was met.
    #[must_use]
    pub fn written(&self) -> Written {
        let mixed = Written::Mixed {
            readable: !self.unread,
        };
        let Some(first) = self.first else {
            return if self.differ { mixed } else { Written::Nothing };
        };
        let all = self.digits | self.zeros;
        let only = |bits: u16| u8::try_from(bits.trailing_zeros()).unwrap_or(0);
        let fraction = if all.is_power_of_two() && only(all) < 15 {
            Fraction::Always(only(all))
        } else if self.zeros & !1 == 0 && self.digits.is_power_of_two() && only(self.digits) < 15 {
            Fraction::UnlessZero(only(self.digits))
        } else if self.zeros & !1 == 0 && !self.trailing {
            Fraction::Trimmed
        } else {
            return mixed;
        };
        if self.differ {
            return mixed;
        }
        Written::Clock(ClockForm {
            parts: first.parts,
            seconds: first.seconds,
            fraction,
            suffix: first.suffix,
        })
    }
}

/// What a text is like, if it says no other zone than UTC. It must be a date, a time or a moment.
fn one(text: &[u8]) -> Option<One> {
    let (parts, time) = if text.get(2) == Some(&b':') {
        (Parts::Time, text)
    } else {
        match text.get(10) {
            None => (Parts::Date, &text[..0]),
            Some(sign @ (b' ' | b'T')) => (Parts::Both(char::from(*sign)), &text[11..]),
            Some(_) => return None,
        }
    };
    let end = time
        .iter()
        .position(|byte| !matches!(byte, b'0'..=b'9' | b':' | b'.'));
    let (clock, suffix) = time.split_at(end.unwrap_or(time.len()));
    let suffix = ["", "Z", "+00:00", " +00:00", "-00:00", " Z", " UTC"]
        .into_iter()
        .find(|known| known.as_bytes() == suffix)?;
    let dot = clock.iter().position(|byte| *byte == b'.');
    let fraction = dot.map_or(&[][..], |dot| &clock[dot + 1..]);
    Some(One {
        parts,
        seconds: parts == Parts::Date || dot.unwrap_or(clock.len()) == 8,
        suffix,
        digits: u8::try_from(fraction.len()).unwrap_or(u8::MAX),
        zero: fraction.iter().all(|digit| *digit == b'0'),
        trailing: fraction.last() == Some(&b'0'),
    })
}

#[cfg(test)]
mod tests {
    use super::{ClockForm, Forms, Fraction, Parts, Written};

    fn written(texts: &[&str]) -> Written {
        // Halves that are merged must tell the same as the whole.
        let mut whole = Forms::default();
        let (mut one, mut other) = (Forms::default(), Forms::default());
        for (place, text) in texts.iter().enumerate() {
            whole.note(text.as_bytes());
            if place % 2 == 0 { &mut one } else { &mut other }.note(text.as_bytes());
        }
        one.merge(&other);
        assert_eq!(one.written(), whole.written(), "{texts:?}");
        whole.written()
    }

    fn clock(parts: Parts, fraction: Fraction, suffix: &'static str) -> Written {
        Written::Clock(ClockForm {
            fraction,
            suffix,
            ..ClockForm::plain(parts)
        })
    }

    #[test]
    fn one_form_is_found_and_several_are_not_taken_for_one() {
        use Fraction::{Always, Trimmed, UnlessZero};
        let both = Parts::Both;
        let mixed = Written::Mixed { readable: true };
        let day = "2024-01-31";
        let cases: &[(&[&str], Written)] = &[
            (&[], Written::Nothing),
            (&[day], clock(Parts::Date, Always(0), "")),
            (&["10:20:30", "00:00:00"], clock(Parts::Time, Always(0), "")),
            (&["2024-01-31 10:20:30"], clock(both(' '), Always(0), "")),
            (
                &["2024-01-31T10:20:30.250Z", "2024-01-31T10:20:30.000Z"],
                clock(both('T'), Always(3), "Z"),
            ),
            (
                &["2024-01-31 10:20:30.250000", "2024-01-31 10:20:30"],
                clock(both(' '), UnlessZero(6), ""),
            ),
            (
                &[
                    "2024-01-31 10:20:30.25",
                    "2024-01-31 10:20:30",
                    "2024-01-31 10:20:30.5",
                ],
                clock(both(' '), Trimmed, ""),
            ),
            (
                &["2024-01-31 10:20:30+00:00"],
                clock(both(' '), Always(0), "+00:00"),
            ),
            (&["2024-01-31 10:20:30.50", "2024-01-31 10:20:30.5"], mixed),
            (&["2024-01-31 10:20:30.0", "2024-01-31 10:20:30"], mixed),
            (&[day, "2024-01-31 10:20:30"], mixed),
            (&["2024-01-31 10:20", "2024-01-31 10:20:30"], mixed),
            (&["2024-01-31 10:20:30", "2024-01-31T10:20:30"], mixed),
            (&["2024-01-31 10:20:30+03:00"], Written::Mixed { readable: false }),
            (
                &["2024-01-31 10:20:30 UTC", day],
                Written::Mixed { readable: false },
            ),
        ];
        for (texts, expected) in cases {
            assert_eq!(written(texts), *expected, "{texts:?}");
            if let Written::Clock(form) = expected {
                assert!(texts.iter().all(|text| form.has(text)), "{texts:?}");
            }
        }
        let Written::Clock(python) = written(&["2024-01-31 10:20:30.250000", "2024-01-31 10:20:30"]) else {
            panic!();
        };
        for other in [
            day,
            "2024-01-31 10:20:30.000000",
            "2024-01-31 10:20:30.25",
            "2024-01-31T10:20:30",
        ] {
            assert!(!python.has(other), "{other}");
        }
    }

    #[test]
    fn left_out_fractions_break_the_order_only_before_a_letter() {
        let form = |suffix| ClockForm {
            fraction: Fraction::Trimmed,
            suffix,
            ..ClockForm::plain(Parts::Both(' '))
        };
        assert!(form("").is_ordered() && form("+00:00").is_ordered() && !form("Z").is_ordered());
    }
}

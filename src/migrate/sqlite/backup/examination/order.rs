//! Two entries of an index -> whether they may stand one behind the other.

use std::cmp::Ordering;

use super::entry::Entry;
use crate::migrate::cell::Cell;

/// How the entries of an index are ordered.
#[derive(Debug)]
pub(super) struct Order {
    /// All values of an entry.
    pub parts: Vec<Part>,
    /// How many of them are the key; the rowid comes behind it.
    pub keys: usize,
    /// Whether no key comes twice.
    pub unique: bool,
}

/// How one value is ordered.
#[derive(Debug)]
pub(super) struct Part {
    pub collation: Collation,
    pub descending: bool,
    /// Whether the column is NOT NULL: a NULL that stands there all the same makes no key unique.
    pub not_null: bool,
}

/// How text is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Collation {
    Binary,
    NoCase,
    RTrim,
    /// Only the application has it: what comes behind what is not known.
    Unknown,
}

/// How an entry stands behind another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Right,
    NotInOrder,
    /// In order, and its key is that of the entry before.
    SameKey,
}

impl Collation {
    /// By its name.
    pub(super) fn of(name: Option<&str>) -> Self {
        let is = |known: &str| name.is_none_or(|name| name.eq_ignore_ascii_case(known));
        [
            (Self::Binary, "BINARY"),
            (Self::NoCase, "NOCASE"),
            (Self::RTrim, "RTRIM"),
        ]
        .into_iter()
        .find_map(|(collation, known)| is(known).then_some(collation))
        .unwrap_or(Self::Unknown)
    }

    fn compare(self, left: &[u8], right: &[u8]) -> Ordering {
        match self {
            Self::Binary | Self::Unknown => left.cmp(right),
            Self::NoCase => no_case(left, right),
            Self::RTrim => trimmed(left).cmp(trimmed(right)),
        }
    }
}

impl Order {
    /// Whether `entry` may stand behind `before`.
    pub(super) fn step(&self, before: &Entry, entry: &Entry) -> Step {
        let mut may_repeat = !self.unique;
        let values = before.values().zip(entry.values());
        for (at, (part, (left, right))) in self.parts.iter().zip(values).enumerate() {
            if at == self.keys && !may_repeat {
                return Step::SameKey;
            }
            if part.collation == Collation::Unknown && left != right {
                return Step::Right;
            }
            let found = compare(part.collation, left, right);
            match if part.descending { found.reverse() } else { found } {
                Ordering::Less => return Step::Right,
                Ordering::Greater => return Step::NotInOrder,
                Ordering::Equal => may_repeat |= left == Cell::Null && !part.not_null,
            }
        }
        // The rowid makes each entry different from all others.
        Step::NotInOrder
    }
}

fn compare(collation: Collation, left: Cell<'_>, right: Cell<'_>) -> Ordering {
    match (left, right) {
        (Cell::Integer(left), Cell::Integer(right)) => left.cmp(&right),
        (Cell::Integer(left), Cell::Real(right)) => with_real(left, right),
        (Cell::Real(left), Cell::Integer(right)) => with_real(right, left).reverse(),
        (Cell::Real(left), Cell::Real(right)) => left.total_cmp(&right),
        (Cell::Text(left), Cell::Text(right)) => collation.compare(left, right),
        (Cell::Blob(left), Cell::Blob(right)) => left.cmp(right),
        (left, right) => class(left).cmp(&class(right)),
    }
}

fn class(value: Cell<'_>) -> u8 {
    match value {
        Cell::Null => 0,
        Cell::Integer(_) | Cell::Real(_) => 1,
        Cell::Text(_) => 2,
        Cell::Blob(_) => 3,
    }
}

/// An integer with a real number that is no integer: either it is beyond all of them, or it is exact between two.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the bounds are those of the integers"
)]
fn with_real(left: i64, right: f64) -> Ordering {
    let below = right.floor();
    if below < -9_223_372_036_854_775_808.0 {
        return Ordering::Greater;
    }
    if below >= 9_223_372_036_854_775_808.0 {
        return Ordering::Less;
    }
    left.cmp(&(below as i64)).then(Ordering::Less)
}

/// As SQLite does it: letters of ASCII in either case are one, and behind a NUL that both have only the length counts.
fn no_case(left: &[u8], right: &[u8]) -> Ordering {
    for (left, right) in left.iter().zip(right) {
        match left.to_ascii_lowercase().cmp(&right.to_ascii_lowercase()) {
            Ordering::Equal if *left == 0 => break,
            Ordering::Equal => {}
            different => return different,
        }
    }
    left.len().cmp(&right.len())
}

fn trimmed(text: &[u8]) -> &[u8] {
    let end = text
        .iter()
        .rposition(|byte| *byte != b' ')
        .map_or(0, |last| last + 1);
    &text[..end]
}

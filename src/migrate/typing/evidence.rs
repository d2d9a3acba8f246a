//! What the cells of a column hold, gathered cell by cell and cheaply.

use super::declared::Declared;
use super::note_shape;
use super::tally::{TALLIES, Tally};
use crate::migrate::cell::{Cell, StorageClass};
use crate::migrate::encode::{number, text};
use crate::migrate::encoding::{Encoding, Moments};
use crate::migrate::misfit::Misfit;
use crate::migrate::settings::Profile;
use crate::migrate::target_type::TargetType;
use crate::migrate::written::{Forms, Written};

/// How many examples are kept, and how many characters of each.
const EXAMPLES: usize = 3;
const EXAMPLE_LENGTH: usize = 40;
/// All whole numbers up to this are exact as doubles.
const EXACT: i64 = 1 << 53;

/// What the cells of a column hold, gathered cell by cell.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    /// Cells that are not NULL.
    pub filled: u64,
    /// Cells that are NULL.
    pub nulls: u64,
    /// Bytes of the longest cell.
    pub longest: u64,
    pub(super) declared: Declared,
    pub(super) counts: [u64; TALLIES],
    /// The least and the greatest whole number.
    pub(super) integers: Option<(i64, i64)>,
    /// The least and the greatest finite double.
    pub(super) reals: Option<(f64, f64)>,
    /// Characters of the longest text, where the declared type bounds them; bytes for cells that were not looked at.
    pub(super) most_characters: u64,
    /// The most digits before and behind the point, where the declared type bounds them.
    pub(super) digits: (i64, i64),
    /// How dates and times are written.
    pub(super) forms: Forms,
    /// The first cells of another storage class than the first cell, or of none of the wanted shapes.
    pub(super) examples: Vec<String>,
}

impl Default for Evidence {
    fn default() -> Self {
        Self {
            filled: 0,
            nulls: 0,
            longest: 0,
            declared: Declared::default(),
            counts: [0; TALLIES],
            integers: None,
            reals: None,
            most_characters: 0,
            digits: (0, 0),
            forms: Forms::default(),
            examples: Vec::new(),
        }
    }
}

impl Evidence {
    /// For a column of this declared type: it looks only for what could matter to it.
    #[must_use]
    pub fn new(declared: &str, profile: Profile) -> Self {
        let declared = Declared::parse(declared);
        let declared = match profile {
            Profile::Native => declared,
            Profile::Affinity => declared.as_sqlite_sees_it(),
        };
        Self {
            declared,
            ..Self::default()
        }
    }

    /// Takes one cell.
    #[inline]
    pub fn note(&mut self, cell: Cell<'_>) {
        match cell {
            Cell::Null => {
                self.nulls += 1;
                return;
            }
            Cell::Integer(number) => self.note_integer(number),
            Cell::Real(number) => self.note_real(number),
            Cell::Text(bytes) => self.note_text(bytes),
            Cell::Blob(bytes) => self.note_blob(bytes),
        }
        self.filled += 1;
    }

    /// Takes a cell that is too long to be held: how it is stored, and its bytes. Whether it fits is not known then, except
    /// for `bytea`.
    pub fn note_long(&mut self, class: StorageClass, bytes: u64) {
        self.filled += 1;
        self.longest = self.longest.max(bytes);
        self.most_characters = self.most_characters.max(bytes);
        self.add(Tally::Unread);
        self.add(if class == StorageClass::Blob {
            Tally::Blobs
        } else {
            Tally::Texts
        });
    }

    /// Takes what another part of the table showed.
    pub fn merge(&mut self, other: &Self) {
        self.filled += other.filled;
        self.nulls += other.nulls;
        self.longest = self.longest.max(other.longest);
        self.most_characters = self.most_characters.max(other.most_characters);
        for (count, other) in self.counts.iter_mut().zip(other.counts) {
            *count += other;
        }
        if let Some((least, greatest)) = other.integers {
            self.widen_integers(least, greatest);
        }
        if let Some((least, greatest)) = other.reals {
            self.widen_reals(least, greatest);
        }
        self.digits = (
            self.digits.0.max(other.digits.0),
            self.digits.1.max(other.digits.1),
        );
        self.forms.merge(&other.forms);
        for example in &other.examples {
            if self.examples.len() < EXAMPLES {
                self.examples.push(example.clone());
            }
        }
    }

    /// How the cells that fit this encoding are written in SQLite, where its type writes them in its own way.
    #[must_use]
    pub fn written(&self, encoding: &Encoding) -> Written {
        match encoding.target {
            _ if self.filled == 0 => Written::Nothing,
            // What was cut off is part of the texts that SQLite compares.
            _ if encoding.cuts => Written::Mixed { readable: false },
            TargetType::Boolean => match (self.numbers(), self.of(Tally::Texts)) {
                (_, 0) => Written::Numbers,
                (0, texts) if self.of(Tally::LetterTexts) == texts => Written::Letters,
                _ => Written::Mixed { readable: false },
            },
            TargetType::Real | TargetType::DoublePrecision if self.of(Tally::Integers) > 0 => {
                Written::Mixed { readable: true }
            }
            TargetType::Date | TargetType::Time | TargetType::Timestamp | TargetType::TimestampTz => {
                self.clock(encoding)
            }
            _ => Written::Nothing,
        }
    }

    fn clock(&self, encoding: &Encoding) -> Written {
        let unclear = Written::Mixed { readable: false };
        let counted = encoding.moments != Moments::Iso && self.numbers() > 0;
        match self.forms.written() {
            Written::Nothing if counted => Written::Numbers,
            Written::Nothing => unclear,
            _ if counted => unclear,
            // What SQLite takes for UTC was read by another clock.
            Written::Clock(form) if form.suffix.is_empty() && encoding.zone != chrono_tz::UTC => unclear,
            written => written,
        }
    }

    /// How many cells count as this.
    pub(super) fn of(&self, tally: Tally) -> u64 {
        self.counts[tally as usize]
    }

    /// Cells that are numbers.
    pub(super) fn numbers(&self) -> u64 {
        self.of(Tally::Integers) + self.of(Tally::Reals)
    }

    pub(super) fn add(&mut self, tally: Tally) {
        self.counts[tally as usize] += 1;
    }

    pub(super) fn add_if(&mut self, holds: bool, tally: Tally) {
        self.counts[tally as usize] += u64::from(holds);
    }

    #[inline]
    fn note_integer(&mut self, number: i64) {
        self.add(Tally::Integers);
        self.add_if(number & !1 == 0, Tally::ZeroOne);
        if !(-EXACT..=EXACT).contains(&number) {
            self.add_if(number::exact_double(number).is_none(), Tally::InexactIntegers);
        }
        self.longest = self.longest.max(8);
        self.widen_integers(number, number);
        if !matches!(self.declared, Declared::Integer) && !note_shape::number(self, Cell::Integer(number)) {
            self.keep_example(|| number.to_string());
        }
    }

    fn note_real(&mut self, number: f64) {
        self.add(Tally::Reals);
        self.longest = self.longest.max(8);
        if number.is_infinite() {
            self.add(Tally::Infinite);
        } else {
            self.widen_reals(number, number);
        }
        let is_whole = number::whole(number).is_ok();
        self.add_if(is_whole, Tally::WholeReals);
        self.add_if(number == 0.0 || (number - 1.0) == 0.0, Tally::ZeroOne);
        if !note_shape::number(self, Cell::Real(number)) {
            self.keep_example(|| text::real_text(number));
        }
    }

    #[inline]
    fn note_text(&mut self, bytes: &[u8]) {
        self.add(Tally::Texts);
        self.longest = self.longest.max(bytes.len() as u64);
        match text::check(bytes) {
            Ok(()) => {
                if !note_shape::text(self, bytes) {
                    self.keep_example(|| shown(bytes));
                }
            }
            Err(Misfit::NulCharacter) => self.add(Tally::NulTexts),
            Err(_) => self.add(Tally::BadTexts),
        }
    }

    fn note_blob(&mut self, bytes: &[u8]) {
        self.add(Tally::Blobs);
        self.longest = self.longest.max(bytes.len() as u64);
        self.add_if(note_shape::is_uuid(bytes), Tally::UuidBlobs);
        if self.declared != Declared::Blob {
            if text::check(bytes).is_ok() {
                self.add(Tally::BlobTexts);
            }
            if !note_shape::blob(self, bytes) {
                self.keep_example(|| format!("{} bytes", bytes.len()));
            }
        }
    }

    fn keep_example(&mut self, example: impl FnOnce() -> String) {
        if self.examples.len() < EXAMPLES {
            self.examples.push(example());
        }
    }

    fn widen_integers(&mut self, least: i64, greatest: i64) {
        let (low, high) = self.integers.unwrap_or((least, greatest));
        self.integers = Some((low.min(least), high.max(greatest)));
    }

    fn widen_reals(&mut self, least: f64, greatest: f64) {
        let (low, high) = self.reals.unwrap_or((least, greatest));
        self.reals = Some((low.min(least), high.max(greatest)));
    }
}

/// The first characters of a text, for people.
fn shown(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let mut shown: String = text.chars().take(EXAMPLE_LENGTH).collect();
    if text.chars().nth(EXAMPLE_LENGTH).is_some() {
        shown.push('…');
    }
    format!("'{shown}'")
}

//! Which of the shapes that its declared type asks for a cell has. Each function says whether it has one.

use super::declared::Declared;
use super::evidence::Evidence;
use super::tally::Tally;
use crate::migrate::cell::Cell;
use crate::migrate::encode::{self, inet, iso, json, text as encoded_text, uuid};
use crate::migrate::encoding::{Encoding, Moments};
use crate::migrate::misfit::Misfit;
use crate::migrate::target_type::TargetType;

/// The units of numbers that are moments, the tally of plausible ones and that of midnights.
pub(super) const UNITS: [(Moments, Option<Tally>, Tally); 5] = [
    (Moments::EpochS, Some(Tally::Seconds), Tally::MidnightSeconds),
    (Moments::EpochMs, Some(Tally::Millis), Tally::MidnightMillis),
    (Moments::EpochUs, Some(Tally::Micros), Tally::MidnightMicros),
    (Moments::JulianDay, Some(Tally::Julian), Tally::MidnightJulian),
    // They look like seconds since 1970; only the table's form tells.
    (Moments::CoreData, None, Tally::MidnightCoreData),
];

/// The seconds since 1970 of 1980-01-01 and 2100-01-01, between which moments are plausible.
const PLAUSIBLE: (i64, i64) = (315_532_800, 4_102_444_800);

/// 1970-01-01, days from 2000-01-01.
const EPOCH_DAY: i64 = -10_957;

/// A number.
pub(super) fn number(evidence: &mut Evidence, cell: Cell<'_>) -> bool {
    match evidence.declared {
        Declared::Moment { .. } | Declared::Date => {
            let mut found = false;
            for (unit, plausible, midnight) in UNITS {
                if let Some(plausible) = plausible.filter(|_| is_plausible(cell, unit)) {
                    found = true;
                    evidence.add(plausible);
                }
                if evidence.declared == Declared::Date {
                    let encoding = Encoding {
                        moments: unit,
                        ..Encoding::plain(TargetType::Date)
                    };
                    evidence.add_if(fits(cell, &encoding), midnight);
                }
            }
            found
        }
        Declared::Numeric(Some(_)) => {
            let mut out = Vec::new();
            let plain = Encoding::plain(TargetType::Numeric(None));
            if encode::field(cell, &plain, &mut out).is_ok() {
                note_digits(evidence, &out[4..]);
            }
            true
        }
        Declared::Json { .. } => {
            let finite = !matches!(cell, Cell::Real(number) if number.is_infinite());
            evidence.add_if(finite, Tally::Json);
            evidence.add_if(finite, Tally::JsonB);
            finite
        }
        Declared::Boolean { .. } => fits(cell, &Encoding::plain(TargetType::Boolean)),
        Declared::Integer => matches!(cell, Cell::Real(number) if number.fract() == 0.0),
        Declared::Float | Declared::Numeric(None) | Declared::Nothing | Declared::Unknown => true,
        Declared::Text { .. } | Declared::NamedString | Declared::Blob | Declared::Time | Declared::Uuid => {
            false
        }
    }
}

/// Text that is valid.
pub(super) fn text(evidence: &mut Evidence, bytes: &[u8]) -> bool {
    match evidence.declared {
        Declared::Text { longest, fixed } => {
            if let Some(longest) = longest {
                let length = bytes.len() as u64;
                let characters = if length > u64::from(longest) {
                    encoded_text::characters(bytes)
                } else {
                    length
                };
                evidence.most_characters = evidence.most_characters.max(characters);
            }
            if fixed {
                evidence.add_if(uuid::parse(Cell::Text(bytes)).is_ok(), Tally::Uuids);
                evidence.add_if(inet::is_host(bytes), Tally::Addresses);
            }
            // It may refer to a whole number.
            if bytes
                .first()
                .is_some_and(|first| matches!(first, b'-' | b'0'..=b'9'))
            {
                evidence.add_if(is_canonical(bytes), Tally::IntegerTexts);
            }
            true
        }
        Declared::Moment { .. } | Declared::Date | Declared::Time => moment(evidence, bytes),
        Declared::Boolean { .. } => {
            evidence.add_if(matches!(bytes, b"t" | b"f"), Tally::LetterTexts);
            note_fit(evidence, bytes, TargetType::Boolean, Tally::BoolTexts)
        }
        Declared::Integer => note_fit(evidence, bytes, TargetType::BigInt, Tally::IntegerTexts),
        Declared::Float => note_fit(evidence, bytes, TargetType::DoublePrecision, Tally::DoubleTexts),
        Declared::Numeric(_) => {
            let mut out = Vec::new();
            let plain = Encoding::plain(TargetType::Numeric(None));
            let is_number = encode::field(Cell::Text(bytes), &plain, &mut out).is_ok();
            if is_number {
                evidence.add(Tally::DecimalTexts);
                note_digits(evidence, &out[4..]);
            }
            is_number
        }
        Declared::Uuid => note_fit(evidence, bytes, TargetType::Uuid, Tally::Uuids),
        Declared::Json { .. } => {
            let is_json = json::check(bytes).is_ok();
            evidence.add_if(is_json, Tally::Json);
            evidence.add_if(is_json && json::check_binary(bytes).is_ok(), Tally::JsonB);
            is_json
        }
        Declared::Nothing | Declared::Unknown | Declared::NamedString => true,
        Declared::Blob => false,
    }
}

/// Bytes in a column that is not declared for them.
pub(super) fn blob(evidence: &mut Evidence, bytes: &[u8]) -> bool {
    match evidence.declared {
        Declared::Uuid => {
            evidence.add_if(bytes.len() == 16, Tally::Uuids);
            bytes.len() == 16
        }
        Declared::Json { .. } => {
            let is_json = json::check(bytes).is_ok();
            evidence.add_if(is_json, Tally::Json);
            evidence.add_if(is_json && json::check_binary(bytes).is_ok(), Tally::JsonB);
            is_json
        }
        Declared::Nothing | Declared::Unknown => true,
        _ => false,
    }
}

/// Whether bytes are a UUID that tells its version (RFC 9562), as those made by programs do.
pub(super) fn is_uuid(bytes: &[u8]) -> bool {
    bytes.len() == 16 && (1..=8).contains(&(bytes[6] >> 4)) && bytes[8] >> 6 == 0b10
}

/// Whether the text is what a whole number of 64 bits is written as, so that none is lost where it becomes one.
fn is_canonical(bytes: &[u8]) -> bool {
    let digits = bytes.strip_prefix(b"-").unwrap_or(bytes);
    let is_short = (1..=18).contains(&digits.len());
    is_short && (digits[0] != b'0' || bytes == b"0") && digits.iter().all(u8::is_ascii_digit)
}

fn note_fit(evidence: &mut Evidence, bytes: &[u8], target: TargetType, tally: Tally) -> bool {
    let fits = fits(Cell::Text(bytes), &Encoding::plain(target));
    evidence.add_if(fits, tally);
    fits
}

fn fits(cell: Cell<'_>, encoding: &Encoding) -> bool {
    encode::field(cell, encoding, &mut Vec::with_capacity(16)).is_ok()
}

fn moment(evidence: &mut Evidence, bytes: &[u8]) -> bool {
    let iso = match iso::parse(bytes) {
        Ok(iso) => iso,
        Err(misfit) => {
            let is_too_precise = misfit == Misfit::TooPrecise;
            evidence.add_if(is_too_precise, Tally::TooPreciseTexts);
            let is_zoned =
                is_too_precise && iso::parse_with(bytes, true).is_ok_and(|iso| iso.offset.is_some());
            evidence.add_if(is_zoned, Tally::TooPreciseZonedTexts);
            return false;
        }
    };
    evidence.forms.note(bytes);
    let has_no_shift = iso.offset.unwrap_or(0) == 0;
    let is_moment = iso.date.is_some();
    let is_midnight = iso.time.unwrap_or(0) == 0;
    let is_time = iso.time.is_some() && has_no_shift && iso.date.unwrap_or(0) == 0;
    evidence.add_if(is_moment, Tally::MomentTexts);
    evidence.add_if(is_moment && has_no_shift, Tally::ClockTexts);
    evidence.add_if(is_moment && has_no_shift && is_midnight, Tally::DateTexts);
    evidence.add_if(iso.offset.is_some(), Tally::ZonedTexts);
    evidence.add_if(!has_no_shift, Tally::ShiftedTexts);
    evidence.add_if(is_time, Tally::TimeTexts);
    let is_near_epoch = iso.date.is_some_and(|date| (date - EPOCH_DAY).abs() <= 366);
    evidence.add_if(is_near_epoch, Tally::EpochTexts);
    match evidence.declared {
        Declared::Date => is_moment && has_no_shift && is_midnight,
        Declared::Time => is_time,
        _ => is_moment,
    }
}

#[expect(clippy::cast_precision_loss, reason = "the bounds are years apart")]
fn is_plausible(cell: Cell<'_>, unit: Moments) -> bool {
    let number = match cell {
        Cell::Integer(number) => number as f64,
        Cell::Real(number) => number,
        _ => return false,
    };
    let seconds = match unit {
        Moments::EpochS => number,
        Moments::EpochMs => number / 1e3,
        Moments::EpochUs => number / 1e6,
        Moments::JulianDay => (number - 2_440_587.5) * 86_400.0,
        Moments::CoreData | Moments::Iso => return false,
    };
    (PLAUSIBLE.0 as f64..PLAUSIBLE.1 as f64).contains(&seconds)
}

/// The digits of a `numeric` in its binary form.
fn note_digits(evidence: &mut Evidence, value: &[u8]) {
    let (whole, scale) = encode::numeric_digits(value);
    evidence.digits = (evidence.digits.0.max(whole), evidence.digits.1.max(scale));
}

//! How many cells a type would hold, from what was counted. What was not counted counts as not fitting.

use super::declared::Declared;
use super::evidence::Evidence;
use super::note_shape::UNITS;
use super::tally::Tally;
use crate::migrate::cell::Cell;
use crate::migrate::encode;
use crate::migrate::encoding::{Encoding, Moments};
use crate::migrate::target_type::TargetType;

/// Whether it is certain that every cell fits, so that none need be looked for. NULLs are not meant.
#[must_use]
pub fn all_fit(evidence: &Evidence, encoding: &Encoding) -> bool {
    let is_read = evidence.of(Tally::Unread) == 0 || encoding.target == TargetType::Bytea;
    // Clocks skip an hour in spring, which is not looked for.
    let has_gaps = encoding.target == TargetType::TimestampTz
        && encoding.zone != chrono_tz::UTC
        && evidence.of(Tally::MomentTexts) > evidence.of(Tally::ZonedTexts);
    is_read && !has_gaps && fitting(evidence, encoding) == evidence.filled
}

/// How many cells fit.
pub(super) fn fitting(evidence: &Evidence, encoding: &Encoding) -> u64 {
    let of = |tally| evidence.of(tally);
    let numbers = evidence.numbers();
    let if_taken = |count| if encoding.takes_other_class { count } else { 0 };
    match &encoding.target {
        TargetType::Text => text(evidence, encoding),
        TargetType::VarChar(longest) => {
            let is_counted =
                matches!(evidence.declared, Declared::Text { longest: Some(_), .. }) && of(Tally::Blobs) == 0;
            let most = if is_counted {
                evidence.most_characters
            } else {
                evidence.longest
            };
            let is_within = most <= u64::from(*longest) && numbers == 0;
            if is_within { text(evidence, encoding) } else { 0 }
        }
        TargetType::Bytea => of(Tally::Blobs) + if_taken(of(Tally::Texts)),
        TargetType::BigInt => of(Tally::Integers) + of(Tally::WholeReals) + of(Tally::IntegerTexts),
        TargetType::Integer | TargetType::SmallInt => {
            let fits = |number| encode::field(Cell::Integer(number), encoding, &mut Vec::new()).is_ok();
            let (least, greatest) = evidence.integers.unwrap_or_default();
            if fits(least) && fits(greatest) {
                of(Tally::Integers)
            } else {
                0
            }
        }
        TargetType::DoublePrecision => numbers - of(Tally::InexactIntegers) + of(Tally::DoubleTexts),
        TargetType::Numeric(None) => numbers + of(Tally::DecimalTexts),
        TargetType::Numeric(Some((precision, scale))) => {
            let (whole, behind) = evidence.digits;
            let is_bound = matches!(evidence.declared, Declared::Numeric(Some(_)));
            let holds =
                is_bound && whole + i64::from(*scale) <= i64::from(*precision) && behind <= i64::from(*scale);
            if holds {
                numbers - of(Tally::Infinite) + of(Tally::DecimalTexts)
            } else {
                0
            }
        }
        TargetType::Boolean => of(Tally::ZeroOne) + of(Tally::BoolTexts),
        TargetType::Date => {
            let unit = UNITS.iter().find(|(unit, _, _)| *unit == encoding.moments);
            of(Tally::DateTexts) + unit.map_or(0, |(_, _, midnights)| of(*midnights))
        }
        TargetType::Timestamp => of(Tally::ClockTexts) + counted(evidence, encoding),
        TargetType::TimestampTz => of(Tally::MomentTexts) + counted(evidence, encoding),
        TargetType::Time => of(Tally::TimeTexts),
        TargetType::Uuid => of(Tally::Uuids),
        TargetType::Inet => of(Tally::Addresses),
        // Which of them are bytes is not counted.
        TargetType::Json | TargetType::JsonB if !encoding.takes_other_class && of(Tally::Blobs) > 0 => 0,
        TargetType::Json => of(Tally::Json),
        TargetType::JsonB => of(Tally::JsonB),
        TargetType::Real | TargetType::Char(_) | TargetType::Interval | TargetType::TextLike(_) => 0,
    }
}

fn text(evidence: &Evidence, encoding: &Encoding) -> u64 {
    let of = |tally| evidence.of(tally);
    let valid = of(Tally::Texts) - of(Tally::NulTexts) - of(Tally::BadTexts);
    if encoding.takes_other_class {
        valid + of(Tally::BlobTexts) + evidence.numbers()
    } else {
        valid
    }
}

/// Numbers that are moments: all of them if the extremes are, otherwise those that are plausible.
fn counted(evidence: &Evidence, encoding: &Encoding) -> u64 {
    if encoding.moments == Moments::Iso {
        return 0;
    }
    let fits = |cell| encode::field(cell, encoding, &mut Vec::new()).is_ok();
    let integers = evidence
        .integers
        .is_none_or(|(least, greatest)| fits(Cell::Integer(least)) && fits(Cell::Integer(greatest)));
    let reals = evidence
        .reals
        .is_none_or(|(least, greatest)| fits(Cell::Real(least)) && fits(Cell::Real(greatest)));
    if integers && reals {
        return evidence.numbers() - evidence.of(Tally::Infinite);
    }
    let unit = UNITS.iter().find(|(unit, _, _)| *unit == encoding.moments);
    unit.and_then(|(_, plausible, _)| *plausible)
        .map_or(0, |plausible| evidence.of(plausible))
}

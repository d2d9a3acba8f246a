//! What a person should know of a choice, each with the line of stack.toml that chooses otherwise.

use super::Question;
use super::by_data::described;
use super::candidates::{defaults_to_truth, is_bare_numeric};
use super::decide::keeping_line;
use super::declared::Declared;
use super::evidence::Evidence;
use super::framework::Framework;
use super::tally::Tally;
use super::wording::{cells, declared, figure, line, unit_words};
use crate::migrate::encoding::{Encoding, Moments};
use crate::migrate::settings::Profile;
use crate::migrate::target_type::TargetType;

/// Seconds since 1970 of 2001-09-09 (ten digits from here) and of 2100-01-01.
const RECENT: (i64, i64) = (1_000_000_000, 4_102_444_800);

/// The type is another than the declared one means.
pub(super) fn other_type(question: &Question<'_>, evidence: &Evidence, encoding: &Encoding) -> String {
    format!(
        "{}: {}, but it holds {}{} carried as {}",
        name(question),
        declared(question),
        described(evidence),
        such_as(evidence, ";"),
        encoding.target
    )
}

/// What is odd about the contents.
pub(super) fn contents(
    question: &Question<'_>,
    evidence: &Evidence,
    encoding: &Encoding,
    fits: u64,
) -> Vec<String> {
    let mut notes = Vec::new();
    notes.extend(text_that_does_not_fit(question, evidence, encoding));
    let unread = evidence.of(Tally::Unread);
    if fits + unread < evidence.filled && notes.is_empty() {
        notes.push(misfits(question, evidence, encoding, fits));
    }
    notes.extend(too_precise(question, evidence, encoding));
    notes.extend(other_class(question, evidence, encoding));
    notes.extend(counted_moments(question, evidence, encoding));
    notes.extend(moments_without_zone(question, evidence, encoding));
    notes.extend(perhaps_moments(question, evidence, encoding));
    notes.extend(perhaps_intervals(question, evidence, encoding));
    notes.extend(perhaps_booleans(question, evidence, encoding));
    notes.extend(perhaps_times(question, evidence, encoding));
    notes.extend(perhaps_uuids(question, evidence, encoding));
    notes
}

fn misfits(question: &Question<'_>, evidence: &Evidence, encoding: &Encoding, fits: u64) -> String {
    let count = evidence.filled - fits;
    let (verb, go) = if count == 1 {
        ("does", "goes")
    } else {
        ("do", "go")
    };
    let keep =
        keeping_line(question, evidence).map_or_else(String::new, |line| format!("; to carry all: {line}"));
    format!(
        "{}: {} of {} {verb} not fit {}{} and {go} to quarantine{keep}",
        name(question),
        figure(count),
        cells(evidence.filled),
        encoding.target,
        such_as(evidence, ",")
    )
}

/// Programs of Go, Java and .NET write nanoseconds, or tenths of microseconds, where PostgreSQL keeps microseconds.
fn too_precise(question: &Question<'_>, evidence: &Evidence, encoding: &Encoding) -> Option<String> {
    let count = evidence.of(Tally::TooPreciseTexts);
    let target = match (evidence.declared, &encoding.target) {
        (_, TargetType::TimestampTz | TargetType::Timestamp | TargetType::Time) => encoding.target.clone(),
        (Declared::Time, _) => TargetType::Time,
        (Declared::Moment { .. } | Declared::Date, _) if evidence.of(Tally::TooPreciseZonedTexts) > 0 => {
            TargetType::TimestampTz
        }
        (Declared::Moment { zoned: true }, _) => TargetType::TimestampTz,
        _ => TargetType::Timestamp,
    };
    let cut = line(question, &target, None).replace(" }`", ", from = \"iso-cut\" }`");
    (count > 0).then(|| {
        format!(
            "{}: {} {} behind the microsecond, which `{target}` does not keep; to have moments and cut that off: {cut}",
            name(question),
            cells(count),
            if count == 1 { "has digits" } else { "have digits" },
        )
    })
}

/// How many cells are cut, where a person has said so.
pub(super) fn cut(question: &Question<'_>, evidence: &Evidence) -> Option<String> {
    let target = &question.told?.target;
    let with_more_than_a_day = match target {
        TargetType::Date => evidence.of(Tally::MomentTexts) - evidence.of(Tally::DateTexts),
        _ => 0,
    };
    let count = evidence.of(Tally::TooPreciseTexts) + with_more_than_a_day;
    (count > 0).then(|| {
        let verb = if count == 1 { "is" } else { "are" };
        format!(
            "{}: {} {verb} cut to what `{target}` keeps",
            name(question),
            cells(count)
        )
    })
}

fn text_that_does_not_fit(
    question: &Question<'_>,
    evidence: &Evidence,
    encoding: &Encoding,
) -> Option<String> {
    if !matches!(encoding.target, TargetType::Text | TargetType::VarChar(_)) {
        return None;
    }
    let parts: Vec<String> = [
        (evidence.of(Tally::NulTexts), "with NUL characters"),
        (evidence.of(Tally::BadTexts), "with invalid UTF-8"),
        (
            evidence.of(Tally::Blobs) - evidence.of(Tally::BlobTexts),
            "of bytes that are no text",
        ),
    ]
    .iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, what)| format!("{} {what}", cells(*count)))
    .collect();
    if parts.is_empty() || evidence.of(Tally::Unread) > 0 {
        return None;
    }
    let keep = line(question, &TargetType::Bytea, None);
    Some(format!(
        "{}: {}, which PostgreSQL's text can't hold: to quarantine; to carry all as bytes: {keep}",
        name(question),
        parts.join(" and ")
    ))
}

fn other_class(question: &Question<'_>, evidence: &Evidence, encoding: &Encoding) -> Option<String> {
    if !encoding.takes_other_class {
        return None;
    }
    let (count, what) = match encoding.target {
        TargetType::Bytea => (evidence.of(Tally::Texts), "text carried as bytes"),
        TargetType::Json | TargetType::JsonB => (evidence.of(Tally::BlobTexts), "bytes carried as JSON"),
        _ if evidence.numbers() > 0 => (evidence.numbers(), "numbers carried as text"),
        _ => (evidence.of(Tally::BlobTexts), "bytes carried as text"),
    };
    (count > 0).then(|| {
        format!(
            "{}: {} {what}; their contents stay, how SQLite stored them does not",
            name(question),
            if count == 1 {
                "1 cell of".to_owned()
            } else {
                format!("{} cells of", figure(count))
            }
        )
    })
}

fn counted_moments(question: &Question<'_>, evidence: &Evidence, encoding: &Encoding) -> Option<String> {
    let numbers = evidence.numbers();
    // All of Prisma's moments are such.
    let is_known = question.framework == Some(Framework::Prisma) && encoding.moments == Moments::EpochMs;
    if encoding.moments == Moments::Iso || numbers == 0 || is_known {
        return None;
    }
    let zoned = match encoding.target {
        TargetType::TimestampTz => String::new(),
        _ => format!(
            "; with a zone: {}",
            line(question, &TargetType::TimestampTz, Some(encoding.moments))
        ),
    };
    Some(format!(
        "{}: {} read as {}, in UTC{zoned}; as numbers: {}",
        name(question),
        cells(numbers),
        unit_words(encoding.moments),
        line(question, &by_number(evidence), None)
    ))
}

fn by_number(evidence: &Evidence) -> TargetType {
    if evidence.of(Tally::Texts) > 0 {
        TargetType::Text
    } else if evidence.of(Tally::Reals) > 0 {
        TargetType::DoublePrecision
    } else {
        TargetType::BigInt
    }
}

fn moments_without_zone(question: &Question<'_>, evidence: &Evidence, encoding: &Encoding) -> Option<String> {
    let count = evidence
        .of(Tally::MomentTexts)
        .checked_sub(evidence.of(Tally::ZonedTexts))?;
    let is_said = question.framework == Some(Framework::Django) || question.zone.is_some();
    if encoding.target != TargetType::TimestampTz || count == 0 || is_said {
        return None;
    }
    let kept = line(question, &TargetType::TimestampTz, None).replace(" }`", ", zone = \"Europe/Moscow\" }`");
    Some(format!(
        "{}: {} without a zone taken as UTC; if they are in another: {kept}",
        name(question),
        cells(count)
    ))
}

/// Whole numbers in a column that is called like a moment: they stay numbers, and a line makes them moments.
fn perhaps_moments(question: &Question<'_>, evidence: &Evidence, encoding: &Encoding) -> Option<String> {
    const ENDS: [&str; 9] = [
        "_at", "_on", "date", "time", "stamp", "created", "updated", "modified", "expires",
    ];
    let is_number = matches!(evidence.declared, Declared::Integer | Declared::Nothing)
        && encoding.target == TargetType::BigInt;
    let called = question.column.name.to_ascii_lowercase();
    if question.profile == Profile::Affinity || !is_number || !ENDS.iter().any(|end| called.ends_with(end)) {
        return None;
    }
    let (least, greatest) = evidence.integers?;
    let (unit, _) = [
        (Moments::EpochS, 1),
        (Moments::EpochMs, 1000),
        (Moments::EpochUs, 1_000_000),
    ]
    .into_iter()
    .find(|(_, factor)| least >= RECENT.0 * factor && greatest < RECENT.1 * factor)?;
    Some(format!(
        "{}: whole numbers that look like {}; they stay numbers. As moments: {}",
        name(question),
        unit_words(unit),
        line(question, &TargetType::TimestampTz, Some(unit))
    ))
}

/// `SQLAlchemy` keeps an Interval as the moment that is so long after 1970 began.
fn perhaps_intervals(question: &Question<'_>, evidence: &Evidence, encoding: &Encoding) -> Option<String> {
    let near = evidence.of(Tally::EpochTexts);
    let is_moment = matches!(encoding.target, TargetType::Timestamp | TargetType::TimestampTz);
    let is_others = question
        .framework
        .is_some_and(|framework| framework != Framework::SqlAlchemy);
    (is_moment && !is_others && near > 0 && near == evidence.filled).then(|| {
        format!(
            "{}: each moment is within a year of 1970-01-01, as SQLAlchemy stores an Interval; they stay moments. As \
             intervals: {}",
            name(question),
            line(question, &TargetType::Interval, None)
        )
    })
}

/// GORM declares booleans `numeric`, Drizzle `integer` with the default TRUE or FALSE.
fn perhaps_booleans(question: &Question<'_>, evidence: &Evidence, encoding: &Encoding) -> Option<String> {
    let are_truths = evidence.of(Tally::ZeroOne) == evidence.filled;
    let why = match encoding.target {
        _ if question.profile == Profile::Affinity || !are_truths => return None,
        TargetType::Numeric(None) if is_bare_numeric(question) && evidence.filled > 0 => {
            "every cell is 0 or 1, and GORM declares booleans as `numeric`; they stay numbers"
        }
        TargetType::BigInt if defaults_to_truth(question) => {
            "the default is TRUE or FALSE; it stays a number"
        }
        _ => return None,
    };
    Some(format!(
        "{}: {why}. As a boolean: {}",
        name(question),
        line(question, &TargetType::Boolean, None)
    ))
}

/// Java's driver writes a time as milliseconds.
fn perhaps_times(question: &Question<'_>, evidence: &Evidence, encoding: &Encoding) -> Option<String> {
    let (least, greatest) = evidence.integers?;
    let is_within_a_day = least >= 0 && greatest < 86_400_000;
    let are_numbers = evidence.declared == Declared::Time && encoding.target == TargetType::BigInt;
    (are_numbers && is_within_a_day).then(|| {
        let unit = if greatest < 86_400 {
            Moments::EpochS
        } else {
            Moments::EpochMs
        };
        format!(
            "{}: whole numbers that may count from midnight. As times: {}",
            name(question),
            line(question, &TargetType::Time, Some(unit))
        )
    })
}

/// Hibernate and others keep a UUID as its 16 bytes.
fn perhaps_uuids(question: &Question<'_>, evidence: &Evidence, encoding: &Encoding) -> Option<String> {
    let are_all = evidence.filled > 0 && evidence.of(Tally::UuidBlobs) == evidence.filled;
    (encoding.target == TargetType::Bytea && are_all).then(|| {
        format!(
            "{}: every cell is the 16 bytes of a UUID; they stay bytes. As UUIDs: {}",
            name(question),
            line(question, &TargetType::Uuid, None)
        )
    })
}

fn name(question: &Question<'_>) -> String {
    format!("`{}.{}`", question.table.name, question.column.name)
}

/// An example, where there is one, and the mark that ends it.
fn such_as(evidence: &Evidence, end: &str) -> String {
    let example = evidence.examples.first();
    match (example, end) {
        (Some(example), end) => format!(", such as {example}{end}"),
        (None, ";") => ";".to_owned(),
        (None, _) => String::new(),
    }
}

//! The types that a declared type asks for: the one that is meant, then wider ones that change no value.

use super::declared::Declared;
use super::evidence::Evidence;
use super::fitting::fitting;
use super::framework::{Framework, is_core_data};
use super::note_shape::UNITS;
use super::tally::Tally;
use super::{Question, by_data::by_data};
use crate::migrate::encoding::{Encoding, Moments};
use crate::migrate::settings::Profile;
use crate::migrate::target_type::TargetType;

/// The types; empty where only the data can tell.
pub(super) fn candidates(question: &Question<'_>, evidence: &Evidence) -> Vec<Encoding> {
    let plain = Encoding::plain;
    let double = plain(TargetType::DoublePrecision);
    let numeric = plain(TargetType::Numeric(None));
    match evidence.declared {
        Declared::Boolean { tiny: false } => booleans(question, evidence),
        Declared::Boolean { tiny: true } => vec![plain(TargetType::Boolean), plain(TargetType::BigInt)],
        Declared::Integer if is_gooses(question, evidence) => vec![plain(TargetType::Boolean)],
        Declared::Integer => vec![plain(TargetType::BigInt), double, numeric],
        Declared::Float => vec![double, numeric],
        Declared::Numeric(None) if keeps_booleans(question, evidence) => vec![plain(TargetType::Boolean)],
        Declared::Numeric(bound) => decimal(question, bound),
        Declared::Text { longest, fixed } => text(question, evidence, longest, fixed),
        Declared::Blob => bytes(evidence),
        Declared::Moment { zoned } => moments(question, evidence, zoned),
        Declared::Date => dates(question, evidence),
        Declared::Time => vec![plain(TargetType::Time)],
        Declared::Uuid => uuid(evidence),
        Declared::Json { binary } => json(question.framework, binary, evidence),
        Declared::NamedString | Declared::Nothing if evidence.filled == 0 => vec![plain(TargetType::Text)],
        // By SQLite's rules such a name means numbers.
        Declared::Unknown if evidence.filled == 0 => vec![numeric],
        Declared::NamedString | Declared::Nothing | Declared::Unknown => Vec::new(),
    }
}

/// Numbers other than 0 and 1 are slips where they are few. Where they are many, or the default is one, numbers are meant.
fn booleans(question: &Question<'_>, evidence: &Evidence) -> Vec<Encoding> {
    let plain = Encoding::plain;
    let numbers = [TargetType::BigInt, TargetType::DoublePrecision].map(plain);
    let default = question
        .column
        .default
        .as_deref()
        .map_or("", |default| default.trim_matches(['(', ')', '\'', '"', ' ']));
    if default.parse().is_ok_and(|number: i64| !matches!(number, 0 | 1)) {
        return numbers.into();
    }
    let others = evidence.numbers() - evidence.of(Tally::ZeroOne);
    let are_many = others >= 10 && others * 10 > evidence.filled;
    let meant = std::iter::once(plain(TargetType::Boolean));
    meant.chain(numbers.into_iter().filter(|_| are_many)).collect()
}

/// Whether a `numeric` is a boolean: GORM declares them so, and nobody else gives a number the default TRUE.
fn keeps_booleans(question: &Question<'_>, evidence: &Evidence) -> bool {
    let is_said = question.framework == Some(Framework::Gorm) || defaults_to_truth(question);
    let is_native = question.profile == Profile::Native;
    is_native && is_said && is_bare_numeric(question) && evidence.of(Tally::ZeroOne) == evidence.filled
}

/// Whether it is the column in which goose, which migrates schemas from Go, notes what it has applied: it declares whole
/// numbers in SQLite, and writes booleans into PostgreSQL's.
fn is_gooses(question: &Question<'_>, evidence: &Evidence) -> bool {
    let is_native = question.profile == Profile::Native;
    is_native
        && question.table.name == "goose_db_version"
        && question.column.name == "is_applied"
        && evidence.of(Tally::ZeroOne) == evidence.filled
}

/// Whether `numeric` is all that is declared.
pub(super) fn is_bare_numeric(question: &Question<'_>) -> bool {
    question.column.declared.trim().eq_ignore_ascii_case("numeric")
}

/// Whether the default is the word TRUE or FALSE.
pub(super) fn defaults_to_truth(question: &Question<'_>) -> bool {
    let default = question.column.default.as_deref().unwrap_or_default();
    let word = default.trim_matches(['(', ')', ' ']);
    word.eq_ignore_ascii_case("true") || word.eq_ignore_ascii_case("false")
}

fn decimal(question: &Question<'_>, bound: Option<(u16, u16)>) -> Vec<Encoding> {
    let numeric = Encoding::plain(TargetType::Numeric(None));
    match (question.profile, bound) {
        (Profile::Affinity, _) => {
            vec![Encoding::plain(TargetType::DoublePrecision), numeric]
        }
        (_, Some(bound)) => vec![Encoding::plain(TargetType::Numeric(Some(bound))), numeric],
        (_, None) => vec![numeric],
    }
}

/// Bytes that are valid text are taken where there are any.
fn text(question: &Question<'_>, evidence: &Evidence, longest: Option<u32>, fixed: bool) -> Vec<Encoding> {
    let with = |target| Encoding {
        takes_other_class: evidence.of(Tally::Texts) < evidence.filled,
        ..Encoding::plain(target)
    };
    if let Some(target) = checked_json(question) {
        return vec![Encoding::plain(target)];
    }
    // What Django keeps addresses in, and nothing else: it compares such columns with `inet`.
    let is_address = fixed && longest == Some(39) && question.framework == Some(Framework::Django);
    if is_address && evidence.of(Tally::Addresses) == evidence.filled {
        return vec![Encoding::plain(TargetType::Inet)];
    }
    let may_be_uuid = fixed && matches!(longest, Some(32 | 36));
    // Django and SQLAlchemy store a UUID in `char(32)`, and write one into an empty column as `uuid` and not as text.
    let keeps_uuids = matches!(
        question.framework,
        Some(Framework::Django | Framework::SqlAlchemy)
    );
    let all_are = evidence.of(Tally::Uuids) == evidence.filled;
    if may_be_uuid && all_are && (evidence.filled > 0 || keeps_uuids && longest == Some(32)) {
        return vec![Encoding::plain(TargetType::Uuid)];
    }
    let mut candidates: Vec<Encoding> = longest
        .into_iter()
        .map(|longest| with(TargetType::VarChar(longest)))
        .collect();
    candidates.push(with(TargetType::Text));
    candidates
}

/// `CHECK (json_valid(column))` lets no other text in.
pub(super) fn checked_json(question: &Question<'_>) -> Option<TargetType> {
    if question.profile == Profile::Affinity {
        return None;
    }
    let asks = |check: &crate::migrate::sqlite::catalog::Check| {
        super::json_check::asks_for_json(&check.expression, &question.column.name)
    };
    let is_checked = question.table.checks.iter().any(asks);
    is_checked.then(|| {
        if question.framework == Some(Framework::Django) {
            TargetType::JsonB
        } else {
            TargetType::Json
        }
    })
}

fn bytes(evidence: &Evidence) -> Vec<Encoding> {
    if evidence.filled > 0 && evidence.of(Tally::Blobs) == 0 {
        return Vec::new();
    }
    vec![Encoding {
        takes_other_class: evidence.of(Tally::Texts) > 0,
        ..Encoding::plain(TargetType::Bytea)
    }]
}

fn uuid(evidence: &Evidence) -> Vec<Encoding> {
    if evidence.of(Tally::Uuids) == evidence.filled {
        vec![Encoding::plain(TargetType::Uuid)]
    } else {
        // Text or bytes carry all of them.
        vec![by_data(evidence)]
    }
}

/// Some programs bind JSON as bytes.
fn json(framework: Option<Framework>, binary: bool, evidence: &Evidence) -> Vec<Encoding> {
    let plain = |target| Encoding {
        takes_other_class: evidence.of(Tally::Blobs) > 0,
        ..Encoding::plain(target)
    };
    if framework == Some(Framework::Django) {
        vec![plain(TargetType::JsonB)]
    } else if binary {
        vec![plain(TargetType::JsonB), plain(TargetType::Json)]
    } else {
        vec![plain(TargetType::Json)]
    }
}

fn moments(question: &Question<'_>, evidence: &Evidence, zoned: bool) -> Vec<Encoding> {
    let has_zones = evidence.of(Tally::ZonedTexts) > 0 && question.framework != Some(Framework::Prisma);
    // GORM writes every moment with its zone.
    let has_gorms = question.framework == Some(Framework::Gorm) && evidence.of(Tally::MomentTexts) == 0;
    let wants_zone = zoned
        || has_gorms
        || question.framework == Some(Framework::Django)
        || evidence.of(Tally::ShiftedTexts) > 0
        || has_zones;
    let encoding = |target| Encoding {
        moments: unit(question, evidence),
        zone: question.zone.unwrap_or(chrono_tz::UTC),
        ..Encoding::plain(target)
    };
    if wants_zone {
        vec![encoding(TargetType::TimestampTz)]
    } else {
        vec![encoding(TargetType::Timestamp)]
    }
}

/// A date; a moment where some cells have a time of the day and all are moments.
fn dates(question: &Question<'_>, evidence: &Evidence) -> Vec<Encoding> {
    let mut candidates = vec![Encoding {
        moments: unit(question, evidence),
        ..Encoding::plain(TargetType::Date)
    }];
    let wider = moments(question, evidence, false);
    candidates.extend(
        wider
            .into_iter()
            .filter(|wider| fitting(evidence, wider) == evidence.filled),
    );
    candidates
}

/// What the numbers of a column of moments count: the unit in which most of them are between 1980 and 2100, if half of
/// them are so.
pub(super) fn unit(question: &Question<'_>, evidence: &Evidence) -> Moments {
    let numbers = evidence.numbers();
    if numbers == 0 {
        return if question.framework == Some(Framework::Prisma) {
            Moments::EpochMs
        } else {
            Moments::Iso
        };
    }
    if is_core_data(question.table) {
        return Moments::CoreData;
    }
    let plausible = |tally: Option<Tally>| tally.map_or(0, |tally| evidence.of(tally));
    UNITS
        .iter()
        .map(|(unit, tally, _)| (*unit, plausible(*tally)))
        .max_by_key(|(_, count)| *count)
        .filter(|(_, count)| count * 2 >= numbers)
        .map_or(Moments::Iso, |(unit, _)| unit)
}

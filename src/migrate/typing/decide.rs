//! The decision on one column: what a person said, else what is declared, else what the cells are.

use super::by_data::{by_data, described};
use super::candidates::{candidates, unit};
use super::evidence::Evidence;
use super::fitting::fitting;
use super::tally::Tally;
use super::wording::{cells, declared, line, unit_words};
use super::{Decision, Question, remarks};
use crate::migrate::encoding::{Encoding, Moments};
use crate::migrate::target_type::TargetType;

/// Decides.
#[must_use]
pub fn decide(question: Question<'_>, evidence: &Evidence) -> Decision {
    let question = &question;
    if is_rowid(question) {
        return rowid(question);
    }
    if let Some(decision) = told(question, evidence) {
        return decision;
    }
    let candidates = candidates(question, evidence);
    let (encoding, fits) = chosen(&candidates, evidence);
    let is_meant = candidates
        .first()
        .is_none_or(|meant| meant.target == encoding.target);
    let mut notes = Vec::new();
    if !is_meant {
        notes.push(remarks::other_type(question, evidence, &encoding));
    }
    notes.extend(remarks::contents(question, evidence, &encoding, fits));
    Decision {
        evidence: reason(question, evidence, &encoding, fits),
        encoding,
        notes,
        told: false,
    }
}

/// The first type that holds all cells, else the one that holds most of them, if that is at least half; else what the cells
/// are.
fn chosen(candidates: &[Encoding], evidence: &Evidence) -> (Encoding, u64) {
    let mut best: Option<(&Encoding, u64)> = None;
    for encoding in candidates {
        let fits = fitting(evidence, encoding) + unread(evidence, encoding);
        if best.is_none_or(|(_, most)| fits > most) {
            best = Some((encoding, fits));
        }
    }
    let data = by_data(evidence);
    let by_data = fitting(evidence, &data);
    match best {
        Some((encoding, fits)) if fits * 2 >= evidence.filled || by_data <= fits => (encoding.clone(), fits),
        _ => (data, by_data),
    }
}

/// Cells that may fit and were not looked at: long ones, and text that a CHECK holds to JSON.
fn unread(evidence: &Evidence, encoding: &Encoding) -> u64 {
    match encoding.target {
        TargetType::Json | TargetType::JsonB
            if !matches!(evidence.declared, super::declared::Declared::Json { .. }) =>
        {
            evidence.of(Tally::Texts)
        }
        TargetType::Text | TargetType::VarChar(_) | TargetType::Bytea => 0,
        _ => evidence.of(Tally::Unread),
    }
}

fn is_rowid(question: &Question<'_>) -> bool {
    question
        .table
        .rowid_alias
        .and_then(|place| question.table.columns.get(place))
        .is_some_and(|column| column.name == question.column.name)
}

/// The column that stands for the rowid holds whole numbers of 64 bits and nothing else.
fn rowid(question: &Question<'_>) -> Decision {
    let is_whole = |target: &TargetType| {
        matches!(
            target,
            TargetType::BigInt | TargetType::Integer | TargetType::SmallInt
        )
    };
    let told = question.told.map(|told| &told.target);
    let notes = told
        .filter(|target| !is_whole(target))
        .map(|target| {
            format!(
                "`{}.{}` stays bigint: it is the table's rowid, and `{target}` can't number new rows",
                question.table.name, question.column.name
            )
        })
        .into_iter()
        .collect();
    let target = told
        .filter(|target| is_whole(target))
        .cloned()
        .unwrap_or(TargetType::BigInt);
    Decision {
        encoding: Encoding::plain(target),
        evidence: format!("{}; the table's rowid", declared(question)),
        notes,
        told: true,
    }
}

/// What a person has decided. Contents are carried whatever their storage class.
fn told(question: &Question<'_>, evidence: &Evidence) -> Option<Decision> {
    let told = question.told?;
    let moments = told.moments.unwrap_or_else(|| match told.target {
        TargetType::Date | TargetType::Timestamp | TargetType::TimestampTz => unit(question, evidence),
        _ => Moments::Iso,
    });
    let mut from =
        super::wording::unit_name(moments).map_or_else(String::new, |unit| format!(" from {unit}"));
    if told.cuts {
        from.push_str(", cut to what it keeps");
    }
    let notes = told.cuts.then(|| remarks::cut(question, evidence)).flatten();
    let evidence = format!("told to be {}{from}; {}", told.target, declared(question));
    Some(Decision {
        encoding: Encoding {
            target: told.target.clone(),
            moments,
            zone: told.zone.or(question.zone).unwrap_or(chrono_tz::UTC),
            takes_other_class: true,
            cuts: told.cuts,
        },
        evidence,
        notes: notes.into_iter().collect(),
        told: true,
    })
}

fn reason(question: &Question<'_>, evidence: &Evidence, encoding: &Encoding, fits: u64) -> String {
    let declared = declared(question);
    if evidence.filled == 0 {
        return match evidence.nulls {
            0 => format!("{declared}; no rows"),
            nulls => format!("{declared}; {} NULL", are(nulls)),
        };
    }
    if fits < evidence.filled {
        return format!(
            "{declared}; {} of {} fit",
            super::wording::figure(fits),
            cells(evidence.filled)
        );
    }
    let kind = match encoding.target {
        TargetType::Boolean if evidence.of(Tally::Texts) == 0 => "0 or 1",
        TargetType::Boolean => "true or false",
        TargetType::Uuid => "UUIDs",
        TargetType::Inet => "addresses",
        TargetType::Json | TargetType::JsonB => "JSON",
        TargetType::Date if evidence.numbers() == 0 => "dates",
        TargetType::Time => "times",
        TargetType::Timestamp | TargetType::TimestampTz | TargetType::Date => {
            return format!("{declared}; {}", moments(evidence, encoding));
        }
        _ => return format!("{declared}; {}", described(evidence)),
    };
    format!("{declared}; {} {kind}", are(evidence.filled))
}

fn are(count: u64) -> String {
    format!("{} {}", cells(count), if count == 1 { "is" } else { "are" })
}

fn moments(evidence: &Evidence, encoding: &Encoding) -> String {
    let (texts, numbers) = (evidence.of(Tally::Texts), evidence.numbers());
    let mut parts = Vec::new();
    if numbers > 0 {
        let words = unit_words(encoding.moments);
        let verb = if numbers == 1 {
            "cell counts"
        } else {
            "cells count"
        };
        parts.push(format!("{} {verb} {words}", super::wording::figure(numbers)));
    }
    if texts > 0 {
        let with_zone = evidence.of(Tally::ZonedTexts);
        let zones = match with_zone {
            0 => "without a zone".to_owned(),
            _ if with_zone == texts => "with a zone".to_owned(),
            _ => format!("{} of them with a zone", super::wording::figure(with_zone)),
        };
        let noun = if texts == 1 { "moment" } else { "moments" };
        parts.push(format!(
            "{} {noun} as text, {zones}",
            super::wording::figure(texts)
        ));
    }
    parts.join("; ")
}

/// The line that keeps all cells, where some do not fit.
pub(super) fn keeping_line(question: &Question<'_>, evidence: &Evidence) -> Option<String> {
    let data = by_data(evidence);
    if fitting(evidence, &data) == evidence.filled {
        return Some(line(question, &data.target, None));
    }
    (evidence.numbers() == 0).then(|| line(question, &TargetType::Bytea, None))
}

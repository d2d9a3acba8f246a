//! What is said to people about a choice.

use super::Question;
use crate::migrate::encoding::Moments;
use crate::migrate::target_type::TargetType;

/// A count with commas, such as `1,204`.
pub(super) fn figure(count: u64) -> String {
    let digits = count.to_string();
    let mut shown = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

/// A count of cells, such as `1 cell` or `1,204 cells`.
pub(super) fn cells(count: u64) -> String {
    let noun = if count == 1 { "cell" } else { "cells" };
    format!("{} {noun}", figure(count))
}

/// How the column is declared, such as `declared VARCHAR(40)`.
pub(super) fn declared(question: &Question<'_>) -> String {
    if question.column.declared.trim().is_empty() {
        "no declared type".to_owned()
    } else {
        format!("declared {}", question.column.declared)
    }
}

/// The line of stack.toml that gives the column this type.
pub(super) fn line(question: &Question<'_>, target: &TargetType, moments: Option<Moments>) -> String {
    let name = format!("{}.{}", question.table.name, question.column.name);
    let name = name.replace('\\', "\\\\").replace('"', "\\\"");
    let from = moments
        .and_then(unit_name)
        .map_or_else(String::new, |from| format!(", from = \"{from}\""));
    format!("`[sqlite.NAME.columns] \"{name}\" = {{ type = \"{target}\"{from} }}`")
}

/// The unit as stack.toml names it.
pub(super) fn unit_name(moments: Moments) -> Option<&'static str> {
    Some(match moments {
        Moments::Iso => return None,
        Moments::EpochS => "epoch-s",
        Moments::EpochMs => "epoch-ms",
        Moments::EpochUs => "epoch-us",
        Moments::CoreData => "core-data",
        Moments::JulianDay => "julian-day",
    })
}

/// The unit in words.
pub(super) fn unit_words(moments: Moments) -> &'static str {
    match moments {
        Moments::Iso => "no numbers",
        Moments::EpochS => "seconds since 1970",
        Moments::EpochMs => "milliseconds since 1970",
        Moments::EpochUs => "microseconds since 1970",
        Moments::CoreData => "seconds since 2001 (Core Data)",
        Moments::JulianDay => "days as julianday() counts them",
    }
}

//! The type that carries what the cells are, whatever is declared.

use super::evidence::Evidence;
use super::fitting::fitting;
use super::tally::Tally;
use crate::migrate::encoding::Encoding;
use crate::migrate::target_type::TargetType;

/// The type; text where there is nothing to go by.
pub(super) fn by_data(evidence: &Evidence) -> Encoding {
    let mut best = Encoding::plain(TargetType::Text);
    let mut most = 0;
    for encoding in candidates(evidence) {
        let fits = fitting(evidence, &encoding);
        if fits > most {
            (best, most) = (encoding, fits);
        }
    }
    best
}

/// From the one that says most to the one that takes most.
fn candidates(evidence: &Evidence) -> Vec<Encoding> {
    let plain = Encoding::plain;
    let taking = |target| Encoding {
        takes_other_class: true,
        ..plain(target)
    };
    let mut candidates = if evidence.of(Tally::Reals) == 0 {
        vec![plain(TargetType::BigInt)]
    } else {
        vec![
            plain(TargetType::DoublePrecision),
            plain(TargetType::BigInt),
            plain(TargetType::Numeric(None)),
        ]
    };
    candidates.push(plain(TargetType::Text));
    candidates.push(plain(TargetType::Bytea));
    let texts = evidence.of(Tally::Texts);
    let no_texts = evidence.of(Tally::NulTexts) + evidence.of(Tally::BadTexts);
    if texts > 0 && (evidence.of(Tally::Blobs) > 0 || no_texts * 2 > texts) {
        candidates.push(taking(TargetType::Bytea));
    }
    candidates.push(taking(TargetType::Text));
    candidates
}

/// What the cells are, such as `12 numbers and 3 texts`.
pub(super) fn described(evidence: &Evidence) -> String {
    let kinds = [
        (Tally::Integers, "whole number", "whole numbers"),
        (Tally::Reals, "double", "doubles"),
        (Tally::Texts, "text", "texts"),
        (Tally::Blobs, "blob", "blobs"),
    ];
    let parts: Vec<String> = kinds
        .iter()
        .filter(|(tally, _, _)| evidence.of(*tally) > 0)
        .map(|(tally, one, many)| {
            let count = evidence.of(*tally);
            format!(
                "{} {}",
                super::wording::figure(count),
                if count == 1 { one } else { many }
            )
        })
        .collect();
    match parts.as_slice() {
        [] => "no cells".to_owned(),
        [one] => one.clone(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}

//! Columns of moments without cells, such as `deleted_at`: what is written into them will be like the file's other moments.

use super::Agreeing;
use super::declared::Declared;
use crate::migrate::encoding::Moments;
use crate::migrate::target_type::TargetType;

/// Makes them `timestamptz` where every column of moments with cells in their table became that, or in the file where their
/// table has none, and nobody has decided on them.
pub fn follow_others(tables: &mut [Agreeing<'_>]) {
    let zoned: Vec<Option<bool>> = tables.iter().map(are_zoned).collect();
    let has_some = zoned.iter().any(Option::is_some);
    let in_file = has_some && zoned.iter().all(|zoned| zoned.unwrap_or(true));
    for (table, zoned) in tables.iter_mut().zip(zoned) {
        if !zoned.unwrap_or(in_file) {
            continue;
        }
        for (evidence, decision) in table.evidence.iter().zip(table.decisions.iter_mut()) {
            let is_empty = is_moment(evidence.declared) && evidence.filled == 0 && !decision.told;
            if is_empty && decision.encoding.target == TargetType::Timestamp {
                decision.encoding.target = TargetType::TimestampTz;
                decision.evidence.push_str("; the moments beside it have a zone");
            }
        }
    }
}

/// Whether all moments of a table that are written as text have a zone; `None` where it holds no moments.
fn are_zoned(table: &Agreeing<'_>) -> Option<bool> {
    let columns = table.evidence.iter().zip(table.decisions.iter());
    let mut targets = columns
        .filter(|(evidence, _)| is_moment(evidence.declared) && evidence.filled > 0)
        .map(|(_, decision)| &decision.encoding)
        .peekable();
    targets.peek()?;
    Some(
        targets
            .all(|encoding| encoding.target == TargetType::TimestampTz && encoding.moments == Moments::Iso),
    )
}

fn is_moment(declared: Declared) -> bool {
    matches!(declared, Declared::Moment { .. })
}

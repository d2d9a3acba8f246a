//! Columns of moments without cells, such as `deleted_at`: what is written into them will be like the file's other moments.

use super::Agreeing;
use super::declared::Declared;
use crate::migrate::encoding::Moments;
use crate::migrate::target_type::TargetType;

/// Makes them `timestamptz` where every column of moments that has cells became that, and nobody has decided on them.
pub fn follow_others(tables: &mut [Agreeing<'_>]) {
    let mut targets = tables.iter().flat_map(|table| {
        let columns = table.evidence.iter().zip(table.decisions.iter());
        columns
            .filter(|(evidence, _)| is_moment(evidence.declared) && evidence.filled > 0)
            .map(|(_, decision)| (&decision.encoding.target, decision.encoding.moments))
    });
    let is_zoned = |(target, moments): (&TargetType, Moments)| {
        *target == TargetType::TimestampTz && moments == Moments::Iso
    };
    let Some(first) = targets.next() else { return };
    if !is_zoned(first) || !targets.all(is_zoned) {
        return;
    }
    for table in tables {
        for (evidence, decision) in table.evidence.iter().zip(table.decisions.iter_mut()) {
            let is_empty = is_moment(evidence.declared) && evidence.filled == 0 && !decision.told;
            if is_empty && decision.encoding.target == TargetType::Timestamp {
                decision.encoding.target = TargetType::TimestampTz;
                decision
                    .evidence
                    .push_str("; the file's other moments have a zone");
            }
        }
    }
}

fn is_moment(declared: Declared) -> bool {
    matches!(declared, Declared::Moment { .. })
}

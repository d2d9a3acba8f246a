//! Columns without cells, declared as those in which the same file keeps UUIDs.

use super::Decision;
use super::declared::Declared;
use super::evidence::Evidence;
use crate::migrate::encoding::Encoding;
use crate::migrate::target_type::TargetType;

/// Makes empty `CHAR(32)` columns `uuid` where all others of that type in the file are: `SQLAlchemy` declares UUIDs so, and
/// writes one as `uuid`, which PostgreSQL refuses in a column of text.
pub fn empty_uuids<'c>(columns: impl Iterator<Item = (&'c Evidence, &'c mut Decision)>) {
    let mut empty = Vec::new();
    let mut uuids = false;
    for (evidence, decision) in columns {
        let is_such = matches!(
            evidence.declared,
            Declared::Text {
                longest: Some(32),
                fixed: true
            }
        );
        match &decision.encoding.target {
            _ if !is_such || decision.told => {}
            TargetType::Uuid => uuids = true,
            TargetType::VarChar(_) if evidence.filled == 0 => empty.push(decision),
            _ => return,
        }
    }
    for decision in empty.into_iter().filter(|_| uuids) {
        decision.encoding = Encoding::plain(TargetType::Uuid);
        decision.evidence = String::from("no cells, and the file's other char(32) columns hold UUIDs");
    }
}

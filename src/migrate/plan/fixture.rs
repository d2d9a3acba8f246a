//! Plans of tables for tests.

use super::{ColumnPlan, RowKey, TablePlan};
use crate::migrate::encoding::Encoding;
use crate::migrate::target_type::TargetType;

/// A table that is read by the rowid `id`, whose digests are keyed by these columns.
pub(in crate::migrate) fn table(name: &str, columns: Vec<ColumnPlan>, digest_key: &[usize]) -> TablePlan {
    TablePlan {
        source: name.to_owned(),
        name: name.to_owned(),
        columns,
        key: RowKey::Rowid("id".to_owned()),
        digest_key: digest_key.to_vec(),
        rows: 0,
        misfits: Vec::new(),
        misfit_groups: Vec::new(),
        misfit_count: 0,
        create: String::new(),
        indexes: Vec::new(),
        foreign_keys: Vec::new(),
        sequences: Vec::new(),
        orphans: Vec::new(),
    }
}

/// A column that is carried as this type; one that PostgreSQL computes where there is none.
pub(in crate::migrate) fn column(name: &str, target: Option<TargetType>) -> ColumnPlan {
    ColumnPlan {
        source: name.to_owned(),
        name: name.to_owned(),
        declared: String::new(),
        encoding: target.map(Encoding::plain),
        not_null: false,
        evidence: String::new(),
        longest: 0,
    }
}

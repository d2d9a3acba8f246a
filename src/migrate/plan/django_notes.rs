//! What Django's models say of columns and SQLite does not: whoever knows the models is told what to write.

use super::draft::{Draft, DraftTable, Remarks};
use crate::migrate::settings::Profile;
use crate::migrate::sqlite::catalog::Column;
use crate::migrate::target_type::TargetType;
use crate::migrate::typing::Framework;

/// Says it of all tables.
pub(super) fn say(draft: &Draft<'_>, remarks: &mut Remarks) {
    let is_meant =
        draft.framework == Some(Framework::Django) && draft.source.settings.profile == Profile::Native;
    if !is_meant {
        return;
    }
    let durations = columns(draft, |table, place, column| {
        column.declared.eq_ignore_ascii_case("bigint")
            && *table.target(place) == TargetType::BigInt
            && !refers(table, place, column)
    });
    if !durations.is_empty() {
        let lines: Vec<String> = durations
            .iter()
            .map(|name| line(draft, name, "interval"))
            .collect();
        remarks.notes.push(format!(
            "{}: Django declares DurationField as it does BigIntegerField, so they stay numbers. On PostgreSQL it wants an \
             interval for each that is a DurationField: {}",
            listed(&durations),
            lines.join(", ")
        ));
    }
    let decimals = columns(draft, |table, place, column| {
        column.declared.eq_ignore_ascii_case("decimal") && *table.target(place) == TargetType::Numeric(None)
    });
    if let Some(first) = decimals.first() {
        remarks.notes.push(format!(
            "{}: Django keeps decimal_places in its models only, so that 3.50 is read back as 3.5; for max_digits=10 and \
             decimal_places=2: {}",
            listed(&decimals),
            line(draft, first, "numeric(10,2)")
        ));
    }
}

/// `TABLE.COLUMN` of those that nobody has decided on.
fn columns(draft: &Draft<'_>, asks: impl Fn(&DraftTable<'_>, usize, &Column) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for table in &draft.tables {
        for (place, column) in table.table.columns.iter().enumerate() {
            if !table.decisions[place].told && asks(table, place, column) {
                found.push(format!("{}.{}", table.table.name, column.name));
            }
        }
    }
    found
}

/// Whether it is a key, refers to one, or is called as Django calls what refers without a constraint.
fn refers(table: &DraftTable<'_>, place: usize, column: &Column) -> bool {
    let mut keys = table.table.foreign_keys.iter();
    table.table.primary_key.contains(&place)
        || keys.any(|key| key.columns.contains(&place))
        || column.name.ends_with("_id")
}

fn listed(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

fn line(draft: &Draft<'_>, name: &str, target: &str) -> String {
    let name = name.replace('\\', "\\\\").replace('"', "\\\"");
    format!(
        "`[sqlite.{}.columns] \"{name}\" = {{ type = \"{target}\" }}`",
        draft.source.name
    )
}

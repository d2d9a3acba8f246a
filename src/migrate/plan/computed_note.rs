//! Columns that PostgreSQL computes are not among those that both sides are compared in, and that is said.

use super::TablePlan;
use super::draft::Remarks;

/// Names them.
pub(super) fn say(tables: &[TablePlan], remarks: &mut Remarks) {
    let computed: Vec<String> = tables
        .iter()
        .flat_map(|table| table.columns.iter().map(move |column| (table, column)))
        .filter(|(_, column)| column.encoding.is_none())
        .map(|(table, column)| format!("`{}.{}`", table.source, column.source))
        .collect();
    if !computed.is_empty() {
        remarks.notes.push(format!(
            "{}: PostgreSQL computes {} from the other columns; what SQLite computed is not compared with it",
            computed.join(", "),
            if computed.len() == 1 { "it" } else { "them" }
        ));
    }
}

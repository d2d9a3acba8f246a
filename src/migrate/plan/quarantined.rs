//! What follows from rows and cells that will be in quarantine.

use super::FilePlan;
use super::foreign_key::NOT_VALID;
use crate::migrate::ddl::quoted;
use crate::migrate::plan::TablePlan;

/// Foreign keys to tables of which rows, or cells that are referred to, will be in quarantine become NOT VALID: rows may
/// refer to what is not there.
pub fn mind_quarantine(plan: &mut FilePlan) {
    let parents: Vec<(String, String, Vec<String>)> = plan.tables.iter().filter_map(missing).collect();
    for table in &mut plan.tables {
        for step in &mut table.foreign_keys {
            let Some((_, references)) = step.sql.split_once(" references {schema}.") else {
                continue;
            };
            let parent = parents.iter().find(|(_, name, columns)| {
                references.strip_prefix(name.as_str()).is_some_and(|rest| {
                    columns.is_empty() || columns.iter().any(|column| rest.contains(column.as_str()))
                })
            });
            if let (Some((source, ..)), false) = (parent, step.sql.ends_with(NOT_VALID)) {
                step.sql.push_str(NOT_VALID);
                plan.notes.push(format!(
                    "the {} of `{}` is made NOT VALID, because rows of `{source}` will be in quarantine",
                    step.name, table.source
                ));
            }
        }
    }
}

/// The table in SQLite and in PostgreSQL, quoted, and the columns of which values will be missing; none where whole rows
/// will.
fn missing(table: &TablePlan) -> Option<(String, String, Vec<String>)> {
    let rows = table.misfit_groups.iter().any(|group| group.takes_row);
    let cell_names = table.misfit_groups.iter().map(|group| group.column.as_str());
    let mut columns: Vec<String> = Vec::new();
    for source in cell_names.filter(|_| !rows) {
        let column = table.columns.iter().find(|column| column.source == source);
        let name = column.map(|column| quoted(&column.name)).unwrap_or_default();
        if !columns.contains(&name) {
            columns.push(name);
        }
    }
    (table.misfit_count > 0).then(|| (table.source.clone(), format!("{} ", quoted(&table.name)), columns))
}

//! What `verify` found -> text for a terminal.

use std::fmt::Write;

use super::amount::{count, key, legible, of};
use super::run_report::{RowDifferenceKind, VerifiedFile, VerifiedTable, VerifyReport};

/// For people: one line for a file where both sides agree, else the tables, columns and rows that do not.
#[must_use]
pub fn verify_text(report: &VerifyReport) -> String {
    let mut out = String::new();
    for file in &report.files {
        let differing: Vec<_> = file.tables.iter().filter(|table| !table.agrees()).collect();
        let _ = writeln!(out, "{}", headline(file, differing.len() as u64));
        for table in differing {
            describe(table, &mut out);
        }
        for line in file.remarks.iter().chain(&file.notes) {
            let _ = writeln!(out, "  {}", legible(line));
        }
    }
    out
}

fn headline(file: &VerifiedFile, differing: u64) -> String {
    let name = legible(&file.source);
    let tables = of(file.tables.len() as u64, "table");
    let sides = format!(
        "`{}` and the schema `{}`",
        legible(&file.compared),
        legible(&file.schema)
    );
    if differing > 0 {
        let verb = if differing == 1 { "differs" } else { "differ" };
        return format!("{name}: {} of {tables} {verb} between {sides}", count(differing));
    }
    let rows = file.tables.iter().map(|table| table.rows_target).sum();
    let held: u64 = file.tables.iter().map(|table| table.rows_quarantined).sum();
    let held = if held > 0 {
        format!("; {} in quarantine", of(held, "row"))
    } else {
        String::new()
    };
    let but = if file.remarks.is_empty() { "" } else { " in these" };
    format!("{name}: {sides} agree{but}: {tables}, {}{held}", of(rows, "row"))
}

fn describe(table: &VerifiedTable, out: &mut String) {
    let mut facts = Vec::new();
    let expected = table.rows_source.saturating_sub(table.rows_quarantined);
    if expected != table.rows_target {
        facts.push(format!(
            "{} in SQLite, {} in PostgreSQL",
            of(expected, "row"),
            count(table.rows_target)
        ));
    }
    if let Some(rows) = table.row_count {
        let verb = if rows == 1 { "differs" } else { "differ" };
        facts.push(format!("{} {verb}", of(rows, "row")));
    }
    if !table.differing.is_empty() {
        let columns: Vec<_> = table.differing.iter().map(|column| legible(column)).collect();
        facts.push(format!("in {}", columns.join(", ")));
    }
    let _ = writeln!(out, "  {}: {}", legible(&table.name), facts.join("; "));
    for row in &table.rows {
        let key = key(&row.key);
        let _ = match row.kind {
            RowDifferenceKind::Missing => writeln!(out, "    {key}: missing in PostgreSQL"),
            RowDifferenceKind::Extra => writeln!(out, "    {key}: only in PostgreSQL"),
            RowDifferenceKind::Changed => writeln!(out, "    {key}: changed"),
        };
        for (column, here, there) in &row.columns {
            let _ = writeln!(
                out,
                "      {}: `{}` in SQLite, `{}` in PostgreSQL",
                legible(column),
                legible(here),
                legible(there)
            );
        }
    }
    let listed = table.rows.len() as u64;
    if let Some(more) = table.row_count.and_then(|all| all.checked_sub(listed))
        && more > 0
    {
        let _ = writeln!(out, "    and {}", of(more, "more row"));
    }
}

//! Plans -> text for people.

use std::fmt::Write;

use crate::migrate::encoding::Moments;
use crate::migrate::misfit::{MisfitCell, MisfitGroup, shared};
use crate::migrate::plan::{ColumnPlan, FilePlan, TablePlan, estimate};
use crate::migrate::report::amount::{count, key, legible, of, size, such_as, time};
use crate::migrate::report::left_out;
use crate::migrate::settings::{Names, Profile};
use crate::migrate::target_type::TargetType;
use crate::ui::Table;

/// How much is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// What is not as everybody would expect.
    Notable,
    /// Every column and every cell.
    All,
}

/// Cells of one table that are shown.
const CELLS: usize = 20;

/// All plans.
pub fn text(plans: &[FilePlan], detail: Detail) -> String {
    let mut out = String::new();
    for plan in plans {
        headline(plan, &mut out);
        tables(plan, &mut out);
        types(plan, detail, &mut out);
        misfits(plan, detail, &mut out);
        orphans(plan, &mut out);
        list(
            "not carried:",
            left_out::lines(&plan.not_carried).into_iter(),
            &mut out,
        );
        list("to know:", plan.notes.iter().map(|note| legible(note)), &mut out);
        out.push('\n');
    }
    let rows = plans
        .iter()
        .flat_map(|plan| &plan.tables)
        .map(|table| table.rows)
        .sum();
    // Writing to a string can't fail.
    let _ok = writeln!(
        out,
        "in all {} with {}: about {}, an estimate",
        of(plans.len() as u64, "file"),
        of(rows, "row"),
        time(plans.iter().map(estimate).sum()),
    );
    out
}

/// What to type next; `run` is what does it.
pub fn next(plans: &[FilePlan], run: &str) -> String {
    let cells: u64 = plans
        .iter()
        .flat_map(|plan| &plan.tables)
        .map(|table| table.misfit_count)
        .sum();
    if cells == 0 {
        return format!("nothing was written; {run} does it");
    }
    format!(
        "nothing was written; give columns with cells that do not fit another type (`--column TABLE.COLUMN=text`, or \
         `[sqlite.NAME.columns]`), or leave {} in quarantine: {run} and `--accept-quarantine`",
        of(cells, "cell")
    )
}

fn headline(plan: &FilePlan, out: &mut String) {
    let rows = plan.tables.iter().map(|table| table.rows).sum();
    let types = match plan.profile {
        Profile::Native => "native types",
        Profile::Affinity => "the types of SQLite's affinities",
    };
    let names = match plan.names {
        Names::Exact => "names as they are",
        Names::Folded => "names in small letters",
    };
    let _ok = writeln!(
        out,
        "{}: `{}` becomes the schema `{}`: {} with {}, {}; {types}, {names}",
        legible(&plan.source),
        legible(&plan.path),
        legible(&plan.schema),
        of(plan.tables.len() as u64, "table"),
        of(rows, "row"),
        size(plan.bytes),
    );
    if let Some(framework) = &plan.framework {
        let _ok = writeln!(out, "  made by {}", legible(framework));
    }
    if !plan.advice.is_empty() {
        let _ok = writeln!(out, "  {}", legible(&plan.advice));
    }
}

fn tables(plan: &FilePlan, out: &mut String) {
    if plan.tables.is_empty() {
        return;
    }
    let mut table = Table::new(["table", "rows", "columns", "keys and indexes", "foreign keys"]);
    for one in &plan.tables {
        let name = if one.name == one.source {
            legible(&one.name)
        } else {
            format!("{} (as {})", legible(&one.source), legible(&one.name))
        };
        table.row([
            name,
            count(one.rows),
            one.columns.len().to_string(),
            one.indexes.len().to_string(),
            one.foreign_keys.len().to_string(),
        ]);
    }
    out.push('\n');
    indented(&table, out);
}

fn types(plan: &FilePlan, detail: Detail, out: &mut String) {
    let mut table = Table::new(["column", "declared", "becomes", "why"]);
    let mut shown = 0;
    for (owner, column) in plan
        .tables
        .iter()
        .flat_map(|table| table.columns.iter().map(move |column| (table, column)))
    {
        if detail == Detail::All || is_notable(column) {
            shown += 1;
            table.row([
                format!("{}.{}", legible(&owner.source), legible(&column.source)),
                if column.declared.is_empty() {
                    "nothing".to_owned()
                } else {
                    legible(&column.declared)
                },
                becomes(column),
                legible(why(column)),
            ]);
        }
    }
    if shown > 0 {
        let title = match detail {
            Detail::All => "columns:",
            Detail::Notable => "columns whose type is not simply the declared one (`--full` tells all):",
        };
        let _ok = writeln!(out, "\n  {title}");
        indented(&table, out);
    }
}

/// The evidence without what stands in the column before it.
fn why(column: &ColumnPlan) -> &str {
    let rest = column.evidence.strip_prefix("declared ");
    let rest = rest.and_then(|rest| rest.strip_prefix(column.declared.as_str()));
    let rest = rest.or_else(|| column.evidence.strip_prefix("no declared type"));
    rest.and_then(|rest| rest.strip_prefix("; "))
        .unwrap_or(&column.evidence)
}

fn becomes(column: &ColumnPlan) -> String {
    let Some(encoding) = &column.encoding else {
        return "generated".to_owned();
    };
    let mut text = encoding.target.to_string();
    let counts = match encoding.moments {
        Moments::Iso if encoding.cuts => ", cut to what it keeps",
        Moments::Iso => "",
        Moments::EpochS => " from seconds",
        Moments::EpochMs => " from milliseconds",
        Moments::EpochUs => " from microseconds",
        Moments::CoreData => " from Core Data",
        Moments::JulianDay => " from Julian days",
    };
    text.push_str(counts);
    if encoding.target == TargetType::TimestampTz && encoding.zone != chrono_tz::UTC {
        let _ok = write!(text, " in {}", encoding.zone);
    }
    if column.name != column.source {
        let _ok = write!(text, ", as {}", legible(&column.name));
    }
    legible(&text)
}

/// Whether a type is another than what SQLite's affinity of the declared one stands for.
fn is_notable(column: &ColumnPlan) -> bool {
    let Some(encoding) = &column.encoding else {
        return false;
    };
    let declared = column.declared.to_uppercase();
    let has = |words: &[&str]| words.iter().any(|word| declared.contains(word));
    let is_plain = match &encoding.target {
        TargetType::BigInt => has(&["INT"]),
        TargetType::Text | TargetType::VarChar(_) => has(&["CHAR", "CLOB", "TEXT"]),
        TargetType::Bytea => has(&["BLOB"]),
        TargetType::DoublePrecision => has(&["REAL", "FLOA", "DOUB"]),
        TargetType::Numeric(_) => has(&["NUMERIC", "DECIMAL"]),
        _ => false,
    };
    !is_plain || column.name != column.source
}

fn misfits(plan: &FilePlan, detail: Detail, out: &mut String) {
    for table in plan.tables.iter().filter(|table| table.misfit_count > 0) {
        let _ok = writeln!(
            out,
            "\n  {} of `{}` will not fit and {} to `stackctl.quarantine`:",
            of(table.misfit_count, "cell"),
            legible(&table.source),
            if table.misfit_count == 1 { "goes" } else { "go" },
        );
        let most = if detail == Detail::All { usize::MAX } else { CELLS };
        let cells = shared(&table.misfits, most, MisfitCell::is_like);
        for group in &table.misfit_groups {
            let shown = cells.iter().filter(|cell| group.holds(cell));
            for cell in shown.clone() {
                let _ok = writeln!(out, "    {}", misfit(cell));
            }
            more(table, group, shown.count(), out);
        }
    }
}

fn more(table: &TablePlan, group: &MisfitGroup, shown: usize, out: &mut String) {
    let rest = group.cells.saturating_sub(shown as u64);
    if rest > 0 {
        let listed = table.misfits.iter().filter(|cell| group.holds(cell)).count();
        let way = match (shown < listed, listed as u64 == group.cells) {
            (true, true) => "; `--full` tells them".to_owned(),
            (true, false) => format!("; `--full` tells the first {}", count(listed as u64)),
            (false, _) => String::new(),
        };
        let _ok = writeln!(
            out,
            "    and {} more of {}: {}{way}",
            count(rest),
            legible(&group.column),
            group.reason
        );
    }
}

fn misfit(cell: &MisfitCell) -> String {
    let takes = if cell.takes_row {
        "; its whole row goes"
    } else {
        ""
    };
    format!(
        "{}: {} is {} `{}`, not {}: {}{takes}",
        key(&cell.key),
        legible(&cell.column),
        cell.class.as_str(),
        legible(&cell.shown),
        legible(&cell.target),
        cell.reason,
    )
}

fn orphans(plan: &FilePlan, out: &mut String) {
    let all = plan
        .tables
        .iter()
        .flat_map(|table| table.orphans.iter().map(move |orphans| (table, orphans)))
        .filter(|(_, orphans)| orphans.rows > 0)
        .map(|(table, orphans)| {
            format!(
                "{}: {} without the parent of {}{}",
                legible(&table.source),
                of(orphans.rows, "row"),
                legible(&orphans.foreign_key),
                such_as(&orphans.examples)
            )
        });
    list(
        "foreign keys that will be NOT VALID, because the data break them:",
        all,
        out,
    );
}

fn list(title: &str, lines: impl Iterator<Item = String>, out: &mut String) {
    let mut lines = lines.peekable();
    if lines.peek().is_some() {
        let _ok = writeln!(out, "\n  {title}");
        for line in lines {
            let _ok = writeln!(out, "    {line}");
        }
    }
}

fn indented(table: &Table, out: &mut String) {
    for line in table.to_string().lines() {
        let _ok = writeln!(out, "  {line}");
    }
}

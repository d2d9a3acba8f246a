//! A report of a run -> text for a terminal.

use std::fmt::Write;

use super::amount::{EXAMPLES, count, key, legible, of, rate, size, such_as, time};
use super::left_out;
use super::run_report::{FileReport, FileState, RunReport, TableReport};

/// With more tables than this, only those are listed about which there is something to say.
const ALL_TABLES: usize = 12;

/// For people: for each file what became of it, and at the end what to type next.
#[must_use]
pub fn text(report: &RunReport) -> String {
    let mut out = String::new();
    for file in &report.files {
        let _ = writeln!(out, "{}", headline(file));
        tables(file, &mut out);
        differences(file, &mut out);
        quarantine(file, &mut out);
        list(
            "not carried:",
            left_out::lines(&file.not_carried).into_iter(),
            &mut out,
        );
        list(
            "foreign keys that are NOT VALID, because rows lack the parent they refer to:",
            file.orphans.iter().map(|orphans| {
                format!(
                    "{}: {}{}",
                    legible(&orphans.foreign_key),
                    of(orphans.rows, "row"),
                    such_as(&orphans.examples)
                )
            }),
            &mut out,
        );
        list(
            "to know:",
            file.plan.notes.iter().map(|note| legible(note)),
            &mut out,
        );
        if let Some(backup) = &file.backup {
            let _ = writeln!(
                out,
                "  backup: `{}` ({}, sha256 {})",
                legible(&backup.path),
                size(backup.bytes),
                legible(&backup.sha256),
            );
        }
        if file.changed_since {
            let _ = writeln!(
                out,
                "  `{}` was written to after it was copied; those changes are not in PostgreSQL",
                legible(&file.plan.path)
            );
        }
        out.push('\n');
    }
    for step in next_steps(report) {
        let _ = writeln!(out, "{step}");
    }
    out
}

/// One line that says what became of a file.
pub(super) fn headline(file: &FileReport) -> String {
    let (source, schema) = (legible(&file.plan.source), legible(&file.plan.schema));
    let rows = file.tables.iter().map(|table| table.rows_written).sum();
    let what = format!(
        "{} with {}",
        of(file.tables.len() as u64, "table"),
        of(rows, "row")
    );
    let seconds = time(file.phases.iter().map(|phase| phase.seconds).sum());
    let verified = if all_verified(file) {
        ", every column verified"
    } else {
        ""
    };
    let held = quarantined(file);
    match file.state {
        FileState::Done if file.keys_lost > 0 => {
            format!("{source}: done: {what} in the schema `{schema}`{verified}; {held} ({seconds})")
        }
        FileState::Done => format!("{source}: done: {what} in the schema `{schema}`{verified} ({seconds})"),
        FileState::DoneWithQuarantine => {
            format!("{source}: done: {what} in the schema `{schema}`{verified}; {held} ({seconds})")
        }
        FileState::Held => format!(
            "{source}: held: {what} stand ready{verified}, not in the schema `{schema}` yet; {held} ({seconds})"
        ),
        FileState::Unfinished => format!("{source}: not finished: {what} so far ({seconds})"),
    }
}

/// What to type next, one line each.
pub(super) fn next_steps(report: &RunReport) -> Vec<String> {
    let any = |state: FileState| report.files.iter().any(|file| file.state == state);
    let mut steps = Vec::new();
    if any(FileState::Held) {
        if report.files.iter().any(|file| file.quarantined > 0) {
            steps.push(
                "see what is held: `select * from stackctl.quarantine` in the target database".to_owned(),
            );
        }
        if report.files.iter().any(|file| file.keys_lost > 0) {
            steps.push(
                "keys that the rows break are among what is not carried: mend the rows in the SQLite file, and the same \
                 command with `--restart` reads it again"
                    .to_owned(),
            );
        }
        steps.push(
            "then the same command with `--accept-quarantine` publishes the rest at once, or change the type of a column and run again"
                .to_owned(),
        );
    }
    let differs = |file: &FileReport| file.tables.iter().any(|table| table.verified == Some(false));
    if report.files.iter().any(differs) {
        steps
            .push("`stackctl migrate run --restart` with the same options copies all of it again".to_owned());
    } else if any(FileState::Unfinished) {
        steps.push("`stackctl migrate run` with the same options goes on where it stopped".to_owned());
    }
    if any(FileState::DoneWithQuarantine) {
        steps.push(
            "what is in quarantine: `select * from stackctl.quarantine` in the target database".to_owned(),
        );
    }
    if !report.files.is_empty() && !any(FileState::Held) && !any(FileState::Unfinished) {
        steps.push("`stackctl migrate verify` compares both sides again at any time; outside of a stack with the same `--to`".to_owned());
    }
    steps
}

/// Whether all tables were compared and agree.
pub(super) fn all_verified(file: &FileReport) -> bool {
    !file.tables.is_empty() && file.tables.iter().all(|table| table.verified == Some(true))
}

/// What holds a file back, in words.
pub(super) fn quarantined(file: &FileReport) -> String {
    match file.keys_lost {
        0 => in_quarantine(file),
        keys => {
            let keys = format!("the rows break {}", of(keys, "key"));
            if file.quarantined == 0 {
                keys
            } else {
                format!("{}, {keys}", in_quarantine(file))
            }
        }
    }
}

fn in_quarantine(file: &FileReport) -> String {
    let rows: u64 = file.tables.iter().map(|table| table.rows_quarantined).sum();
    let cells: u64 = file.tables.iter().map(|table| table.cells_quarantined).sum();
    match (cells, rows) {
        (0, 0) => format!("{} in quarantine", count(file.quarantined)),
        (cells, 0) => format!("{} in quarantine", of(cells, "cell")),
        (0, rows) => format!("{} in quarantine", of(rows, "whole row")),
        (cells, rows) => format!(
            "{} and {} in quarantine",
            of(cells, "cell"),
            of(rows, "whole row")
        ),
    }
}

fn tables(file: &FileReport, out: &mut String) {
    let say_something = |table: &&TableReport| {
        file.tables.len() <= ALL_TABLES
            || table.copy_seconds >= 1.0
            || table.rows_quarantined + table.cells_quarantined > 0
            || table.verified == Some(false)
    };
    let shown: Vec<_> = file.tables.iter().filter(say_something).collect();
    let names: Vec<_> = shown.iter().map(|table| legible(&table.name)).collect();
    let rows: Vec<_> = shown.iter().map(|table| count(table.rows_written)).collect();
    let wide = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    let right = rows.iter().map(String::len).max().unwrap_or(0);
    for ((table, name), rows) in shown.iter().zip(&names).zip(&rows) {
        let unit = if table.rows_written == 1 { "row" } else { "rows" };
        let mut line = format!("  {name:wide$}  {rows:>right$} {unit}");
        if let Some(rate) = rate(table.rows_written, table.copy_seconds) {
            let _ = write!(line, "  {:>7}  {rate}", time(table.copy_seconds));
        }
        let held = table.rows_quarantined + table.cells_quarantined;
        if held > 0 {
            let _ = write!(line, "  {} in quarantine", count(held));
        }
        let _ = writeln!(out, "{line}");
    }
    let more = file.tables.len() - shown.len();
    if more > 0 {
        let _ = writeln!(out, "  and {}", of(more as u64, "other table"));
    }
}

fn differences(file: &FileReport, out: &mut String) {
    let differing = file.tables.iter().filter(|table| table.verified == Some(false));
    list(
        "both sides differ; nothing was published:",
        differing.map(|table| {
            let name = legible(&table.name);
            let whole = table.rows_read.saturating_sub(table.rows_quarantined);
            if table.rows_written == whole {
                let columns: Vec<_> = table.differing.iter().map(|column| legible(column)).collect();
                format!("{name}: {}", columns.join(", "))
            } else {
                format!(
                    "{name}: {} expected, {} there",
                    of(whole, "row"),
                    count(table.rows_written)
                )
            }
        }),
        out,
    );
}

/// Column by column and reason by reason, with a few cells each.
fn quarantine(file: &FileReport, out: &mut String) {
    if file.quarantined == 0 {
        return;
    }
    let _ = writeln!(out, "  in quarantine:");
    let tables = file.plan.tables.iter();
    for (table, group) in tables.flat_map(|table| table.misfit_groups.iter().map(move |group| (table, group)))
    {
        let whole = if group.takes_row {
            ", with the whole row"
        } else {
            ""
        };
        let _ = writeln!(
            out,
            "    {}: {}{whole}: {} ({})",
            column_name(&table.source, &group.column),
            of(group.cells, "cell"),
            group.reason,
            legible(&group.target),
        );
        let cells = file.quarantine.iter();
        let cells = cells.filter(|cell| cell.table == table.source && group.holds(cell));
        for cell in cells.take(EXAMPLES) {
            let _ = writeln!(
                out,
                "      {}: {} `{}`",
                key(&cell.key),
                cell.class.as_str(),
                legible(&cell.shown)
            );
        }
    }
    let groups = file.plan.tables.iter().flat_map(|table| &table.misfit_groups);
    let more = file
        .quarantined
        .saturating_sub(groups.map(|group| group.cells).sum());
    if more > 0 {
        let _ = writeln!(
            out,
            "    {} more, which showed only when rows were copied",
            count(more)
        );
    }
}

/// `users.born`.
pub(super) fn column_name(table: &str, column: &str) -> String {
    if column.is_empty() {
        legible(table)
    } else {
        format!("{}.{}", legible(table), legible(column))
    }
}

fn list(title: &str, lines: impl Iterator<Item = String>, out: &mut String) {
    for (place, line) in lines.enumerate() {
        if place == 0 {
            let _ = writeln!(out, "  {title}");
        }
        let _ = writeln!(out, "    {line}");
    }
}

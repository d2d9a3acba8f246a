//! What the page shows, as text and lengths.

use std::collections::BTreeMap;

use serde::Serialize;

use super::plot::{Bar, LogScale, Plot, stacked};
use crate::migrate::misfit::Misfit;
use crate::migrate::plan::FilePlan;
use crate::migrate::report::amount::{count, key, legible, of, rate, size, time};
use crate::migrate::report::run_report::{FileReport, FileState, RunReport, TableReport};
use crate::migrate::report::text::{all_verified, column_name, headline, next_steps};
use crate::migrate::settings::Profile;

/// So many bars are drawn in one plot.
const BARS: usize = 40;

/// The phases of a run in their order; their place is their colour.
const PHASES: [&str; 6] = ["backup", "analyse", "copy", "build", "verify", "publish"];

/// What the page shows.
#[derive(Serialize)]
pub struct View {
    title: String,
    /// `done`, `quarantine`, `held` or `unfinished`: also the name of a style.
    state: &'static str,
    state_text: &'static str,
    facts: Vec<(&'static str, String)>,
    headlines: Vec<String>,
    next: Vec<String>,
    totals: Vec<(String, &'static str)>,
    /// Those that have something to show.
    plots: Vec<Plot>,
    tables: Vec<TableLine>,
    types: Vec<TypeTable>,
    quarantine: Vec<QuarantineLine>,
    quarantine_more: String,
    not_carried: Vec<[String; 4]>,
    orphans: Vec<[String; 4]>,
    notes: Vec<(String, String)>,
    backups: Vec<BackupLine>,
}

#[derive(Serialize)]
struct TableLine {
    name: String,
    source: String,
    rows: String,
    quarantined: String,
    bytes: String,
    copy: String,
    rate: String,
    build: String,
    verified: &'static str,
    /// Its keys and other objects that are lost or do not hold for all rows.
    lacks: Vec<String>,
}

#[derive(Serialize)]
struct TypeTable {
    name: String,
    columns: Vec<TypeLine>,
}

#[derive(Serialize)]
struct TypeLine {
    source: String,
    name: String,
    declared: String,
    chosen: String,
    evidence: String,
}

#[derive(Serialize)]
struct QuarantineLine {
    column: String,
    key: String,
    class: &'static str,
    shown: String,
    reason: String,
    target: String,
    whole: bool,
}

#[derive(Serialize)]
struct BackupLine {
    source: String,
    path: String,
    sha256: String,
    made: String,
    size: String,
    changed_since: bool,
}

/// Reads everything off a report.
pub fn view(report: &RunReport) -> View {
    let files = &report.files;
    let (state, state_text) = state(files);
    let sources: Vec<_> = files.iter().map(|file| legible(&file.plan.source)).collect();
    View {
        title: format!("{} → {}", sources.join(", "), legible(&report.target)),
        state,
        state_text,
        facts: vec![
            ("Into", legible(&report.target)),
            ("PostgreSQL", legible(&report.server)),
            ("Began", legible(&report.began)),
            ("Took", time(report.seconds)),
            ("stackctl", legible(&report.version)),
        ],
        headlines: files.iter().map(headline).collect(),
        next: next_steps(report),
        totals: totals(report),
        plots: [rows_plot, phases_plot, times_plot, reasons_plot]
            .map(|plot| plot(files))
            .into_iter()
            .filter(|plot| !plot.bars.is_empty())
            .collect(),
        tables: each_table(files)
            .map(|(file, table)| table_line(file, table))
            .collect(),
        types: files.iter().flat_map(|file| types(&file.plan)).collect(),
        quarantine: quarantine(files),
        quarantine_more: quarantine_more(files),
        not_carried: not_carried(files),
        orphans: orphans(files),
        notes: notes(files),
        backups: files.iter().filter_map(backup).collect(),
    }
}

fn state(files: &[FileReport]) -> (&'static str, &'static str) {
    let any = |state: FileState| files.iter().any(|file| file.state == state);
    let differ = each_table(files).any(|(_, table)| table.verified == Some(false));
    if differ {
        ("unfinished", "Both sides differ")
    } else if any(FileState::Unfinished) {
        ("unfinished", "Not finished")
    } else if any(FileState::Held) {
        ("held", "Held: ready, and not published yet")
    } else if any(FileState::DoneWithQuarantine) {
        ("quarantine", "Done, with quarantine")
    } else if files.iter().all(all_verified) {
        ("done", "Done and verified")
    } else {
        ("done", "Done")
    }
}

fn each_table(files: &[FileReport]) -> impl Iterator<Item = (&FileReport, &TableReport)> {
    files
        .iter()
        .flat_map(|file| file.tables.iter().map(move |table| (file, table)))
}

fn totals(report: &RunReport) -> Vec<(String, &'static str)> {
    let files = &report.files;
    let sum = |what: fn(&TableReport) -> u64| each_table(files).map(|(_, table)| what(table)).sum::<u64>();
    let lost: u64 = files.iter().map(|file| file.not_carried.len() as u64).sum();
    let orphans: u64 = files
        .iter()
        .flat_map(|file| &file.orphans)
        .map(|one| one.rows)
        .sum();
    vec![
        (count(files.len() as u64), "files"),
        (count(each_table(files).count() as u64), "tables"),
        (count(sum(|table| table.rows_written)), "rows in PostgreSQL"),
        (size(sum(|table| table.bytes)), "sent"),
        (time(report.seconds), "in all"),
        (count(sum(|table| table.cells_quarantined)), "cells in quarantine"),
        (
            count(sum(|table| table.rows_quarantined)),
            "whole rows in quarantine",
        ),
        (count(orphans), "rows without a parent"),
        (count(lost), "objects not carried"),
    ]
}

/// `schema.table`.
fn name(file: &FileReport, table: &TableReport) -> String {
    format!("{}.{}", legible(&file.plan.schema), legible(&table.name))
}

fn rows_plot(files: &[FileReport]) -> Plot {
    let all = each_table(files).count();
    let mut tables: Vec<_> = each_table(files)
        .filter(|(_, table)| table.rows_written > 0)
        .collect();
    tables.sort_by_key(|(_, table)| std::cmp::Reverse(table.rows_written));
    let scale = LogScale::to(tables.first().map_or(0, |(_, table)| table.rows_written));
    let bars = tables.iter().take(BARS).map(|(file, table)| {
        let figure = count(table.rows_written);
        Bar {
            label: name(file, table),
            pieces: stacked(
                &[(scale.length(table.rows_written), 2, of(table.rows_written, "row"))],
                1.0,
            ),
            figure,
        }
    });
    Plot {
        title: "Rows per table",
        legend: Vec::new(),
        bars: bars.collect(),
        ticks: scale.ticks(),
        more: match (more(tables.len()), all - tables.len()) {
            (more, 0) => more,
            (more, empty) if more.is_empty() => {
                format!(
                    "and {} without rows, in the list below",
                    of(empty as u64, "table")
                )
            }
            (more, empty) => format!("{more}; {} more without rows", of(empty as u64, "table")),
        },
    }
}

fn phases_plot(files: &[FileReport]) -> Plot {
    let whole = |file: &FileReport| file.phases.iter().map(|phase| phase.seconds).sum::<f64>();
    let most = files.iter().map(whole).fold(0.0, f64::max);
    let bars = files.iter().map(|file| {
        let parts: Vec<_> = file
            .phases
            .iter()
            .map(|phase| {
                let colour = PHASES.iter().position(|name| *name == phase.name);
                let title = format!("{}: {}", legible(&phase.name), time(phase.seconds));
                (phase.seconds, colour.unwrap_or(PHASES.len()), title)
            })
            .collect();
        Bar {
            label: legible(&file.plan.source),
            pieces: stacked(&parts, most),
            figure: time(whole(file)),
        }
    });
    Plot {
        title: "Time by phase",
        legend: PHASES.into_iter().enumerate().collect(),
        bars: bars.collect(),
        ticks: Vec::new(),
        more: String::new(),
    }
}

fn times_plot(files: &[FileReport]) -> Plot {
    let whole = |table: &TableReport| table.copy_seconds + table.build_seconds;
    let mut tables: Vec<_> = each_table(files).collect();
    tables.sort_by(|(_, a), (_, b)| whole(b).total_cmp(&whole(a)));
    let most = tables.first().map_or(0.0, |(_, table)| whole(table));
    let bars = tables.iter().take(BARS).map(|(file, table)| Bar {
        label: name(file, table),
        pieces: stacked(
            &[
                (
                    table.copy_seconds,
                    2,
                    format!("copy: {}", time(table.copy_seconds)),
                ),
                (
                    table.build_seconds,
                    3,
                    format!("keys and indexes: {}", time(table.build_seconds)),
                ),
            ],
            most,
        ),
        figure: time(whole(table)),
    });
    Plot {
        title: "Time per table",
        legend: vec![(2, "copy"), (3, "keys and indexes")],
        bars: bars.collect(),
        ticks: Vec::new(),
        more: more(tables.len()),
    }
}

fn reasons_plot(files: &[FileReport]) -> Plot {
    let mut reasons: BTreeMap<Misfit, u64> = BTreeMap::new();
    let tables = files.iter().flat_map(|file| &file.plan.tables);
    for group in tables.flat_map(|table| &table.misfit_groups) {
        *reasons.entry(group.reason).or_default() += group.cells;
    }
    let most = reasons.values().copied().max().unwrap_or(0);
    #[expect(clippy::cast_precision_loss, reason = "it becomes a length on a page")]
    let length = |cells: u64| cells as f64 / most.max(1) as f64;
    let mut bars: Vec<_> = reasons.into_iter().collect();
    bars.sort_by_key(|(reason, cells)| (std::cmp::Reverse(*cells), *reason));
    let bars = bars.into_iter().map(|(reason, cells)| Bar {
        label: reason.to_string(),
        pieces: stacked(&[(length(cells), 6, of(cells, "cell"))], 1.0),
        figure: count(cells),
    });
    Plot {
        title: "Quarantine by reason",
        legend: Vec::new(),
        bars: bars.collect(),
        ticks: Vec::new(),
        more: String::new(),
    }
}

fn more(tables: usize) -> String {
    match tables.saturating_sub(BARS) {
        0 => String::new(),
        more => format!("and {}, in the list below", of(more as u64, "smaller table")),
    }
}

fn table_line(file: &FileReport, table: &TableReport) -> TableLine {
    let held = table.rows_quarantined + table.cells_quarantined;
    TableLine {
        name: name(file, table),
        source: format!("{}.{}", legible(&file.plan.source), legible(&table.source)),
        rows: count(table.rows_written),
        quarantined: if held > 0 { count(held) } else { String::new() },
        bytes: size(table.bytes),
        copy: time(table.copy_seconds),
        rate: rate(table.rows_written, table.copy_seconds).unwrap_or_default(),
        build: time(table.build_seconds),
        verified: match table.verified {
            Some(true) => "equal",
            Some(false) => "differs",
            None => "not compared",
        },
        lacks: lacks(file, table),
    }
}

/// What a table lacks of what it had in SQLite, a line each.
fn lacks(file: &FileReport, table: &TableReport) -> Vec<String> {
    let planned = file.plan.tables.iter().find(|plan| plan.source == table.source);
    let own = |name: &str| planned.is_some_and(|plan| plan.foreign_keys.iter().any(|step| step.name == name));
    let mut lines: Vec<String> = file
        .orphans
        .iter()
        .filter(|orphans| own(&orphans.foreign_key))
        .map(|orphans| {
            format!(
                "{} is NOT VALID: {} without a parent",
                legible(&orphans.foreign_key),
                of(orphans.rows, "row")
            )
        })
        .collect();
    lines.extend(file.not_carried.iter().filter_map(|one| {
        let (owner, rest) = owned(file, &one.name)?;
        (owner == table.source).then(|| {
            format!(
                "{} {}: {}",
                legible(&one.kind),
                legible(rest),
                legible(&one.reason)
            )
        })
    }));
    lines
}

/// The table that an object belongs to, and the rest of its name: `TABLE: OBJECT` or `TABLE.COLUMN`. A table's name may
/// begin with another's, so the longest is meant.
fn owned<'a>(file: &'a FileReport, name: &'a str) -> Option<(&'a str, &'a str)> {
    let owners = file.tables.iter().filter_map(|table| {
        let rest = name.strip_prefix(table.source.as_str())?;
        let rest = rest.strip_prefix(": ").or_else(|| rest.strip_prefix('.'))?;
        Some((table.source.as_str(), rest))
    });
    owners.max_by_key(|(owner, _)| owner.len())
}

fn types(plan: &FilePlan) -> impl Iterator<Item = TypeTable> {
    let profile = match plan.profile {
        Profile::Native => "native types",
        Profile::Affinity => "types of affinity",
    };
    plan.tables.iter().map(move |table| TypeTable {
        name: format!("{}.{} ({profile})", legible(&plan.schema), legible(&table.name)),
        columns: table
            .columns
            .iter()
            .map(|column| TypeLine {
                source: legible(&column.source),
                name: if column.name == column.source {
                    String::new()
                } else {
                    legible(&column.name)
                },
                declared: legible(&column.declared),
                chosen: column
                    .encoding
                    .as_ref()
                    .map_or("generated".to_owned(), |encoding| {
                        legible(&encoding.target.to_string())
                    }),
                evidence: legible(&column.evidence),
            })
            .collect(),
    })
}

fn quarantine(files: &[FileReport]) -> Vec<QuarantineLine> {
    let cells = files.iter().flat_map(|file| &file.quarantine);
    cells
        .map(|cell| QuarantineLine {
            column: column_name(&cell.table, &cell.column),
            key: key(&cell.key),
            class: cell.class.as_str(),
            shown: legible(&cell.shown),
            reason: cell.reason.to_string(),
            target: legible(&cell.target),
            whole: cell.takes_row,
        })
        .collect()
}

fn quarantine_more(files: &[FileReport]) -> String {
    let all: u64 = files.iter().map(|file| file.quarantined).sum();
    let listed: u64 = files.iter().map(|file| file.quarantine.len() as u64).sum();
    match all.saturating_sub(listed) {
        0 => String::new(),
        more => format!(
            "{} more; all {} are in the table stackctl.quarantine.",
            count(more),
            count(all)
        ),
    }
}

fn not_carried(files: &[FileReport]) -> Vec<[String; 4]> {
    let each = files
        .iter()
        .flat_map(|file| file.not_carried.iter().map(move |one| (file, one)));
    each.map(|(file, one)| [&file.plan.source, &one.kind, &one.name, &one.reason].map(|text| legible(text)))
        .collect()
}

fn orphans(files: &[FileReport]) -> Vec<[String; 4]> {
    let each = files
        .iter()
        .flat_map(|file| file.orphans.iter().map(move |one| (file, one)));
    each.map(|(file, one)| {
        let examples: Vec<_> = one.examples.iter().map(|row| key(row)).collect();
        [
            legible(&file.plan.source),
            legible(&one.foreign_key),
            count(one.rows),
            examples.join("; "),
        ]
    })
    .collect()
}

fn notes(files: &[FileReport]) -> Vec<(String, String)> {
    let mut notes = Vec::new();
    for file in files {
        let source = legible(&file.plan.source);
        if !file.plan.advice.is_empty() {
            notes.push((source.clone(), legible(&file.plan.advice)));
        }
        notes.extend(file.plan.notes.iter().map(|note| (source.clone(), legible(note))));
    }
    notes
}

fn backup(file: &FileReport) -> Option<BackupLine> {
    let backup = file.backup.as_ref()?;
    Some(BackupLine {
        source: legible(&file.plan.source),
        path: legible(&backup.path),
        sha256: legible(&backup.sha256),
        made: legible(&backup.made),
        size: size(backup.bytes),
        changed_since: file.changed_since,
    })
}
